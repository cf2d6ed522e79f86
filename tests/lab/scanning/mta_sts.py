"""MTA-STS and TLS-RPT against real servers: the domains below sts.lab (domains/sts.lab.toml), each with its fault."""

from scanning import invariants

MX = "mx.faultless.lab"
MX_ADDRESSES = (f"{MX} 11.10.1.25", f"{MX} 2a11:11:1001::25")

# What senders cannot use, they do as if it were not there: nothing is held against the mail hosts.
NO_POLICY = {"mode": "not_applicable", "max_age": "not_applicable", "mx": {MX: "not_applicable"},
             "certificate": "not_applicable"}
ENFORCED = {"mode": "pass", "max_age": "pass", "mx": {MX: "pass"}, "certificate": "pass"}

# name -> outcomes of mta_sts.*: one for all subjects, or by subject; "report" is tls_rpt.record; "words" stand in the
# title or the evidence of mta_sts.record or mta_sts.policy
DOMAINS = {
    "enforce": ENFORCED | {"record": "pass", "policy": "pass", "report": "pass",
                           "mx": {MX: "pass", "mail.pair-one.post": "pass"},
                           "words": "the id 20261122"},
    # a pattern for a host that is none of the domain's
    "testing": {"record": "pass", "policy": "pass", "mode": "info", "max_age": "info", "report": "warn",
                "mx": {MX: "warn", "testing.sts.lab": "info"}, "certificate": "pass"},
    # the mail host has TLSA records, which make reports worth asking for without a policy, too
    "none": NO_POLICY | {"record": "pass", "policy": "pass", "mode": "warn", "report": "warn"},
    "absent": NO_POLICY | {"record": "info", "policy": "not_applicable", "mode": "warn", "report": "warn"},
    "two": NO_POLICY | {"record": "fail", "policy": "pass", "report": "fail", "words": "2 MTA-STS records"},
    "beside": ENFORCED | {"record": "pass", "policy": "pass", "max_age": "warn", "report": "warn"},
    "faulty": NO_POLICY | {"record": "fail", "policy": "pass", "report": "fail", "words": "letters and digits"},
    # what is wrong with the policy is said beside what is wrong with the record
    "ignored": NO_POLICY | {"record": "fail", "policy": "fail", "report": "warn", "words": "mx is missing"},
    "missing": NO_POLICY | {"record": "pass", "policy": "fail", "report": "warn", "words": "HTTP status 404"},
    "nosite": NO_POLICY | {"record": "pass", "policy": "fail", "report": "warn", "words": "the TLS handshake failed"},
    "nohost": NO_POLICY | {"record": "pass", "policy": "fail", "report": "warn", "words": "has no address"},
    "redirect": NO_POLICY | {"record": "pass", "policy": "fail", "report": "warn",
                             "words": "to https://mta-sts.enforce.sts.lab/"},
    "html": NO_POLICY | {"record": "pass", "policy": "fail", "report": "warn", "words": "text/html"},
    "certificate": NO_POLICY | {"record": "pass", "policy": "fail", "report": "warn",
                                "words": "not valid for it"},
    "untrusted": NO_POLICY | {"record": "pass", "policy": "fail", "report": "warn", "words": "not valid for it"},
    "large": NO_POLICY | {"record": "pass", "policy": "fail", "report": "warn", "words": "larger than 65536 bytes"},
    "slow": NO_POLICY | {"record": "pass", "policy": "fail", "report": "warn", "words": "within a minute"},
    # one family gives the policy, the other refuses connections
    "dead": ENFORCED | {"record": "pass", "policy": "warn", "report": "warn", "words": "2a11:11:2001::81"},
    # not contacted, so nobody knows
    "private": {"record": "pass", "policy": "not_tested", "mode": "not_tested", "max_age": "not_tested",
                "mx": {MX: "not_tested"}, "certificate": "not_tested", "report": "warn", "words": "private address"},
    "invalid": NO_POLICY | {"record": "pass", "policy": "fail", "report": "warn", "words": "max_age is missing"},
    "other": ENFORCED | {"record": "pass", "policy": "pass", "report": "warn",
                         "mx": {MX: "fail", "other.sts.lab": "info"}},
    # the mail host has an expired certificate for another name, and an address where nobody answers
    "unmet": {"record": "pass", "policy": "pass", "mode": "pass", "max_age": "pass", "report": "warn",
              "mx": {"mail.broken.lab": "pass"},
              "certificate": {"mail.broken.lab 11.10.3.25": "fail",
                              "mail.broken.lab 2a11:11:1003::25": "not_tested"}},
}


