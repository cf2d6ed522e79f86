#!/usr/bin/python3 -B
"""The program from outside: mistakes on the command line, bad input, bad luck with files, signals, terminals.

    cli.py PROGRAM [NAME...]        NAME picks cases

Needs no network: targets are addresses of this machine, names are asked of a port where nobody listens.
Waits are for things that happen, never for time to pass; the watchdog only ends a program that hangs.
"""
import fcntl
import json
import os
import pty
import re
import resource
import select
import signal
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import termios

WATCHDOG_SECONDS = 120
FINE, FINDINGS, USAGE, NOT_TESTED, FAULT = range(5)
# No packet leaves: nothing listens on the resolver's port, and our own name is given.
HERE = ["--resolver", "127.0.0.1:1", "--ehlo", "cli.example"]
SANITIZER_EXIT = 99
ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM")} | {
    "TERM": "xterm",
    "ASAN_OPTIONS": f"detect_stack_use_after_return=1:exitcode={SANITIZER_EXIT}",
    "UBSAN_OPTIONS": f"print_stacktrace=1:exitcode={SANITIZER_EXIT}"}

# Said once by AddressSanitizer at the first switch of stacks, whatever follows.
NOISE = re.compile(rb"==\d+==WARNING: ASan doesn't fully support makecontext/swapcontext[^\n]*\n")

wrong = []
program = None
case = ""


def expect(condition, text, *details):
    if not condition:
        wrong.append(case)
        print(f"WRONG  {case}: {text}")
        for line in details:
            print(f"         {line!r}"[:600])


def equal(found, wanted, text):
    expect(found == wanted, f"{text}: {found!r}, and it should be {wanted!r}")


def start(*arguments, **options):
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE,
               "env": ENVIRONMENT} | options
    return subprocess.Popen([program, *arguments], **options)


