"""DKIM keys against a real zone: the selectors of dkim.lab (domains/dkim.lab.toml), each with its fault."""
import json
import os

from scanning import invariants

DOMAIN = "dkim.lab"
CHECKS = ("key", "strength", "testing", "expected", "damage")
GOOD = {"key": "pass", "strength": "pass", "testing": "pass", "damage": "pass"}
DAMAGED = {"key": "not_applicable", "damage": "fail"}   # one fault is told once

# selector -> outcomes of dkim.*; "words" stand in a title, in the evidence or in a fix
SELECTORS = {
    "mail": GOOD | {"expected": "pass"},
    # t=s, so not for subdomains; an RSA key is there too, so an Ed25519 key may be
    "ed": GOOD | {"testing": "info", "expected": "pass", "words": "Ed25519"},
    # signed with the key of mail, they say
    "other": GOOD | {"expected": "fail", "words": "is not the one that was given"},
    # RSA of 512 bits, and a common selector that nobody gave
    "default": GOOD | {"strength": "fail", "words": "RSA 512: receivers must not accept so short a key"},
    "testing": GOOD | {"testing": "warn", "words": "t=y"},
    "sha1": GOOD | {"strength": "fail", "words": "h= allows no hash"},
    # a usable key, but not for mail
    "reports": GOOD | {"key": "fail", "words": "is not for mail"},
    "revoked": {"key": "fail", "damage": "pass", "words": "is revoked"},
    # which of the two has no strength of its own
    "two": {"key": "fail", "damage": "pass", "words": "2 keys"},
    "gone": {"key": "fail", "words": "setup config dkim keysize 2048 selector gone domain dkim.lab"},
    "lost": {"key": "fail", "expected": "not_applicable", "words": "lost._domainkey.dkim.lab. IN TXT ("},
    # Microsoft's common selectors: one alias leads to a key, one to nothing
    "selector1": GOOD | {"words": "the alias leads to selector1-dkim-lab._domainkey.provider.dkim.lab"},
    "selector2": {"key": "warn", "words": "leads to no key"},
    "dkim": DAMAGED | {"words": "the quotes of a zone file"},
    "escaped": DAMAGED | {"words": "backslashes stand before"},
    "half": DAMAGED | {"words": "the second is missing"},
    "halves": DAMAGED | {"words": "the second half of the key is a record of its own"},
    "pem": DAMAGED | {"words": "PEM file"},
    "line": DAMAGED | {"words": "a whole line of a zone file"},
    "entities": DAMAGED | {"words": "entities of HTML"},
    "spaces": GOOD | {"damage": "info", "words": "white space inside"},
}
COMMON = ("mail", "default", "dkim", "selector1", "selector2")
EXPECTED = {"mail": "mail.pem", "ed": "ed.pem", "other": "mail.pem", "lost": "mail.txt"}
# all of the key is there, so the record is shown as it should be
REPAIRED = ("dkim", "escaped", "halves", "pem", "line", "entities")

# domain -> (outcome, words): the one finding of a domain without a selector that was found
GUESSES = {
    "hidden": ("not_tested", "there are others below _domainkey"),
    "wild": ("info", "signs nothing"),
    "any": ("not_tested", "a wildcard answers for every selector"),
    "nothing": ("not_tested", "DNSSEC proves that there is nothing below _domainkey"),
}


def keys_folder():
    return f"{os.environ['OUTPOST_LAB_STATE']}/dkim/{DOMAIN}"


def options():
    words = []
    for selector in SELECTORS:
        if selector in EXPECTED:
            words += ["--dkim-key", f"{selector}={keys_folder()}/{EXPECTED[selector]}"]
        elif selector not in COMMON:
            words += ["--selector", selector]
    return words


def findings(result):
    return [finding for finding in result["findings"] if finding["check"].startswith("dkim.")]


def said(found):
    return "\n".join(text for finding in found for text in [finding["title"], *finding["evidence"], *finding["fix"]])


def dkim_keys(test):
    """Each selector with its fault, all in one scan."""
    run = test.program.scan("--html", "dkim.html", *options(), DOMAIN)
    result = invariants.check(test, run)
    invariants.check_html(test, f"{test.program.folder}/dkim.html")
    found = findings(result)
    test.equal({finding["subject"].get("selector") for finding in found}, set(SELECTORS), "selectors")
    for selector, wanted in SELECTORS.items():
        own = [finding for finding in found if finding["subject"].get("selector") == selector]
        outcomes = {finding["check"].removeprefix("dkim."): finding["outcome"] for finding in own}
        test.equal(outcomes, {check: wanted[check] for check in CHECKS if check in wanted}, selector)
        test.expect(wanted.get("words", "") in said(own), f"{selector}: '{wanted.get('words')}' is not said",
                    said(own).splitlines())
    with open(f"{keys_folder()}/dkim.txt", encoding="ascii") as stream:
        record = stream.read().strip()
    for selector in REPAIRED:
        fix = "\n".join(text for finding in found if finding["id"] == f"dkim.damage@{DOMAIN}#{selector}"
                        for text in finding["fix"])
        strings = "".join(fix.split('"')[1::2])
        test.equal(strings, record, f"{selector}: the record as it should be")


def dkim_guesses(test):
    """What is said of a domain when nobody gives a selector."""
    names = ["guess", *GUESSES]
    run = test.program.scan(*[f"{name}.{DOMAIN}" for name in names])
    invariants.check_process(test, run)
    results = {}
    for line in run.stdout.splitlines():
        result = json.loads(line)
        invariants.check_result(test, run, result)
        results[result["target"].removesuffix(f".{DOMAIN}")] = result
    test.equal({finding["check"]: finding["outcome"] for finding in findings(results["guess"])},
               {f"dkim.{check}": outcome for check, outcome in GOOD.items()}, "guess")
    for name, (outcome, words) in GUESSES.items():
        found = findings(results[name])
        test.equal([(finding["check"], finding["outcome"]) for finding in found], [("dkim.key", outcome)], name)
        test.expect(words in said(found), f"{name}: '{words}' is not said", said(found).splitlines())
