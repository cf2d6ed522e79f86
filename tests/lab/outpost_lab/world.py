"""What the lab consists of: reads hosts/*.toml, zones/*.toml and domains/*.toml into plain objects and checks them.

A host is anything with an address: a mail host, a name server, the web server, the resolver, the scanner itself.
A zone is a DNS zone; one from domains/ is meant to be scanned, one from zones/ only holds the small Internet together.
README.md describes the keys.
"""
import glob
import ipaddress
import os
from dataclasses import dataclass, field

from . import revocation
from .errors import LabError
from .tables import Table

KEY_TYPES = ("rsa1024", "rsa2048", "rsa3072", "rsa4096", "rsapss2048", "dsa1024", "ec256", "ec384", "ed25519", "ed448")
ROLES = ("scanner", "resolver", "nameserver", "blacklists", "web", "authority")
CHAIN_LINKS = ("leaf", "intermediate", "other-intermediate", "root")
PASSWORD = "outpost-lab"
DOCUMENTED_USERS = ("postmaster", "abuse", "info")


@dataclass
class Certificate:
    """One certificate specification; it yields one leaf per key type."""
    label: str                          # unique in the lab: HOST/NAME or the name of a web site
    names: list
    keys: list
    valid_from: int                     # days from now
    days: int
    chain: list
    issuer: str
    digest: str
    usage: str                          # of the key; empty: what its type is for
    extensions: str
    status: str                         # what the authority says of it when asked: good, revoked, unknown

    @property
    def in_date(self):
        return self.valid_from <= 0 < self.valid_from + self.days


@dataclass
class Postfix:
    ports: list
    main: dict
    port_settings: dict                 # port -> {setting: value}
    master: str
    postscreen: bool
    certificate: str


@dataclass
class Dovecot:
    ports: list
    settings: dict
    extra: str
    certificate: str


@dataclass
class Host:
    id: str
    file: str
    about: str
    name: str
    addresses: list
    closed: list                        # on the machine, but no server listens there
    ptr: dict                           # address -> list of names
    roles: list                         # of ROLES
    certificates: dict
    mail_domains: list
    mail_users: list
    openssl: str                        # configuration of OpenSSL for its mail servers; empty: the system's
    postfix: Postfix | None
    dovecot: Dovecot | None

    @property
    def mail_addresses(self):
        return [f"{user}@{domain}" for domain in self.mail_domains for user in self.mail_users]


@dataclass
class Site:
    """A web site over HTTPS, or over plain HTTP alone."""
    name: str
    host: str
    files: dict
    certificate: Certificate
    staple: str                         # manner of the OCSP response that is shown; empty: none
    extra: str
    plain: bool


@dataclass
class Variant:
    """How one name server's copy of a zone differs from the others'."""
    lame: bool
    serial: int | None
    add: str


@dataclass
class Generated:
    count: int
    name: str
    lines: str


@dataclass
class Zone:
    id: str
    file: str
    about: str
    name: str                           # without the final dot; "" is the root
    scan: bool
    demo: bool
    nameservers: list                   # host ids
    parent_records: str | None          # instead of the NS and glue records in the parent
    sign: str
    ds: str
    algorithm: str                      # as ldns-keygen names it
    iterations: int                     # of NSEC3
    opt_out: bool
    edits: list                         # [pattern, replacement]: of lines of the signed zone
    signatures_from: int
    signatures_days: int
    serial: int | None
    ttl: int
    dkim: dict                          # selector -> key type
    text: str
    whole: bool                         # the text is all of it: neither SOA nor NS records are added
    reverse: object | None              # the network whose PTR records are filled in from the hosts
    variants: dict
    generated: list
    sites: list = field(default_factory=list)


