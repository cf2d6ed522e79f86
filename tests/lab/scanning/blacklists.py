"""Blacklists (rbldnsd, blacklists/) and reverse names of addresses that only send (hosts/senders.toml)."""
import json
import os

from scanning import invariants

SENDERS = {
    # address -> outcomes of ptr.present, ptr.forward, ptr.generic, dnsbl.address, and words of one of these
    "11.40.1.1": ("pass", "pass", "pass", "pass", "welcome list Lab Welcome (good.lists.lab): 127.0.3.2"),
    "11.40.1.2": ("fail", "not_applicable", "not_applicable", "fail", "see https://lists.lab/?ip=11.40.1.2"),
    "11.40.1.3": ("pass", "fail", "pass", "warn", "elsewhere.senders.lab. IN A 11.40.1.3"),
    "11.40.1.4": ("pass", "pass", "warn", "fail", "relayhost = "),              # of the provider's policy
    "11.40.1.5": ("pass", "pass", "pass", "pass", "PTR 5.1.40.11.in-addr.arpa: mail.senders.lab"),   # RFC 2317
    "11.40.1.6": ("warn", "pass", "pass", "pass", "2 reverse names"),
    "2a11:11:4001::1": ("pass", "pass", "pass", "pass", "not listed by 1 of 1 blacklists"),
    "2a11:11:4001::2": ("fail", "not_applicable", "not_applicable", "fail", "out.nullmx.lab. IN AAAA 2a11:11:4001::2"),
}
CHECKS = ("ptr.present", "ptr.forward", "ptr.generic", "dnsbl.address")
NOT_NAMED = {"spf.senders": "fail"}     # nullmx.lab's SPF says that nobody sends

# zone -> fault of its own, and words of the reason
TROUBLED = {
    "everything.lists.lab": ("lists_all", "it lists 127.0.0.1"),
    "sold.lists.lab": ("lists_all", "it answers 11.20.1.80"),
    "empty.lists.lab": ("lists_none", "it does not list 127.0.0.2"),
    "lost.lists.lab": ("no_answer", "SERVFAIL"),
    "silent.lists.lab": ("no_answer", "timeout"),
    "dnsbl.sorbs.net": ("ended", "SORBS was shut down"),
}


def words_of(findings):
    return [line for finding in findings for line in [finding["title"], *finding["evidence"], *finding["fix"]]]


def senders(test):
    """What informs for an MX fails for --sender; they are looked up, and not contacted."""
    options = [word for address in SENDERS for word in ("--sender", address)]
    run = test.program.scan(*options, "nullmx.lab")
    result = invariants.check(test, run)
    test.equal(run.status, 1, "exit status")
    test.equal(run.connections, {}, "connections")
    for address, (*outcomes, words) in SENDERS.items():
        findings = {finding["check"]: finding for finding in result["findings"]
                    if finding["subject"]["text"] == address}
        test.equal({check: findings[check]["outcome"] for check in findings},
                   dict(zip(CHECKS, outcomes)) | NOT_NAMED, f"{address}: outcomes")
        lines = words_of(findings.values())
        test.expect(any(words in line for line in lines), f"{address}: '{words}' is nowhere", lines)
    aliases = [facts["question"]["aliases"] for facts in result["facts"]["ptr"] if facts["address"] == "11.40.1.5"]
    test.equal(aliases, [["5.0-29.1.40.11.in-addr.arpa"]], "the alias of RFC 2317")


def sender_is_mx(test):
    """An address of a mail host that is known to send is judged as a sender's."""
    run = test.program.scan("--depth", "quick", "--sender", "11.10.3.25", "broken.lab")
    result = invariants.check(test, run)
    outcomes = {finding["check"]: finding["outcome"] for finding in result["findings"]
                if finding["subject"]["text"] == "mail.broken.lab 11.10.3.25"}
    test.equal({check: outcomes[check] for check in CHECKS},
               dict(zip(CHECKS, ("fail", "not_applicable", "not_applicable", "fail"))), "outcomes")


