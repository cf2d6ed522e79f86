"""The validating Unbound, which knows the lab's root and nothing else."""
from .processes import Server, program, write

CONFIGURATION = """server:
    num-threads: 1
{addresses}
    access-control: 0.0.0.0/0 allow
    access-control: ::/0 allow
    username: ""
    chroot: ""
    directory: "{folder}"
    pidfile: "{folder}/pid"
    use-syslog: no
    logfile: "{log}"
    log-time-ascii: yes
    verbosity: 1
    val-log-level: 2
    module-config: "validator iterator"
    root-hints: "{state}/root.hints"
    trust-anchor-file: "{state}/root.ds"
    trust-anchor-signaling: no
    qname-minimisation: yes
    aggressive-nsec: no
    # the lab's addresses and names are ordinary ones
    unblock-lan-zones: yes
    insecure-lan-zones: no
    do-not-query-localhost: no
    # many questions at once, each answered within milliseconds
    edns-buffer-size: 1232
    num-queries-per-thread: 4096
    outgoing-range: 8192
    incoming-num-tcp: 200
    outgoing-num-tcp: 100
    so-rcvbuf: 1m
    minimal-responses: no
{time}remote-control:
    control-enable: no
"""


def prepare(world, state):
    host = world.only("resolver")
    folder = f"{state}/unbound"
    log = f"{state}/logs/unbound.log"
    lines = [f"    interface: {address}" for address in host.addresses]
    lines += [f"    outgoing-interface: {address}" for address in host.addresses]
    time = f'    val-override-date: "{world.time:%Y%m%d%H%M%S}"\n' if world.time else ""
    configuration = write(f"{folder}/unbound.conf", CONFIGURATION.format(
        folder=folder, log=log, state=state, addresses="\n".join(lines), time=time))
    return [Server("Unbound", [program("unbound", "unbound"), "-d", "-p", "-c", configuration],
                   [f"{state}/logs/unbound.out", log], [(address, 53) for address in host.addresses])]