@dataclass
class World:
    hosts: dict
    zones: dict                         # by zone name
    time: object | None = None          # the time by which the resolver judges signatures, if not today's

    def with_role(self, role):
        return [host for host in self.hosts.values() if role in host.roles]

    def only(self, role):
        return self.with_role(role)[0]

    def parent(self, zone):
        """The zone that delegates this one."""
        if zone.name == "":
            return None
        labels = zone.name.split(".")
        for start in range(1, len(labels) + 1):
            name = ".".join(labels[start:])
            if name in self.zones:
                return self.zones[name]
        return None

    def children(self, zone):
        return [other for other in self.zones.values() if self.parent(other) is zone]

    def zone_of(self, name):
        """The zone that a name is in."""
        candidates = [zone for zone in self.zones.values()
                      if zone.name == "" or name == zone.name or name.endswith("." + zone.name)]
        return max(candidates, key=lambda zone: len(zone.name))

    def status(self, zone):
        """What a validator must say about a zone: secure, insecure or bogus."""
        parent = self.parent(zone)
        above = self.status(parent) if parent else "secure"
        if above != "secure":
            return above
        if parent and zone.ds == "wrong":
            return "bogus"
        if zone.sign == "no" or (parent and zone.ds == "none"):
            return "insecure"
        in_date = zone.signatures_from <= 0 < zone.signatures_from + zone.signatures_days
        return "secure" if in_date else "bogus"

    def scanned(self):
        return [zone for zone in self.zones.values() if zone.scan]

    def sites(self):
        return [site for zone in self.zones.values() for site in zone.sites]

    def certificates(self):
        for host in self.hosts.values():
            yield from host.certificates.values()
        for site in self.sites():
            yield site.certificate


def load(root, dnssec=False):
    """Reads the lab's description from the directories below root. With dnssec: no mail hosts nor what is scanned, but
    zones with every fault that a validator may meet."""
    hosts = {}
    for path in sorted(glob.glob(os.path.join(root, "hosts", "*.toml"))):
        host = read_host(Table.read(path), _stem(path))
        if not dnssec or not (host.postfix or host.dovecot):
            hosts[host.id] = host
    zones = {}
    for folder in ("zones", "dnssec" if dnssec else "domains"):
        for path in sorted(glob.glob(os.path.join(root, folder, "*.toml"))):
            zone = read_zone(Table.read(path), _stem(path), scan=folder == "domains")
            if zone.name in zones:
                raise LabError(f"{zone.file}: zone '{zone.name}' is in {zones[zone.name].file} already")
            zones[zone.name] = zone
    world = World(hosts, zones)
    _check_world(world, root)
    return world


def _stem(path):
    return os.path.splitext(os.path.basename(path))[0]


def _read_addresses(table, key):
    result = []
    for text in table.take_list(key, str):
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            raise table.error(f"'{key}': '{text}' is not an address") from None
        if not address.is_global:
            raise table.error(f"'{key}': {text} is not a global address; scanners must treat lab hosts as public ones")
        result.append(str(address))
    return result


def _read_certificate(table, label, default_names, default_keys):
    certificate = Certificate(
        label=label,
        names=table.take_list("names", str, default_names),
        keys=table.take_list("keys", str, default_keys),
        valid_from=table.take("valid_from", int, -10),
        days=table.take("days", int, 90),
        chain=table.take_list("chain", str, ("leaf", "intermediate")),
        issuer=table.take("issuer", str, "lab", ("lab", "self", "unknown")),
        digest=table.take("digest", str, "sha256"),
        usage=table.take("usage", str, ""),
        extensions=table.take("extensions", str, ""),
        status=table.take("status", str, "good", ("good", "revoked", "unknown")))
    table.finish()
    if not certificate.names or not certificate.keys:
        raise table.error("'names' and 'keys' must not be empty")
    for key in certificate.keys:
        if key not in KEY_TYPES:
            raise table.error(f"'keys': '{key}' is not one of {', '.join(KEY_TYPES)}")
    for link in certificate.chain:
        if link not in CHAIN_LINKS:
            raise table.error(f"'chain': '{link}' is not one of {', '.join(CHAIN_LINKS)}")
    if certificate.chain[:1] != ["leaf"]:
        raise table.error("'chain' must begin with \"leaf\" (servers refuse to start otherwise)")
    return certificate


