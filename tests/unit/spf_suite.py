#!/usr/bin/python3 -B
"""The published test suite of RFC 7208 against our check_host(): spf_suite.py SPF_CASES SOURCE_DIRECTORY

Reads spf/rfc7208-tests-2014-05.yml of ../shared/data or $OUTPOST_TEST_DATA; says "skipped" when it is not there.
"""
import json
import os
import subprocess
import sys

SUITE = "spf/rfc7208-tests-2014-05.yml"
TYPES = ("TXT", "A", "AAAA", "MX", "PTR")
CASES = 193


def escaped(text, kept=""):
    """As a zone file writes it; what is no letter or digit as \\DDD. The suite writes a byte as the character of it."""
    return "".join(c if c.isascii() and (c.isalnum() or c in kept) else f"\\{c.encode('latin-1')[0]:03d}" for c in text)


def name_text(name):
    return escaped(name, ".-_") if name else "."


def strings(value):
    parts = value if isinstance(value, list) else [value]
    parts = [part[i:i + 255] for part in parts for i in range(0, len(part) or 1, 255)]
    return " ".join(f'"{escaped(part)}"' for part in parts)


def record_text(kind, value):
    if kind == "TXT":
        return strings(value)
    if kind == "MX":
        return f"{value[0]} {name_text(value[1])}"
    return name_text(value) if kind == "PTR" else value


def zone_of(data):
    """SPF records count as TXT unless the name has TXT of its own; TIMEOUT is the answer to all that it has not."""
    for name, entries in data.items():
        records = {}
        timeout = "TIMEOUT" in entries
        pairs = [pair for entry in entries if isinstance(entry, dict) for pair in entry.items()]
        has_text = any(kind == "TXT" for kind, _ in pairs)
        for kind, value in pairs:
            if kind == "SPF" and not has_text:
                kind = "TXT"
            if kind in TYPES and value != "NONE":
                records.setdefault(kind, []).append(record_text(kind, value))
        for kind in TYPES:
            if kind in records:
                yield {"name": name_text(name), "type": kind, "records": records[kind]}
            elif timeout:
                yield {"name": name_text(name), "type": kind, "failure": True}
        if not records and not timeout:  # it exists, with nothing in it that we ask for
            yield {"name": name_text(name), "type": "SRV", "records": []}


def complaint(test, got):
    """What is wrong with the result, or None."""
    allowed = test["result"] if isinstance(test["result"], list) else [test["result"]]
    if got["result"] not in allowed:
        return f"{got['result']} ({got['reason']}) instead of {' or '.join(allowed)}"
    if "explanation" in test:
        wanted = None if test["explanation"] == "DEFAULT" else test["explanation"]
        if got["explanation"] != wanted:
            return f"explanation {got['explanation']!r} instead of {wanted!r}"
    return None


def main():
    program, source = sys.argv[1:]
    folder = os.environ.get("OUTPOST_TEST_DATA", os.path.join(source, "../shared/data"))
    path = os.path.join(folder, SUITE)
    if not os.path.isfile(path):
        print("skipped, data not there")
        return 0
    import yaml  # pylint: disable=import-outside-toplevel
    tests, lines = [], []
    with open(path, encoding="utf-8") as file:
        for scenario in yaml.safe_load_all(file):
            zone = list(zone_of(scenario["zonedata"]))
            for name, test in scenario["tests"].items():
                tests.append((name, test))
                lines.append(json.dumps({"zone": zone, "client": test["host"], "helo": test["helo"],
                                         "sender": test["mailfrom"]}))
    output = subprocess.run([program], input="\n".join(lines) + "\n", capture_output=True, text=True, check=True).stdout
    results = [json.loads(line) for line in output.splitlines()]
    passed = 0
    for (name, test), got in zip(tests, results, strict=True):
        wrong = complaint(test, got)
        passed += wrong is None
        if wrong:
            print(f"{name}: {wrong}")
    print(f"{passed} of {len(tests)}")
    return 0 if passed == len(tests) == CASES else 1


sys.exit(main())
