"""Scans the zoo's member `manners`: one server behind fronts that delay, limit and ban, all ports at the same time.

Whatever a front does, a scan may only say what is true: names that the server accepts, and "complete" only of sets that
are. It must not talk before the greeting, and what it tells of its connections must be what happened.
"""
import collections
import json
import subprocess

from outpost_lab import zoo
from outpost_lab.connections import Connections
from scanning import invariants, truth

MEMBER = "manners"
MODERN, PERMISSIVE = ("openssl-modern", 443), ("openssl-permissive", 443)       # the same servers without a front
PATIENT = 400                           # seconds, as one would give a server that limits: no scan here takes so long
SHORT = 70                              # for what takes longer: tests/unit/tls_enumeration.c waits for its end
MINUTE = 60
LANES = 4                               # so many may be on their way when a ban comes
GRACE_SECONDS = 90
KEPT_OUT = "the server kept us out until the time of the scan was over"


def teaser(test, scan):
    """Everyone waits six seconds, each time: that takes long, but it is no obstacle."""
    test.expect(scan.ends["dropped"] == 0, f"{scan}: talked before the greeting")
    test.equal(scan.endpoint["pushbacks"], 0, f"{scan}: pushbacks")
    scan.expect_found(test, "TLS1.2", "TLS1.3")


def teaser_remembered(test, scan):
    """Who has waited once is let in: all is found."""
    test.expect(scan.ends["dropped"] == 0, f"{scan}: talked before the greeting")
    scan.expect_all(test)


def late(test, scan):
    """A greeting after 15 seconds is waited for."""
    test.equal(scan.endpoint["pushbacks"], 0, f"{scan}: pushbacks")
    scan.expect_found(test, "TLS1.2", "TLS1.3")


def rate(test, scan):
    """A limit by the minute: those on their way are turned away and one more, a minute is waited, all is found."""
    test.expect(scan.endpoint["pushbacks"], f"{scan}: no pushback was noticed")
    test.expect(scan.outcome("smtp.pushback") == "info", f"{scan}: the limit is no finding")
    test.expect(scan.ends["421"] <= LANES + 2, f"{scan}: went on {scan.ends['421']} times where it was told to stop")
    scan.expect_all(test)


def rate_and_little_time(test, scan):
    """The same, and the time of the scan is over before: every report says so, and what is missing."""
    reason = f"the time of {MINUTE} s was over"
    found = (scan.process.returncode, scan.result["complete"], scan.result["incomplete_reason"])
    test.equal(found, (3, False, reason), f"{scan}: exit status, complete, why not")
    scan.expect_incomplete(test, KEPT_OUT)
    test.expect(f"INCOMPLETE: {reason}" in scan.stdout and "Not tested" in scan.stdout, f"{scan}: the summary",
                scan.stdout.splitlines())
    with open(scan.html, encoding="utf-8") as stream:
        page = stream.read()
    invariants.check_html(test, scan.html)
    test.expect("This scan is incomplete" in page and reason in page, f"{scan}: the page does not say so")
    test.expect(KEPT_OUT in page, f"{scan}: the page does not say why")


def at_once(test, scan):
    """No more than two at once: that is learnt, and all is found by two at once."""
    test.expect(scan.endpoint["pushbacks"], f"{scan}: no pushback was noticed")
    test.expect(scan.ends["421"] <= LANES + 2, f"{scan}: {scan.ends['421']} times one too many")
    scan.expect_all(test)


def silenced(test, scan):
    """Nothing answers any more after 40 connections: what was found by then is kept, the rest is not known."""
    scan.expect_banned(test, 40)
    scan.expect_found(test, "TLS1.3")
    test.expect((scan.tls["suites"] or {}).get("TLS1.2", {}).get("list"), f"{scan}: nothing of what was found is kept")
    scan.expect_incomplete(test, "the server no longer lets us connect")


def refused(test, scan):
    """The same after 20, with time left: the scan gives up by itself."""
    scan.expect_banned(test, 20)
    found = (scan.process.returncode, scan.result["complete"], scan.result["incomplete_reason"])
    test.equal(found, (3, False, f"port {scan.port} of {scan.endpoint['address']} kept us out"),
               f"{scan}: exit status, complete, why not")
    scan.expect_incomplete(test, "the server no longer lets us connect")


# port -> what must come of it, in how many seconds at most, the server behind the front
CASES = {2501: (teaser, SHORT, MODERN), 2502: (teaser_remembered, PATIENT, MODERN), 2503: (late, SHORT, MODERN),
         2504: (rate, PATIENT, MODERN), 2505: (at_once, PATIENT, MODERN), 2506: (silenced, SHORT, PERMISSIVE),
         2507: (refused, PATIENT, MODERN), 2508: (rate_and_little_time, MINUTE, MODERN)}


