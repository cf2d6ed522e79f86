"""One NSD per name server, each with its own addresses and its own list of zones."""
from .processes import Server, program, write

CONFIGURATION = """server:
    server-count: 1
{addresses}
    port: 53
    username: ""
    chroot: ""
    database: ""
    zonesdir: "{zones}"
    pidfile: "{folder}/pid"
    xfrdfile: "{folder}/xfrd.state"
    xfrdir: "{folder}"
    zonelistfile: "{folder}/zone.list"
    logfile: "{log}"
    hide-version: yes
    tcp-count: 400
    rrl-ratelimit: 0
    rrl-whitelist-ratelimit: 0
    ip-freebind: no
remote-control:
    control-enable: no
"""

ZONE = """zone:
    name: "{name}"
    zonefile: "{file}"
"""


def prepare(world, zones, state):
    nsd = program("nsd", "nsd")
    servers = []
    for host in world.with_role("nameserver"):
        folder = f"{state}/nsd/{host.id}"
        log = f"{state}/logs/nsd-{host.id}.log"
        text = CONFIGURATION.format(
            folder=folder, log=log, zones=zones.folder,
            addresses="\n".join(f"    ip-address: {address}" for address in host.addresses))
        for zone in world.zones.values():
            variant = zone.variants.get(host.id)
            if host.id in zone.nameservers and not (variant and variant.lame):
                text += ZONE.format(name=zone.name + ".", file=zones.file(host.id, zone))
        configuration = write(f"{folder}/nsd.conf", text)
        servers.append(Server(f"NSD of {host.name}", [nsd, "-d", "-c", configuration],
                              [f"{state}/logs/nsd-{host.id}.out", log],
                              [(address, 53) for address in host.addresses]))
    return servers
