"""Options and bad luck: what a scan does that is asked for something else than a domain with good servers."""
import json
import os
import signal
import subprocess
import time

from outpost_lab.connections import Connections
from scanning import autoconfig, bimi, blacklists, dkim, dmarc, invariants, mta_sts, spf, zone_file
from scanning.logs import Logs

FAULTLESS = ("11.10.1.25", "2a11:11:1001::25")
PAIR = ("11.10.2.25", "2a11:11:1002::25")
BROKEN = "11.10.3.25"
BROKEN_IPV6 = "2a11:11:1003::25"
MANY = ("11.10.4.25", "2a11:11:1004::25")
WEB = ("11.20.1.80", "2a11:11:2001::80")
NOBODY = "11.77.77.77"                  # silent, as an address that no host has
MAIL_PORTS = (25, 465, 587, 993)
CONNECTIONS_MAX = 60                    # of an enumerated port
QUESTIONS_SLACK = 3
PATIENCE_SECONDS = 60


def endpoints(result):
    """(address, port) -> facts."""
    return {(endpoint["address"], endpoint["port"]): endpoint for endpoint in result["facts"]["endpoints"]}


def places(addresses, ports=MAIL_PORTS):
    return {(address, port) for address in addresses for port in ports}


def contacted(result):
    return {place for place, endpoint in endpoints(result).items() if endpoint["state"] != "not_contacted"}


def outcomes(result, check):
    """subject -> outcome of one check."""
    return {finding["subject"]["text"]: finding["outcome"] for finding in result["findings"]
            if finding["check"] == check}


def scan(test, *arguments, status=None):
    run = test.program.scan(*arguments)
    result = invariants.check(test, run)
    if status is not None:
        test.equal(run.status, status, f"{run}: exit status")
        if run.status != status:
            test.expect(False, "standard error", run.stderr.splitlines()[-10:])
    return run, result


def quick_scan(test, *arguments, status=None):
    """For what has nothing to do with TLS: without the enumeration, which takes most of the time."""
    return scan(test, "--depth", "quick", *arguments, status=status)


# ---- targets ----

def target_mail_host(test):
    """host:NAME scans the host itself; there is no domain to judge."""
    run, result = quick_scan(test, "host:mail.pair-one.post")
    test.equal(result["target"], "mail.pair-one.post", "target")
    test.equal(result["target_kind"], "host", "kind")
    test.equal(contacted(result), places(PAIR), "contacted")
    test.equal(outcomes(result, "dns.mx"), {}, "a host has no MX to be judged")
    test.equal(set(outcomes(result, "cert.name").values()), {"pass"}, "the certificate has the host's name")


def target_address(test):
    """A bare address: no name to check a certificate for, and none is sent."""
    for address, word in ((PAIR[0], PAIR[0]), (PAIR[1], PAIR[1]), (PAIR[1], f"[{PAIR[1]}]")):
        run, result = quick_scan(test, word)
        test.equal(result["target"], address, "target")
        test.equal(result["target_kind"], "address", "kind")
        test.equal(contacted(result), places([address]), "contacted")
        names = {handshake["name"] for endpoint in endpoints(result).values()
                 for handshake in endpoint["tls"]["handshakes"]}
        test.equal(names, {None}, "names sent")
        test.expect("fail" not in outcomes(result, "cert.name").values() and
                    "warn" not in outcomes(result, "cert.name").values(), "no name was asked for, so none is wrong",
                    [str(outcomes(result, "cert.name"))])


def target_idna(test):
    """A name as people write it is asked for as DNS wants it and shown as it was written."""
    run, result = quick_scan(test, "BÜCHER.lab", status=0)
    test.equal(result["target"], "xn--bcher-kva.lab", "target")
    test.equal(result["target_display"], "bücher.lab", "shown")
    run = test.program.run("scan", *test.program.lab_options, "--depth", "quick", "--output", "idna", "bücher.lab")
    test.expect("bücher.lab" in run.stdout.decode(), "the summary has the name as it is written")
    test.equal(sorted(os.listdir(f"{test.program.folder}/idna")), ["xn--bcher-kva.lab.html", "xn--bcher-kva.lab.json"],
               "files")


