"""Builds the zone files: fills in templates, adds SOA, NS, delegations, DS and PTR records, and signs.

Templates in a zone's text:
  {{tlsa USAGE SELECTOR MATCHING HOST}}   the TLSA data of HOST's certificate "default" (or HOST/NAME of another one);
                                          the line is written once for each different key or issuer
  {{dkim SELECTOR}}                       the whole TXT text of the key, split into strings
  {{dkim SELECTOR TAGS}}                  the same with other tags before p=, such as  v=DKIM1; t=y; k=rsa;
  {{damaged SELECTOR KIND}}               the key's text as it arrives when somebody carries it wrongly into a zone (DAMAGE)
"""
import base64
import datetime
import ipaddress
import os
import re

from . import authority
from .errors import LabError
from .processes import in_parallel, program, run, write

TEMPLATE = re.compile(r"\{\{(.*?)\}\}")
STRING_LIMIT = 255

# What people make of the text of a key record: the texts of the records that come of it.
DAMAGE = {
    "quotes": lambda text: [f'{text[:200]}" "{text[200:]}'],
    "backslashes": lambda text: [text.replace(";", "\\;")],
    "half": lambda text: [text[:STRING_LIMIT]],
    "halves": lambda text: [text[:STRING_LIMIT], text[STRING_LIMIT:]],
    "pem": lambda text: [text.replace("p=", "p=-----BEGIN PUBLIC KEY-----") + "-----END PUBLIC KEY-----"],
    "line": lambda text: [f'mail._domainkey IN TXT ( "{text[:200]}" "{text[200:]}" )'],
    "entities": lambda text: [text.replace(";", "&#59;")],
    "spaces": lambda text: [f"{text[:100]} {text[100:200]} {text[200:]}"],
}


def dkim_key_path(state, zone, selector):
    return f"{state}/dkim/{zone.name}/{selector}.pem"


def dkim_jobs(world, state):
    return [(dkim_key_path(state, zone, selector), kind)
            for zone in world.zones.values() for selector, kind in zone.dkim.items()]


