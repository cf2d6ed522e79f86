#!/usr/bin/python3 -B
"""Compares what our validator says of every kind of answer with delv, Unbound, and what is right by the RFCs.

    dnssec_test.py --verdict build/dev/tests/lab/lab_dnssec_verdict [PATTERN]

The zones are those of dnssec/*.toml, each with one fault. A question stands with what is right; where another
validator says something else, the table says why that may be. Needs root; exit status 77: skipped.
"""
import argparse
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, HERE)

from outpost_lab import checkup  # noqa: E402

SKIPPED = 77
OTHERS = ("delv", "unbound")

# name below dnssec.lab, type, what is right, {validator: (what it says instead, why that may be)}
QUESTIONS = [
    ("www", "A", "secure", {}),
    ("www.secure", "A", "secure", {}),
    ("secure", "MX", "secure", {}),
    ("secure", "TXT", "secure", {}),                    # no data
    ("absent.secure", "A", "secure", {}),               # no name
    ("x.y.absent.secure", "A", "secure", {}),
    ("_25._tcp.mail.secure", "TLSA", "secure", {}),
    ("_tcp.mail.secure", "TLSA", "secure", {}),         # an empty non-terminal
    ("_25._tcp.www.secure", "TLSA", "secure", {}),
    ("b.c.secure", "A", "secure", {}),
    ("any.wild.secure", "A", "secure", {}),             # from a wildcard
    ("two.labels.wild.secure", "A", "secure", {}),
    ("any.wild.secure", "MX", "secure", {}),            # the wildcard has no such type
    ("exact.wild.secure", "A", "secure", {}),
    ("x.exact.wild.secure", "A", "secure", {}),         # a closer name is there: no wildcard
    ("any.alias.secure", "A", "secure", {}),            # a wildcard that is an alias
    ("here.secure", "A", "secure", {}),
    ("here.secure", "MX", "secure", {}),
    ("there.secure", "A", "secure", {}),
    ("nowhere.secure", "A", "secure", {}),
    ("unsigned.secure", "A", "insecure", {}),
    ("expired.secure", "A", "bogus", {}),
    ("www.old.secure", "A", "secure", {}),              # DNAME
    ("absent.old.secure", "A", "secure", {}),
    ("www.gone.secure", "A", "secure", {}),             # DNAME into another zone
    ("secure", "DS", "secure", {}),
    ("www.secure", "DS", "secure", {}),
    ("secure", "DNSKEY", "secure", {}),
    ("www.nsec3", "A", "secure", {}),
    ("nsec3", "TXT", "secure", {}),
    ("absent.nsec3", "A", "secure", {}),
    ("x.y.absent.nsec3", "A", "secure", {}),
    ("b.c.nsec3", "A", "secure", {}),
    ("any.wild.nsec3", "A", "secure", {}),
    ("any.wild.nsec3", "MX", "secure", {}),
    ("x.exact.wild.nsec3", "A", "secure", {}),
    ("any.alias.nsec3", "A", "secure", {}),
    ("back.nsec3", "A", "secure", {}),
    ("www.nsec3", "DS", "secure", {}),
    ("www.expired", "A", "bogus", {}),
    ("absent.expired", "A", "bogus", {}),
    ("www.future", "A", "bogus", {}),
    ("www.wrong-ds", "A", "bogus", {}),
    ("www.sha1-ds", "A", "secure", {}),
    ("www.unsupported", "A", "insecure", {}),
    ("absent.unsupported", "A", "insecure", {}),
    ("www.unsigned", "A", "insecure", {}),
    ("absent.unsigned", "A", "insecure", {}),
    ("unsigned", "DS", "secure", {}),                   # that there is none is proven
    ("secure.unsigned", "A", "insecure", {}),           # an alias that nobody signed
    ("www.no-ds", "A", "insecure", {}),
    ("www.stale-ds", "A", "bogus", {}),
    ("stale-ds", "MX", "bogus", {}),
    ("www.changed", "A", "bogus", {}),
    ("mail.changed", "A", "secure", {}),
    ("www.no-signature", "A", "bogus", {}),
    ("mail.no-signature", "A", "secure", {}),
    ("www.no-nsec", "A", "secure", {}),
    ("www.no-nsec", "MX", "bogus", {}),
    ("absent.no-nsec", "A", "bogus", {}),
    ("www.child.no-nsec", "A", "bogus", {}),
    ("www.no-key", "A", "bogus", {}),
    ("www.iterations", "A", "secure", {}),
    ("absent.iterations", "A", "insecure", {}),
    ("www.iterations", "MX", "insecure", {}),
    ("www.opt-out", "A", "secure", {}),
    ("www.opt-out", "MX", "secure", {}),
    ("absent.opt-out", "A", "insecure", {"delv": ("secure", "RFC 5155 9.2: no AD bit, the name may be delegated")}),
    ("www.unsigned.opt-out", "A", "insecure", {}),
    ("unsigned.opt-out", "DS", "insecure", {"delv": ("secure", "RFC 5155 9.2, the same")}),
    ("www.signed.opt-out", "A", "secure", {}),
    ("www.rsasha1", "A", "secure", {}),
    ("www.rsasha1-nsec3-sha1", "A", "secure", {}),
    ("absent.rsasha1-nsec3-sha1", "A", "secure", {}),
    ("www.rsasha256", "A", "secure", {}),
    ("www.rsasha512", "A", "secure", {}),
    ("www.ecdsap384sha384", "A", "secure", {}),
    ("www.ed25519", "A", "secure", {}),
    ("www.ed448", "A", "secure", {}),
]


