"""What a member of the zoo accepts on one port: the part of its file that says so, as plain objects.

Nothing here comes from the program under test. What a file leaves out is not known and not compared.
"""
import re
from dataclasses import dataclass, field, replace

from .errors import LabError

VERSIONS = ("SSL2", "SSL3", "TLS1.0", "TLS1.1", "TLS1.2", "TLS1.3")
SUITE = re.compile(r"(TLS|SSL_CK)_[A-Za-z0-9_]+")
FEATURES = {
    bool: ("secure_renegotiation", "extended_master_secret", "encrypt_then_mac", "compression", "fallback_scsv",
           "downgrade_sentinel", "ecdh_reuse", "export_key_reuse", "client_certificate", "ocsp_staple", "alpn_strict",
           "sni_strict", "sni_needed", "client_renegotiation", "insecure_renegotiation", "grease", "unknown_version",
           "large_hello", "split_hello", "heartbeat", "heartbleed", "ccs_injection", "ticketbleed", "robot"),
    int: ("client_renegotiations", "suites_max"),
    str: ("alpn",),
    list: ("intolerances",),
}
RESUMPTION = {bool: ("session_id", "ticket", "psk"), int: ("ticket_lifetime", "early_data")}
DH = {bool: ("reused", "optional"), int: ("bits", "generator"), str: ("prime_name", "prime_sha256"),
      list: ("versions",)}


@dataclass
class Suites:
    list: list                          # in the server's order, where it has one
    order: str | None                   # "server", "client", or None: there is nothing to choose
    chacha_priority: bool | None


@dataclass
class Endpoint:
    """One port."""
    service: str
    versions: list | None = None
    suites: dict = field(default_factory=dict)          # version -> Suites
    groups: dict = field(default_factory=dict)          # version -> names
    schemes: dict = field(default_factory=dict)
    dh: list | None = None                              # tables
    resumption: dict = field(default_factory=dict)
    features: dict = field(default_factory=dict)
    hidden: dict = field(default_factory=dict)          # what cannot be seen from outside -> why
    optional: dict = field(default_factory=dict)        # list, such as "groups.TLS1.2" -> names that it may have too
    same_as: int | None = None
    connections_max: int | None = None
    enumeration_max: int | None = None


def read(table, port):
    endpoint = Endpoint(
        service=table.take("service", str), same_as=table.take("same_as", int, None),
        connections_max=table.take("connections_max", int, None),
        enumeration_max=table.take("enumeration_max", int, None),
        hidden=table.take_settings("hidden"))
    entry = table.table("optional")
    for what in list(entry.values) if entry else ():
        endpoint.optional[what] = entry.take_list(what, str)
    endpoint.versions = table.take_list("versions", str) if "versions" in table.values else None
    _check_versions(table, endpoint.versions or ())
    for version, entry in table.tables("suites").items():
        endpoint.suites[version] = Suites(
            list=entry.take_list("list", str), order=entry.take("order", str, None, ("server", "client")),
            chacha_priority=entry.take("chacha_priority", bool, None))
        for name in endpoint.suites[version].list:
            if not SUITE.fullmatch(name):
                raise entry.error(f"'{name}' is not the name of a suite")
        entry.finish()
    for what in ("groups", "schemes"):
        entry = table.table(what)
        for version in list(entry.values) if entry else ():
            getattr(endpoint, what)[version] = entry.take_list(version, str)
    for what in (endpoint.suites, endpoint.groups, endpoint.schemes):
        _check_versions(table, what)
    if "dh" in table.values:
        endpoint.dh = [_read_known(entry, DH) for entry in table.table_list("dh")]
    for what, kinds in (("resumption", RESUMPTION), ("features", FEATURES)):
        entry = table.table(what)
        if entry:
            setattr(endpoint, what, _read_known(entry, kinds))
    table.finish()
    _check_lists(table, endpoint)
    return endpoint


def _read_known(table, kinds):
    """The keys that are there, of those that may be."""
    values = {}
    for kind, names in kinds.items():
        for name in names:
            value = table.take(name, kind, None)
            if value is not None:
                values[name] = value
    table.finish()
    return values


def _check_versions(table, names):
    for name in names:
        if name not in VERSIONS:
            raise table.error(f"'{name}' is not one of {', '.join(VERSIONS)}")


def _check_lists(table, endpoint):
    lists = [endpoint.versions or [], *(suites.list for suites in endpoint.suites.values()),
             *endpoint.groups.values(), *endpoint.schemes.values()]
    for names in lists:
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            raise table.error(f"'{doubled[0]}' is twice in a list")
    listed = {f"{what}.{version}" for what in ("suites", "groups", "schemes") for version in getattr(endpoint, what)}
    for what in endpoint.optional:
        if what not in listed and endpoint.same_as is None:
            raise table.error(f"'optional': there is no list '{what}'")
    for version in endpoint.suites:
        if endpoint.versions is not None and version not in endpoint.versions:
            raise table.error(f"suites of {version}, which is not one of the versions")


def resolve(member):
    """Ports that say same_as take over what the other port accepts; what they say themselves comes on top."""
    for port, endpoint in member.ports.items():
        if endpoint.same_as is None:
            continue
        other = member.ports.get(endpoint.same_as)
        if not other or other.same_as is not None:
            raise LabError(f"{member.file}: [port.{port}] 'same_as' must be a port that is written out")
        member.ports[port] = replace(
            endpoint, versions=endpoint.versions if endpoint.versions is not None else other.versions,
            dh=endpoint.dh if endpoint.dh is not None else other.dh,
            **{what: getattr(other, what) | getattr(endpoint, what)
               for what in ("suites", "groups", "schemes", "resumption", "features", "hidden", "optional")})