class Scan:
    """One port's scan, and what its front saw of it."""

    def __init__(self, program, port, host, known, log):
        self.port = port
        self.check, self.timeout, _ = CASES[port]
        self.truth = known
        self.log = log
        self.json, self.html = (f"{program.folder}/manners-{port}.{form}" for form in ("json", "html"))
        self.process = program.start("scan", *program.lab_options, "--timeout", str(self.timeout), "--json",
                                     self.json, "--html", self.html, "--port", f"{port}:smtp", f"host:{host}")
        self.stdout = ""
        self.result = self.endpoint = self.tls = None
        self.entries, self.ends = 0, collections.Counter()

    def __str__(self):
        return f"port {self.port}"

    def finish(self, test):
        """Waits for the end; False when there is nothing to look at."""
        try:
            stdout, stderr = self.process.communicate(timeout=self.timeout + GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            stdout, stderr = self.process.communicate()
        self.stdout = stdout.decode(errors="replace")
        test.expect(self.process.returncode in invariants.EXIT_CODES,
                    f"{self}: exit status {self.process.returncode}",
                    stderr.decode(errors="replace").splitlines()[-12:])
        try:
            with open(self.json, encoding="utf-8") as stream:
                self.result = json.load(stream)
        except (OSError, ValueError) as error:
            test.expect(False, f"{self}: no result: {error}")
            return False
        faults = invariants.complaints(self.result, test.schema)
        test.expect(not faults, f"{self}: the result does not fit the schema", faults[:12])
        endpoints = self.result["facts"]["endpoints"]
        self.endpoint = next((endpoint for endpoint in endpoints if endpoint["port"] == self.port), {})
        self.tls = self.endpoint.get("tls")
        with open(self.log, encoding="utf-8") as stream:
            for line in stream:
                self.entries += 1
                self.ends[json.loads(line)["end"]] += 1
        test.expect(self.tls, f"{self}: nothing of TLS was noted")
        return bool(self.tls)

    def outcome(self, check):
        return next((finding["outcome"] for finding in self.result["findings"]
                     if finding["id"].startswith(f"{check}@")), None)

    def sets(self):
        yield self.tls["versions"]
        for what in ("suites", "groups", "schemes"):
            yield from (self.tls[what] or {}).values()

    def check_truth(self, test):
        """Nothing that is not so, and "complete" only of what is."""
        hidden = {f"{what}.{version}": "a front is in the way" for what in ("suites", "groups", "schemes")
                  for version in getattr(self.truth, what)} | {"versions": "a front is in the way"}
        comparison = truth.Comparison(hidden, {})
        comparison.names("versions", self.truth.versions, self.tls["versions"])
        for version, suites in self.truth.suites.items():
            comparison.names(f"suites.{version}", suites.list, (self.tls["suites"] or {}).get(version))
        for what in ("groups", "schemes"):
            for version, names in getattr(self.truth, what).items():
                comparison.names(f"{what}.{version}", names, (self.tls[what] or {}).get(version))
        comparison.unexpected(self.truth, self.tls)
        test.expect(not comparison.lines, f"{self}: the scan says what is not so", comparison.lines)

    def expect_all(self, test):
        incomplete = [f"{noted['list']}: {noted['reason']}" for noted in self.sets() if not noted["complete"]]
        test.expect(not incomplete, f"{self}: not everything was found", incomplete)

    def expect_found(self, test, *versions):
        found = self.tls["versions"]["list"] or []
        test.expect(set(versions) <= set(found), f"{self}: versions found: {found}")

    def expect_incomplete(self, test, reason):
        """What is missing is said to be, with the reason, and is neither passed nor failed."""
        reasons = [noted["reason"] for noted in self.sets() if not noted["complete"]]
        test.expect(reasons and set(reasons) == {reason}, f"{self}: why sets are not complete: {reasons}")
        test.equal((self.tls["versions"]["complete"], self.outcome("tls.ssl3")), (False, "not_tested"),
                   f"{self}: versions, and SSL 3.0, that was not asked for")

    def expect_banned(self, test, after):
        test.expect(after <= self.entries < after + LANES, f"{self}: {self.entries} connections before the ban")
        test.expect(self.outcome("smtp.pushback") == "info", f"{self}: the ban is no finding")


def run(test, running):
    members = zoo.load()
    member = members[MEMBER]
    with Connections() as seen:
        scans = [Scan(test.program, port, member.host.name, members[name].ports[known],
                      running["front_logs"][str(port)]) for port, (_, _, (name, known)) in CASES.items()]
        for scan in scans:
            if not scan.finish(test):
                continue
            scan.check_truth(test)
            told, sent = scan.endpoint["connections"], seen.counts[(member.address, scan.port)]
            test.expect(scan.entries <= told <= sent, f"{scan}: tells of {told} connections; the front had "
                        f"{scan.entries}, and the kernel sent {sent}")
            scan.check(test, scan)
