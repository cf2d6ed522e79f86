"""--zone: a domain that the DNS of the lab does not know, from its zone file; its mail host is a real one."""
import os
import subprocess

from scanning import invariants

DOMAIN = "launch.lab"
SENTENCE = f"Names of {DOMAIN} were answered from {{}}, not from the DNS."
PLACES = {("11.10.1.25", 25), ("2a11:11:1001::25", 25)}

# The TLSA records of the host are published under its other name: an alias leads out of the file.
ZONE = f"""
$ORIGIN {DOMAIN}.
$TTL 300
@           SOA    ns1.lab-dns.post. hostmaster 1 7200 3600 1209600 300
@           NS     ns1.lab-dns.post.
@           NS     ns2.lab-dns.post.
@           MX     10 mx
@           CAA    0 issue "ca.lab"
mx          A      11.10.1.25
mx          AAAA   2a11:11:1001::25
_25._tcp.mx CNAME  _25._tcp.mx.faultless.lab.
_smtp._tls  TXT    "v=TLSRPTv1; rua=mailto:tlsrpt@{DOMAIN}"
"""

# What only its name servers could show, and they do not have it yet.
OF_NAME_SERVERS = ("dns.ns", "dns.soa", "dns.mx.consistent", "dns.large_answers")


def outcomes(result, check):
    return {finding["outcome"] for finding in result["findings"] if finding["check"] == check}


def said(result, check):
    return "\n".join(text for finding in result["findings"] if finding["check"] == check
                     for text in [finding["title"], *finding["evidence"], *finding["fix"]])


def write_zone(test, name, text):
    with open(f"{test.program.folder}/{name}", "w", encoding="ascii") as stream:
        stream.write(text)


def sign_zone(test, plain, signed):
    """Both keys and the signatures are ldns's."""
    folder = test.program.folder
    keys = [subprocess.run(["ldns-keygen", "-r", "/dev/urandom", "-a", "ECDSAP256SHA256", *option, f"{DOMAIN}."],
                           cwd=folder, check=True, capture_output=True, text=True).stdout.strip()
            for option in (["-k"], [])]
    subprocess.run(["ldns-signzone", "-n", "-o", f"{DOMAIN}.", "-f", signed, plain, *keys], cwd=folder, check=True,
                   capture_output=True)
    with open(f"{folder}/{keys[0]}.ds", encoding="ascii") as stream:
        return stream.read().split()[-1].lower()


def scan(test, file, *options):
    run = test.program.scan("--depth", "quick", "--port", "25", "--html", "launch.html", "--zone", file, *options, DOMAIN)
    result = invariants.check(test, run)
    with open(f"{test.program.folder}/launch.html", encoding="utf-8") as stream:
        test.expect(SENTENCE.format(file) in stream.read(), "the page says at its top where the names are from")
    test.equal(result["settings"]["overrides"], [f"--zone {file}"], "overrides")
    test.equal({(endpoint["address"], endpoint["port"]) for endpoint in result["facts"]["endpoints"]}, PLACES,
               "endpoints")
    test.equal({endpoint["state"] for endpoint in result["facts"]["endpoints"]}, {"open"}, "states")
    test.equal(result["facts"]["dns"]["mx"]["server"], file, "who said where the mail goes")
    for check in OF_NAME_SERVERS:
        test.equal(outcomes(result, check), {"not_tested"}, check)
        test.expect("answered from a file" in said(result, check), f"{check} says why", said(result, check).splitlines())
    for check in ("dns.mx", "dns.wildcard", "tls_rpt.record", "caa.record"):
        expected = outcomes(result, check)
        test.expect(expected and "fail" not in expected and "not_tested" not in expected, check, [str(expected)])
    return run, result


