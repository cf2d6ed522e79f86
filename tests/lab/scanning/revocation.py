"""Certificates that were revoked, and authorities that do not answer as they should (domains/revocation.lab.toml)."""
import collections
import os

from scanning import invariants
from scanning.cases import outcomes

SITE, RESPONDER = ("11.20.1.80", 443), ("11.20.2.80", 80)

# name -> outcomes of cert.revocation and cert.must_staple, and words that stand in the findings that say so
SITES = {
    "good": ("pass", "not_applicable", ["(OCSP)", "not revoked"]),
    "revoked": ("fail", "not_applicable", ["was revoked on", "keyCompromise"]),
    # RFC 6960 2.2: the responder does not know it, which proves nothing
    "unknown": ("warn", "not_applicable", ["does not know the certificate"]),
    "listed": ("fail", "not_applicable", ["was revoked on", "CRL"]),
    "not-listed": ("pass", "not_applicable", ["(CRL)"]),
    # no answer, or one that does not count, says nothing of the certificate
    "silent": ("not_tested", "not_applicable", ["no answer that counts"]),
    "other": ("not_tested", "not_applicable", ["no answer that counts"]),
    "stranger": ("not_tested", "not_applicable", ["no answer that counts"]),
    "stale": ("not_tested", "not_applicable", ["no answer that counts"]),
    "absent": ("not_tested", "not_applicable", ["404"]),
    "stale-list": ("not_tested", "not_applicable", ["no answer that counts"]),
    "strange-list": ("not_tested", "not_applicable", ["no answer that counts"]),
    "fallback": ("fail", "not_applicable", ["was revoked on", "CRL"]),
    "demanding": ("pass", "fail", ["the server gives none"]),
    "stapling": ("pass", "pass", ["and the server gives one"]),
    "stapling-revoked": ("fail", "pass", ["was revoked on"]),
    "stapling-stale": ("pass", "fail", ["does not count"]),
}


def asked(test):
    """One run for all who do not staple; the silent responder takes half a minute."""
    names = [name for name, (_, must_staple, _) in SITES.items() if must_staple == "not_applicable"]
    check_sites(test, names, "--depth", "quick", "--jobs", "40")


def stapled(test):
    """One run for each: staples are asked for by the enumeration, and that is of a port, whatever names it has."""
    for name, (_, must_staple, _) in SITES.items():
        if must_staple != "not_applicable":
            check_sites(test, [name])


def check_sites(test, names, *options):
    before = len(requests())
    run = test.program.scan("--port", "443:tls", *options, *[f"host:{name}.revocation.lab" for name in names])
    invariants.check_process(test, run)
    results = {}
    for result in run.results:
        invariants.check_result(test, run, result)
        results[result["target"].removesuffix(".revocation.lab")] = result
    test.equal(sorted(results), sorted(names), "targets")
    for name, result in results.items():
        check_site(test, name, result)
    test.expect(set(run.connections) <= {SITE, RESPONDER}, f"places contacted: {sorted(run.connections)}")
    check_requests(test, requests()[before:])


def check_site(test, name, result):
    revoked, must_staple, words = SITES[name]
    test.equal(list(outcomes(result, "cert.trust").values()), ["pass"], f"{name}: cert.trust")
    test.equal(list(outcomes(result, "cert.revocation").values()), [revoked], f"{name}: cert.revocation")
    test.equal(list(outcomes(result, "cert.must_staple").values()), [must_staple], f"{name}: cert.must_staple")
    said = "\n".join(text for finding in result["findings"]
                     if finding["check"] in ("cert.revocation", "cert.must_staple")
                     for text in [finding["title"], *finding["evidence"]])
    for word in words:
        test.expect(word in said, f"{name}: '{word}' is not said", said.splitlines())


def requests():
    """The paths that the responder was asked for, so far."""
    with open(f"{os.environ['OUTPOST_LAB_STATE']}/logs/responder-requests.log", encoding="ascii") as stream:
        return [line.strip() for line in stream]


def check_requests(test, paths):
    """Nobody is asked about what a staple says, nor for the same thing twice in a run."""
    test.equal([path for path in paths if path.startswith("/unasked")], [], "asked though the staple says it")
    test.equal([path for path, number in collections.Counter(paths).items() if number > 1], [], "asked for twice")


CASES = [asked, stapled]
