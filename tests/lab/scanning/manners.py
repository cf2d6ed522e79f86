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
TRUTH = ("openssl-modern", 443)         # the same server without a front
TIMEOUT = 110                           # seconds: two windows of a limit by the minute, and a margin
LANES = 4                               # so many may be on their way when a ban comes
WATCHDOG_SECONDS = TIMEOUT + 90


def teaser(test, scan):
    """Everyone waits six seconds, each time: that takes long, but it is no obstacle."""
    test.expect(scan.ends["dropped"] == 0, f"{scan}: talked before the greeting")
    scan.expect_found(test, "TLS1.2", "TLS1.3")


def teaser_remembered(test, scan):
    """Who has waited once is let in: all is found."""
    test.expect(scan.ends["dropped"] == 0, f"{scan}: talked before the greeting")
    scan.expect_all(test)


def late(test, scan):
    """A greeting after 15 seconds is waited for."""
    scan.expect_found(test, "TLS1.2", "TLS1.3")


def rate(test, scan):
    """A limit by the minute: pushed back, waited, went on, found all."""
    test.expect(scan.endpoint["pushbacks"], f"{scan}: no pushback was noticed")
    test.expect(scan.outcome("smtp.pushback") == "info", f"{scan}: the limit is no finding")
    test.expect(scan.ends["421"] <= 10, f"{scan}: went on {scan.ends['421']} times where it was told to stop")
    scan.expect_all(test)


def at_once(test, scan):
    """No more than two at once: what is found is found, one after the other."""
    test.expect(scan.endpoint["pushbacks"], f"{scan}: no pushback was noticed")
    scan.expect_found(test, "TLS1.2", "TLS1.3")


def banned(test, scan):
    """Nothing answers any more after 20 connections: what was found by then is kept, the rest is not known."""
    test.expect(20 <= scan.entries < 20 + LANES, f"{scan}: {scan.entries} connections before the ban")
    test.expect(scan.tls["versions"]["list"], f"{scan}: nothing of what was found is kept")
    incomplete = [noted for noted in scan.sets() if not noted["complete"]]
    test.expect(incomplete, f"{scan}: a ban, and the scan calls everything complete")
    test.expect(all(noted["reason"] for noted in incomplete), f"{scan}: incomplete without a reason")
    test.expect(scan.outcome("smtp.pushback") == "info", f"{scan}: the ban is no finding")


CASES = {2501: teaser, 2502: teaser_remembered, 2503: late, 2504: rate, 2505: at_once, 2506: banned, 2507: banned}


class Scan:
    """One port's scan, and what its front saw of it."""

    def __init__(self, port, process, known, log):
        self.port = port
        self.process = process
        self.truth = known
        self.log = log
        self.endpoint = self.tls = None
        self.findings = []
        self.entries, self.ends = 0, collections.Counter()

    def __str__(self):
        return f"port {self.port}"

    def finish(self, test):
        """Waits for the end; False when there is nothing to look at."""
        try:
            stdout, stderr = self.process.communicate(timeout=WATCHDOG_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            stdout, stderr = self.process.communicate()
        test.expect(self.process.returncode in invariants.EXIT_CODES,
                    f"{self}: exit status {self.process.returncode}",
                    stderr.decode(errors="replace").splitlines()[-12:])
        try:
            result = json.loads(stdout)
        except ValueError as error:
            test.expect(False, f"{self}: standard output is not JSON: {error}")
            return False
        faults = invariants.complaints(result, test.schema)
        test.expect(not faults, f"{self}: the result does not fit the schema", faults[:12])
        endpoints = result["facts"]["endpoints"]
        self.endpoint = next((endpoint for endpoint in endpoints if endpoint["port"] == self.port), {})
        self.tls = self.endpoint.get("tls")
        self.findings = result["findings"]
        with open(self.log, encoding="utf-8") as stream:
            for line in stream:
                self.entries += 1
                self.ends[json.loads(line)["end"]] += 1
        test.expect(self.tls, f"{self}: nothing of TLS was noted")
        return bool(self.tls)

    def outcome(self, check):
        return next((finding["outcome"] for finding in self.findings if finding["id"].startswith(f"{check}@")), None)

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


def run(test, running):
    members = zoo.load()
    member, known = members[MEMBER], members[TRUTH[0]].ports[TRUTH[1]]
    with Connections() as seen:
        scans = [Scan(port, test.program.start(
            "scan", *test.program.lab_options, "--quiet", "--json", "-", "--timeout", str(TIMEOUT), "--port",
            f"{port}:smtp", f"host:{member.host.name}"), known, running["front_logs"][str(port)]) for port in CASES]
        for scan in scans:
            if not scan.finish(test):
                continue
            scan.check_truth(test)
            told, sent = scan.endpoint["connections"], seen.counts[(member.address, scan.port)]
            test.expect(scan.entries <= told <= sent, f"{scan}: tells of {told} connections; the front had "
                        f"{scan.entries}, and the kernel sent {sent}")
            CASES[scan.port](test, scan)
