#!/usr/bin/env python3
"""Every zone of the lab must resolve the same by iteration from the root as through the lab's validating resolver.

    tests/lab/iteration_test.py --program build/dev/tests/lab/resolve_both

What is asked comes from the zones as the name servers have them: every name with every type it has, types that it has
not, and names that do not exist. Zones that are bogus on purpose are left out: the resolver hides them, iteration alone
does not judge.
"""
import argparse
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
SKIPPED = 77
QUESTIONS_MIN = 500
NAMES_MAX = 300  # of a zone: one has thousands that were generated
NOT_ASKED = {"RRSIG", "NSEC", "NSEC3", "NSEC3PARAM"}
ASKED_BESIDES = {"A", "MX", "TLSA", "DS"}


def bogus_zones(state):
    with open(f"{state}/lab.json", encoding="utf-8") as stream:
        return {name for name, domain in json.load(stream)["domains"].items() if domain["dnssec"] == "bogus"}


def zone_files(state):
    """The zones as they are served: signed where they are."""
    for name in sorted(os.listdir(f"{state}/zones/plain/common")):
        signed = f"{state}/zones/signed/common/{name}"
        yield signed if os.path.exists(signed) else f"{state}/zones/plain/common/{name}"


def questions_of(path, bogus):
    """Pairs of name and type, from records that stand one in a line."""
    types, targets = {}, {}
    with open(path, encoding="utf-8") as stream:
        for line in stream:
            words = line.split()
            if len(words) < 5 or words[2] != "IN" or words[3] in NOT_ASKED or line.startswith(";"):
                continue
            name = words[0].rstrip(".")
            if not any(name == zone or name.endswith(f".{zone}") for zone in bogus):
                types.setdefault(words[0], set()).add(words[3])
                if words[3] == "CNAME":
                    targets[words[0]] = words[4]
    for name in list(types)[:NAMES_MAX]:
        # of an alias that leads nowhere (or out of the zone: not known here) Unbound may answer with it and NXDOMAIN at once
        lost = {"CNAME"} if name in targets and targets[name] not in types else set()
        for kind in (types[name] | ASKED_BESIDES) - lost:
            yield name, kind
        # below an alias Unbound adds what it met when it asked for the alias alone (RFC 9156)
        if "CNAME" not in types[name]:
            yield "no-such-name." + name.lstrip("."), "A"


def inside(program):
    state = os.environ["OUTPOST_LAB_STATE"]
    bogus = bogus_zones(state)
    questions = sorted({f"{name} {kind}" for path in zone_files(state) for name, kind in questions_of(path, bogus)})
    if len(questions) < QUESTIONS_MIN:
        print(f"only {len(questions)} questions: are these the lab's zones?")
        return 1
    return subprocess.run([program, os.environ["OUTPOST_LAB_RESOLVER"], os.environ["OUTPOST_LAB_ROOT_HINTS"]],
                          input="\n".join(questions) + "\n", text=True, check=False).returncode


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    options = parser.parse_args()
    if "OUTPOST_LAB_STATE" in os.environ:
        return inside(os.path.realpath(options.program))
    if os.geteuid() != 0:
        print("skipped: the lab needs root")
        return SKIPPED
    return subprocess.call([f"{HERE}/lab", "run", "--", sys.executable, "-B", os.path.realpath(__file__),
                            *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
