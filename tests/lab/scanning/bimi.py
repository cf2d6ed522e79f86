"""BIMI against a real web server: the domains below bimi.lab (domains/bimi.lab.toml), each with its fault."""
import json

from scanning import invariants

# name -> (outcome of bimi.record, words in its title or evidence)
DOMAINS = {
    "good": ("pass", "issued by CN=Mark of the lab,O=The lab, until 20"),
    "declined": ("info", "says that it publishes no logo"),
    "two": ("info", "2 BIMI records"),
    "faulty": ("info", "l= is no https: URL"),
    "script": ("info", "it has a script"),
    # entities of its own are not looked at, so they cannot grow
    "entities": ("info", "<!DOCTYPE"),
    "oblong": ("info", "viewBox is not a square"),
    "missing": ("info", "HTTP status 404"),
    "large": ("info", "larger than 32768 bytes"),
    "type": ("info", "media type is not image/svg+xml"),
    "untrusted": ("info", "unable to get local issuer certificate"),
    "inside": ("not_tested", "private address"),
    "none": ("info", "publishes no logo"),
}


def bimi(test):
    """All of them in one run. Nobody's mail is worse for it: it never fails."""
    run = test.program.scan(*[f"{name}.bimi.lab" for name in DOMAINS])
    invariants.check_process(test, run)
    results = {}
    for line in run.stdout.splitlines():
        result = json.loads(line)
        invariants.check_result(test, run, result)
        results[result["target"].removesuffix(".bimi.lab")] = result
    test.equal(sorted(results), sorted(DOMAINS), "targets")
    for name, (outcome, words) in DOMAINS.items():
        found = [finding for finding in results[name]["findings"] if finding["check"] == "bimi.record"]
        test.equal([finding["outcome"] for finding in found], [outcome], name)
        said = "\n".join(text for finding in found for text in [finding["title"], *finding["evidence"]])
        test.expect(words in said, f"{name}: '{words}' is not said", said.splitlines())
    logo = results["good"]["facts"]["bimi"]["logo"]
    test.equal((logo["title"], logo["view_box"], logo["faults"]), ("The lab", "0 0 100 100", []), "the good logo")