def read_host(table, id):
    name = table.take("name", str)
    addresses = _read_addresses(table, "addresses")
    closed = _read_addresses(table, "closed")
    if not addresses:
        raise table.error("'addresses' must not be empty")

    ptr = table.take("ptr", (bool, str, list, dict), True)
    if ptr is True:
        ptr = name
    everywhere = addresses + closed
    if not isinstance(ptr, dict):
        ptr = dict.fromkeys(everywhere, ptr)
    names_of = {}
    for address, names in ptr.items():
        if address not in everywhere:
            raise table.error(f"'ptr': {address} is not an address of this host (write it in its shortest form)")
        names_of[address] = [names] if isinstance(names, str) else list(names or [])

    certificates = {}
    for certificate_name, entry in table.tables("certificate").items():
        certificates[certificate_name] = _read_certificate(entry, f"{id}/{certificate_name}", [name],
                                                           ["rsa2048", "ec256"])
    postfix = table.table("postfix")
    if postfix:
        postfix = _read_postfix(postfix)
    dovecot = table.table("dovecot")
    if dovecot:
        dovecot = _read_dovecot(dovecot)
    host = Host(
        id=id, file=table.file, about=table.take("about", str), name=name, addresses=addresses, closed=closed,
        ptr=names_of, roles=table.take_list("roles", str), certificates=certificates,
        mail_domains=table.take_list("mail_domains", str), mail_users=table.take_list("mail_users", str,
                                                                                     DOCUMENTED_USERS),
        openssl=table.take("openssl", str, ""), postfix=postfix, dovecot=dovecot)
    for role in host.roles:
        if role not in ROLES:
            raise table.error(f"'roles': '{role}' is not one of {', '.join(ROLES)}")
    if (host.postfix or host.dovecot) and "default" not in certificates:
        default = _read_certificate(Table({}, table.file, "certificate.default"), f"{id}/default", [name],
                                    ["rsa2048", "ec256"])
        certificates["default"] = default
    if host.postfix and any(port != 25 for port in host.postfix.ports) and not host.dovecot:
        raise table.error("ports 465 and 587 need [dovecot]: it checks the passwords")
    for user in (host.postfix, host.dovecot):
        if user and user.certificate not in certificates:
            raise table.error(f"no [certificate.{user.certificate}]")
    table.finish()
    return host


def _read_postfix(table):
    ports = table.take_list("ports", int, (25, 465, 587))
    port_settings = {}
    for port, settings in table.take("port", dict, {}).items():
        if not port.isdigit() or int(port) not in ports:
            raise table.error(f"'port.{port}' is not one of the ports {ports}")
        entry = Table({"port": settings}, table.file, table.path)
        port_settings[int(port)] = entry.take_settings("port")
    postfix = Postfix(
        ports=ports, port_settings=port_settings, main=table.take_settings("main"),
        master=table.take("master", str, ""), postscreen=table.take("postscreen", bool, False),
        certificate=table.take("certificate", str, "default"))
    table.finish()
    for port in ports:
        if port not in (25, 465, 587):
            raise table.error(f"'ports': {port} is not 25, 465 or 587; use 'master' for others")
    return postfix


def _read_dovecot(table):
    dovecot = Dovecot(
        ports=table.take_list("ports", int, (993,)), settings=table.take_settings("settings"),
        extra=table.take("extra", str, ""), certificate=table.take("certificate", str, "default"))
    table.finish()
    for port in dovecot.ports:
        if port not in (143, 993, 110, 995, 4190):
            raise table.error(f"'ports': {port} is not 143, 993, 110, 995 or 4190; use 'extra' for others")
    return dovecot


