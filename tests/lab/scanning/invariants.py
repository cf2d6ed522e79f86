"""What holds for every scan, whatever it found."""
import collections
import json
import re
import xml.etree.ElementTree

from scanning.program import SANITIZER_EXIT, SANITIZER_WORDS
from scanning.schema import complaints

EXIT_CODES = (0, 1, 3)
# What an endpoint says that was tried and given up.
GIVEN_UP = ("the scan was stopped before the server answered",
            "the time of the scan was over before the server answered", "the scan ended before an answer came")
DETAILS_MAX = 12


def check(test, run, losses_are_logged=True):
    """Checks a scan whose JSON result went to standard output; the result, or None when there is none."""
    check_process(test, run)
    try:
        result = json.loads(run.stdout)
    except ValueError as error:
        test.expect(False, f"{run}: standard output is not JSON: {error}", run.stderr.splitlines()[-DETAILS_MAX:])
        return None
    check_result(test, run, result)
    check_guest(test, run, [result], losses_are_logged)
    return result


def check_domains(test, run, zone, names):
    """Checks a scan of several domains of a zone of the lab, with JSON lines on standard output; the results by name."""
    check_process(test, run)
    results = [json.loads(line) for line in run.stdout.splitlines()]
    for result in results:
        check_result(test, run, result)
    check_guest(test, run, results)
    results = {result["target"].removesuffix(f".{zone}"): result for result in results}
    test.equal(sorted(results), sorted(names), "targets")
    return results


def check_process(test, run):
    """It ended as a program should: no sanitizer, no signal, an exit status of the design."""
    test.expect(not SANITIZER_WORDS.search(run.stderr) and run.status != SANITIZER_EXIT,
                f"{run}: a sanitizer complains", run.stderr.splitlines()[:40])
    test.expect(run.status in EXIT_CODES, f"{run}: exit status {run.status}", run.stderr.splitlines()[-DETAILS_MAX:])
    test.expect("\x1b" not in run.stderr and b"\x1b" not in run.stdout, f"{run}: escape sequences in a pipe")


def check_result(test, run, result):
    faults = complaints(result, test.schema)
    test.expect(not faults, f"{run}: the result does not fit the schema", faults[:DETAILS_MAX])
    test.expect(complaints(result | {"nonsense": 1}, test.schema) and complaints(result | {"facts": 1}, test.schema),
                f"{run}: a schema that everything fits")
    counted = collections.Counter(finding["outcome"] for finding in result["findings"])
    test.equal({name: number for name, number in result["counts"].items() if number}, dict(counted),
               f"{run}: counts of findings")
    ids = [finding["id"] for finding in result["findings"]]
    test.expect(len(ids) == len(set(ids)), f"{run}: ids of findings are not unique")
    for finding in result["findings"]:
        if finding["outcome"] in ("fail", "warn"):
            test.expect(finding["title"] and finding["why"] and finding["reference"],
                        f"{run}: {finding['id']}: title, why or reference is missing")


def check_guest(test, run, results, losses_are_logged=True):
    """What the report says of its connections is what the kernel sent, and what it gave up is what the servers lost."""
    told, aborted, unanswered = {}, {}, set()
    for result in results:
        for endpoint in result["facts"]["endpoints"]:
            place = (endpoint["address"], endpoint["port"])
            told[place] = max(told.get(place, 0), endpoint["connections"] or 0)      # several targets may share it
            if endpoint["service"] != "tls":            # the log of a web server has no such lines
                aborted[place] = max(aborted.get(place, 0), endpoint["aborted"] or 0)
            if endpoint["state"] in ("refused", "silent") or endpoint["reason"] in GIVEN_UP:
                unanswered.add(place)           # one attempt, which opened nothing
    policies = collections.Counter()
    for result in results:
        for fetch in (result["facts"].get("mta_sts") or {}).get("fetches", []):
            policies[(fetch["address"], 443)] += fetch["contacted"]
        places = [place for place in (result["facts"].get("autoconfig") or {}).values() if isinstance(place, dict)]
        for fetch in (fetch for place in places for fetch in place["fetches"]):
            policies[(fetch["address"], fetch["port"])] += fetch["contacted"]
    for place, number in (+policies).items():
        told[place] = told.get(place, 0) + number
    accounted = {place: number or 1 for place, number in told.items() if number or place in unanswered}
    test.expect(accounted == run.connections, f"{run}: connections as told and as sent differ",
                [f"{address} port {port}: told {accounted.get((address, port), 0)}, "
                 f"sent {run.connections.get((address, port), 0)}"
                 for address, port in sorted(set(accounted) | set(run.connections))
                 if accounted.get((address, port), 0) != run.connections.get((address, port), 0)])
    number = sum(aborted.values())
    misdeeds, lost = run.logged(number)
    test.expect(not misdeeds, f"{run}: the servers complain", misdeeds[:DETAILS_MAX])
    test.expect(len(lost) == number or not losses_are_logged, f"{run}: {len(lost)} sessions lost, and the report tells of {number}",
                lost[:DETAILS_MAX])
    if any(result["settings"]["depth"] == "quick" for result in results):
        test.equal(number, 0, f"{run}: sessions without a farewell")


def check_html(test, path):
    """Well-formed, self-contained, without script."""
    try:
        root = xml.etree.ElementTree.parse(path).getroot()
    except (OSError, xml.etree.ElementTree.ParseError) as error:
        test.expect(False, f"{path}: {error}")
        return
    names = [element.tag.rpartition("}")[2] for element in root.iter()]
    test.expect(names[0] == "html" and "main" in names and names.count("h1") == 1, f"{path}: not a page of ours")
    active = {"script", "iframe", "object", "embed", "form"} & set(names)
    test.expect(not active, f"{path}: contains {active}")
    loaded = [value for element in root.iter() for name, value in element.attrib.items()
              if (name in ("src", "srcset", "data", "background") or element.tag.endswith("}link") and name == "href")
              and not value.startswith("data:")]
    test.expect(not loaded, f"{path}: loads {loaded[:3]}")
    policies = [element.get("content", "") for element in root.iter()
                if element.get("http-equiv", "").lower() == "content-security-policy"]
    test.expect(len(policies) == 1 and "default-src 'none'" in policies[0], f"{path}: security policy {policies}")
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    test.expect(len(ids) == len(set(ids)), f"{path}: an id is not unique")
    dangling = [element.get("href") for element in root.iter()
                if re.match("#.", element.get("href", "")) and element.get("href")[1:] not in ids]
    test.expect(not dangling, f"{path}: links to nowhere: {dangling[:3]}")


def check_report(test, run):
    """A stored scan, judged again, gives the same bytes and the same exit status."""
    path = f"{test.program.folder}/stored.json"
    with open(path, "wb") as stream:
        stream.write(run.stdout)
    again = test.program.run("report", "--json", "-", path)
    check_process(test, again)
    test.expect(again.stdout == run.stdout, f"{again}: not the bytes that the scan wrote",
                _first_difference(run.stdout, again.stdout))
    test.equal(again.status, run.status, f"{again}: exit status")
    test.expect(not again.connections, f"{again}: touches the network: {again.connections}")


def _first_difference(wanted, found):
    for number, (before, after) in enumerate(zip(wanted.splitlines(), found.splitlines()), 1):
        if before != after:
            return [f"line {number}:", f"- {before[:160]!r}", f"+ {after[:160]!r}"]
    return [f"{len(wanted)} and {len(found)} bytes"]
