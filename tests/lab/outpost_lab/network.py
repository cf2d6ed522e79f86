"""Two networks joined by one cable: the servers on one side, the scanner alone on the other.

The scanner's side is a network namespace of its own, so servers see it as a guest from elsewhere, and an address that
no host has stays silent, as on the Internet. With a delay the cable is a program (delay_box.c) between two devices.
"""
import glob
import os
import socket

from .errors import LabError
from .namespaces import enter_network
from .processes import Server, program, run, write

GUEST = "guest"                         # the name of the scanner's network namespace
GUEST_FILE = f"/run/netns/{GUEST}"
CABLE_V4_BITS = 24
CABLE_V6_BITS = 64
SERVERS_END, GUEST_END = "02:00:00:00:00:01", "02:00:00:00:00:02"       # link-layer addresses of the cable


def build(world, state, round_trip=None):
    """Gives every host its addresses. The servers' side is the network that the lab runs in.

    Returns the servers that this takes: with a round trip (in milliseconds) the one that delays packets.
    """
    ip = program("ip", "iproute2")
    scanner = world.only("scanner")
    run(ip, "netns", "add", GUEST)
    servers = []
    if round_trip is None:
        run(ip, "link", "add", "to-guest", "address", SERVERS_END, "type", "veth", "peer", "name", "internet",
            "address", GUEST_END, "netns", GUEST)
    else:
        servers.append(_delayed_cable(state, round_trip))

    lines = ["link set lo up",
             "link set to-guest addrgenmode none",
             "link set to-guest up"]
    for host in world.hosts.values():
        if host is scanner:
            continue
        for address in host.addresses + host.closed:
            lines.append(f"address add {address}/128 dev lo nodad" if ":" in address
                         else f"address add {address}/32 dev lo")
    for address in scanner.addresses:
        lines.append(f"address add {_gateway(address)} dev to-guest" + (" nodad" if ":" in address else ""))
        lines.append(f"route add blackhole {'::/0' if ':' in address else '0.0.0.0/0'}")   # no host has it: silence
    # Without link-local addresses neighbours lose sight of each other when they have been silent for a while.
    lines += [f"neighbour add {address} lladdr {GUEST_END} dev to-guest nud permanent"
              for address in scanner.addresses if round_trip is None]
    run(ip, "-batch", write(f"{state}/network/internet", "\n".join(lines) + "\n"))

    lines = ["link set lo up", "link set internet addrgenmode none", "link set internet up"]
    for address in scanner.addresses:
        bits, family, nodad = (CABLE_V6_BITS, "-6", " nodad") if ":" in address else (CABLE_V4_BITS, "-4", "")
        lines.append(f"address add {address}/{bits} dev internet{nodad}")
        lines.append(f"route add default via {_gateway(address).split('/')[0]} src {address}")
    lines += [f"neighbour add {_gateway(address).split('/')[0]} lladdr {SERVERS_END} dev internet nud permanent"
              for address in scanner.addresses if round_trip is None]
    run(ip, "-netns", GUEST, "-batch", write(f"{state}/network/guest", "\n".join(lines) + "\n"))
    socket.sethostname(scanner.name)
    return servers


def _delayed_cable(state, round_trip):
    """Makes both ends of the cable as devices of a program that keeps each packet for half of the round trip."""
    cable = Server("Delay box", [_delay_box(), "to-guest", GUEST_FILE, "internet", str(round(round_trip * 1000 / 2))],
                   [f"{state}/logs/delay-box.log"], [])
    cable.start()
    cable.wait_for_word("ready")
    return cable


def _delay_box():
    """The program: $OUTPOST_LAB_DELAY_BOX, or the newest one that a build of this checkout has made."""
    path = os.environ.get("OUTPOST_LAB_DELAY_BOX")
    if path:
        if not os.access(path, os.X_OK):
            raise LabError(f"OUTPOST_LAB_DELAY_BOX={path} is not a program")
        return os.path.abspath(path)
    checkout = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__)))))
    built = glob.glob(f"{checkout}/build/*/tests/lab/lab_delay_box")
    if not built:
        raise LabError("--delay: no build has made lab_delay_box: cmake --preset dev && "
                       "ninja -C build/dev lab_delay_box, or name the program in OUTPOST_LAB_DELAY_BOX")
    return max(built, key=os.path.getmtime)


def _gateway(address):
    """The servers' end of the cable: the first address of the scanner's network."""
    if ":" in address:
        packed = socket.inet_pton(socket.AF_INET6, address)[:CABLE_V6_BITS // 8]
        return f"{socket.inet_ntop(socket.AF_INET6, packed + bytes(7) + bytes([1]))}/{CABLE_V6_BITS}"
    return f"{address.rsplit('.', 1)[0]}.1/{CABLE_V4_BITS}"


def enter_guest():
    """Moves the calling process to the scanner's side."""
    descriptor = os.open(GUEST_FILE, os.O_RDONLY)
    enter_network(descriptor)
    os.close(descriptor)
