#!/usr/bin/python3 -B
"""Scans every domain of the lab with the built program, and compares what it finds with what is there.

    scan_test.py --program build/dev/scanner/outpost --schema reports/schemas/scan-1.json [NAME...]

expected/DOMAIN.txt says what a scan of DOMAIN must find, line by line (scanning/expected.py); the cases below try
options and bad luck. NAME picks domains and cases. Needs root; exit status 77: skipped.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.realpath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, HERE)

from scanning import cases, expected, invariants  # noqa: E402
from scanning.program import Program  # noqa: E402

SKIPPED = 77


class Test:
    """Notes what was checked, and shows what was wrong."""

    def __init__(self, program, schema):
        self.program = program
        self.schema = schema
        self.name = ""
        self.count = self.wrong = 0

    def expect(self, condition, text, details=()):
        self.count += 1
        if condition:
            return
        self.wrong += 1
        print(f"WRONG  {self.name}: {text}")
        for line in details:
            print(f"         {line}")

    def equal(self, found, wanted, text):
        self.expect(found == wanted, f"{text}: {found!r}, and it should be {wanted!r}")


def scan_domain(test, domain):
    """One domain in every form, against its file of expectations."""
    path = f"{HERE}/expected/{domain}.txt"
    if not os.path.exists(path):
        test.expect(False, f"what must a scan of it find? Write {path}")
        return
    run = test.program.scan("--html", f"{domain}.html", domain)
    result = invariants.check(test, run)
    if result is None:
        return
    differences = expected.Expected(path).differences(result, run.status)
    test.expect(not differences, "expected (-) and found (+) differ", differences)
    test.equal(result["complete"], True, "complete")
    invariants.check_html(test, f"{test.program.folder}/{domain}.html")
    invariants.check_report(test, run)


def jobs(test):
    """(name, function) of everything there is to do."""
    domains = os.environ["OUTPOST_LAB_DOMAINS"].split()
    for domain in domains:
        yield domain, lambda domain=domain: scan_domain(test, domain)
    for name in sorted(os.listdir(f"{HERE}/expected")):
        if name.endswith(".txt") and name.removesuffix(".txt") not in domains:
            yield name, lambda: test.expect(False, "expectations of a domain that the lab does not have")
    for function in cases.CASES:
        yield function.__name__, lambda function=function: function(test)


def inside(options, jobs):
    with open(options.schema, encoding="utf-8") as stream:
        schema = json.load(stream)
    with tempfile.TemporaryDirectory() as folder:
        test = Test(Program(os.path.realpath(options.program), folder), schema)
        for name, function in jobs(test):
            if options.name and name not in options.name:
                continue
            test.name = name
            wrong = test.wrong
            function()
            print(f"{'ok   ' if test.wrong == wrong else 'WRONG'}  {name}", flush=True)
    print(f"{test.count} checks, {test.wrong} wrong")
    return 1 if test.wrong or not test.count else 0


def main(description, jobs):
    """jobs: a function of the test that yields (name, function)."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--schema", required=True)
    parser.add_argument("name", nargs="*")
    options = parser.parse_args()
    if "OUTPOST_LAB_STATE" in os.environ:
        return inside(options, jobs)
    if os.geteuid() != 0:
        print("skipped: the lab needs root")
        return SKIPPED
    return subprocess.call([f"{HERE}/lab", "run", "--", sys.executable, "-B", os.path.realpath(sys.argv[0]),
                            *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main(__doc__, jobs))