def many_targets(test):
    """@FILE: one JSON object a line as each completes; comments and empty lines are skipped."""
    names = ["pair-one.post", "nullmx.lab", "implicit.lab"]
    with open(f"{test.program.folder}/names.txt", "w", encoding="ascii") as stream:
        stream.write("# some domains\n\n" + "".join(f"{name}   # a comment\r\n" for name in names) + names[0] + "\n")
    run = test.program.scan("--depth", "quick", "@names.txt")
    invariants.check_process(test, run)
    results = [json.loads(line) for line in run.stdout.splitlines()]
    test.equal(sorted(result["target"] for result in results), sorted(names), "targets")
    for result in results:
        invariants.check_result(test, run, result)
    invariants.check_guest(test, run, results)
    run = test.program.run("scan", *test.program.lab_options, "--depth", "quick", "--output", "many", *names)
    test.equal(sorted(os.listdir(f"{test.program.folder}/many")),
               sorted(f"{name}.{form}" for name in names for form in ("html", "json")), "files")


def expect_no_more(test, many, one, more, text):
    """Several targets open what one does, and so many more. Which answer comes first may cost a question or two. Web
    sites are asked for each domain."""
    slack = 0 if "quick" in one.arguments else QUESTIONS_SLACK
    test.equal(set(many.connections), set(one.connections), f"{text}: places")
    test.expect(all(abs(number - more - one.connections.get(place, 0)) <= slack
                    for place, number in many.connections.items() if place[1] in MAIL_PORTS), text,
                [f"{place}: {one.connections.get(place)} for one, {number} for all"
                 for place, number in many.connections.items()])


def shared_host(test):
    """Two domains on one mail host cost it no more than one does."""
    one = test.program.scan("d1.many.lab")
    two = test.program.scan("d1.many.lab", "d2.many.lab", "d3.many.lab")
    test.equal(set(one.connections), places(MANY), "places contacted")
    expect_no_more(test, two, one, 0, "connections to a mail host of one and of three domains")
    results = [json.loads(line) for line in two.stdout.splitlines()]
    test.equal(len(results), 3, "results")
    alone = json.loads(one.stdout)
    for result in results:
        test.equal({(finding["check"], finding["outcome"]) for finding in result["findings"]},
                   {(finding["check"], finding["outcome"]) for finding in alone["findings"]},
                   f"{result['target']}: findings")


def shared_address(test):
    """Two names on one address: one session and one enumeration, and for the second name only the handshakes."""
    for depth, handshakes in (("quick", 1), ("standard", 2)):       # standard: one for each key type
        one = test.program.scan("--depth", depth, "pair-one.post")
        both = test.program.scan("--depth", depth, "pair-one.post", "pair-two.post")
        invariants.check_process(test, both)
        results = [json.loads(line) for line in both.stdout.splitlines()]
        invariants.check_guest(test, both, results)
        for result in results:
            host = f"mail.{result['target']}"
            for place, endpoint in endpoints(result).items():
                test.equal(endpoint["hosts"], [host], f"{place}: names")
                test.equal({handshake["name"] for handshake in endpoint["tls"]["handshakes"]}, {host},
                           f"{place}: names sent")
            test.equal(set(outcomes(result, "cert.name").values()), {"pass"}, f"{host}: cert.name")
        expect_no_more(test, both, one, handshakes, f"{depth}: connections, with {handshakes} for the second name")


# ---- options ----

def caa_records(test):
    """Records of every kind, as the nearest name has them; whom they let issue for a name that the certificate has."""
    _, result = quick_scan(test, "--port", "25", "caa.lab", status=1)
    test.equal(outcomes(result, "caa.record"),
               {"plain.caa.lab": "pass", "nobody.caa.lab": "pass", "mx.wild.caa.lab": "pass",
                "aliased.caa.lab": "pass", "critical.caa.lab": "fail", "malformed.caa.lab": "fail",
                "typo.caa.lab": "warn"}, "caa.record")
    test.equal(outcomes(result, "caa.issuer"),
               {"nobody.caa.lab": "fail", "mx.wild.caa.lab": "fail", "plain.caa.lab": "not_applicable",
                "aliased.caa.lab": "not_applicable", "critical.caa.lab": "not_applicable",
                "malformed.caa.lab": "not_applicable", "typo.caa.lab": "not_applicable"}, "caa.issuer")
    found = {caa["name"]: caa["found_at"] for caa in result["facts"]["caa"]}
    test.equal(found, {"plain.caa.lab": "caa.lab", "nobody.caa.lab": "nobody.caa.lab", "mx.wild.caa.lab": "wild.caa.lab",
                       "critical.caa.lab": "critical.caa.lab", "malformed.caa.lab": "malformed.caa.lab",
                       "typo.caa.lab": "typo.caa.lab", "aliased.caa.lab": "aliased.caa.lab", "caa.lab": "caa.lab"},
               "where they are")


