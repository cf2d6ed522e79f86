"""Runs the built program inside the lab and keeps what it wrote and what was seen of it from outside."""
import json
import os
import re
import subprocess
import sys

from outpost_lab.connections import Connections
from scanning.logs import Logs

WATCHDOG_SECONDS = 240                  # far more than any scan here takes: only for a program that hangs
SANITIZER_EXIT = 99
SANITIZER_GREETING = re.compile(r"==\d+==WARNING: ASan doesn't fully support makecontext/swapcontext functions.*\n")
SANITIZER_WORDS = re.compile(r"AddressSanitizer|LeakSanitizer|runtime error|UndefinedBehaviorSanitizer")


class Run:
    """One run of the program."""

    def __init__(self, arguments, status, stdout, stderr, connections, logs):
        self.arguments = arguments
        self.status = status
        self.stdout = stdout            # bytes
        self.stderr = stderr            # text
        self.connections = connections  # (address, port) -> number, as the kernel sent them, without DNS
        self._logs = logs
        self._logged = logs.collect()

    def logged(self, lost_expected=0):
        """What the servers logged against us: (misdeeds, sessions lost). A server may need a moment to log a loss."""
        if len(self._logged[1]) < lost_expected:
            self._logged = self._logs.collect(lost_expected)
        return self._logged

    def __str__(self):
        return " ".join(self.arguments)

    @property
    def result(self):
        return json.loads(self.stdout)

    @property
    def results(self):
        """Of one target, a text of many lines; of several, a line for each."""
        try:
            return [json.loads(self.stdout)]
        except ValueError:
            return [json.loads(line) for line in self.stdout.splitlines()]


class Program:
    """The program with the options that every scan in the lab needs."""

    def __init__(self, path, folder):
        self.path = path
        self.folder = folder
        self.lists = ["--blocklists", os.environ["OUTPOST_LAB_BLOCKLISTS"]]     # none but the lab's own is ever asked
        self.lab_options = ["--resolver", os.environ["OUTPOST_LAB_RESOLVER"],
                            "--trust-anchor", os.environ["OUTPOST_LAB_TRUST_ANCHOR"],
                            "--ca-file", os.environ["OUTPOST_LAB_CA_FILE"],
                            *self.lists]
        self.environment = os.environ | {
            "ASAN_OPTIONS": f"detect_stack_use_after_return=1:exitcode={SANITIZER_EXIT}",
            "UBSAN_OPTIONS": f"print_stacktrace=1:exitcode={SANITIZER_EXIT}"}

    def start(self, *arguments):
        return subprocess.Popen([self.path, *arguments], cwd=self.folder, env=self.environment,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, *arguments):
        with Connections() as seen, Logs() as logs:
            process = self.start(*arguments)
            return self.finish(process, arguments, seen, logs)

    def finish(self, process, arguments, seen, logs):
        try:
            stdout, stderr = process.communicate(timeout=WATCHDOG_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            stdout, stderr = process.communicate()
            print(f"killed after {WATCHDOG_SECONDS} s: {' '.join(arguments)}", file=sys.stderr)
        counts = {place: number for place, number in seen.counts.items() if place[1] != 53}
        error = SANITIZER_GREETING.sub("", stderr.decode(errors="backslashreplace"))
        return Run(arguments, process.returncode, stdout, error, counts, logs)

    def scan(self, *arguments):
        """A scan whose JSON result goes to standard output."""
        return self.run("scan", *self.lab_options, "--json", "-", *arguments)
