#!/usr/bin/python3 -B
"""Scans the servers of the zoo with the built program, and compares what it finds with what they accept.

    zoo_test.py --program build/dev/scanner/outpost --schema reports/schemas/scan-1.json [MEMBER|CASE]...
    zoo_test.py --self-test                 the comparison itself, with planted errors; needs neither root nor program

What a server accepts is in zoo/MEMBER.toml, found with other tools (zoo/survey). Connections are counted as the kernel
sent them and may not exceed the file's limits. The member `manners` is behind fronts that delay, limit and ban. A
member whose program is not installed is skipped, with the reason. Needs root; exit status 77: skipped.
"""
import argparse
import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.realpath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, HERE)

from outpost_lab import zoo  # noqa: E402
from scan_test import SKIPPED, Test  # noqa: E402
from scanning import invariants, manners, truth, zoo_self_test  # noqa: E402
from scanning.program import Program  # noqa: E402


AT_ONCE = 4                             # scans wait for servers most of their time


class MemberTest(Test):
    """Of one member. Several are scanned at the same time, so what is wrong is shown at the end."""

    def __init__(self, program, schema, name):
        super().__init__(program, schema)
        self.name = name
        self.lines = []

    def expect(self, condition, text, details=()):
        self.count += 1
        if not condition:
            self.wrong += 1
            self.lines += [f"WRONG    {self.name}: {text}", *(f"             {line}" for line in details)]

    def show(self):
        print("\n".join([f"{'WRONG  ' if self.wrong else 'ok     '}  {self.name}", *self.lines]), flush=True)


def scan_member(test, member, others):
    """All ports of a member in one scan, by the name that its certificate has; others: addresses of other scans."""
    ports = [word for port, endpoint in member.ports.items() for word in ("--port", f"{port}:{endpoint.service}")]
    run = test.program.scan("--depth", "deep", *ports, f"host:{member.host.name}")
    run.connections = {place: number for place, number in run.connections.items() if place[0] not in others}
    result = invariants.check(test, run, losses_are_logged=False)
    if result is None:
        return
    found = {endpoint["port"]: endpoint for endpoint in result["facts"]["endpoints"]
             if endpoint["address"] == member.address}
    for port, endpoint in member.ports.items():
        facts = found.get(port, {})
        lines = truth.differences(endpoint, facts, result["settings"]["depth"])
        test.expect(not lines, f"port {port}: the scan and the truth differ", lines)
        test.expect(facts.get("state") == "open", f"port {port}: it speaks, and is {facts.get('state')}")
        check_gates(test, port, endpoint, facts)
    if member.connections_max:
        sent = sum(run.connections.values())
        limit = member.connections_max + sum(deep_connections(endpoint) for endpoint in member.ports.values())
        test.expect(sent <= limit, f"{sent} connections, at most {limit}")


def deep_connections(endpoint):
    """What --depth deep adds to the limits of the files: a handshake to renegotiate in and a hello with its ticket; for
    ROBOT, where RSA key exchange is accepted, one to learn the key and two for each of five paddings."""
    versions = {"TLS1.0", "TLS1.1", "TLS1.2"} & set(endpoint.versions or ())
    suites = [name for version in versions if version in endpoint.suites for name in endpoint.suites[version].list]
    return (2 if versions else 0) + (11 if any(name.startswith("TLS_RSA_WITH_") for name in suites) else 0)


def check_gates(test, port, endpoint, facts):
    """Connections are the currency. `connections` is what the kernel sent: invariants.check has compared them."""
    for name, limit in (("connections", endpoint.connections_max),):
        number = facts.get(name)
        if limit is not None:
            limit += deep_connections(endpoint)
            test.expect(number and number <= limit, f"port {port}: {name} {number}, at most {limit}")
    number = (facts.get("tls") or {}).get("enumeration_connections")
    if endpoint.enumeration_max is not None:
        test.expect(number and number <= endpoint.enumeration_max,
                    f"port {port}: enumeration_connections {number}, at most {endpoint.enumeration_max}")


def inside(options):
    with open(options.schema, encoding="utf-8") as stream:
        schema = json.load(stream)
    with open(f"{os.environ['OUTPOST_LAB_STATE']}/lab.json", encoding="utf-8") as stream:
        running = json.load(stream)["zoo"]
    members = {name: member for name, member in zoo.load().items() if name in running}
    left_out = {name: running[name]["left_out"] for name in members if "left_out" in running[name]}
    for name, reason in left_out.items():
        print(f"skipped  {name}: {reason}", flush=True)
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        program = Program(os.path.realpath(options.program), folder)

        def job(name):
            test = MemberTest(program, schema, name)
            if name == manners.MEMBER:
                manners.run(test, running[name])
            else:
                scan_member(test, members[name], {other.address for other in members.values()} -
                            {members[name].address})
            test.show()
            return test
        # what takes longest begins
        names = sorted(set(members) - set(left_out), key=lambda name: (name != manners.MEMBER, name))
        tests = list(pool.map(job, names))
    count, wrong = sum(test.count for test in tests), sum(test.wrong for test in tests)
    print(f"{count} checks, {wrong} wrong, {len(left_out)} members skipped")
    return 1 if wrong else 0 if count else SKIPPED


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program")
    parser.add_argument("--schema")
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("name", nargs="*")
    options = parser.parse_args()
    if options.self_test:
        return zoo_self_test.run()
    if not options.program or not options.schema:
        parser.error("--program and --schema are needed")
    if "OUTPOST_LAB_STATE" in os.environ:
        return inside(options)
    if os.geteuid() != 0:
        print("skipped: the lab needs root")
        return SKIPPED
    members = [word for name in options.name for word in ("--member", name)]
    return subprocess.call([f"{HERE}/lab", "zoo", *members, "--", sys.executable, "-B", os.path.realpath(__file__),
                            *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
