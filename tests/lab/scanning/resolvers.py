"""Resolvers that misbehave (scanning/name_proxy.py), and what a scan of a signed and of an unsigned domain makes of them.

What comes through must be judged as through an honest resolver; what does not come through is not tested. It is never
called missing, nor unsigned.
"""
import os
import time

from scanning import invariants, name_proxy
from scanning.cases import outcomes
from scanning.name_proxy import NameProxy

SIGNED, UNSIGNED, BOGUS = "faultless.lab", "pair-one.post", "bogus.lab"
SIGNED_MX, UNSIGNED_MX = "mx.faultless.lab", "mail.pair-one.post"


def scans(test, resolver, *domains, options=()):
    """The run, and domain -> result, of a scan with this --resolver."""
    run = test.program.scan("--resolver", resolver, "--depth", "quick", "--port", "25", *options, *domains)
    invariants.check_process(test, run)
    results = {}
    for result in run.results:
        invariants.check_result(test, run, result)
        results[result["target"]] = result
    test.equal(sorted(results), sorted(domains), "targets")
    return run, results


def judged(result):
    """(check, subject) -> outcome, of all."""
    return {(finding["check"], finding["subject"]["text"]): finding["outcome"] for finding in result["findings"]}


def expect_same(test, found, wanted, text):
    """Nothing differs from what an honest resolver leads to."""
    found, wanted = judged(found), judged(wanted)
    test.expect(found == wanted, f"{text}: not judged as through an honest resolver",
                [f"{check} {subject}: {found.get((check, subject))}, and it should be {wanted.get((check, subject))}"
                 for check, subject in sorted(set(found) | set(wanted))
                 if found.get((check, subject)) != wanted.get((check, subject))])


def expect_rest(test, found, text, without):
    """As expect_same, without the checks whose ids begin so."""
    keep = [finding for finding in found["findings"] if not finding["check"].startswith(without)]
    wanted = [finding for finding in honest_results(test)[found["target"]]["findings"]
              if not finding["check"].startswith(without)]
    expect_same(test, {"findings": keep}, {"findings": wanted}, text)


def expect_outcomes(test, result, wanted):
    """check -> the outcome of all its findings."""
    for check, outcome in wanted.items():
        found = set(outcomes(result, check).values())
        test.equal(found, {outcome}, f"{result['target']}: {check}")


def expect_nothing_held_against(test, result):
    """What could not be asked for is no fault of the domain: what an honest resolver leads to is all that may be."""
    known = judged(honest_results(test)[result["target"]])
    bad = [f"{finding['id']}: {finding['title']}" for finding in result["findings"]
           if finding["outcome"] in ("fail", "warn")
           and known.get((finding["check"], finding["subject"]["text"])) != finding["outcome"]]
    test.expect(not bad, f"{result['target']}: held against it", bad)


# What nobody can say without signatures. The rest is judged as ever.
UNPROVEN = {"dnssec.domain": "not_tested", "dnssec.mx": "not_tested", "dnssec.algorithms": "not_tested",
            "dnssec.expiry": "not_tested", "dnssec.denial": "not_tested"}
HONEST = {}                             # results through an honest resolver, by domain


def honest_results(test):
    if not HONEST:
        with NameProxy(name_proxy.honest) as proxy:
            HONEST.update(scans(test, proxy.address, SIGNED, UNSIGNED)[1])
    return HONEST


def honest(test):
    """A proxy that does nothing wrong, to compare with."""
    results = honest_results(test)
    expect_outcomes(test, results[SIGNED], {"dns.mx": "pass", "dnssec.domain": "pass", "dane.secure": "pass",
                                            "dane.published": "pass", "dane.match": "pass"})
    expect_outcomes(test, results[UNSIGNED], {"dns.mx": "pass", "dnssec.domain": "warn", "dane.published": "info"})


def without_signatures(test, behaviour):
    """What is there is seen, and that nothing vouches for it is not the domain's fault."""
    with NameProxy(behaviour) as proxy:
        _, results = scans(test, proxy.address, SIGNED, UNSIGNED)
    for domain, result in results.items():
        expect_outcomes(test, result, UNPROVEN | {"dns.mx": "pass", "dns.mx.resolves": "pass", "dane.lookup": "pass"})
        expect_rest(test, result, "without signatures", ("dnssec.", "dane.", "delivery."))
    expect_outcomes(test, results[SIGNED], {"dane.published": "pass", "dane.match": "pass", "dane.secure": "not_tested"})
    expect_outcomes(test, results[UNSIGNED], {"dane.published": "info", "dane.secure": "not_applicable"})
    for result in results.values():
        expect_nothing_held_against(test, result)


def stripping(test):
    without_signatures(test, name_proxy.stripping)


def ancient(test):
    without_signatures(test, name_proxy.ancient)


def truncating(test):
    """Truncated answers are asked for again over TCP, and nothing changes."""
    with NameProxy(name_proxy.truncating) as proxy:
        _, results = scans(test, proxy.address, SIGNED, UNSIGNED)
        test.expect(proxy.asked["tcp"] >= proxy.asked["udp"] > 0, f"questions over UDP and TCP: {proxy.asked}")
    for domain, result in results.items():
        expect_same(test, result, honest_results(test)[domain], "truncated over UDP")


def truncating_without_tcp(test):
    """Where TCP is refused, nothing was learnt."""
    with NameProxy(name_proxy.truncating, tcp=False) as proxy:
        expect_nothing_known(test, *scans(test, proxy.address, SIGNED, UNSIGNED), "truncated")