def wanted_outcomes(name, expected):
    """(check, subject) -> outcome."""
    domain = f"{name}.sts.lab"
    wanted = {("tls_rpt.record", domain): expected["report"]}
    for part in ("record", "policy", "mode", "max_age"):
        wanted[(f"mta_sts.{part}", domain)] = expected[part]
    hosts = expected["mx"]
    wanted |= {("mta_sts.mx", subject): outcome for subject, outcome in hosts.items()}
    certificates = expected["certificate"]
    if isinstance(certificates, str):
        addresses = list(MX_ADDRESSES)
        if "mail.pair-one.post" in hosts:
            addresses += ["mail.pair-one.post 11.10.2.25", "mail.pair-one.post 2a11:11:1002::25"]
        certificates = dict.fromkeys(addresses, certificates)
    return wanted | {("mta_sts.certificate", subject): outcome for subject, outcome in certificates.items()}


def check_domain(test, name, result):
    expected = DOMAINS[name]
    found = {(finding["check"], finding["subject"]["text"]): finding["outcome"] for finding in result["findings"]
             if finding["check"].startswith(("mta_sts.", "tls_rpt."))}
    wanted = wanted_outcomes(name, expected)
    test.expect(found == wanted, f"{name}: outcomes differ",
                [f"{check} {subject}: {found.get((check, subject))}, and it should be {wanted.get((check, subject))}"
                 for check, subject in sorted(set(found) | set(wanted))
                 if found.get((check, subject)) != wanted.get((check, subject))])
    said = "\n".join(text for finding in result["findings"]
                     if finding["check"] in ("mta_sts.record", "mta_sts.policy")
                     for text in [finding["title"], *finding["evidence"]])
    test.expect(expected.get("words", "") in said, f"{name}: '{expected.get('words')}' is not said", said.splitlines())


def check_cert_outcomes(test, results):
    """Under an enforced policy a bad certificate fails on port 25 too; elsewhere it warns."""
    outcomes = {finding["outcome"] for finding in results["unmet"]["findings"]
                if finding["check"] in ("cert.name", "cert.expiry") and finding["subject"].get("port") == 25}
    test.equal(outcomes - {"not_tested"}, {"fail"}, "certificates of port 25 under an enforced policy")
    said = [text for finding in results["unmet"]["findings"] if finding["check"] == "delivery.outlook"
            for text in finding["evidence"] if "MTA-STS" in text]
    test.expect(said and "not delivered" in said[0], "what a sender does that enforces MTA-STS", said)


# consistency.names: what it is, and words in its title or evidence
NAMES = {
    "beside": ("pass", "MTA-STS mx: mx.faultless.lab; TLSA records at _25._tcp.mx.faultless.lab"),
    "absent": ("pass", "Mail hosts, certificates and TLSA records have the same names"),
    "enforce": ("info", "only other mail hosts than mail.pair-one.post have TLSA records (dane.coverage)"),
    "other": ("info", "does not name mx.faultless.lab (mta_sts.mx)"),
    "unmet": ("warn", "MTA-STS mx: *.broken.lab"),
}


def check_names(test, results):
    for name, (outcome, words) in NAMES.items():
        found = next(finding for finding in results[name]["findings"] if finding["check"] == "consistency.names")
        test.equal(found["outcome"], outcome, f"{name}: consistency.names")
        said = "\n".join([found["title"], *found["evidence"]])
        test.expect(words in said, f"{name}: '{words}' is not said", said.splitlines())


def mta_sts(test):
    """All of them in one run, at one web server; the slowest takes a minute."""
    run = test.program.scan("--depth", "quick", "--jobs", "40", *[f"{name}.sts.lab" for name in DOMAINS])
    results = invariants.check_domains(test, run, "sts.lab", DOMAINS)
    for name, result in results.items():
        check_domain(test, name, result)
    check_cert_outcomes(test, results)
    check_names(test, results)