def option_resolve(test):
    """--resolve replaces what DNS says of a host, and the report says so."""
    run, result = quick_scan(test, "--resolve", f"mx.faultless.lab={PAIR[0]}", "faultless.lab", status=1)
    test.equal(contacted(result), places([PAIR[0]]), "contacted")
    test.equal(result["settings"]["overrides"], [f"--resolve mx.faultless.lab={PAIR[0]}"], "overrides")
    names = outcomes(result, "cert.name")
    test.equal({outcome for subject, outcome in names.items() if not is_smtp(subject)}, {"warn"},
               "the other host's certificate has other names: wrong where passwords go, if users type this name")
    test.equal({outcome for subject, outcome in names.items() if is_smtp(subject)}, {"fail"},
               "the domain enforces MTA-STS: senders refuse it")
    both = [word for address in FAULTLESS for word in ("--resolve", f"mail.unpublished.lab={address}")]
    run, result = quick_scan(test, *both, "host:mail.unpublished.lab")
    test.equal(contacted(result), places(FAULTLESS), "a name that DNS does not have yet")


def option_families(test):
    """-4 and -6."""
    for option, address, web in (("-4", FAULTLESS[0], WEB[0]), ("-6", FAULTLESS[1], WEB[1])):
        run, result = quick_scan(test, option, "faultless.lab")
        test.equal(contacted(result), places([address]), f"{option}: contacted")
        test.equal(set(run.connections), places([address]) | places([web], [443]), f"{option}: connections")
        test.expect("fail" not in {finding["outcome"] for finding in result["findings"]},
                    f"{option}: what was left out is no failure",
                    [finding["id"] for finding in result["findings"] if finding["outcome"] == "fail"])


def is_smtp(subject):
    """mail.example.org 192.0.2.1:25, with or without a key type behind it."""
    return subject.split(" (")[0].endswith(":25")


def option_host(test):
    """--host: what users type into their mail program is scanned and judged by that name."""
    run, result = quick_scan(test, "--host", "mail.pair-two.post", "nullmx.lab")
    test.equal(contacted(result), places(PAIR), "contacted")
    names = outcomes(result, "cert.name")
    test.equal({outcome for subject, outcome in names.items() if not is_smtp(subject)}, {"pass"}, "where users log in")
    test.equal({outcome for subject, outcome in names.items() if is_smtp(subject)}, {"not_applicable"},
               "senders do not come by a name that is no MX")
    run, result = quick_scan(test, "--host", "pair-one.post", "pair-one.post", status=1)
    names = outcomes(result, "cert.name")
    test.equal({outcome for subject, outcome in names.items() if subject.startswith("pair-one.post ")},
               {"fail", "not_applicable"}, "the certificate lacks the bare domain, which users were told to type in")
    run, result = quick_scan(test, "--host", "implicit.lab", "implicit.lab", status=1)
    names = outcomes(result, "cert.name")
    test.equal(result["facts"]["dns"]["hosts"][0]["asked_for"], True, "the MX was asked for, too")
    test.equal({outcome for subject, outcome in names.items() if is_smtp(subject)}, {"warn"}, "port 25")
    test.equal({outcome for subject, outcome in names.items() if not is_smtp(subject)}, {"fail"}, "where users log in")


def expect_enumeration(test, where, endpoint):
    """What an enumeration of OpenSSL 3.0 behind nginx or Dovecot finds, and what it may cost."""
    test.equal(endpoint["tls"]["versions"]["list"], ["TLS1.2", "TLS1.3"], f"{where}: versions")
    test.equal({version: one["complete"] for version, one in endpoint["tls"]["suites"].items()},
               {"TLS1.2": True, "TLS1.3": True}, f"{where}: suites, complete")
    test.expect(0 < endpoint["aborted"] < endpoint["connections"] <= CONNECTIONS_MAX,
                f"{where}: {endpoint['aborted']} of {endpoint['connections']} connections aborted")


def option_port_tls(test):
    """--port 443:tls: any port that speaks TLS."""
    # the site has an ECDSA certificate only, so the handshake that asks for RSA is refused
    run, result = scan(test, "--port", "443:tls", "host:mta-sts.faultless.lab", status=0)
    test.equal(set(endpoints(result)), places(WEB, [443]), "endpoints")
    for place, endpoint in endpoints(result).items():
        test.equal(endpoint["state"], "open", f"{place}: state")
        test.equal(endpoint["service"], "tls", f"{place}: service")
        test.equal([endpoint["smtp"], endpoint["imap"]], [None, None], f"{place}: dialogues")
        test.equal([(handshake["key_type"], handshake["result"], handshake["alert"])
                    for handshake in endpoint["tls"]["handshakes"]],
                   [(None, "complete", None), ("RSA", "refused", "handshake_failure")], f"{place}: handshakes")
        expect_enumeration(test, place, endpoint)
    test.equal(set(outcomes(result, "cert.name").values()), {"pass"}, "cert.name")
    test.equal(set(outcomes(result, "tls.handshake").values()), {"pass"}, "tls.handshake")