def finish(process):
    try:
        stdout, stderr = process.communicate(timeout=WATCHDOG_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        expect(False, f"{process.args[1:]} hangs")
        stdout, stderr = process.communicate()
    return stdout or b"", NOISE.sub(b"", stderr or b"")


def run(*arguments, **options):
    process = start(*arguments, **options)
    stdout, stderr = finish(process)
    process.output = stdout.decode("utf-8", "backslashreplace")
    process.errors = stderr.decode("utf-8", "backslashreplace")
    expect(process.returncode != SANITIZER_EXIT and "Sanitizer" not in process.errors and
           "runtime error" not in process.errors, f"{arguments}: a sanitizer complains", *process.errors.splitlines())
    return process


def expect_run(arguments, status, said="", **options):
    """Runs, and wants this exit status and a message on standard error with each of the lines of `said`."""
    done = run(*arguments, **options)
    expect(done.returncode == status, f"{arguments}: exit status {done.returncode}, and it should be {status}",
           done.errors)
    for line in said.splitlines():
        expect(line in done.errors, f"{arguments}: standard error does not say \"{line}\"", done.errors)
    if said:
        expect(all(line.startswith("outpost: ") for line in done.errors.splitlines()), f"{arguments}: form of messages",
               done.errors)
    return done


class Silent:
    """A server that accepts and says nothing."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.connection = None

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        if self.connection:
            self.connection.close()
        self.socket.close()

    def options(self):
        return [*HERE, "--allow-private", "--port", f"{self.port}:smtp"]

    def wait(self):
        """Until the program has connected."""
        self.socket.settimeout(WATCHDOG_SECONDS)
        self.connection, _ = self.socket.accept()


def write(name, content):
    with open(name, "wb") as stream:
        stream.write(content if isinstance(content, bytes) else content.encode())


def read(name):
    with open(name, "rb") as stream:
        return stream.read()


# ---- the command line ----

def mistakes():
    for arguments, said in (
            (["skan", "a.example"], "there is no command skan: did you mean scan?"),
            (["example.org"], "there is no command example.org: did you mean outpost scan example.org?"),
            (["--nonsense"], "there is no option --nonsense"),
            (["help", "nonsense"], "there is no command nonsense"),
            (["scan"], "which domain? As: outpost scan example.org\nsee outpost scan --help"),
            (["scan", "--jbos", "3", "a.example"], "unknown option --jbos: did you mean --jobs?"),
            (["scan", "--nonsense=1", "a.example"], "unknown option --nonsense"),
            (["scan", "-x", "a.example"], "unknown option -x"),
            (["scan", "--h", "a.example"], "--h is the beginning of several options"),
            (["scan", "--timeout"], "--timeout needs a value: --timeout SECONDS"),
            (["scan", "--quiet=yes", "a.example"], "--quiet takes no value"),
            (["scan", "--timeout", "0", "a.example"], "--timeout: it takes a whole number from 1 to 86400"),
            (["scan", "--timeout", "ten", "a.example"], "--timeout: it takes a whole number"),
            (["scan", "--jobs", "-1", "a.example"], "--jobs: it takes a whole number from 1 to 2000"),
            (["scan", "--depth", "bottom", "a.example"], "--depth bottom: it is one of quick, standard, deep"),
            (["scan", "--pace", "furious", "a.example"], "--pace furious: it is one of gentle, normal, fast"),
            (["scan", "--fail-on", "info", "a.example"], "--fail-on info: it is one of fail, warn, never"),
            (["scan", "--port", "443", "a.example"], "--port: \"443\" has no service of its own"),
            (["scan", "--port", "25:smtp", "--port", "25:imap", "a.example"], "--port: one port cannot have two services"),
            (["scan", "--resolve", "mail", "a.example"], "--resolve: \"mail\" is not HOST=ADDRESS"),
            (["scan", "--selector", "mail.", "a.example"], "--selector: \"mail.\" is no selector"),
            (["scan", "--dkim-key", "mail.txt", "a.example"], "--dkim-key: \"mail.txt\" is not SELECTOR=FILE"),
            (["scan", "--dkim-key", "mail=/nonexistent/key", "a.example"], "\"/nonexistent/key\" cannot be used: No such"),
            (["scan", "--dkim-key", "mail=/proc/version", "a.example"], "it is neither a key in PEM nor a DKIM record"),
            (["scan", "--dkim-key", "mail=/", "a.example"], "\"/\" cannot be used: Is a directory"),
            (["scan", "--zone", "/nonexistent/a.zone", "a.example"], "/nonexistent/a.zone cannot be read: No such file"),
            (["scan", "--zone", "/dev/null", "a.example"], "/dev/null: no SOA record: it is not the file of a zone"),
            (["scan", "--zone", "/etc/passwd", "a.example"], "/etc/passwd, line 1: "),
            (["scan", "--zone", "/", "a.example"], "/ cannot be read: Is a directory"),
            (["scan", "--host", "192.0.2.1", "a.example"], "--host: it takes a name"),
            (["scan", "--host", "a_b", "a.example"], "--host: \"a_b\" has an underscore"),
            (["scan", "--control", "", "a.example"], "--control: \"\" is empty"),
            (["scan", "--ehlo", "a\r\nMAIL FROM:<>", "a.example"], "--ehlo: \"a\\x0d\\x0aMAIL FROM:<>\" is neither"),
            (["scan", "--source", "mail.example", "a.example"], "--source: it takes an IPv4 or IPv6 address"),
            (["scan", "--source", "192.0.2.1", "--source", "192.0.2.2", "a.example"], "given twice for the same family"),
            (["scan", "-4", "-6", "a.example"], "-4 and -6: together they leave nothing"),
            (["scan", "-4", "--source", "::1", "a.example"], "--source: its family is left out by -4 or -6"),
            (["scan", "--resolver", "nonsense", "a.example"], "nonsense"),
            (["scan", "--ca-file", "/nonexistent/ca.pem", "a.example"], "/nonexistent/ca.pem"),
            (["scan", "--blocklists", "/nonexistent/lists", "a.example"],
             "--blocklists: /nonexistent/lists: No such file or directory"),
            (["scan", "--blocklists", "/dev/null", "a.example"], "--blocklists: /dev/null: line 1: '[' or '{' expected"),
            (["scan", "--policy", "/nonexistent/policy", "a.example"], "/nonexistent/policy"),
            (["scan", "--html", "-", "--json", "-", "a.example"], "only one of them can have standard output"),
            (["scan", "--html", "a.html", "a.example", "b.example"], "--html takes the report of one target"),
            (["scan", "https://a.example/"], "did you mean a.example?"),
            (["scan", "postmaster@a.example"], "did you mean a.example?"),
            (["scan", "a.example:25"], "a port is given with --port"),
            (["scan", "localhost"], "say host:localhost"),
            (["scan", "\x1b[2J.example"], "\"\\x1b[2J.example\" is neither a name nor an address"),
            (["scan", "192.0.2.256"], "is not a complete address"),
            (["scan", "mail.example", "host:mail.example"], "both as a domain and as a mail host"),
            (["report"], "which scan?"),
            (["report", "a", "b"], "it takes one file"),
            (["explain", "cert.nmae"], "there is no check cert.nmae: did you mean cert.name?"),
            (["explain", "tls.foo"], "there is no check tls.foo: `outpost explain tls` lists those that begin so"),
            (["explain", "tls.suites.exprt"], "did you mean tls.suites.export?"),
            (["explain", "crt.name"], "did you mean cert.name?"),
            (["explain", "."], "there is no check .: `outpost checks` lists them"),
            (["checks", "cert.name"], "`outpost explain cert.name`"),
            (["demo", "a.example"], "it scans the domains of the lab")):
        done = expect_run(arguments, USAGE, said)
        equal(done.output, "", f"{arguments}: standard output")
    equal(os.listdir("."), [], "files written")


def help_texts():
    bare = expect_run([], FINE)
    for arguments in (["help"], ["--help"], ["-h"]):
        equal(expect_run(arguments, FINE).output, bare.output, f"{arguments}")
    for command in ("scan", "report", "explain", "checks", "demo"):
        expect(command in bare.output, f"the help names {command}")
        text = expect_run(["help", command], FINE).output
        expect(text.startswith(f"Usage: outpost {command} "), f"help {command}", text)
        equal(expect_run([command, "--help"], FINE).output, text, f"{command} --help")
        expect(all(len(line) <= 79 for line in text.splitlines()), f"help {command}: wide lines")
    expect(re.fullmatch(r"outpost \d+\.\d+\.\d+\n", expect_run(["--version"], FINE).output), "--version")


def catalogue():
    lines = expect_run(["checks"], FINE).output.splitlines()
    checks = json.loads(expect_run(["checks", "--json"], FINE).output)
    equal([line.split()[0] for line in lines], [check["id"] for check in checks], "ids in both forms")
    expect(len(checks) > 20, "there are checks")
    equal(expect_run(["explain"], FINE).output.splitlines(), lines, "explain alone lists them")
    for check in checks:
        text = expect_run(["explain", check["id"]], FINE).output
        for part in ("id", "severity", "reference"):
            expect(check[part] in text, f"explain {check['id']} has its {part}", text)
        expect(all(check[part] for part in check), f"{check['id']}: a text is empty")
        expect("It informs" not in check["explanation"] or "when it fails" not in text, f"{check['id']} never fails", text)
    for group in ("tls", "tls.", "tls.suites"):
        equal([line.split()[0] for line in expect_run(["explain", group], FINE).output.splitlines()],
              [check["id"] for check in checks if check["id"].startswith(group.rstrip(".") + ".")], f"explain {group}")


# ---- files of targets ----

def target_files():
    write("nonsense", "a.example\nnon sense\n*\nhost:\n")
    expect_run(["scan", "@nonsense"], USAGE, "nonsense:2: more than one word\nnonsense:3: \"*\" is a wildcard\n"
               "nonsense:4: \"\" is empty\nnonsense: nothing was scanned, because some lines are no targets")
    write("binary", bytes(range(256)) * 8)
    expect_run(["scan", "@binary"], USAGE, "is this a text file?")
    write("empty", "# nobody\n\n")
    expect_run(["scan", "@empty"], USAGE, "there is no target in it")
    expect_run(["scan", "@missing"], USAGE, "cannot read missing: No such file or directory")
    expect_run(["scan", "@."], USAGE, "cannot read .: Is a directory")
    equal(sorted(os.listdir(".")), ["binary", "empty", "nonsense"], "files written")
    write("good", "127.0.0.1  # here\r\n\r\n::1\r\n127.0.0.1\r\n")
    done = expect_run(["scan", *HERE, "--json", "-", "@good"], NOT_TESTED)
    equal(sorted(json.loads(line)["target"] for line in done.output.splitlines()), ["127.0.0.1", "::1"], "targets")
    with open("good", "rb") as stream:
        done = expect_run(["scan", *HERE, "--json", "-", "@-"], NOT_TESTED, stdin=stream)
    equal(len(done.output.splitlines()), 2, "targets from standard input")


# ---- what is written ----

def default_files():
    done = expect_run(["scan", *HERE, "::1"], NOT_TESTED, "::1 could not be tested: ::1: loopback address "
                      "(contacted only with --allow-private)")
    equal(sorted(os.listdir(".")), ["__1.html", "__1.json"], "files")
    expect("__1.html" in done.output, "the summary names the report", done.output)
    expect("\x1b" not in done.output, "no colours in a pipe")
    equal(json.loads(read("__1.json"))["target"], "::1", "target")
    done = expect_run(["scan", *HERE, "--output", "new", "--quiet", "127.0.0.1", "::1"], NOT_TESTED)
    equal(done.output, "", "--quiet: standard output")
    equal(sorted(os.listdir("new")), ["127.0.0.1.html", "127.0.0.1.json", "__1.html", "__1.json"], "--output")
    done = expect_run(["scan", *HERE, "--html", "-", "127.0.0.1"], NOT_TESTED)
    expect(done.output.lstrip().startswith("<") and done.output.rstrip().endswith("</html>"), "--html -: one page")
    equal(sorted(os.listdir(".")), ["__1.html", "__1.json", "new"], "--html - writes no files")
    expect_run(["scan", *HERE, "--json", "many.json", "127.0.0.1", "::1"], NOT_TESTED)
    equal(len(read("many.json").splitlines()), 2, "--json FILE of many targets: lines")


def folder_that_cannot_be():
    write("file", "")
    expect_run(["scan", *HERE, "--output", "file", "127.0.0.1"], USAGE, "cannot write reports into file: Not a directory")
    expect_run(["scan", *HERE, "--output", "a/b", "127.0.0.1"], USAGE,
               "cannot write reports into a/b: No such file or directory")
    for arguments, said in (
            (["--json", "missing/x.json", "127.0.0.1"], "cannot write missing/x.json: No such file or directory"),
            (["--json", "missing/x.json", "127.0.0.1", "::1"], "cannot write missing/x.json: No such file or directory"),
            (["--html", ".", "127.0.0.1"], "cannot write .: Is a directory"),
            (["--html", "file/x.html", "127.0.0.1"], "cannot write file/x.html: Not a directory")):
        done = expect_run(["scan", *HERE, *arguments], USAGE, said)
        expect("could not be tested" not in done.errors, f"{arguments}: nothing is scanned first", done.errors)
    equal(os.listdir("."), ["file"], "files written")


def pipes():
    """A named pipe gets what is written, once, and is not replaced."""
    os.mkfifo("pipe")
    process = start("scan", *HERE, "--json", "pipe", "127.0.0.1")
    with open("pipe", "rb") as stream:
        text = stream.read()
    finish(process)
    equal(process.returncode, NOT_TESTED, "exit status")
    expect(text and json.loads(text)["target"] == "127.0.0.1", "the result", text[:100])
    equal(os.listdir("."), ["pipe"], "files")
    expect(stat.S_ISFIFO(os.stat("pipe").st_mode), "it is a pipe still")


def small_files_only():
    resource.setrlimit(resource.RLIMIT_FSIZE, (2048, resource.RLIM_INFINITY))


def full_disk():
    """A report that does not fit: the old one stays whole, nothing half remains, the message names the file."""
    write("127.0.0.1.html", "the old page")
    write("127.0.0.1.json", "the old result")
    os.chmod("127.0.0.1.html", 0o604)
    expect_run(["scan", *HERE, "127.0.0.1"], FAULT, "cannot write 127.0.0.1.html: File too large\n"
               "cannot write 127.0.0.1.json: File too large", preexec_fn=small_files_only)
    equal(read("127.0.0.1.html"), b"the old page", "the old page")
    equal(read("127.0.0.1.json"), b"the old result", "the old result")
    expect_run(["scan", *HERE, "--json", "127.0.0.1.json", "127.0.0.1", "::1"], FAULT,
               "cannot write 127.0.0.1.json: File too large", preexec_fn=small_files_only)
    equal(read("127.0.0.1.json"), b"the old result", "the old result, many targets")
    equal(sorted(os.listdir(".")), ["127.0.0.1.html", "127.0.0.1.json"], "files left")
    expect_run(["scan", *HERE, "--json", "/dev/full", "--html", "127.0.0.1.html", "127.0.0.1"], FAULT,
               "cannot write /dev/full: No space left on device")
    expect(read("127.0.0.1.html").endswith(b"</html>\n"), "what can be written is")
    equal(stat.S_IMODE(os.stat("127.0.0.1.html").st_mode), 0o604, "the mode of the old page")
    with open("/dev/full", "wb") as stream:
        for arguments, status in ((["checks"], FAULT), (["scan", *HERE, "127.0.0.1"], FAULT),
                                  (["scan", *HERE, "--json", "-", "127.0.0.1"], FAULT), (["--help"], FAULT)):
            expect_run(arguments, status, "cannot write standard output: No space left on device", stdout=stream)


def reader_gone():
    """Nobody reads standard output: the end is quiet."""
    for arguments in (["checks"], ["--version"], ["scan", *HERE, "127.0.0.1", "--json", "-"],
                      ["scan", *HERE, "--json", "-", "127.0.0.1", "127.0.0.2", "127.0.0.3"]):
        reading, writing = os.pipe()
        os.close(reading)
        done = run(*arguments, stdout=writing)
        os.close(writing)
        equal(done.returncode, FAULT, f"{arguments}: exit status")
        equal(done.errors, "", f"{arguments}: standard error")


def closed_files():
    """Standard files that are closed at the start do not become something else."""
    def close_all():
        for number in (0, 1, 2):
            os.close(number)
    done = subprocess.run([program, "scan", *HERE, "127.0.0.1"], preexec_fn=close_all, env=ENVIRONMENT, check=False,
                          timeout=WATCHDOG_SECONDS)
    equal(done.returncode, NOT_TESTED, "exit status")
    equal(sorted(os.listdir(".")), ["127.0.0.1.html", "127.0.0.1.json"], "files")
    expect(read("127.0.0.1.json").startswith(b"{"), "the result has nothing else in it")


# ---- stored scans ----

def stored():
    expect_run(["scan", *HERE, "--output", "one", "127.0.0.1"], NOT_TESTED)
    expect_run(["report", "--output", "two", "one/127.0.0.1.json"], NOT_TESTED)
    for name in ("127.0.0.1.html", "127.0.0.1.json"):
        equal(read(f"two/{name}"), read(f"one/{name}"), f"{name} judged again is the same")
    done = expect_run(["report", "one/127.0.0.1.json"], NOT_TESTED)
    expect("127.0.0.1" in done.output, "a summary", done.output)
    with open("one/127.0.0.1.json", "rb") as stream:
        equal(expect_run(["report", "--json", "-", "-"], NOT_TESTED, stdin=stream).output,
              read("one/127.0.0.1.json").decode(), "from standard input")
    expect_run(["scan", *HERE, "--json", "many.json", "127.0.0.1", "127.0.0.2"], NOT_TESTED)
    equal(expect_run(["report", "--json", "-", "many.json"], NOT_TESTED).output, read("many.json").decode(),
          "many results, one a line")
    expect_run(["report", "missing.json"], USAGE, "cannot read missing.json: No such file or directory")
    expect_run(["report", "."], USAGE, "cannot read .: Is a directory")
    for content in ("", "nonsense", "[]", "{}", "{\"schema\": 1}", "{\"schema\": 99}", "{\"schema\": 1, \"facts\": 7}",
                    "[" * 100000, "{\"a\":" * 100000, b"\xff\xfe\x00", "{\"schema\":1}\n{\"schema\":1}\n"):
        write("bad.json", content)
        expect_run(["report", "--output", "three", "bad.json"], USAGE, "bad.json")


def stored_by_somebody_else():
    """A stored scan may be anybody's: its target does not choose where we write, nor what a terminal does."""
    expect_run(["scan", *HERE, "--output", "one", "127.0.0.1"], NOT_TESTED)
    scan = json.loads(read("one/127.0.0.1.json"))
    scan["target"] = "../../escape\x1b[2J"
    scan["target_display"] = "\x1b]0;title\x07\u202egro"
    write("evil.json", json.dumps(scan))
    os.mkdir("deep")
    os.mkdir("deep/folder")
    done = expect_run(["report", "--output", "deep/folder", "evil.json"], NOT_TESTED)
    equal(sorted(os.listdir("deep/folder")), ["_._.._escape_x1b_2J.html", "_._.._escape_x1b_2J.json"], "files")
    equal(sorted(os.listdir(".")), ["deep", "evil.json", "one"], "nothing outside of the folder")
    for text in (done.output, done.errors, read("deep/folder/_._.._escape_x1b_2J.html").decode()):
        expect(not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e]", text), "control characters", text[:300])


# ---- signals ----

def expect_partial(process, said):
    stdout, stderr = finish(process)
    errors = stderr.decode()
    equal(process.returncode, NOT_TESTED, "exit status")
    expect(said in errors, f"standard error does not say \"{said}\"", errors)
    try:
        result = json.loads(stdout)
    except ValueError:
        expect(False, "the result is not JSON", stdout)
        return
    equal(result["complete"], False, "complete")
    equal(result["incomplete_reason"], "stopped by a signal", "reason")


def interrupted():
    for number in (signal.SIGINT, signal.SIGTERM):
        with Silent() as server:
            process = start("scan", *server.options(), "--json", "-", "127.0.0.1")
            server.wait()
            process.send_signal(number)
            expect_partial(process, "interrupted")


def interrupted_early():
    """Targets that were not begun are counted."""
    with Silent() as server:
        process = start("scan", *server.options(), "--jobs", "1", "--output", "out", "127.0.0.1", "127.0.0.2", "127.0.0.3")
        server.wait()
        process.send_signal(signal.SIGINT)
        _, stderr = finish(process)
    equal(process.returncode, NOT_TESTED, "exit status")
    expect(b"2 of 3 targets were not begun" in stderr, "what is missing is told", stderr)
    equal(sorted(os.listdir("out")), ["127.0.0.1.html", "127.0.0.1.json"], "what was begun is written")


def interrupted_twice():
    """The second signal ends the program at once."""
    with Silent() as server:
        process = start("scan", *server.options(), "127.0.0.1")
        server.wait()
        process.send_signal(signal.SIGINT)
        said = process.stderr.readline()
        while said and b"once more: stop at once" not in said:
            said = process.stderr.readline()
        expect(said, "the first one is answered")
        process.send_signal(signal.SIGINT)
        finish(process)
    # It may have ended by itself in between.
    expect(process.returncode in (-signal.SIGINT, NOT_TESTED), f"exit status {process.returncode}")


def tasks_printed():
    """SIGUSR1 tells what is waited for, and the scan goes on."""
    with Silent() as server:
        process = start("scan", *server.options(), "--json", "-", "127.0.0.1")
        server.wait()
        process.send_signal(signal.SIGUSR1)
        lines = [process.stderr.readline()]
        while b"127.0.0.1" not in lines[-1] and lines[-1]:
            lines.append(process.stderr.readline())
        expect(lines[-1], "a task with the address of the server is listed", *lines)
        process.send_signal(signal.SIGINT)
        expect_partial(process, "")


def few_descriptors():
    """The soft limit is raised to the hard one."""
    def limit():
        resource.setrlimit(resource.RLIMIT_NOFILE, (32, 4096))
    with Silent() as server:
        process = start("scan", *server.options(), "--json", "-", "127.0.0.1", preexec_fn=limit)
        server.wait()
        with open(f"/proc/{process.pid}/limits", encoding="ascii") as stream:
            line = next(line for line in stream if line.startswith("Max open files"))
        equal(line.split()[3:5], ["4096", "4096"], "limits")
        process.send_signal(signal.SIGINT)
        expect_partial(process, "")


# ---- terminals ----

class Terminal:
    """A terminal of `columns` and what was written to it."""

    def __init__(self, columns):
        self.ours, self.theirs = pty.openpty()
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.text = b""

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        os.close(self.ours)
        if self.theirs is not None:
            os.close(self.theirs)

    def read_until(self, wanted):
        """Until `wanted` was written; None: until nobody writes any more."""
        if wanted is None:
            os.close(self.theirs)
            self.theirs = None
        while wanted is None or wanted not in self.text:
            if not select.select([self.ours], [], [], WATCHDOG_SECONDS)[0]:
                expect(False, f"{wanted!r} is not written", self.text)
                return
            try:
                chunk = os.read(self.ours, 4096)
            except OSError:
                return
            if not chunk:
                return
            self.text += chunk


def live_progress():
    for columns in (80, 40, 12):
        with Terminal(columns) as terminal, Silent() as server:
            process = start("scan", *server.options(), "--json", "out.json", "127.0.0.1", stderr=terminal.theirs)
            server.wait()
            terminal.read_until(b"127.0.0.1")
            server.connection.close()
            server.socket.close()
            process.send_signal(signal.SIGINT)
            finish(process)
            terminal.read_until(None)
            drawn = NOISE.sub(b"", terminal.text).decode().split("\r\x1b[K")
            expect(len(drawn) > 2, f"{columns} columns: progress is drawn", terminal.text)
            lines = [text.splitlines()[0] for text in drawn if text.splitlines()]
            expect(all(len(line) < columns for line in lines if not line.startswith("outpost: ")),
                   f"{columns} columns: a progress line is too wide", *lines)
            expect(terminal.text.count(b"\r\x1b[K") > 1 and all(
                not text.splitlines()[1:] or text.startswith("outpost: ") for text in drawn),
                "messages stand on lines of their own", *drawn)
            last = drawn[-1]
            expect(last == "" or last.startswith("outpost: "), "the last progress line is cleared", last)
            equal(process.returncode, NOT_TESTED, "exit status")


def no_progress():
    """Never in a pipe, not with --quiet, not on a terminal that cannot."""
    for arguments, environment in (([], ENVIRONMENT | {"TERM": "dumb"}), (["--quiet"], ENVIRONMENT)):
        with Terminal(80) as terminal, Silent() as server:
            process = start("scan", *server.options(), *arguments, "--json", "out.json", "127.0.0.1",
                            stderr=terminal.theirs, env=environment)
            server.wait()
            process.send_signal(signal.SIGINT)
            finish(process)
            terminal.read_until(None)
            expect(b"\x1b" not in terminal.text, f"{arguments}: escape sequences", terminal.text)
    with Silent() as server:
        process = start("scan", *server.options(), "--json", "out.json", "127.0.0.1")
        server.wait()
        process.send_signal(signal.SIGINT)
        _, stderr = finish(process)
        expect(b"\x1b" not in stderr and b"\r" not in stderr, "escape sequences in a pipe", stderr)


def colors():
    def summary(*arguments, **environment):
        with Terminal(100) as terminal:
            process = start("scan", *HERE, "--html", "out.html", "127.0.0.1", *arguments, stdout=terminal.theirs,
                            env=ENVIRONMENT | environment)
            finish(process)
            terminal.read_until(None)
            return terminal.text
    expect(b"\x1b[" in summary(), "colours on a terminal")
    for text, what in ((summary("--no-color"), "--no-color"), (summary(NO_COLOR="1"), "NO_COLOR"),
                       (summary(TERM="dumb"), "a terminal without")):
        expect(b"\x1b" not in text and b"127.0.0.1" in text, f"{what}: colours", text)
    expect(b"\x1b[" in summary(NO_COLOR=""), "an empty NO_COLOR says nothing")


CASES = [mistakes, help_texts, catalogue, target_files, default_files, folder_that_cannot_be, pipes, full_disk, reader_gone,
         closed_files, stored, stored_by_somebody_else, interrupted, interrupted_early, interrupted_twice, tasks_printed,
         few_descriptors, live_progress, no_progress, colors]


def main():
    global program, case
    program = os.path.realpath(sys.argv[1])
    picked = [function for function in CASES if len(sys.argv) < 3 or function.__name__ in sys.argv[2:]]
    for function in picked:
        case = function.__name__
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            function()
            os.chdir("/")
    print(f"{len(picked)} cases, {len(set(wrong))} wrong")
    return 1 if wrong or not picked else 0


if __name__ == "__main__":
    sys.exit(main())