class Zones:
    """All zone files of the lab. make_keys() first, then make(); FOLDER/SERVER/ZONE is what a server loads."""

    def __init__(self, world, certificates, state):
        self.world = world
        self.certificates = certificates
        self.state = state
        self.folder = f"{state}/zones"
        self.keys = {}                  # zone name -> [base of the key-signing key, base of the zone-signing key]

    def make_keys(self):
        signed = [zone for zone in self.world.zones.values() if zone.sign != "no" or zone.ds == "wrong"]
        for zone, keys in zip(signed, in_parallel(self._make_zone_keys, signed)):
            self.keys[zone.name] = keys

    def _make_zone_keys(self, zone):
        keygen = program("ldns-keygen", "ldnsutils")
        folder = f"{self.folder}/keys/{zone.id}"
        os.makedirs(folder)
        origin = zone.name + "."
        kind = ["-r", "/dev/urandom", "-a", zone.algorithm] + (["-b", "2048"] if "RSA" in zone.algorithm else [])
        names = [run(keygen, *kind, "-k", origin, cwd=folder).strip(), run(keygen, *kind, origin, cwd=folder).strip()]
        return [f"{folder}/{name}" for name in names]

    def make(self):
        jobs = []
        for zone in self.world.zones.values():
            served = {}                 # the plain copy is signed once and shared by all servers without a variant
            for server in zone.nameservers:
                variant = zone.variants.get(server)
                if variant and variant.lame:
                    continue
                served.setdefault(server if variant else "common", []).append(server)
            for copy, servers in served.items():
                jobs.append((zone, copy, servers))
        in_parallel(lambda job: self._make_copy(*job), jobs)
        self._write_starting_points()

    def file(self, server, zone):
        return f"{self.folder}/served/{server}/{zone.id}"

    def _make_copy(self, zone, copy, servers):
        variant = zone.variants.get(copy)
        plain = write(f"{self.folder}/plain/{copy}/{zone.id}", self._text(zone, variant))
        result = plain
        if zone.sign != "no":
            result = f"{self.folder}/signed/{copy}/{zone.id}"
            os.makedirs(os.path.dirname(result), exist_ok=True)
            self._sign(zone, plain, result)
        self._check(zone, result)
        for server in servers:
            path = self.file(server, zone)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            os.symlink(result, path)

    def _sign(self, zone, plain, result):
        if zone.opt_out: # ldns only sets the flag, and proves all the same that unsigned children have no DS
            self._sign_with_bind(zone, plain, result)
            return
        start = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=zone.signatures_from)
        end = start + datetime.timedelta(days=zone.signatures_days)
        denial = ["-n", "-t", str(zone.iterations)] if zone.sign == "nsec3" else []
        try:
            run(program("ldns-signzone", "ldnsutils"), *denial, "-i", f"{start:%Y%m%d%H%M%S}",
                "-e", f"{end:%Y%m%d%H%M%S}", "-o", zone.name + ".", "-f", result, plain, *self.keys[zone.name])
        except LabError as error:
            raise _zone_error(zone, plain, error) from error
        with open(result, encoding="utf-8") as stream:
            text = stream.read()
        for pattern, replacement in zone.edits:
            text, count = re.subn(pattern, replacement, text, flags=re.MULTILINE)
            if count == 0:
                raise LabError(f"{zone.file}: 'edits': nothing in the signed zone is like {pattern}")
        write(result, text)

    def _sign_with_bind(self, zone, plain, result):
        with open(plain, "a", encoding="utf-8") as stream:
            stream.writelines(f"$INCLUDE {key}.key\n" for key in self.keys[zone.name])
        try:
            run(program("dnssec-signzone", "bind9-utils"), "-A", "-3", "-", "-H", str(zone.iterations), "-o",
                zone.name + ".", "-f", result, plain, *self.keys[zone.name], cwd=os.path.dirname(result))
        except LabError as error:
            raise _zone_error(zone, plain, error) from error

    def _check(self, zone, file):
        """A server would serve the rest of the zone, or nothing, and only log the mistake."""
        try:
            run(program("nsd-checkzone", "nsd"), zone.name + ".", file)
        except LabError as error:
            raise _zone_error(zone, file, error) from error

    def _text(self, zone, variant):
        origin = zone.name + "."
        serial = datetime.date.today().strftime("%Y%m%d01")
        if zone.serial is not None:
            serial = zone.serial
        if variant and variant.serial is not None:
            serial = variant.serial
        first = self.world.hosts[zone.nameservers[0]].name
        postmaster = f"hostmaster.{zone.name}." if zone.name else "hostmaster.lab."
        lines = [f"$ORIGIN {origin}", f"$TTL {zone.ttl}"]
        if not zone.whole:
            lines.append(f"@ SOA {first}. {postmaster} {serial} 7200 3600 1209600 300")
            lines += [f"@ NS {self.world.hosts[server].name}." for server in zone.nameservers]
        lines += self._expand(zone, zone.text)
        for generated in zone.generated:
            for number in range(1, generated.count + 1):
                lines += generated.lines.replace("{n}", str(number)).splitlines()
        if variant:
            lines += self._expand(zone, variant.add)
        if zone.reverse:
            lines += self._reverse_records(zone)
        for child in self.world.children(zone):
            lines += self._delegation(zone, child)
        return "\n".join(lines) + "\n"

    def _reverse_records(self, zone):
        lines = []
        for host in self.world.hosts.values():
            for address, names in host.ptr.items():
                parsed = ipaddress.ip_address(address)
                if parsed.version == zone.reverse.version and parsed in zone.reverse:
                    lines += [f"{parsed.reverse_pointer}. PTR {name.rstrip('.')}." for name in names]
        return lines

    def _delegation(self, zone, child):
        lines = []
        if child.parent_records is not None:
            lines += self._expand(child, child.parent_records)
        else:
            for server in child.nameservers:
                host = self.world.hosts[server]
                lines.append(f"{child.name}. NS {host.name}.")
                if self._needs_glue(zone, child, host.name):
                    for address in host.addresses:
                        lines.append(f"{host.name}. {'AAAA' if ':' in address else 'A'} {address}")
        if child.ds != "none":
            lines.append(self.ds(child))
        return lines

    def _needs_glue(self, zone, child, name):
        """Glue is for names in the child, and for names in siblings below the same parent."""
        home = self.world.zone_of(name)
        return home is not zone and (home is child or zone.name == "" or home.name.endswith("." + zone.name))

    def ds(self, zone):
        """The DS record of a zone; with ds = "wrong" the key tag fits and the digest does not."""
        with open(self.keys[zone.name][0] + ".ds", encoding="ascii") as stream:
            record = stream.read().strip()
        if zone.ds == "sha1":
            return run(program("ldns-key2ds", "ldnsutils"), "-n", "-1", self.keys[zone.name][0] + ".key").strip()
        if zone.ds == "unsupported":
            return re.sub(r"(DS\s+\d+) \d+", r"\1 200", record)
        if zone.ds == "wrong":
            digest = record.split()[-1]
            record = record.replace(digest, "".join(f"{15 - int(digit, 16):x}" for digit in digest))
        return record

    def dkim_text(self, zone, selector, tags=None):
        """The text of a DKIM key record, not yet split into strings."""
        kind = zone.dkim[selector]
        der = authority.public_key_der(dkim_key_path(self.state, zone, selector))
        if kind == "ed25519":
            der = der[-32:]
        tags = tags or f"v=DKIM1; k={'ed25519' if kind == 'ed25519' else 'rsa'};"
        return f"{tags} p={base64.b64encode(der).decode()}"

    def _expand(self, zone, text):
        lines = []
        for line in text.splitlines():
            found = TEMPLATE.search(line)
            if not found:
                lines.append(line)
                continue
            for value in self._values(zone, found.group(1).split()):
                lines.append(line[:found.start()] + value + line[found.end():])
        return lines

    def _values(self, zone, words):
        if words[:1] == ["tlsa"] and len(words) == 5:
            host, _, certificate = words[4].partition("/")
            certificates = self.world.hosts[host].certificates if host in self.world.hosts else {}
            if (certificate or "default") not in certificates:
                raise LabError(f"{zone.file}: {{{{{' '.join(words)}}}}}: no host file '{host}' with that certificate")
            return self.certificates.tlsa(*map(int, words[1:4]), certificates[certificate or "default"])
        if words[:1] == ["dkim"] and len(words) >= 2:
            if words[1] not in zone.dkim:
                raise LabError(f"{zone.file}: {{{{{' '.join(words)}}}}}: no selector '{words[1]}' in [dkim]")
            return [_strings(self.dkim_text(zone, words[1], " ".join(words[2:])))]
        if words[:1] == ["damaged"] and len(words) == 3 and words[1] in zone.dkim and words[2] in DAMAGE:
            return [_strings(text) for text in DAMAGE[words[2]](self.dkim_text(zone, words[1]))]
        raise LabError(f"{zone.file}: unknown template {{{{{' '.join(words)}}}}} (known: tlsa, dkim, damaged)")

    def _write_starting_points(self):
        """Root hints and the root's trust anchor, in the formats of Debian's dns-root-data."""
        root = self.world.zones[""]
        hints = []
        for server in root.nameservers:
            host = self.world.hosts[server]
            hints.append(f". 3600000 NS {host.name}.")
            hints += [f"{host.name}. 3600000 {'AAAA' if ':' in address else 'A'} {address}"
                      for address in host.addresses]
        write(f"{self.state}/root.hints", "\n".join(hints) + "\n")
        write(f"{self.state}/root.ds", self.ds(root) + "\n")
        with open(self.keys[""][0] + ".key", encoding="ascii") as stream:
            write(f"{self.state}/root.key", stream.read())


def _strings(text):
    """A text as the strings of a TXT record."""
    strings = [text[start:start + STRING_LIMIT] for start in range(0, len(text), STRING_LIMIT)]
    return " ".join('"' + string.replace("\\", "\\\\").replace('"', '\\"') + '"' for string in strings)


def _zone_error(zone, file, error):
    """Shows the line that the tool complained about: its number is one of the generated file."""
    text = str(error).split(": ", 1)[-1]
    number = re.search(r"(?:line |:)(\d+)", text)
    with open(file, encoding="utf-8") as stream:
        lines = stream.read().splitlines()
    line = f"\n    {lines[int(number.group(1)) - 1]}" if number and 0 < int(number.group(1)) <= len(lines) else ""
    return LabError(f"{zone.file}: {text}{line}")
