"""The test zones of Zonemaster as zones of the lab: what its CoreDNS templates and zone files say, on an NSD.

The data are other people's and stay where they are: $OUTPOST_TEST_DATA/dnssec/zonemaster, or ../shared/data beside the
checkout. A zone is the records of a scenario's zone file and of all its templates. Zones that delegate are signed with
keys of the lab, and have the DS records that the data have; where a family of zones has none, those of the zones' keys.
What only a server can do (another rcode, silence, a different answer on the second server) is left out, and is said.
"""
import base64
import dataclasses
import datetime
import glob
import hashlib
import ipaddress
import os
import re
import struct
import subprocess
import tempfile

from . import world as worlds
from .processes import CLEAN_ENVIRONMENT, in_parallel, program
from .tables import Table

HOST = "zonemaster"
HOST_NAME = "ns.xa"
ADDRESS = re.compile(r"\b127(?:\.\d+){3}\b|\bfda1:[0-9a-f:]+")
FAMILIES = [f"DNSSEC-TP/dnssec{number}" for number in ("01", "03", "05", "07", "10", "16")] + ["Zone-TP/zone09",
                                                                                            "Zone-TP/zone11"]
ABOUT_DS = ("DNSSEC-TP/dnssec01", "DNSSEC-TP/dnssec07")
SIGNED = "DNSSEC-TP/dnssec10"           # the family with unsigned zones for BIND
KEY_SEP = 0x0001
RSAMD5 = 1


@dataclasses.dataclass
class Round:
    """The zones that are served together, and the time by which all validators judge them."""
    about: str
    time: str
    families: list
    view: str = ""                      # of the BIND configuration: its zones, signed by the lab


ROUNDS = {
    "templates": Round("what the templates answer", "2026-01-01", FAMILIES),
    "earlier": Round("the same when some signatures were not yet valid, and others still were", "2023-11-01",
                     ["DNSSEC-TP/dnssec03", "DNSSEC-TP/dnssec07", "DNSSEC-TP/dnssec16"]),
    "signed": Round("the unsigned zones for BIND, signed as its configuration says", "2026-01-01", [SIGNED], "main"),
    "variants": Round("the zones that BIND is to sign in another way, too", "2026-01-01", [SIGNED], "var1"),
}


def data_folder():
    """Where the data are, or None."""
    checkout = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__)))))
    folder = os.path.join(os.environ.get("OUTPOST_TEST_DATA", f"{checkout}/../shared/data"), "dnssec/zonemaster")
    return os.path.realpath(folder) if os.path.isdir(folder) else None


class TestZone:
    def __init__(self, name, source):
        self.name = name
        self.source = source            # the folder that says so
        self.addresses = set()          # of its first server
        self.templates = []             # records, one in a line
        self.file = ""                  # text of its zone file
        self.sign = "no"
        self.delegates = False
        self.notes = []                 # what of the data is not served
        self.lines = []                 # in the end: all records, one in a line

    def note(self, text):
        if text not in self.notes:
            self.notes.append(text)

    def records(self, kind):
        """(owner, data) of the records of a type."""
        for line in self.lines:
            owner, _, _, found, data = line.split(None, 4)
            if found == kind:
                yield owner.rstrip(".").lower(), data

    def types(self):
        return {line.split(None, 4)[3] for line in self.lines}