def option_port_tls_unnamed(test):
    """A web server that answers nobody who names no server, by its address: it is not its TLS that is wrong."""
    run, result = scan(test, "--port", "443:tls", WEB[0], status=0)
    test.equal(set(endpoints(result)), places(WEB[:1], [443]), "endpoints")
    for place, endpoint in endpoints(result).items():
        tls = endpoint["tls"]
        test.equal([(handshake["name"], handshake["alert"]) for handshake in tls["handshakes"]],
                   [(None, "unrecognized_name")], f"{place}: handshakes")
        test.equal([tls["versions"][key] for key in ("complete", "list", "refused")], [False, [], []],
                   f"{place}: versions")
        test.equal(tls["features"]["sni_needed"], True, f"{place}: a name is needed")
    test.equal(set(outcomes(result, "tls.handshake").values()), {"not_tested"}, "tls.handshake")
    test.equal(set(outcomes(result, "tls.sni").values()), {"warn"}, "tls.sni")
    test.equal({finding["check"] for finding in result["findings"] if finding["outcome"] == "fail"}, set(), "failures")


def option_port_imap(test):
    """--port 143:imap: with LOGINDISABLED and STARTTLS it passes; passwords in clear fail."""
    run, result = quick_scan(test, "--port", "143:imap", "pair-one.post")
    for place in places(PAIR, [143]):
        imap = endpoints(result)[place]["imap"]
        test.equal([imap["starttls_offered"], imap["login_disabled"], imap["tls"], imap["logout"]], [True] * 4,
                   f"{place}: STARTTLS, LOGINDISABLED, TLS, LOGOUT")
    test.equal(set(outcomes(result, "imap.tls").values()), {"pass"}, "imap.tls on the pair")
    run, result = quick_scan(test, "--port", "143:imap", "broken.lab", status=1)
    imap = endpoints(result)[(BROKEN, 143)]["imap"]
    test.equal([imap["starttls_offered"], imap["login_disabled"]], [True, False], "STARTTLS, LOGINDISABLED")
    test.expect("fail" in outcomes(result, "imap.tls").values(), "imap.tls on the broken host",
                [str(outcomes(result, "imap.tls"))])


def option_port_mailbox(test):
    """--port 995, 110 and 4190: POP3 and ManageSieve are picked by their ports."""
    ports = [word for port in (995, 110, 4190) for word in ("--port", str(port))]
    run, result = scan(test, *ports, "--html", "mailbox.html", "host:mail.pair-one.post", status=0)
    test.equal(contacted(result), places(PAIR, [995, 110, 4190]), "contacted")
    for (address, port), endpoint in endpoints(result).items():
        where = f"{address} {port}"
        facts = endpoint["sieve" if port == 4190 else "pop3"]
        test.equal(endpoint["service"], {995: "pop3s", 110: "pop3", 4190: "sieve"}[port], f"{where}: service")
        expect_enumeration(test, where, endpoint)
        test.equal([facts["greeting"], facts["tls"], facts["end"]], ["ok", True, "complete"],
                   f"{where}: greeting, TLS, end")
        test.equal(facts["mechanisms_tls"], ["PLAIN", "LOGIN"], f"{where}: mechanisms inside TLS")
        # Dovecot before TLS: STLS or STARTTLS, and no way to log in
        test.equal([facts["starttls_offered"], facts.get("mechanisms")], [None, None] if port == 995 else [True, []],
                   f"{where}: before TLS")
        if port == 110:
            test.equal([facts["user_offered"], facts["quit"]], [False, True], f"{where}: USER, QUIT")
        if port == 4190:
            test.expect("STARTTLS" in facts["capabilities"] and "STARTTLS" not in facts["capabilities_tls"] and
                        any(text.startswith("SIEVE ") for text in facts["capabilities_tls"]),
                        f"{where}: capabilities before and inside TLS", facts["capabilities_tls"])
            test.equal(facts["logout"], True, f"{where}: LOGOUT")
    for check, subjects in (("pop3.tls", places(PAIR, [995, 110])), ("sieve.tls", places(PAIR, [4190])),
                            ("tls.handshake", places(PAIR, [995, 110, 4190]))):
        found = outcomes(result, check)
        test.equal((len(found), set(found.values())), (len(subjects), {"pass"}), check)
    for check in ("cert.name", "cert.trust", "cert.expiry", "cert.same_everywhere"):
        test.equal(set(outcomes(result, check).values()), {"pass"}, check)
    test.equal(set(outcomes(result, "tls.cross_protocol").values()), {"info"}, "995 and 110 share a certificate")
    test.equal(set(outcomes(result, "ipv6.parity").values()), {"pass"}, "both families offer the same")
    path = f"{test.program.folder}/mailbox.html"
    invariants.check_html(test, path)
    with open(path, encoding="utf-8") as stream:
        page = stream.read()
    for text in ("Answer to STLS", "Begin TLS negotiation now.", "IMPLEMENTATION Dovecot (Debian) Pigeonhole"):
        test.expect(text in page, f"the page shows {text}")
    invariants.check_report(test, run)


