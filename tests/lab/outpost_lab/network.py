"""Two networks joined by one cable: the servers on one side, the scanner alone on the other.

The scanner's side is a network namespace of its own, so servers see it as a guest from elsewhere, and an address that
no host has stays silent, as on the Internet.
"""
import os
import socket

from .namespaces import enter_network
from .processes import program, run, write

GUEST = "guest"                         # the name of the scanner's network namespace
CABLE_V4_BITS = 24
CABLE_V6_BITS = 64


def build(world, state):
    """Gives every host its addresses. The servers' side is the network that the lab runs in."""
    ip = program("ip", "iproute2")
    scanner = world.only("scanner")
    run(ip, "netns", "add", GUEST)

    lines = ["link set lo up",
             f"link add to-guest type veth peer name internet netns {GUEST}",
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
    run(ip, "-batch", write(f"{state}/network/internet", "\n".join(lines) + "\n"))

    lines = ["link set lo up", "link set internet addrgenmode none", "link set internet up"]
    for address in scanner.addresses:
        bits, family, nodad = (CABLE_V6_BITS, "-6", " nodad") if ":" in address else (CABLE_V4_BITS, "-4", "")
        lines.append(f"address add {address}/{bits} dev internet{nodad}")
        lines.append(f"route add default via {_gateway(address).split('/')[0]} src {address}")
    run(ip, "-netns", GUEST, "-batch", write(f"{state}/network/guest", "\n".join(lines) + "\n"))
    socket.sethostname(scanner.name)


def _gateway(address):
    """The servers' end of the cable: the first address of the scanner's network."""
    if ":" in address:
        packed = socket.inet_pton(socket.AF_INET6, address)[:CABLE_V6_BITS // 8]
        return f"{socket.inet_ntop(socket.AF_INET6, packed + bytes(7) + bytes([1]))}/{CABLE_V6_BITS}"
    return f"{address.rsplit('.', 1)[0]}.1/{CABLE_V4_BITS}"


def enter_guest():
    """Moves the calling process to the scanner's side."""
    descriptor = os.open(f"/run/netns/{GUEST}", os.O_RDONLY)
    enter_network(descriptor)
    os.close(descriptor)