class Collection:
    """The zones of one round. left_out: what is not served -> why."""

    def __init__(self, folder, chosen):
        self.folder = folder
        self.chosen = chosen
        self.zones = {}
        self.left_out = {}
        for family in chosen.families:
            if not chosen.view:
                for path in sorted(glob.glob(f"{folder}/{family}/{os.path.basename(family)}.cfg")):
                    self._read_servers(family, path)
            else:
                self._read_bind(family)
        self._flatten()
        self._leave_out()

    # ---- CoreDNS ----

    def _read_servers(self, family, path):
        for names, addresses, items in _servers(path):
            own = {}
            for kind, zone_name, value in items:
                home = self._home(names, items, zone_name)
                if home == "":
                    self.left_out[f"{family}: {value if kind == 'file' else zone_name or '.'}"] = \
                        "a root zone: the lab has its own"
                    continue
                zone = own.setdefault(home, TestZone(home, family))
                if kind == "file":
                    zone.file = _zone_file_text(f"{self.folder}/{value}")
                elif kind == "records":
                    zone.templates += value
                else:
                    zone.note(value)
            for home, zone in own.items():
                zone.addresses = addresses
                self._add(zone)

    def _add(self, zone):
        """What one server block says. A zone is what its first server has, in one block or several."""
        known = self.zones.setdefault(zone.name, zone)
        if known is zone:
            return
        if known.addresses & zone.addresses:
            known.templates += zone.templates
            known.file = known.file or zone.file
            known.notes += [note for note in zone.notes if note not in known.notes]
        elif (known.templates, known.file, known.notes) != (zone.templates, zone.file, zone.notes):
            known.note("what other servers say instead")

    @staticmethod
    def _home(names, items, name):
        """The zone that an item of a server block is for: templates may name a host or a child."""
        zones = [zone for zone in names if zone] or [zone for kind, zone, _ in items if kind == "file"]
        zones += [zone for kind, zone, value in items if kind == "records" and not names[0]
                  and any(re.search(r"\sSOA\s", line) for line in value)]
        homes = [zone for zone in zones if name == zone or name.endswith("." + zone)]
        return max(homes, key=len) if homes else name

    # ---- BIND ----

    def _read_bind(self, family):
        for path in sorted(glob.glob(f"{self.folder}/{family}/{os.path.basename(family)}.cfg")):
            for names, _, items in _servers(path):
                for kind, zone_name, value in items:
                    if kind == "file" and zone_name == names[0] and zone_name.count(".") == 1:
                        self.zones[zone_name] = TestZone(zone_name, family)
                        self.zones[zone_name].file = _zone_file_text(f"{self.folder}/{value}")
        with open(f"{self.folder}/{family}/Bind/named.conf", encoding="utf-8") as stream:
            views = stream.read().split('view "')[1:]
        for view in views:
            if not view.startswith(self.chosen.view):
                continue
            for name, settings in re.findall(r'zone "([^"]+)" \{([^}]*)\}', re.sub(r"#.*", "", view)):
                file = re.search(r'file "([^"]+)"', settings).group(1)
                policy = re.search(r"dnssec-policy (\S+);", settings)
                if policy is None:
                    self.left_out[f"{family}/Bind/{file}"] = "is not to be signed, and below no zone of the data"
                    continue
                zone = self.zones[name] = TestZone(name, family)
                zone.file = _zone_file_text(f"{self.folder}/{family}/Bind/{file}")
                zone.sign = "nsec3" if policy.group(1).endswith("nsec3") else "nsec"

    # ---- both ----

    def _flatten(self):
        """All records in one form, one in a line; a zone that NSD would not take is left out."""
        zones = list(self.zones.values())
        with tempfile.TemporaryDirectory() as folder:
            found = in_parallel(lambda zone: self._flatten_zone(zone, f"{folder}/{zone.name}"), zones)
        for zone, why in zip(zones, found):
            if why:
                del self.zones[zone.name]
                self.left_out[f"{zone.source}: {zone.name}"] = why

    @staticmethod
    def _flatten_zone(zone, path):
        """None, or why it cannot be served."""
        text = "$ORIGIN .\n$TTL 3600\n" + "".join(line + "\n" for line in zone.templates)
        text += f"$ORIGIN {zone.name}.\n$TTL 3600\n{zone.file}\n"
        _write(path, text)
        done = _run("ldns-read-zone", "ldnsutils", path)
        if done.returncode != 0:
            return f"ldns cannot read it: {(done.stderr or done.stdout).strip()}"
        for line in done.stdout.splitlines():
            line = re.sub(r"\s*;\{.*", "", line)         # what ldns says of keys
            words = line.split(None, 4)
            if len(words) < 5 or line.startswith(";"):
                continue
            owner = words[0].rstrip(".").lower()
            if owner != zone.name and (not owner.endswith("." + zone.name) or words[3] == "SOA"):
                zone.note(f"the {words[3]} record of {owner}")
            elif line not in zone.lines:
                zone.lines.append(line)
        apex = f"{zone.name}."
        if not any(True for _ in zone.records("SOA")):
            zone.lines.insert(0, f"{apex} 3600 IN SOA {HOST_NAME}. hostmaster.xa. 1 7200 3600 1209600 300")
            zone.note("that there is no SOA record")
        if not any(owner == zone.name for owner, _ in zone.records("NS")):
            zone.lines.append(f"{apex} 3600 IN NS {HOST_NAME}.")
        zone.delegates = any(owner != zone.name for owner, _ in zone.records("NS"))
        if zone.delegates and zone.sign == "no":
            zone.sign = "nsec"
        if zone.sign != "no":           # signatures of a key that nobody has
            zone.lines = [line for line in zone.lines if line.split()[3] not in ("RRSIG", "NSEC", "NSEC3", "NSEC3PARAM",
                                                                                      "DNSKEY")]
        _write(path, "".join(line + "\n" for line in zone.lines))
        done = _run("nsd-checkzone", "nsd", apex, path)
        return f"NSD does not take it: {(done.stderr or done.stdout).strip()}" if done.returncode != 0 else None

    def _leave_out(self):
        """What is delegated nowhere cannot be asked for."""
        for zone in list(self.zones.values()):
            parent = self.parent(zone)
            if parent and not any(owner == zone.name for owner, _ in parent.records("NS")):
                del self.zones[zone.name]
                self.left_out[f"{zone.source}: {zone.name}"] = "its parent does not delegate it"

    def parent(self, zone):
        labels = zone.name.split(".")
        for start in range(1, len(labels)):
            if ".".join(labels[start:]) in self.zones:
                return self.zones[".".join(labels[start:])]
        return None

    def ds_records(self, zone):
        """For the parent: DS records of the zone's keys, unless its family brings its own."""
        parent = self.parent(zone)
        if zone.sign != "no" or not parent or any(True for _ in parent.records("DS")):
            return ""
        lines = [_ds(zone.name, data) for owner, data in zone.records("DNSKEY") if owner == zone.name]
        return "".join(f"{zone.name}. 3600 IN DS {line}\n" for line in lines if line)

    def addresses(self):
        found = {str(ipaddress.ip_address(address)) for zone in self.zones.values() for line in zone.lines
                 for address in ADDRESS.findall(line)}
        return sorted(found, key=lambda address: (":" in address, address))


