"""The blacklists of blacklists/, which rbldnsd serves: a file ZONE.DATASET is one of the data sets of that zone."""
import glob
import os

from .processes import UdpServer, program, write

DATASETS = ("ip4set", "ip4trie", "ip6trie", "dnset", "acl")


def files(root):
    """(zone, data set, path) of every list."""
    result = []
    for path in sorted(glob.glob(f"{root}/blacklists/*")):
        zone, _, dataset = os.path.basename(path).rpartition(".")
        if dataset in DATASETS:
            result.append((zone, dataset, path))
    return result


def prepare(world, root, state):
    folder = f"{state}/blacklists"
    servers = []
    for host in world.with_role("blacklists"):
        words = []
        for zone, dataset, path in files(root):
            with open(path, encoding="ascii") as stream:
                words.append(f"{zone}:{dataset}:{write(f'{folder}/{zone}.{dataset}', stream.read())}")
        listens = [word for address in host.addresses for word in ("-b", f"{address}/53")]
        servers.append(UdpServer(f"rbldnsd of {host.name}",
                                 [program("rbldnsd", "rbldnsd"), "-n", "-u", "nobody:nogroup", "-c", "0", *listens, *words],
                                 [f"{state}/logs/rbldnsd-{host.id}.log"],
                                 [(address, 53) for address in host.addresses]))
    return servers
