"""Tests the comparison of scans with the zoo's truth: a faithful result has no difference, each planted error has one."""
import copy
import itertools

from outpost_lab import zoo
from scanning import front_self_test, truth

MEMBER, PORT = "docker-mailserver-modern", 25
SUITES, GROUPS = "TLS1.2", "TLS1.3"


def tls(facts, *path):
    for key in ("tls", *path):
        facts = facts[key]
    return facts


def planted():
    """(what, how the result is changed, words that the difference must have)"""
    suites, groups = ("suites", SUITES), ("groups", GROUPS)
    yield "a suite is missing", lambda facts: tls(facts, *suites, "list").pop(3), ("suites.TLS1.2", "missing", "TLS_")
    yield "a suite too many", lambda facts: tls(facts, *suites, "list").append("TLS_RSA_WITH_NULL_MD5"), \
        ("suites.TLS1.2", "too many", "TLS_RSA_WITH_NULL_MD5")
    yield "a suite twice", lambda facts: tls(facts, *suites, "list").append(tls(facts, *suites, "list")[0]), \
        ("suites.TLS1.2", "more than once")
    yield "two suites swapped", lambda facts: tls(facts, *suites, "list").insert(0, tls(facts, *suites, "list").pop(1)), \
        ("suites.TLS1.2", "order", "place 1")
    yield "an order that is not known throughout", lambda facts: tls(facts, *suites).update(ordered=False), \
        ("suites.TLS1.2", "not known throughout")
    yield "client's order", lambda facts: tls(facts, *suites).update(order="client"), ("suites.TLS1.2.order", "'server'")
    yield "order not observed", lambda facts: tls(facts, *suites).update(order=None), \
        ("suites.TLS1.2.order", "not observed")
    yield "cut short", lambda facts: (tls(facts, *suites).update(complete=False, reason="pushback"),
                                      tls(facts, *suites, "list").pop()), ("suites.TLS1.2", "not complete", "pushback")
    yield "nothing of a version", lambda facts: tls(facts, "suites").pop(SUITES), ("suites.TLS1.2", "not observed")
    yield "suites of a version that is not spoken", lambda facts: tls(facts, "suites").update(
        {"TLS1.0": {"complete": True, "list": ["TLS_RSA_WITH_AES_128_CBC_SHA"]}}), ("suites.TLS1.0", "does not speak")
    yield "a version is missing", lambda facts: tls(facts, "versions", "list").pop(), ("versions", "missing", "TLS1.3")
    yield "a version too many", lambda facts: tls(facts, "versions", "list").insert(0, "SSL3"), \
        ("versions", "too many", "SSL3")
    yield "a group is missing", lambda facts: tls(facts, *groups, "list").pop(), ("groups.TLS1.3", "missing", "x448")
    yield "no groups at all", lambda facts: tls(facts).pop("groups"), ("groups.", "not observed")
    yield "a scheme too many", lambda facts: tls(facts, "schemes", "TLS1.3", "list").append("ed25519"), \
        ("schemes.TLS1.3", "too many", "ed25519")
    yield "another prime", lambda facts: tls(facts, "dh")[0].update(prime_sha256="00"), ("dh", "missing", "2048")
    yield "fewer bits", lambda facts: tls(facts, "dh")[0].update(bits=1024), ("dh.2048.bits", "1024")
    yield "no parameters", lambda facts: tls(facts).update(dh=None), ("dh", "missing")
    yield "a wrong feature", lambda facts: tls(facts, "features").update(encrypt_then_mac=False), \
        ("features.encrypt_then_mac", "True")
    yield "a feature not observed", lambda facts: tls(facts, "features").update(fallback_scsv=None), \
        ("features.fallback_scsv", "not observed")
    yield "resumption", lambda facts: tls(facts, "resumption").update(early_data=16384), \
        ("resumption.early_data", "16384")
    yield "no TLS", lambda facts: facts.update(tls=None), ("tls", "nothing")


def run():
    members = zoo.load()
    wrong = []
    for member in members.values():
        for port, endpoint in member.ports.items():
            lines = truth.differences(endpoint, truth.faithful(endpoint))
            if lines:
                wrong.append(f"{member.id} port {port}: a faithful result differs: {lines}")
    endpoint = members[MEMBER].ports[PORT]
    count = 0
    for what, change, words in planted():
        count += 1
        facts = copy.deepcopy(truth.faithful(endpoint))
        change(facts)
        lines = truth.differences(endpoint, facts)
        if not lines or any(all(word not in line for line in lines) for word in words):
            wrong.append(f"{what}: expected {words}, got {lines}")
    wrong += _renegotiation_is_deep(members["openssl35"].ports[443])
    order = members["openssl-modern"].ports[443]
    wrong += _order_of_the_client(order)
    checks, wrong_front = front_self_test.run()
    wrong += wrong_front
    for line in wrong:
        print(f"WRONG  {line}")
    print(f"{len(members)} members, {count} planted errors, {checks} checks of the front, {len(wrong)} wrong")
    return 1 if wrong else 0


def _renegotiation_is_deep(endpoint):
    """It is asked for with --depth deep, and then it has to be there."""
    facts = truth.faithful(endpoint)
    facts["tls"]["features"]["client_renegotiation"] = None
    if truth.differences(endpoint, facts, "standard") or not truth.differences(endpoint, facts, "deep"):
        return ["client_renegotiation: compared with --depth standard, or not with deep"]
    return []


def _order_of_the_client(endpoint):
    """Where the client chooses, a list has no order of its own."""
    endpoint = copy.deepcopy(endpoint)
    endpoint.suites[SUITES].order = "client"
    facts = truth.faithful(endpoint)
    for names in itertools.islice(itertools.permutations(endpoint.suites[SUITES].list), 7, 30, 7):
        facts["tls"]["suites"][SUITES]["list"] = list(names)
        lines = truth.differences(endpoint, facts)
        if lines:
            return [f"the client's order: {lines}"]
    return []