def time_of(chosen):
    return datetime.datetime.fromisoformat(f"{chosen.time}T00:00:00+00:00")


def join(world, folder, name):
    """Adds the zones of a round to the lab, below its root, and sets its time."""
    chosen = ROUNDS[name]
    collection = Collection(folder, chosen)
    addresses = collection.addresses()
    world.hosts[HOST] = dataclasses.replace(
        world.hosts["ns1"], id=HOST, file=__file__, about="every server of the test zones", name=HOST_NAME,
        addresses=addresses, ptr={})
    world.zones["xa"] = worlds.read_zone(
        Table({"about": "parent of the test zones", "zone": f"ns A {addresses[0]}\n"}, "xa"), "xa", False)
    for zone in collection.zones.values():
        parent_is_ours = collection.parent(zone) is None
        world.zones[zone.name] = worlds.read_zone(Table({
            "about": zone.source, "nameservers": [HOST], "sign": zone.sign, "whole": True,
            "parent_records": f"{zone.name}. NS {HOST_NAME}.\n" if parent_is_ours else collection.ds_records(zone),
            "zone": "".join(line + "\n" for line in zone.lines)}, zone.source), zone.name, False)
    now = datetime.datetime.now(datetime.timezone.utc)
    world.time = time_of(chosen)
    for zone in world.zones.values():
        zone.signatures_from = (world.time - now).days - 10
        zone.signatures_days = 5000


