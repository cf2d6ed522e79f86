"""DMARC against real servers: the domains below dmarc.lab (domains/dmarc.lab.toml), each with its fault."""

from scanning import invariants

CHECKS = ("record", "policy", "reporting", "removed_tags", "consistency")
NO_POLICY = {"policy": "not_applicable", "reporting": "not_applicable", "removed_tags": "not_applicable",
             "consistency": "not_applicable"}

# A record that is right, but for the Public Suffix List: by it dmarc.lab is the organizational domain, which warns.
# There is no SPF record and no key that is known, so that mail under an enforced policy may fail, which warns.
ENFORCED = {"record": "pass", "policy": "warn", "reporting": "pass", "removed_tags": "pass",
            "consistency": "warn"}

# name -> outcomes of dmarc.*; "policies" are those of the domain, a subdomain and a name that does not exist by RFC
# 9989, then by RFC 7489; "words" stand in a title, the evidence or a fix
DOMAINS = {
    "none": NO_POLICY | {"record": "fail", "policies": [None] * 6,
                         "words": '_dmarc.none.dmarc.lab. IN TXT "v=DMARC1; p=none; rua=mailto:dmarc@none.dmarc.lab"'},
    "two": NO_POLICY | {"record": "fail", "policies": [None] * 6, "words": "2 DMARC records"},
    "ignored": NO_POLICY | {"record": "fail", "policies": [None] * 6, "words": 'begin with "v=DMARC1"'},
    # what is not valid counts as none, as the record asks for reports
    "faulty": ENFORCED | {"record": "fail", "consistency": "pass", "policies": ["none"] * 4 + [None] * 2,
                          "words": "p=reject; rua=mailto:dmarc@faulty.dmarc.lab"},
    "watching": ENFORCED | {"consistency": "pass", "policies": ["none"] * 4 + [None] * 2, "words": "p=quarantine; rua="},
    # pct is for receivers of RFC 7489 only, which find nothing for subdomains
    "removed": ENFORCED | {"removed_tags": "warn", "policies": ["reject"] * 4 + [None] * 2,
                           "words": "reject for 50 % of the mail, quarantine for the rest"},
    "testing": ENFORCED | {"consistency": "pass", "policies": ["none"] * 3 + ["quarantine"] + [None] * 2,
                           "words": "t=y lowers the policy to none"},
    "weak": ENFORCED | {"consistency": "warn", "policies": ["reject", "none", "none", "reject", None, None],
                        "words": '_dmarc.weak.dmarc.lab. IN TXT "v=DMARC1; p=reject; rua='},
    "silent": ENFORCED | {"reporting": "warn", "policies": ["reject"] * 4 + [None] * 2,
                          "words": "p=reject; rua=mailto:dmarc@silent.dmarc.lab"},
    "refused": ENFORCED | {"reporting": "fail", "policies": ["reject"] * 4 + [None] * 2,
                           "words": 'refused.dmarc.lab._report._dmarc.pair-one.post. IN TXT "v=DMARC1"'},
    "agreed": ENFORCED | {"policies": ["reject"] * 4 + [None] * 2, "words": "it has agreed"},
    "nowhere": ENFORCED | {"reporting": "fail", "policies": ["reject"] * 4 + [None] * 2,
                           "words": "nullmx.lab takes no mail"},
    # the record is at the name above, which the list does not know
    "child.parent": ENFORCED | {"policies": ["quarantine"] * 3 + [None] * 3,
                                "words": "The DMARC record of parent.dmarc.lab is well formed"},
    # below a public suffix of the DNS
    "mega.bank": ENFORCED | {"consistency": "pass", "policies": ["none"] * 3 + [None] * 3,
                             "words": "the record of bank.dmarc.lab says psd=y"},
    "giant.bank": ENFORCED | {"policies": ["quarantine"] * 4 + [None] * 2, "words": "bank.dmarc.lab says psd=y"},
    "lost": dict.fromkeys(CHECKS, "not_tested") | {"policies": [None] * 6, "words": "could not be looked up"},
}


def policies(facts):
    return [facts[receiver][kind]["policy"] for receiver in ("current", "older")
            for kind in ("domain", "subdomain", "nonexistent")]


def check_domain(test, name, result):
    expected = DOMAINS[name]
    findings = [finding for finding in result["findings"] if finding["check"].startswith("dmarc.")]
    found = {finding["check"]: finding["outcome"] for finding in findings}
    test.equal(found, {f"dmarc.{check}": expected[check] for check in CHECKS}, f"{name}: outcomes")
    test.equal(policies(result["facts"]["dmarc"]), expected["policies"], f"{name}: policies")
    said = [text for finding in findings for text in [finding["title"], *finding["evidence"], *finding["fix"]]]
    test.expect(expected["words"] in "\n".join(said), f"{name}: '{expected['words']}' is not said", said)


def dmarc(test):
    """All of them in one run."""
    run = test.program.scan("--depth", "quick", "--jobs", "20", *[f"{name}.dmarc.lab" for name in DOMAINS])
    results = invariants.check_domains(test, run, "dmarc.lab", DOMAINS)
    for name, result in results.items():
        check_domain(test, name, result)