def troubled(test):
    """A list of no use lists nobody and calls nobody clean; one that refuses the resolver is asked by iteration."""
    lists = f"{os.path.dirname(os.environ['OUTPOST_LAB_BLOCKLISTS'])}/troubled.json"
    hints = os.environ["OUTPOST_LAB_ROOT_HINTS"]
    run = test.program.scan("--blocklists", lists, "--root-hints", hints, "--sender", "11.40.1.2", "--sender",
                            "11.40.1.5", "nullmx.lab")
    test.expect("dnsbl.sorbs.net is not asked: SORBS" in run.stderr, "a word on the list that has ended",
                run.stderr.splitlines())
    run.stderr = ""                     # that word is no complaint
    result = invariants.check(test, run)
    found = {facts["zone"]: facts for facts in result["facts"]["dnsbl"]["lists"]}
    for zone, (fault, words) in TROUBLED.items():
        test.equal((found[zone]["usable"], found[zone]["fault"]), (False, fault), zone)
        test.expect(words in found[zone]["reason"], f"{zone}: '{words}'", [found[zone]["reason"]])
    for zone, iterated in (("spam.lists.lab", False), ("moody.lists.lab", True)):
        test.equal((found[zone]["usable"], found[zone]["iterated"]), (True, iterated), zone)
    outcomes = {(finding["check"], finding["subject"]["text"]): finding for finding in result["findings"]}
    test.equal(outcomes["dnsbl.usable", "nullmx.lab"]["outcome"], "info", "dnsbl.usable")
    test.equal(outcomes["dnsbl.address", "11.40.1.2"]["title"], "11.40.1.2 is listed by Lab Spam, Lab Moody", "listed")
    test.equal(outcomes["dnsbl.address", "11.40.1.5"]["outcome"], "pass", "clean in what could be used")


def refused(test):
    """Without a way beside the resolver, the one list that refuses it leaves nothing that could be said."""
    path = f"{test.program.folder}/moody.json"
    with open(f"{os.path.dirname(os.environ['OUTPOST_LAB_BLOCKLISTS'])}/troubled.json", encoding="utf-8") as stream:
        lists = json.load(stream)
    lists["lists"] = [entry for entry in lists["lists"] if entry["zone"] == "moody.lists.lab"]
    with open(path, "w", encoding="utf-8") as stream:
        json.dump(lists, stream)
    run = test.program.scan("--blocklists", path, "--sender", "11.40.1.2", "nullmx.lab")
    result = invariants.check(test, run)
    outcomes = {finding["check"]: finding for finding in result["findings"] if finding["check"].startswith("dnsbl.")}
    test.equal({check: finding["outcome"] for check, finding in outcomes.items()},
               {"dnsbl.usable": "not_tested", "dnsbl.address": "not_tested", "dnsbl.domain": "not_tested"}, "outcomes")
    lines = words_of([outcomes["dnsbl.usable"]])
    test.expect(any("does not answer shared resolvers (127.255.255.254)" in line for line in lines), "the reason", lines)
    test.expect(any("apt install unbound" in line for line in lines), "what to do", lines)
    run = test.program.scan("--blocklists", path, "--resolver", "iterate", "--root-hints",
                            os.environ["OUTPOST_LAB_ROOT_HINTS"], "--sender", "11.40.1.2", "nullmx.lab")
    result = invariants.check(test, run)
    test.equal(result["facts"]["dnsbl"]["lists"][0]["usable"], True, "by iteration at once")


def mistakes(test):
    """A file that is wrong ends with the place in it."""
    path = f"{test.program.folder}/wrong.json"
    with open(path, "w", encoding="utf-8") as stream:
        stream.write('{"schema": 1, "name": "a", "lists": [{"zone": "a.b", "tier": 9}]}')
    run = test.program.run("scan", *test.program.lab_options, "--blocklists", path, "nullmx.lab")
    test.equal(run.status, 2, "exit status")
    test.expect("lists[0].tier: must be 1, 2 or 3" in run.stderr, "the message", run.stderr.splitlines())


def blacklists(test):
    """Blacklists of all kinds, and addresses that send."""
    for case in (senders, sender_is_mx, troubled, refused, mistakes):
        case(test)
