"""What a scan must find, written in expected/NAME.txt, and how it differs from what it did find.

    # why, from the lab's files and the RFC
    exit 1
    grade C
    fail cert.name mail.broken.lab 11.10.3.25:{465,587}     # one line for each of the two
    fact facts.endpoints[address=11.10.3.25,port=25].state "open"

Lines with an outcome are the exact set of findings. `@tls` stands for every check of what a port accepts of TLS but
tls.profile; another line about one of them and the same subject counts more:

    pass @tls mx.faultless.lab 11.10.1.25:993
    info tls.alpn mx.faultless.lab 11.10.1.25:993

`include FILE HOST` takes the lines of another file; `@host` in them stands for HOST.

A fact is a path into the JSON result: names, and in brackets a name with a dot in it, the place in an array, or what
the one element that is meant holds. The value is JSON, `absent`, or a bound:

    fact facts.endpoints[address=11.10.1.25,port=993].tls.suites[TLS1.2].order "server"
    fact facts.endpoints[address=11.10.1.25,port=993].connections <= 60
"""
import json
import os
import re

OUTCOMES = ("fail", "warn", "info", "pass", "not_applicable", "not_tested")
MISSING = object()
SETS = {"@tls": "tls.{alpn,beast,ccs,compression,dh,drown,early_data,extended_master_secret,fallback_scsv,freak,groups,"
                "groups.post_quantum,heartbleed,logjam,lucky13,poodle,raccoon,renegotiation,resumption,robot,"
                "signatures,sni,ssl2,ssl3,suites.3des,suites.anonymous,suites.cbc,suites.des,suites.export,"
                "suites.forward_secrecy,suites.null,suites.order,suites.rc4,sweet32,ticketbleed,tls10,tls11,tls12,"
                "tls13,tolerance}"}
STEP = re.compile(r"\.?([^.\[\]]+)|\[([^\]]*)\]")


class Expected:
    """One file of expectations."""

    def __init__(self, path):
        self.findings = []
        self.of_sets = []               # findings that a more exact line may replace
        self.facts = []                 # (path, JSON text)
        self.grade = self.exit = None
        self._read(path)
        exact = {without_outcome(finding) for finding in self.findings}
        self.findings += [finding for finding in self.of_sets if without_outcome(finding) not in exact]
        if self.exit is None or self.grade is None:
            raise ValueError(f"{path}: 'exit' and 'grade' are missing")

    def _read(self, path, host=None):
        with open(path, encoding="utf-8") as stream:
            for number, line in enumerate(stream, 1):
                line = re.sub(r"(^|\s)#.*", "", line).strip()
                if host:
                    line = line.replace("@host", host)
                if line.startswith("include "):
                    _, name, host_included = line.split(" ", 2)
                    self._read(os.path.join(os.path.dirname(path), name), host_included)
                elif line:
                    self._take(f"{path}:{number}", line)

    def _take(self, where, line):
        word, _, rest = line.partition(" ")
        rest = rest.strip()
        if word in OUTCOMES:
            of_set = any(name in line for name in SETS)
            for name, checks in SETS.items():
                line = line.replace(name, checks)
            findings = self.of_sets if of_set else self.findings
            findings += [" ".join(text.split()) for text in expand(line)]
        elif word == "grade":
            self.grade = rest           # "none": too little could be tested
        elif word == "exit":
            self.exit = int(rest)
        elif word == "fact":
            path, _, value = rest.partition(" ")
            self.facts += [(one, value.strip()) for one in expand(path)]
        else:
            raise ValueError(f"{where}: '{word}' is neither an outcome nor exit, grade or fact")

    def differences(self, result, status):
        """Lines that say what is missing (-) and what is there instead (+)."""
        found = sorted(finding_line(finding) for finding in result["findings"])
        lines = _difference(sorted(self.findings), found)
        if (result["grade"] or "none") != self.grade:
            lines += [f"- grade {self.grade}", f"+ grade {result['grade'] or 'none'}"]
        if status != self.exit:
            lines += [f"- exit {self.exit}", f"+ exit {status}"]
        for path, wanted in self.facts:
            value = look_up(result, path)
            text = "absent" if value is MISSING else json.dumps(value, ensure_ascii=False)
            if not _fits(value, text, wanted):
                lines += [f"- fact {path} {wanted}", f"+ fact {path} {text}"]
        return lines


def _fits(value, text, wanted):
    if wanted.startswith("<="):
        return isinstance(value, int) and value <= int(wanted[2:])
    return text == wanted


def without_outcome(line):
    return line.partition(" ")[2]


def finding_line(finding):
    return f"{finding['outcome']} {finding['check']} {finding['subject']['text']}"


def _difference(wanted, found):
    lines = []
    rest = list(found)
    for line in wanted:
        if line in rest:
            rest.remove(line)
        else:
            lines.append(f"- {line}")
    return lines + [f"+ {line}" for line in rest]


def expand(text):
    """As a shell does with braces: 'a{b,c}d' is 'abd' and 'acd'."""
    match = re.search(r"\{([^{}]*)\}", text)
    if not match:
        return [text]
    return [line for choice in match.group(1).split(",")
            for line in expand(text[:match.start()] + choice + text[match.end():])]


def look_up(value, path):
    """The value at a path, or MISSING."""
    position = 0
    while position < len(path):
        match = STEP.match(path, position)
        if not match:
            raise ValueError(f"the path {path} is not understood from '{path[position:]}' on")
        position = match.end()
        value = _member(value, match.group(1)) if match.group(1) is not None else _element(value, match.group(2))
        if value is MISSING:
            return MISSING
    return value


def _member(value, name):
    return value.get(name, MISSING) if isinstance(value, dict) else MISSING


def _element(value, condition):
    if isinstance(value, dict):
        return value.get(condition, MISSING)
    if not isinstance(value, list):
        return MISSING
    if condition.isdigit():
        return value[int(condition)] if int(condition) < len(value) else MISSING
    wanted = dict(part.split("=", 1) for part in condition.split(","))
    found = [item for item in value if all(str(item.get(name)) == text for name, text in wanted.items())]
    if len(found) > 1:
        raise ValueError(f"[{condition}] fits {len(found)} elements")
    return found[0] if found else MISSING
