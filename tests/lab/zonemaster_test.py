#!/usr/bin/python3 -B
"""Prints what our validator, delv and Unbound say of Zonemaster's test zones, and fails where they differ.

    zonemaster_test.py --verdict build/dev/tests/lab/lab_dnssec_verdict --clock build/dev/tests/lab/liblab_clock_shift.so
                       [--round ROUND] [PATTERN]

The zones are read from $OUTPOST_TEST_DATA or ../shared/data (outpost_lab/zonemaster.py says what is made of them);
all validators judge by the time of the round. Where one may differ, DIFFERENCES says why. Needs root; exit status 77:
skipped.
"""
import argparse
import datetime
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.realpath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, HERE)

import dnssec_test  # noqa: E402
from outpost_lab import zonemaster  # noqa: E402

SKIPPED = 77
CDS, CDNSKEY = "TYPE59", "TYPE60"
ASKED_IF_THERE = {"DNSKEY": "DNSKEY", "MX": "MX", "CDS": CDS, "CDNSKEY": CDNSKEY, "NSEC3PARAM": "NSEC3PARAM"}

# (round, question): {validator: (what it may say instead of ours, why)}. BIND reads no message with a DS record of SHA-1
# or SHA-384 whose digest has another length than those have, nor a key of PRIVATEDNS that does not begin with a name.
LENGTH = "not read: the digest is too long or short for its type (RFC 4034, RFC 6605); the signature over it holds"
NO_ANSWER = "there is no answer at all: indeterminate (RFC 4035 4.3), for which it has the word SERVFAIL"
DIFFERENCES = {
    ("templates", "algo-deprecated-1.dnssec01.xa DS"): {"delv": ("bogus", LENGTH)},
    ("templates", "algo-ok-4.dnssec01.xa DS"): {"delv": ("bogus", LENGTH)},
    ("templates", "mixed-algo-1.dnssec01.xa DS"): {"delv": ("bogus", LENGTH)},
    # the parent zone names name servers that have no addresses
    ("templates", "child.parent-server-no-ds-1.dnssec01.xa DS"): {"delv": ("bogus", NO_ANSWER),
                                                                 "unbound": ("bogus", NO_ANSWER)},
    ("templates", "algo-private-253.dnssec05.xa DNSKEY"): {
        "delv": ("bogus", "not read: the key does not begin with a name (RFC 4034 A.1.1)")},
    # two signatures over two NSEC records, of which one holds
    ("templates", "no-such-name.err-mult-nsec-1.dnssec10.xa A"): {
        "delv": ("bogus", "it stops at the first signature that does not hold; one that does is enough (RFC 4035 5.3.3)")},
}

# How many questions of a round must at least have each verdict: a round of which nothing is served compares nothing.
VERDICTS_MIN = {"templates": {"secure": 200, "insecure": 150, "bogus": 100},
                "earlier": {"secure": 30, "insecure": 15, "bogus": 50}, "signed": {"secure": 100},
                "variants": {"secure": 10}}


def questions_of(collection):
    for zone in collection.zones.values():
        yield zone.name, "SOA"
        for kind, asked in ASKED_IF_THERE.items():
            if kind in zone.types():
                yield zone.name, asked
        if zone.source in zonemaster.ABOUT_DS:
            yield zone.name, "DS"
        yield f"no-such-name.{zone.name}", "A"


def compare(options, chosen, questions, folder):
    """[(question, ours, reason, {other: what it says})]"""
    time = zonemaster.time_of(chosen)
    anchor = dnssec_test.write_anchor(folder)
    shift = int(time.timestamp() - datetime.datetime.now().timestamp())
    environment = os.environ | {"LD_PRELOAD": options.clock, "OUTPOST_LAB_CLOCK_SHIFT": str(shift)}
    with ThreadPoolExecutor(max_workers=4) as pool:
        found = pool.submit(dnssec_test.ours, options.verdict, questions, str(int(time.timestamp())))
        unbound = pool.map(lambda question: dnssec_test.unbound(*question), questions)
        delv = pool.map(lambda question: dnssec_test.delv(*question, anchor, environment), questions)
        return [(question, *ours, {"delv": second, "unbound": third})
                for question, ours, second, third in zip(questions, found.result(), delv, unbound, strict=True)]


def show(name, rows):
    """The table of agreement; how many differ without an explanation."""
    wrong = 0
    print(f"{'question':58} {'ours':14} {'delv':9} {'Unbound':9}")
    for (owner, kind), ours, reason, others in rows:
        allowed = DIFFERENCES.get((name, f"{owner} {kind}"), {})
        marks = []
        for other, said in others.items():
            if said == ours:
                continue
            explained, why = allowed.get(other, ("", ""))
            marks.append(f"{other}: {why}" if said == explained else f"DIFFERS {other}")
        wrong += any(mark.startswith("DIFFERS") for mark in marks)
        print(f"{kind + ' ' + owner:58} {ours:14} {others['delv']:9} {others['unbound']:9} {'; '.join(marks)}")
        if reason and marks:
            print(f"    {reason}")
    return wrong


def inside(options):
    chosen = zonemaster.ROUNDS[options.round]
    collection = zonemaster.Collection(zonemaster.data_folder(), chosen)
    questions = [question for question in questions_of(collection) if options.pattern in " ".join(question)]
    with tempfile.TemporaryDirectory() as folder:
        rows = compare(options, chosen, questions, folder)
    print(f"\n{options.round}: {chosen.about}, judged as of {chosen.time}")
    wrong = show(options.round, rows)
    for zone in collection.zones.values():
        for note in zone.notes:
            print(f"not served of {zone.name}: {note}")
    for what, why in collection.left_out.items():
        print(f"not served: {what}: {why}")
    counts = {said: sum(row[1] == said for row in rows) for said in ("secure", "insecure", "bogus")}
    print(f"{options.round}: {len(collection.zones)} zones, {len(rows)} questions, {wrong} differ; " +
          ", ".join(f"{number} {said}" for said, number in counts.items()))
    few = {said: number for said, number in VERDICTS_MIN[options.round].items()
           if counts[said] < number and not options.pattern}
    if few:
        print(f"too few: there should be at least {few}")
    return 1 if wrong or few else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--verdict", required=True)
    parser.add_argument("--clock", required=True, help="the library that shifts delv's clock")
    parser.add_argument("--round", choices=zonemaster.ROUNDS)
    parser.add_argument("pattern", nargs="?", default="")
    options = parser.parse_args()
    options.verdict, options.clock = os.path.abspath(options.verdict), os.path.abspath(options.clock)
    if "OUTPOST_LAB_STATE" in os.environ:
        return inside(options)
    if os.geteuid() != 0:
        print("skipped: the lab needs root")
        return SKIPPED
    if zonemaster.data_folder() is None:
        print("skipped: the test zones are not here")
        return SKIPPED
    status = 0
    for name in [options.round] if options.round else zonemaster.ROUNDS:
        status = max(status, subprocess.call(
            [f"{HERE}/lab", "run", "--zonemaster", name, "--", sys.executable, "-B", os.path.realpath(__file__),
             "--verdict", options.verdict, "--clock", options.clock, "--round", name, options.pattern]))
    return SKIPPED if status == 125 else status


if __name__ == "__main__":
    sys.exit(main())