def failing(test):
    """SERVFAIL for all: no record is missing, and none is bogus."""
    with NameProxy(name_proxy.failing) as proxy:
        expect_nothing_known(test, *scans(test, proxy.address, SIGNED, UNSIGNED), "SERVFAIL")


def expect_nothing_known(test, run, results, word):
    test.equal(run.status, 3, "exit status")
    for result in results.values():
        expect_outcomes(test, result, {"dns.mx": "not_tested", "dnssec.domain": "not_tested"})
        expect_nothing_held_against(test, result)
        said = [finding["title"] for finding in result["findings"] if finding["check"] == "dns.mx"]
        test.expect(said and word in said[0], f"{result['target']}: dns.mx does not say '{word}'", said)


def failing_validated(test):
    """SERVFAIL for what is signed: nothing of the signed domain, all but the proofs of the unsigned one."""
    with NameProxy(name_proxy.failing_validated) as proxy:
        _, results = scans(test, proxy.address, SIGNED, UNSIGNED)
    expect_outcomes(test, results[SIGNED], {"dns.mx": "not_tested", "dnssec.domain": "not_tested"})
    expect_outcomes(test, results[UNSIGNED], {"dns.mx": "pass", "dns.mx.resolves": "pass",
                                              "dnssec.domain": "not_tested"})
    for result in results.values():
        expect_nothing_held_against(test, result)


def deaf_to_cd(test):
    """What is bogus is not handed over: why cannot be said, but neither that there is no such record."""
    with NameProxy(name_proxy.deaf_to_cd) as proxy:
        _, results = scans(test, proxy.address, BOGUS, UNSIGNED)
    expect_outcomes(test, results[BOGUS], {"dns.mx": "not_tested"})
    expect_same(test, results[UNSIGNED], honest_results(test)[UNSIGNED], "a validator that does not know CD")


def late_once(test):
    """A late answer beside the one to the repeated question changes nothing."""
    with NameProxy(name_proxy.late_once) as proxy:
        _, results = scans(test, proxy.address, SIGNED, UNSIGNED)
        test.expect(repeated(proxy), "no question was repeated")
    for domain, result in results.items():
        expect_same(test, result, honest_results(test)[domain], "late once")


def late_and_alone(test):
    """A late answer to the first question counts when the repeated one gets none."""
    with NameProxy(name_proxy.late_and_alone) as proxy:
        _, results = scans(test, proxy.address, SIGNED, UNSIGNED)
        test.expect(repeated(proxy), "no question was repeated")
    for domain, result in results.items():
        expect_same(test, result, honest_results(test)[domain], "late, and no other answer")


def repeated(proxy):
    return any(number > 1 for number in proxy.seen.values())


def too_late(test):
    """Answers that come when nobody waits any more: a timeout, in time."""
    began = time.monotonic()
    with NameProxy(name_proxy.too_late) as proxy:
        expect_nothing_known(test, *scans(test, proxy.address, SIGNED, options=("--timeout", "45")), "timeout")
    test.expect(time.monotonic() - began < 50, "the scan took longer than its --timeout")


# ---- --resolver auto ----

def automatic(test, behaviour, *domains, options=(), tcp=True):
    """The proxy is the system's resolver."""
    path = "/etc/resolv.conf"
    with open(path, encoding="ascii") as stream:
        before = stream.read()
    try:
        with NameProxy(behaviour, tcp) as proxy:
            with open(path, "w", encoding="ascii") as stream:
                stream.write(f"nameserver {proxy.address}\n")
            return proxy.address, scans(test, "auto", *domains, options=options)[1]
    finally:
        with open(path, "w", encoding="ascii") as stream:
            stream.write(before)


def falls_back(test, behaviour, why, tcp=True):
    """Iteration from the root takes over, and the report says why."""
    hints = os.environ["OUTPOST_LAB_ROOT_HINTS"]
    address, results = automatic(test, behaviour, SIGNED, UNSIGNED, options=("--root-hints", hints), tcp=tcp)
    for domain, result in results.items():
        said = result["settings"]["resolver"]
        test.expect(said.startswith(f"iteration from the root ({hints}; {address}") and why in said,
                    f"{domain}: settings.resolver", [said])
        expect_same(test, result, honest_results(test)[domain], "by iteration")


def automatic_stripping(test):
    falls_back(test, name_proxy.stripping, "passes no DNSSEC records on")


def automatic_ancient(test):
    falls_back(test, name_proxy.ancient, "passes no DNSSEC records on")


def automatic_failing(test):
    falls_back(test, name_proxy.failing, "does not answer: SERVFAIL")


def automatic_truncating_without_tcp(test):
    falls_back(test, name_proxy.truncating, "does not answer", tcp=False)


def automatic_truncating(test):
    """What is only slow to say it is good enough."""
    address, results = automatic(test, name_proxy.truncating, SIGNED)
    said = results[SIGNED]["settings"]["resolver"]
    test.expect(said.startswith(address) and "passes DNSSEC records on" in said, "settings.resolver", [said])
    expect_same(test, results[SIGNED], honest_results(test)[SIGNED], "truncated over UDP")


CASES = [honest, stripping, ancient, truncating, truncating_without_tcp, failing, failing_validated, deaf_to_cd,
         late_once, late_and_alone, too_late, automatic_stripping, automatic_ancient, automatic_failing,
         automatic_truncating_without_tcp, automatic_truncating]