def option_port_mailbox_broken(test):
    """POP3 and ManageSieve that take passwords in clear fail; a port where nobody listens does not."""
    ports = [word for port in (995, 110, 4190) for word in ("--port", str(port))]
    run, result = quick_scan(test, *ports, "host:mail.broken.lab", status=1)
    pop3, sieve = (endpoints(result)[(BROKEN, port)][name] for port, name in ((110, "pop3"), (4190, "sieve")))
    test.equal([pop3["starttls_offered"], pop3["user_offered"], pop3["mechanisms"]], [True, True, ["PLAIN", "LOGIN"]],
               "STLS, USER, SASL")
    test.equal([sieve["starttls_offered"], sieve["mechanisms"]], [True, ["PLAIN", "LOGIN"]], "STARTTLS, SASL")
    test.equal(endpoints(result)[(BROKEN, 995)]["state"], "refused", "995")
    for check, port, outcome in (("pop3.tls", 110, "fail"), ("pop3.tls", 995, "not_applicable"),
                                 ("sieve.tls", 4190, "fail"), ("tls.handshake", 110, "pass"),
                                 ("cert.expiry", 4190, "fail")):
        test.equal(outcomes(result, check).get(f"mail.broken.lab {BROKEN}:{port}"), outcome, f"{check} on {port}")


def option_depth_quick(test):
    """--depth quick: one clean session for each name of a port, and nothing else."""
    for domain, number in (("faultless.lab", 1), ("broken.lab", 2)):        # mail.broken.lab and alias.broken.lab
        run, result = scan(test, "--depth", "quick", domain)
        test.equal({endpoint["connections"] for endpoint in endpoints(result).values() if endpoint["state"] == "open"},
                   {number}, f"{domain}: connections a port")
        test.equal(run.logged()[1], [], f"{domain}: sessions lost")
        test.equal({endpoint["aborted"] for endpoint in endpoints(result).values()}, {0}, f"{domain}: aborted")
        # What TLS accepts was not asked: no A, but an F stays one.
        grade = {"faultless.lab": (None, "A", None), "broken.lab": ("F", None, "F")}[domain]
        test.equal((result["grade"], result["no_better_than"], result["grades"]["transport"]), grade, f"{domain}: grades")


def option_depth_deep(test):
    """--depth deep: what a server may count against a client; a faultless one has nothing to fear of it."""
    run, result = scan(test, "--depth", "deep", "faultless.lab", status=0)
    test.expect(not {"fail", "warn"} & {finding["outcome"] for finding in result["findings"]}, "something fails or warns")
    # Postfix has tickets, Dovecot honours none (expected/tls/faultless.txt)
    test.equal({(is_smtp(subject) or subject.endswith(("465", "587")), outcome)
                for subject, outcome in outcomes(result, "tls.ticketbleed").items()},
               {(True, "pass"), (False, "not_applicable")}, "tls.ticketbleed")
    test.equal({outcome for subject, outcome in outcomes(result, "tls.profile").items() if "NCSC-NL" in subject}, {"pass"},
               "renegotiation by clients was asked for")
    for place, endpoint in endpoints(result).items():
        test.equal(endpoint["tls"]["features"]["client_renegotiation"], False, f"{place}: OpenSSL 3.0 refuses it")


def option_control(test):
    """--control: a host known to answer says whether a silent port 25 is theirs or ours."""
    silent = ("--resolve", f"mail.silent.lab={NOBODY}", "host:mail.silent.lab", "--port", "25")
    run = test.program.scan("--control", "mx.faultless.lab", *silent)
    result = json.loads(run.stdout)
    invariants.check_result(test, run, result)
    test.equal(result["vantage"]["port_25"], "open", "port 25, with a control host that answers")
    test.equal(set(outcomes(result, "smtp.reachable").values()), {"info"},
               "a silent host is silent by itself; no mail is led to it")
    run = test.program.scan("--control", "nobody.control.lab", "--resolve", f"nobody.control.lab={NOBODY}", *silent)
    result = json.loads(run.stdout)
    invariants.check_result(test, run, result)
    test.equal(set(outcomes(result, "smtp.reachable").values()), {"not_tested"}, "nothing answers: nothing can be said")
    test.expect(result["vantage"]["port_25"] != "open", "port 25, with a control host that does not answer")
    test.equal(run.status, 3, "exit status when nothing could be tested")