def read_zone(table, id, scan):
    name = table.take("name", str, id).rstrip(".").lower()
    reverse = table.take("reverse", str, None)
    variants = {}
    for server, entry in table.tables("on").items():
        variants[server] = Variant(lame=entry.take("lame", bool, False), serial=entry.take("serial", int, None),
                                   add=entry.take("add", str, ""))
        entry.finish()
    generated = []
    for entry in table.table_list("generate"):
        generated.append(Generated(count=entry.take("count", int), name=entry.take("name", str),
                                   lines=entry.take("lines", str)))
        entry.finish()
    sites = []
    for entry in table.table_list("web"):
        site_name = entry.take("name", str)
        files = entry.take_settings("files")
        certificate = _read_certificate(entry.table("certificate") or Table({}, table.file, "web.certificate"),
                                        f"web/{site_name}", [site_name], ["ec256"])
        sites.append(Site(name=site_name, host=entry.take("host", str, "web"), files=files, certificate=certificate,
                          staple=entry.take("staple", str, "", ("", *revocation.MANNERS)),
                          extra=entry.take("extra", str, ""), plain=entry.take("plain", bool, False)))
        entry.finish()
    dkim = table.take_settings("dkim")
    for selector, key in dkim.items():
        if key not in KEY_TYPES and key != "rsa512":
            raise table.error(f"'dkim.{selector}': '{key}' is not one of rsa512, {', '.join(KEY_TYPES)}")
    try:
        network = ipaddress.ip_network(reverse) if reverse else None
    except ValueError as error:
        raise table.error(f"'reverse': {error}") from None
    zone = Zone(
        id=id, file=table.file, about=table.take("about", str), name=name,
        scan=table.take("scan", bool, scan), demo=table.take("demo", bool, False),
        nameservers=table.take_list("nameservers", str, ("ns1", "ns2")),
        parent_records=table.take("parent_records", str, None),
        sign=table.take("sign", str, "nsec", ("nsec", "nsec3", "no")),
        ds=table.take("ds", str, "right", ("right", "wrong", "none", "sha1", "unsupported")),
        algorithm=table.take("algorithm", str, "ECDSAP256SHA256"), iterations=table.take("iterations", int, 0),
        opt_out=table.take("opt_out", bool, False), edits=table.take_list("edits", list),
        signatures_from=table.take("signatures_from", int, -1), signatures_days=table.take("signatures_days", int, 30),
        serial=table.take("serial", int, None), ttl=table.take("ttl", int, 3600),
        dkim=dkim, text=table.take("zone", str, ""), whole=table.take("whole", bool, False), reverse=network,
        variants=variants, generated=generated, sites=sites)
    table.finish()
    if zone.sign == "no":
        zone.ds = "none" if zone.ds == "right" else zone.ds
    return zone


def _check_world(world, root):
    if not world.hosts or "" not in world.zones:
        raise LabError(f"{root}: hosts/*.toml and zones/root.toml are missing")
    owner = {}
    for host in world.hosts.values():
        for address in host.addresses + host.closed:
            if address in owner:
                raise LabError(f"{host.file}: {address} belongs to {owner[address].file} already")
            owner[address] = host
    for role in ("scanner", "resolver"):
        if len(world.with_role(role)) != 1:
            raise LabError(f"exactly one file in hosts/ must have the role '{role}'")
    for zone in world.zones.values():
        for server in list(zone.nameservers) + list(zone.variants):
            if server not in world.hosts or "nameserver" not in world.hosts[server].roles:
                raise LabError(f"{zone.file}: '{server}' is not a host with the role 'nameserver'")
        for server in zone.variants:
            if server not in zone.nameservers:
                raise LabError(f"{zone.file}: [on.{server}]: {server} is not one of the zone's nameservers")
        for site in zone.sites:
            if site.host not in world.hosts or "web" not in world.hosts[site.host].roles:
                raise LabError(f"{zone.file}: '{site.host}' is not a host with the role 'web'")
    site_names = [site.name for site in world.sites()]
    for name in site_names:
        if site_names.count(name) > 1:
            raise LabError(f"two web sites have the name {name}")