def _servers(path):
    """[(names, addresses, items)] of the server blocks of a CoreDNS configuration. An item is (kind, zone, value):
    ("file", zone, path), ("records", zone, lines) of a template, or ("behaviour", zone, words) of what no zone file can
    say."""
    servers = []
    names = zone = None
    records = []                        # of the template that is being read
    depth = 0
    kind = question = ""
    for line in _configuration_lines(path):
        words = line.split()
        if line == "}":
            depth -= 1
            continue
        opens = words[-1] == "{"
        if depth == 0 and opens:
            names = [re.sub(r":\d+$", "", word).rstrip(".").lower() for word in words[:-1]]
            servers.append((names, set(), []))
        elif words[0] == "bind":
            servers[-1][1].add(words[1])
        elif words[0] == "file" and depth == 1:
            servers[-1][2].append(("file", words[2].rstrip(".").lower() if len(words) > 2 else names[0], words[1]))
        elif depth == 1 and words[0] == "template":
            kind, question, zone = "template", words[2], words[3].rstrip("{").rstrip(".").lower()
            records = []
            servers[-1][2].append(("records", zone, records))
        elif depth == 1 and opens and words[0] in ("acl", "header", "view"):
            kind, zone = words[0], words[1].rstrip(".").lower() if words[0] == "acl" else names[0]
        elif depth == 2 and words[0] in ("answer", "authority", "additional") and kind == "template":
            text = re.search(r'"(.*)"', line)
            if text:
                records.append(text.group(1))
            else:
                servers[-1][2].append(("behaviour", zone, f"a damaged line of the template for {question}"))
        elif depth == 2 and words[0] == "rcode" and words[1].strip('"') != "NOERROR":
            servers[-1][2].append(("behaviour", zone, f"{words[1].strip(chr(34))} for {question}"))
        elif depth == 2 and kind in ("acl", "header", "view"):
            servers[-1][2].append(("behaviour", zone, f"{kind} {line}"))
        depth += opens
    return [(names, addresses, [item for item in items if item[0] != "records" or item[2]])
            for names, addresses, items in servers]


def _configuration_lines(path):
    with open(path, encoding="utf-8") as stream:
        for line in stream:
            line = re.sub(r"^\s*#.*|\{\s*#.*", lambda found: "{" if found.group(0).startswith("{") else "", line).strip()
            if line.startswith("import "):
                yield from _configuration_lines(os.path.join(os.path.dirname(path), line.split()[1]))
            elif line:
                yield line


def _zone_file_text(path):
    with open(path, encoding="utf-8") as stream:
        text = stream.read()
    return re.sub(r"^\$INCLUDE +(\S+).*$", lambda found: _zone_file_text(os.path.join(os.path.dirname(path),
                                                                                      found.group(1))),
                  text, flags=re.MULTILINE)


def _ds(name, data):
    """The data of the DS record (SHA-256) of a key-signing key; empty for other keys."""
    flags, protocol, algorithm, key = data.split(None, 3)
    if not int(flags) & KEY_SEP:
        return ""
    public = base64.b64decode("".join(key.split()))
    rdata = struct.pack("!HBB", int(flags), int(protocol), int(algorithm)) + public
    wire = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
    total = sum(byte << 8 if place % 2 == 0 else byte for place, byte in enumerate(rdata))
    tag = (total + (total >> 16)) & 0xffff
    if int(algorithm) == RSAMD5:        # RFC 4034 B.1
        tag = int.from_bytes(public[-3:-1], "big")
    return f"{tag} {algorithm} 2 {hashlib.sha256(wire + rdata).hexdigest()}"


def _write(path, text):
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(text)


def _run(name, package, *arguments):
    return subprocess.run([program(name, package), *arguments], capture_output=True, text=True, check=False,
                          env=CLEAN_ENVIRONMENT)
