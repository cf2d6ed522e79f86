"""What the servers' logs say of a guest: whether it behaved."""
import glob
import os
import re
import time

# What no scan may ever cause.
MISDEEDS = re.compile(r"improper command pipelining|PREGREET|COMMAND PIPELINING|COMMAND (TIME|COUNT|LENGTH) LIMIT|"
                      r"non-SMTP command|too many errors|timeout after|NOQUEUE: reject|fatal|panic")
# A session that ended without a farewell: one line each, in Postfix's words and in Dovecot's.
LOST = re.compile(r"lost connection after|HANGUP after|Disconnected: Connection closed")
SETTLED_SECONDS = 0.1
PATIENCE_SECONDS = 5


class Logs:
    """The lines that are added while this lives."""

    def __init__(self):
        self.began = {}

    def __enter__(self):
        self.began = {path: os.path.getsize(path) for path in _paths()}
        return self

    def __exit__(self, *exception):
        pass

    def collect(self, lost_expected=0):
        """The new lines, once the servers have written what they had to say: (misdeeds, sessions lost)."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            sizes = None
            while sizes != (sizes := {path: os.path.getsize(path) for path in _paths()}):
                time.sleep(SETTLED_SECONDS)
            lines = self._new_lines(sizes)
            lost = [line for line in lines if LOST.search(line)]
            if len(lost) >= lost_expected or time.monotonic() > deadline:
                return [line for line in lines if MISDEEDS.search(line)], lost

    def _new_lines(self, paths):
        lines = []
        for path in paths:
            with open(path, encoding="utf-8", errors="replace") as stream:
                stream.seek(self.began.get(path, 0))
                lines += [f"{os.path.basename(path)}: {line.rstrip()}" for line in stream]
        return lines


def _paths():
    folder = f"{os.environ['OUTPOST_LAB_STATE']}/logs"
    return glob.glob(f"{folder}/postfix-*.log") + glob.glob(f"{folder}/dovecot-*.log")