def option_zone(test):
    """Not signed: as it will be on the day it is published, without a DS record above."""
    write_zone(test, "launch.zone", ZONE)
    hints = os.environ["OUTPOST_LAB_ROOT_HINTS"]
    for options in ((), ("--resolver", "iterate", "--root-hints", hints), ("--resolver", "auto")):
        run, result = scan(test, "launch.zone", *options)
        test.equal(outcomes(result, "dnssec.domain"), {"warn"}, "DNSSEC of the domain")
        test.expect("launch.zone is not signed, and zone lab has no DS record" in said(result, "dnssec.domain"),
                    "why it is not secure", said(result, "dnssec.domain").splitlines())
    summary = test.program.run("scan", *test.program.lab_options, "--depth", "quick", "--port", "25", "--zone",
                               "launch.zone", "--resolve", f"mx.{DOMAIN}=11.10.2.25", "--output", "launch", DOMAIN)
    words = " ".join(summary.stdout.decode().split())
    test.expect(SENTENCE.format("launch.zone") in words, "the summary says it", words.splitlines())
    test.expect(f"mx.{DOMAIN} was looked for at 11.10.2.25, as --resolve says" in words,
                "--resolve has the last word", words.splitlines())
    test.equal(sorted(os.listdir(f"{test.program.folder}/launch")), [f"{DOMAIN}.html", f"{DOMAIN}.json"], "files")


def option_zone_signed(test):
    """Signed: validated by its own keys, and the DS record that is missing above is told."""
    write_zone(test, "plain.zone", ZONE)
    digest = sign_zone(test, "plain.zone", "signed.zone")
    run, result = scan(test, "signed.zone")
    mx = result["facts"]["dns"]["mx"]
    test.equal(mx["security"], "secure", "MX")
    test.expect("by the keys in signed.zone alone" in mx["security_reason"], "by whose word", [str(mx)])
    test.equal(outcomes(result, "dnssec.domain"), {"warn"}, "DNSSEC of the domain")
    test.expect(digest in said(result, "dnssec.domain").lower(), "the DS record to enter",
                said(result, "dnssec.domain").splitlines())
    for check in ("dnssec.mx", "dane.secure"):
        test.equal(outcomes(result, check), {"info"}, f"{check}: not vouched for by the zone above")
    test.equal(outcomes(result, "dane.match"), {"pass"}, "TLSA records, by an alias that leads out of the file")
    write_zone(test, "published.zone", "\n".join(line for line in ZONE.replace(DOMAIN, "faultless.lab").splitlines()
                                                    if "CNAME" not in line) + "\n")
    run = test.program.scan("--depth", "quick", "--port", "25", "--zone", "published.zone", "faultless.lab")
    result = invariants.check(test, run)
    test.equal(outcomes(result, "dnssec.domain"), {"fail"}, "an unsigned file where the zone above has a DS record")
    test.expect("vanish for resolvers that validate" in said(result, "dnssec.domain"), "what would happen",
                said(result, "dnssec.domain").splitlines())


def option_zone_served(test):
    """The file that the name servers of a signed domain serve says what they say: the chain holds, the policy is fetched."""
    file = f"{os.environ['OUTPOST_LAB_STATE']}/zones/served/ns1/faultless.lab"
    arguments = ("--depth", "quick", "faultless.lab")
    asked = test.program.scan(*arguments).result
    run = test.program.scan("--zone", file, *arguments)
    result = invariants.check(test, run)
    wanted = {finding["id"]: finding["outcome"] for finding in asked["findings"]
              if finding["check"] not in OF_NAME_SERVERS}
    found = {finding["id"]: finding["outcome"] for finding in result["findings"]
             if finding["check"] not in OF_NAME_SERVERS}
    test.expect(found == wanted, "findings differ from those of the DNS",
                [f"{id}: {found.get(id)}, by the DNS {wanted.get(id)}" for id in sorted(set(found) | set(wanted))
                 if found.get(id) != wanted.get(id)])
    for question in (result["facts"]["dns"]["mx"], result["facts"]["mta_sts"]["a"],
                     result["facts"]["dane"][0]["questions"][0]):
        test.equal((question["server"], question["security"], question["security_reason"]), (file, "secure", None),
                   f"{question['name']} {question['type']}")
    test.equal(outcomes(result, "mta_sts.policy"), {"pass"}, "the policy, from the address in the file")