def ours(verdict, questions, *time):
    """[(verdict, reason)]"""
    text = "".join(f"{name} {kind}\n" for name, kind in questions)
    done = subprocess.run([verdict, os.environ["OUTPOST_LAB_RESOLVER"], os.environ["OUTPOST_LAB_TRUST_ANCHOR"], *time],
                          input=text, stdout=subprocess.PIPE, text=True, timeout=200, check=False)
    lines = [tuple(line.split("\t", 1)) for line in done.stdout.splitlines()]
    return lines if done.returncode == 0 else [(f"exit status {done.returncode}", "")] * len(questions)


def unbound(name, kind):
    done = subprocess.run(["drill", "-D", f"@{os.environ['OUTPOST_LAB_RESOLVER']}", kind, name], text=True,
                          stdout=subprocess.PIPE, check=False)
    flags = done.stdout.split(";; flags:", 1)[-1].split(";", 1)[0].split()
    if "SERVFAIL" in done.stdout:
        return "bogus"
    return "secure" if "ad" in flags else "insecure"


def write_anchor(folder):
    """The trust anchor in the form of delv."""
    with open(os.environ["OUTPOST_LAB_TRUST_ANCHOR"], encoding="ascii") as stream:
        words = stream.read().split()
    tag, algorithm, digest_type = words[words.index("DS") + 1:words.index("DS") + 4]
    digest = "".join(words[words.index("DS") + 4:])
    path = f"{folder}/delv.anchor"
    with open(path, "w", encoding="ascii") as stream:
        stream.write(f'trust-anchors {{ . static-ds {tag} {algorithm} {digest_type} "{digest}"; }};\n')
    return path


def delv(name, kind, anchor, environment=None):
    done = subprocess.run(["delv", "-a", anchor, f"@{os.environ['OUTPOST_LAB_RESOLVER']}", name, kind],
                          text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=60,
                          env=environment)
    last = [line for line in done.stdout.splitlines() if line.startswith(";")]
    text = " ".join(last)
    if "resolution failed" in text and "ncache" not in text:
        return "bogus"
    if "unsigned answer" in text or "negative response, unsigned" in text:
        return "insecure"
    if "fully validated" in text:
        return "secure"
    return f"? {text}"


def inside(verdict, pattern):
    import tempfile
    questions = [(f"{name}.dnssec.lab", kind, right, differ) for name, kind, right, differ in QUESTIONS
                 if pattern in f"{name} {kind}"]
    found = ours(verdict, [(name, kind) for name, kind, _, _ in questions])
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        anchor = write_anchor(folder)
        print(f"{'question':44} {'right':9} {'ours':14} {'delv':9} {'Unbound':9}")
        for (name, kind, right, differ), (security, reason) in zip(questions, found):
            said = {"delv": delv(name, kind, anchor), "unbound": unbound(name, kind)}
            marks = []
            if security != right:
                marks.append("WRONG")
            for other in OTHERS:
                wanted, why = differ.get(other, (right, ""))
                if said[other] != wanted:
                    marks.append(f"WRONG {other}")
                elif why:
                    marks.append(f"{other}: {why}")
            wrong += any(mark.startswith("WRONG") for mark in marks)
            print(f"{kind + ' ' + name:44} {right:9} {security:14} {said['delv']:9} {said['unbound']:9} "
                  f"{'; '.join(marks)}")
            if reason and (security != "secure" or "WRONG" in marks):
                print(f"    {reason}")
    print(f"{len(questions)} questions, {wrong} wrong")
    return 1 if wrong or len(found) != len(questions) else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--verdict", required=True)
    parser.add_argument("--inside", action="store_true")
    parser.add_argument("pattern", nargs="?", default="")
    options = parser.parse_args()
    verdict = os.path.abspath(options.verdict)
    if options.inside:
        return inside(verdict, options.pattern)
    if os.geteuid() != 0:
        print("skipped: the lab needs root")
        return SKIPPED
    status = subprocess.run([f"{HERE}/lab", "run", "--dnssec", "--", sys.executable, "-B", os.path.realpath(__file__),
                             "--verdict", verdict, "--inside", options.pattern], check=False).returncode
    return SKIPPED if status == 125 else status


if __name__ == "__main__":
    sys.exit(main())
