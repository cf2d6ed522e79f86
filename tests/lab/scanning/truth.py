"""Compares what a scan says of a TLS port with what the zoo's file says is there.

Every difference is a line: what is missing, what is too many, what was not observed though it can be. A set that the
scan itself calls incomplete may lack members but may not have wrong ones; that it is incomplete is a difference too,
unless the member's file says why a client cannot see all of it ([port.N.hidden]). The same goes for an order that the
scan says it does not know throughout (hidden: "suites.VERSION.ordered").
"""
# Asked with --depth deep:
DEEP = ("client_renegotiation", "client_renegotiations", "insecure_renegotiation", "robot", "ticketbleed")


def differences(endpoint, facts, depth="deep"):
    """endpoint: outpost_lab.truth.Endpoint; facts: the endpoint's object in a result; depth: of the scan."""
    tls = facts.get("tls")
    if not tls:
        return ["tls: nothing was noted"]
    found = Comparison(endpoint.hidden, endpoint.optional)
    if endpoint.versions is not None:
        found.names("versions", endpoint.versions, tls.get("versions"))
    for version, suites in endpoint.suites.items():
        noted = (tls.get("suites") or {}).get(version)
        found.names(f"suites.{version}", suites.list, noted, in_order=suites.order == "server")
        found.values(f"suites.{version}", noted, {"order": suites.order, "chacha_priority": suites.chacha_priority})
    for what in ("groups", "schemes"):
        for version, names in getattr(endpoint, what).items():
            found.names(f"{what}.{version}", names, (tls.get(what) or {}).get(version))
    found.unexpected(endpoint, tls)
    if endpoint.dh is not None:
        found.dh(endpoint.dh, tls.get("dh"))
    found.values("resumption", tls.get("resumption"), endpoint.resumption)
    found.values("features", tls.get("features"),
                 {name: value for name, value in endpoint.features.items() if depth == "deep" or name not in DEEP})
    return found.lines


class Comparison:
    def __init__(self, hidden, optional):
        self.hidden = hidden
        self.optional = optional        # names that a list may have and may lack
        self.lines = []

    def differ(self, what, text):
        self.lines.append(f"{what}: {text}")

    def names(self, what, truth, noted, in_order=False):
        """A list of names and whether it is complete."""
        hidden = what in self.hidden
        if not noted or noted.get("list") is None:
            if not hidden:
                self.differ(what, f"not observed, and there are {len(truth)}")
            return
        listed = [name for name in noted["list"] if name not in self.optional.get(what, ())]
        many = [name for name in listed if name not in truth]
        missing = [name for name in truth if name not in listed]
        doubled = sorted({name for name in listed if listed.count(name) > 1})
        if many:
            self.differ(what, f"too many: {' '.join(many)}")
        if doubled:
            self.differ(what, f"more than once: {' '.join(doubled)}")
        if not noted.get("complete") and hidden:
            return
        if not noted.get("complete"):
            self.differ(what, f"not complete ({noted.get('reason')}), {len(missing)} not found: {' '.join(missing)}")
        elif missing:
            self.differ(what, f"missing: {' '.join(missing)}")
        elif in_order and not many and not doubled:
            self.order(what, truth, listed, noted.get("ordered"))

    def order(self, what, truth, listed, ordered):
        """Of the server. `ordered`: the scan says that all of it is."""
        if ordered is not True and len(truth) > 1:
            if f"{what}.ordered" not in self.hidden:
                self.differ(what, "the server's order is not known throughout")
        elif listed != truth:
            place = next(index for index, pair in enumerate(zip(listed, truth)) if pair[0] != pair[1])
            self.differ(what, f"the server's order differs from place {place + 1} on: {listed[place]}, and it should "
                        f"be {truth[place]}")

    def values(self, what, noted, truth):
        """Single facts; what the truth does not name is not compared."""
        for name, value in truth.items():
            seen = (noted or {}).get(name)
            if value is None or (seen is None and f"{what}.{name}" in self.hidden):
                continue
            if name == "ticket_lifetime" and seen == value - 1:
                continue                # counted from the handshake, whose second was over
            if seen is None:
                self.differ(f"{what}.{name}", f"not observed, and it is {value!r}")
            elif (sorted(seen) != sorted(value)) if isinstance(value, list) else seen != value:
                self.differ(f"{what}.{name}", f"{seen!r}, and it is {value!r}")

    def unexpected(self, endpoint, tls):
        """Sets of versions that the server does not speak."""
        for what in ("suites", "groups", "schemes"):
            for version, noted in (tls.get(what) or {}).items():
                if endpoint.versions is not None and version not in endpoint.versions and noted.get("list"):
                    self.differ(f"{what}.{version}", f"the server does not speak {version}: {' '.join(noted['list'])}")

    def dh(self, truth, noted):
        """Parameters are told apart by their prime."""
        noted = {entry.get("prime_sha256"): entry for entry in noted or []}
        for entry in truth:
            prime = entry["prime_sha256"]
            if prime not in noted and entry.get("optional"):
                continue
            if prime not in noted:
                self.differ("dh", f"missing: {entry['bits']} bits, {prime}")
            else:
                self.values(f"dh.{entry['bits']}", noted[prime],
                            {name: value for name, value in entry.items() if name != "optional"})
        for prime, entry in noted.items():
            if prime not in [known["prime_sha256"] for known in truth]:
                self.differ("dh", f"too many: {entry.get('bits')} bits, {prime}")


def faithful(endpoint):
    """What a scan that finds everything would write: for tests of the comparison."""
    def noted(names, **more):
        return {"complete": True, "list": list(names)} | more
    versions = endpoint.versions or []
    return {"tls": {
        "versions": noted(versions, refused=[]),
        "suites": {version: noted(suites.list, order=suites.order, ordered=True, chacha_priority=suites.chacha_priority)
                   for version, suites in endpoint.suites.items()},
        "groups": {version: noted(names) for version, names in endpoint.groups.items()},
        "schemes": {version: noted(names) for version, names in endpoint.schemes.items()},
        "dh": [dict(entry) for entry in endpoint.dh or []],
        "resumption": dict(endpoint.resumption), "features": dict(endpoint.features)}}
