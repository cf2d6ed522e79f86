"""Autoconfiguration against real servers: the domains below auto.lab (domains/auto.lab.toml), each with its fault."""

from scanning import invariants

# What a domain without any of it has.
NOTHING = {"srv": "info", "mozilla": "info", "microsoft": "info", "consistent": "not_applicable"}

# name -> outcomes of autoconfig.*; "words" stand in the title, the evidence or the fix of one of them
DOMAINS = {
    "right": {"srv": "pass", "mozilla": "pass", "microsoft": "pass", "consistent": "pass",
              "words": "https://autodiscover.right.auto.lab/autodiscover/autodiscover.xml"},
    "absent": NOTHING | {"words": "_imaps._tcp.absent.auto.lab. IN SRV 0 1 993 mx.faultless.lab."},
    # 465 for the records and Autodiscover, 587 for the file; the last wants NTLM and another login name
    "apart": {"srv": "pass", "mozilla": "pass", "microsoft": "pass", "consistent": "warn",
              "words": "Autodiscover wants NTLM (SPA), which Mozilla's file does not know"},
    # TLS from the first byte on 587, where Postfix begins in clear text
    "mode": NOTHING | {"mozilla": "pass", "consistent": "fail", "words": "the port begins in clear text (STARTTLS)"},
    "clear": NOTHING | {"mozilla": "pass", "consistent": "fail",
                        "words": "Mozilla's file: IMAP at mx.faultless.lab port 143 (no encryption): without encryption"},
    # a host that was not scanned for this domain
    "elsewhere": NOTHING | {"mozilla": "pass", "consistent": "not_tested", "words": "(--host mail.pair-one.post does)"},
    # what the file says is right, how it is served is not
    "http": NOTHING | {"mozilla": "warn", "consistent": "pass", "words": "only without HTTPS"},
    "broken": NOTHING | {"mozilla": "fail", "words": "Premature end of data in tag clientConfig"},
    "laughs": NOTHING | {"mozilla": "fail", "words": "it has a document type declaration"},
    "certificate": NOTHING | {"mozilla": "warn", "words": "its certificate is not valid for it"},
    "redirect": NOTHING | {"mozilla": "pass", "consistent": "pass",
                           "words": "redirect to https://autoconfig.right.auto.lab/mail/config-v1.1.xml"},
    "wellknown": NOTHING | {"mozilla": "pass", "consistent": "pass",
                            "words": "is at https://wellknown.auto.lab/.well-known/autoconfig/mail/config-v1.1.xml"},
    # a web site that answers everything with a page says nothing of mail
    "page": NOTHING | {"words": "it answers with something else (html)"},
    "password": NOTHING | {"words": "asks for a password"},
    # the target of the SRV record answers for every domain
    "record": NOTHING | {"srv": "pass", "microsoft": "pass", "consistent": "pass",
                         "words": "https://autodiscover.right.auto.lab/autodiscover/autodiscover.xml"},
    # RFC 2782: no alias; which certificate is shown for that name nobody looked
    "alias": NOTHING | {"srv": "warn", "consistent": "not_tested",
                        "words": "_imaps._tcp.alias.auto.lab. IN SRV 0 1 993 mx.faultless.lab."},
    "nowhere": NOTHING | {"srv": "fail", "consistent": "fail", "words": "imap.nowhere.auto.lab has no address"},
    "denied": NOTHING | {"mozilla": "pass", "consistent": "warn",
                         "words": "by the SRV records (_imaps._tcp) it is not offered"},
    "private": NOTHING | {"mozilla": "not_tested", "consistent": "not_tested", "words": "private address"},
}


def check_domain(test, name, result):
    expected = dict(DOMAINS[name])
    words = expected.pop("words")
    findings = [finding for finding in result["findings"] if finding["check"].startswith("autoconfig.")]
    test.equal({finding["check"].removeprefix("autoconfig."): finding["outcome"] for finding in findings}, expected,
               f"{name}: outcomes")
    said = "\n".join(text for finding in findings
                     for text in [finding["title"], *finding["evidence"], *finding["fix"]])
    test.expect(words in said, f"{name}: '{words}' is not said", said.splitlines())


def autoconfig(test):
    """All of them in one run, at one web server and one mail host."""
    run = test.program.scan("--depth", "quick", "--jobs", "40", *[f"{name}.auto.lab" for name in DOMAINS])
    results = invariants.check_domains(test, run, "auto.lab", DOMAINS)
    for name, result in results.items():
        check_domain(test, name, result)