def option_control_ipv6(test):
    """A refused port 25 counts once a control host answers there over the same family; other ports prove nothing."""
    for control, mx, reachable in (((), "not_tested", "not_tested"), (("--control", "mx.faultless.lab"), "fail", "warn")):
        run = test.program.scan("--depth", "quick", *control, "broken.lab")
        result = json.loads(run.stdout)
        invariants.check_result(test, run, result)
        test.equal(outcomes(result, "ipv6.mx").get("mail.broken.lab"), mx, f"{control}: ipv6.mx")
        test.equal(outcomes(result, "smtp.reachable").get(f"mail.broken.lab {BROKEN_IPV6}"), reachable,
                   f"{control}: smtp.reachable")
        test.equal([result["vantage"]["port_25"], result["vantage"]["port_25_ipv6"]],
                   ["open", "open" if control else None], f"{control}: port 25")


def option_ehlo(test):
    """--ehlo: the name that we give; without it, the one that our address has."""
    for arguments, name in ((("--ehlo", "other.scanner.lab"), "other.scanner.lab"), ((), "probe.scanner.lab")):
        run, result = quick_scan(test, *arguments, "--port", "25", "pair-one.post")
        test.equal(result["vantage"]["ehlo"], name, "vantage")
        said = [line["text"] for endpoint in endpoints(result).values() for line in endpoint["smtp"]["transcript"]
                if line["who"] == "client" and line["text"].startswith("EHLO")]
        test.equal(set(said), {f"EHLO {name}"}, "said")


def option_allow_private(test):
    """Private addresses are reported; they are contacted only when that is allowed."""
    run, result = scan(test, "private.lab", status=1)
    test.equal(run.connections, {}, "connections")
    test.equal({endpoint["state"] for endpoint in endpoints(result).values()}, {"not_contacted"}, "states")
    run, result = scan(test, "--allow-private", "--port", "25", "private.lab", status=1)
    test.equal(set(run.connections), places(("10.1.2.3", "fd00::25"), [25]), "connections when allowed")
    test.equal({endpoint["state"] for endpoint in endpoints(result).values()}, {"silent"}, "states when allowed")


# ---- bad luck ----

def resolver_silent(test):
    """A resolver that does not answer: in time, with a message that names it, and nothing is called missing."""
    run = test.program.run("scan", "--resolver", NOBODY, *test.program.lists, "--timeout", "6", "--json", "-", "pair-one.post")
    invariants.check_process(test, run)
    test.equal(run.status, 3, "exit status")
    result = json.loads(run.stdout)
    invariants.check_result(test, run, result)
    test.equal(outcomes(result, "dns.mx"), {"pair-one.post": "not_tested"}, "dns.mx")
    test.expect(NOBODY in run.stderr, "the message names the resolver", run.stderr.splitlines())
    test.equal(run.connections, {}, "connections")


def resolver_wrong(test):
    """A resolver that is no address is a mistake of the command line."""
    run = test.program.run("scan", "--resolver", "nonsense", "pair-one.post")
    test.equal(run.status, 2, "exit status")
    test.expect("nonsense" in run.stderr, "the message names it", run.stderr.splitlines())


def resolver_iterate(test):
    """By iteration from the root the facts are the same, and the report says who was asked."""
    hints = os.environ["OUTPOST_LAB_ROOT_HINTS"]
    run, result = quick_scan(test, "--resolver", "iterate", "--root-hints", hints, "pair-one.post")
    test.equal(result["settings"]["resolver"], f"iteration from the root ({hints})", "settings.resolver")
    test.equal(result["facts"]["dns"]["mx"]["records"], ["10 mail.pair-one.post"], "MX records")
    test.equal(outcomes(result, "dns.ns"), {"pair-one.post": "pass"}, "dns.ns")
    test.equal({finding["outcome"] for finding in result["findings"] if finding["check"] == "ptr.forward"}, {"pass"},
               "ptr.forward")


def resolver_auto(test):
    """The lab's resolver passes DNSSEC records on: it is taken, and the report says so."""
    run, result = quick_scan(test, "--resolver", "auto", "pair-one.post")
    test.expect(result["settings"]["resolver"].endswith("(from /etc/resolv.conf; passes DNSSEC records on)"),
                "settings.resolver", [result["settings"]["resolver"]])


