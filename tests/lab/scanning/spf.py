"""SPF against real servers: the domains below spf.lab (domains/spf.lab.toml), each with its fault."""

from scanning import invariants

MX = "mx.faultless.lab"
IPV4, IPV6 = f"{MX} 11.10.1.25", f"{MX} 2a11:11:1001::25"
SENDER = "11.20.9.9"

PASS = dict.fromkeys(("record", "syntax", "lookups", "void_lookups", "all", "ptr", "breadth"), "pass")
SINGLE = PASS | {"includes": "not_applicable"}        # one record that leads to no other
NO_RECORD = dict.fromkeys(PASS, "not_applicable") | {"record": "fail", "includes": "not_applicable"}
ALL_IN = {"senders": {IPV4: "pass", IPV6: "pass", SENDER: "pass"}}
# what is not in the record informs of an MX, and fails for who is said to send
NOBODY_IN = {"senders": {IPV4: "info", IPV6: "info", SENDER: "fail"}}

# name -> outcomes of spf.*; "words" stand in a title, the evidence or a fix
DOMAINS = {
    "clean": PASS | ALL_IN | {"includes": "pass", "words": ["takes 3 of 10", "include:_provider.spf.lab: 2",
                                                           "17 IPv4 addresses"]},
    # two includes, five terms, three terms, and one include of two
    "many": PASS | {"lookups": "fail", "includes": "pass", "senders": {IPV4: "info", IPV6: "info", SENDER: "pass"},
                    "words": ["takes 12 terms", "costs 6: leave it out"]},
    "two": NO_RECORD | NOBODY_IN | {
        "words": ["2 SPF records", 'two.spf.lab. IN TXT "v=spf1 include:_provider.spf.lab mx ~all"']},
    "open": SINGLE | ALL_IN | {
        "all": "fail", "words": ["Nobody could send then", 'open.spf.lab. IN TXT "v=spf1 mx ip4:11.20.9.9 ~all"']},
    "gone": PASS | NOBODY_IN | {"includes": "fail", "words": ["nowhere.spf.lab does not exist",
                                                             'gone.spf.lab. IN TXT "v=spf1 mx -all"']},
    "norecord": PASS | NOBODY_IN | {"includes": "fail", "words": ["web.scanner.lab has no SPF record"]},
    "void": SINGLE | NOBODY_IN | {"void_lookups": "fail", "words": ["3 terms", "there is no name old2.spf.lab",
                                                                   'void.spf.lab. IN TXT "v=spf1 mx -all"']},
    "stranger": SINGLE | NOBODY_IN | {"words": ["11.20.9.9 does not send for stranger.spf.lab",
                                                '"v=spf1 ip4:11.20.9.9 ip4:11.20.8.0/24 exp=why.spf.lab -all"']},
    # the MX comes before the circle
    "loop": PASS | {"lookups": "fail", "void_lookups": "not_tested", "includes": "fail",
                    "senders": {IPV4: "pass", IPV6: "pass", SENDER: "fail"}, "words": ["lead in a circle"]},
    "syntax": SINGLE | NOBODY_IN | {"syntax": "fail", "words": ["ip4:11.10.1 at byte 11",
                                                               'syntax.spf.lab. IN TXT "v=spf1 mx -all"']},
    # a name of its own for each client: there is one for the IPv4 address of the MX
    "macro": SINGLE | {"senders": {IPV4: "pass", IPV6: "info", SENDER: "fail"}, "words": ["lets in who it finds"]},
    "absent": NO_RECORD | NOBODY_IN | {"words": ['does not begin with "v=spf1" and a space']},
    "wide": SINGLE | {"all": "warn", "ptr": "warn", "breadth": "fail",
                      "senders": {IPV4: "pass", IPV6: "info", SENDER: "pass"}, "words": ["11.0.0.0/8"]},
    # nobody answers for the included name: nothing is said to be missing
    "lost": PASS | {"lookups": "not_tested", "void_lookups": "not_tested", "breadth": "not_tested",
                    "includes": "not_tested",
                    "senders": {IPV4: "pass", IPV6: "pass", SENDER: "not_tested"}, "words": ["who.silent.spf.lab"]},
}
# No sender is known, and nobody can answer: nobody should send either.
NULL = SINGLE | {"all": "warn", "senders": {"null.spf.lab": "not_applicable"},
                 "words": ['null.spf.lab. IN TXT "v=spf1 -all"']}


def check_domain(test, name, expected, result):
    domain = f"{name}.spf.lab"
    helo = {domain: "not_applicable"} if name == "null" else {MX: "pass"}
    wanted = {(f"spf.{part}", domain): outcome for part, outcome in expected.items()
              if part not in ("senders", "words")}
    wanted |= {("spf.senders", subject): outcome for subject, outcome in expected["senders"].items()}
    wanted |= {("spf.helo", subject): outcome for subject, outcome in helo.items()}
    found = {(finding["check"], finding["subject"]["text"]): finding["outcome"] for finding in result["findings"]
             if finding["check"].startswith("spf.")}
    test.expect(found == wanted, f"{name}: outcomes differ",
                [f"{check} {subject}: {found.get((check, subject))}, and it should be {wanted.get((check, subject))}"
                 for check, subject in sorted(set(found) | set(wanted))
                 if found.get((check, subject)) != wanted.get((check, subject))])
    said = "\n".join(text for finding in result["findings"] if finding["check"].startswith("spf.")
                     for text in [finding["title"], *finding["evidence"], *finding["fix"]])
    for words in expected["words"]:
        test.expect(words in said, f"{name}: '{words}' is not said", said.splitlines())


def spf(test):
    """All of them in one run."""
    options = ("--depth", "quick", "--port", "25")
    run = test.program.scan(*options, "--jobs", "40", "--sender", SENDER, *[f"{name}.spf.lab" for name in DOMAINS])
    results = invariants.check_domains(test, run, "spf.lab", DOMAINS)
    for name, result in results.items():
        check_domain(test, name, DOMAINS[name], result)
    run = test.program.scan(*options, "null.spf.lab")
    check_domain(test, "null", NULL, invariants.check(test, run))