def interrupted(test):
    """Ctrl-C, or a service manager's SIGTERM: what is known is written and says that it is not all."""
    for number in (signal.SIGINT, signal.SIGTERM):
        interrupt(test, number)


def interrupt(test, number):
    arguments = ["scan", *test.program.lab_options, "--depth", "quick", "--json", "-", "--resolve",
                 f"mail.silent.lab={NOBODY}", "--host", "mail.silent.lab", "pair-one.post"]
    with Connections() as seen, Logs() as logs:
        process = test.program.start(*arguments)
        waited_until(lambda: places([NOBODY], [25]) <= set(seen.counts) and is_settled(seen))
        process.send_signal(number)
        run = test.program.finish(process, arguments, seen, logs)
    invariants.check_process(test, run)
    test.equal(run.status, 3, "exit status")
    result = json.loads(run.stdout)
    invariants.check_result(test, run, result)
    invariants.check_guest(test, run, [result])
    test.equal(result["complete"], False, "complete")
    test.expect(result["incomplete_reason"], "the result says why it is not complete")
    test.expect("interrupt" in run.stderr.lower() or "stopped" in run.stderr.lower(), "the message says so",
                run.stderr.splitlines())
    states = {place: endpoint["state"] for place, endpoint in endpoints(result).items()}
    for place in places(PAIR):
        test.equal(states.get(place), "open", f"{place}: what was known by then is kept")
    test.equal(states.get((NOBODY, 25)), "not_contacted", "what was not known is not judged")
    test.equal(outcomes(result, "smtp.reachable").get(f"mail.silent.lab {NOBODY}"), "not_tested", "smtp.reachable")


def interrupted_enumeration(test):
    """In the middle of the enumeration: what it had found is kept, and no list that was cut short is called complete."""
    arguments = ["scan", *test.program.lab_options, "--json", "-", "--port", "465", "pair-one.post"]
    with Connections() as seen, Logs() as logs:
        process = test.program.start(*arguments)
        waited_until(lambda: seen.total() >= 20)
        process.send_signal(signal.SIGINT)
        run = test.program.finish(process, arguments, seen, logs)
    invariants.check_process(test, run)
    result = json.loads(run.stdout)
    invariants.check_result(test, run, result)
    invariants.check_guest(test, run, [result])
    test.equal([run.status, result["complete"]], [3, False], "exit status, complete")
    for place, endpoint in endpoints(result).items():
        tls = endpoint["tls"]
        test.equal(endpoint["state"], "open", f"{place}: state")
        test.expect(tls["enumeration_connections"] < endpoint["connections"] <= CONNECTIONS_MAX,
                    f"{place}: {endpoint['connections']} connections")
        test.expect(not all(tls[kind] and all(one["complete"] for one in tls[kind].values())
                            for kind in ("suites", "groups", "schemes")), f"{place}: all lists are complete", [str(tls)])
    failed = {finding["id"] for finding in result["findings"] if finding["outcome"] == "fail"}
    test.equal(failed, set(), "nothing of it is a failure")
    test.equal((result["grade"], result["grades"]["transport"]), (None, None), "grades")


def waited_until(condition):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)


def is_settled(seen):
    """No new connection for a while: all that can be known is known."""
    before = sum(seen.counts.values())
    time.sleep(1.5)
    return sum(seen.counts.values()) == before


def out_of_time(test):
    """--timeout: what is known by then is written and judged; the rest is not tested, and the report says so."""
    run, result = quick_scan(test, "--timeout", "3", "--resolve", f"mail.silent.lab={NOBODY}", "--host",
                             "mail.silent.lab", "pair-one.post", status=3)
    test.equal(result["complete"], False, "complete")
    test.equal(result["incomplete_reason"], "the time of 3 s was over", "why")
    test.expect("not complete" in run.stderr, "the message says so", run.stderr.splitlines())
    states = {place: endpoint["state"] for place, endpoint in endpoints(result).items()}
    test.equal({states.get(place) for place in places(PAIR)}, {"open"}, "what was known by then")
    test.equal({states.get(place) for place in places([NOBODY])}, {"not_contacted"}, "what was not")
    test.expect("fail" not in {finding["outcome"] for finding in result["findings"]}, "nothing of it is a failure")


def no_ipv6(test):
    """Where IPv6 leads nowhere, the report says so and blames nobody."""
    route = subprocess.run(["ip", "-6", "route", "show", "default"], check=True, capture_output=True,
                           text=True).stdout.split()
    subprocess.run(["ip", "-6", "route", "del", "default"], check=True)
    try:
        run, result = quick_scan(test, "faultless.lab", status=0)
    finally:
        subprocess.run(["ip", "-6", "route", "add", *route], check=True)
    test.equal(contacted(result), places(FAULTLESS[:1]), "contacted")
    test.equal([result["vantage"]["ipv4"], result["vantage"]["ipv6"]], [True, False], "vantage")
    test.equal({endpoint["reason"] for endpoint in endpoints(result).values() if endpoint["state"] != "open"},
               {"no IPv6 here"}, "reasons")
    test.equal(outcomes(result, "ipv6.mx"), {"mx.faultless.lab": "not_tested"}, "ipv6.mx")
    test.equal(outcomes(result, "scan.vantage"), {"faultless.lab": "info"}, "scan.vantage")


def summary(test):
    """Without --json: one screen on standard output, reports in a folder, nothing else anywhere."""
    for domain, grade, status in (("faultless.lab", "A", 0), ("broken.lab", "F", 1)):
        run = test.program.run("scan", *test.program.lab_options, "--output", "one", domain)
        invariants.check_process(test, run)
        lines = run.stdout.decode().splitlines()
        test.equal(run.status, status, f"{domain}: exit status")
        test.equal(run.stderr, "", f"{domain}: standard error")
        test.expect(lines and domain in lines[0] and len(lines) <= 50, f"{domain}: one screen, under its name", lines)
        test.expect(any(line.startswith(f"Grade {grade} ") for line in lines), f"{domain}: grade {grade}", lines)
        test.expect(any(line.endswith(f"one/{domain}.html") for line in lines), f"{domain}: where the report is", lines)
        invariants.check_html(test, f"{test.program.folder}/one/{domain}.html")
        with open(f"{test.program.folder}/one/{domain}.json", encoding="utf-8") as stream:
            invariants.check_result(test, run, json.load(stream))
    test.equal(sorted(os.listdir(f"{test.program.folder}/one")),
               ["broken.lab.html", "broken.lab.json", "faultless.lab.html", "faultless.lab.json"], "files")


def fail_on(test):
    """--fail-on decides what exit status 1 stands for."""
    for level, domain, status in (("never", "broken.lab", 0), ("fail", "nullmx.lab", 0), ("warn", "nullmx.lab", 0),
                                  ("fail", "nomx.lab", 1)):
        run = test.program.scan("--depth", "quick", "--fail-on", level, domain)
        test.equal(run.status, status, f"--fail-on {level} {domain}: exit status")
    run = test.program.run("scan", "--resolver", NOBODY, *test.program.lists, "--timeout", "6", "--fail-on", "never", "--json", "-", "nomx.lab")
    test.equal(run.status, 3, "--fail-on never, and nothing could be tested: exit status")


def reader_gone(test):
    """Who reads the results goes away: the scan ends at once, and nothing hangs."""
    names = f"@{os.environ['OUTPOST_LAB_LISTS']}/many.lab"
    process = test.program.start("scan", *test.program.lab_options, "--json", "-", "--jobs", "2", names)
    first = process.stdout.readline()
    process.stdout.close()
    try:
        process.wait(PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
    test.equal(json.loads(first)["complete"], True, "the first result, as soon as it is there")
    test.equal(process.wait(), 4, "exit status when the results could not be written")
    test.expect(not invariants.SANITIZER_WORDS.search(process.stderr.read().decode()), "a sanitizer complains")
    process.stderr.close()


def full_disk(test):
    """A report that cannot be written leaves the old one whole, and says so."""
    path = f"{test.program.folder}/kept.html"
    with open(path, "w", encoding="ascii") as stream:
        stream.write("the old report")
    run = test.program.run("scan", *test.program.lab_options, "--json", "/dev/full", "--html", "kept.html",
                           "nullmx.lab")
    test.equal(run.status, 4, "exit status")
    test.expect("/dev/full" in run.stderr, "the message names the file", run.stderr.splitlines())
    invariants.check_html(test, path)


CASES = [target_mail_host, target_address, target_idna, many_targets, shared_host, shared_address, caa_records,
         option_resolve, option_families, option_host, option_port_tls, option_port_tls_unnamed,
         option_port_imap, option_port_mailbox,
         option_port_mailbox_broken, option_depth_quick, option_depth_deep, option_control,
         option_control_ipv6, option_ehlo, option_allow_private, summary, fail_on, resolver_silent,
          resolver_wrong, resolver_iterate, resolver_auto, interrupted, interrupted_enumeration, out_of_time, no_ipv6,
          reader_gone, full_disk, mta_sts.mta_sts, autoconfig.autoconfig, dkim.dkim_keys, dkim.dkim_guesses,
          bimi.bimi, dmarc.dmarc, blacklists.blacklists, zone_file.option_zone, zone_file.option_zone_signed,
          zone_file.option_zone_served, spf.spf]
