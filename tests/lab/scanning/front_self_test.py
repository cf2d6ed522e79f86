"""Tests the STARTTLS front of the zoo, each of its manners, on the loopback interface."""
import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile

FRONT = os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(__file__))), "zoo", "servers", "front.py")
SECONDS = 20                            # for answers that come at once
SILENCE_SECONDS = 0.3
NEVER = "100000"


class Front:
    """A running front before a server that sends everything back."""

    def __init__(self, folder, *options):
        self.log = os.path.join(folder, "log")
        self.echo = subprocess.Popen([sys.executable, "-c", ECHO], stdout=subprocess.PIPE, text=True)
        backend = int(self.echo.stdout.readline())
        self.process = subprocess.Popen(
            [sys.executable, "-B", FRONT, "--listen", "127.0.0.1:0", "--backend", f"127.0.0.1:{backend}", "--name",
             "front.test", "--log", self.log, *options], stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def close(self):
        for process in (self.process, self.echo):
            process.kill()
            process.wait()
            process.stdout.close()

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS)

    def ends(self, count):
        """How the connections ended, in the order of their begin; waits for so many."""
        lines = []
        while len(lines) < count:
            with open(self.log, encoding="utf-8") as stream:
                lines = [json.loads(line) for line in stream if line.endswith("\n")]
        return [entry["end"] for entry in sorted(lines, key=lambda entry: entry["number"])], lines


ECHO = """
import socket, threading
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
def serve(connection):
    while piece := connection.recv(1000):
        connection.sendall(piece)
    connection.close()
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
"""


def said(connection, *commands):
    """Greeting and replies, as the lines that came; "" at the end: closed."""
    lines = []
    with connection.makefile("rb") as stream:
        for command in (None, *commands):
            if command is not None:
                connection.sendall(command.encode() + b"\r\n")
            while True:
                line = stream.readline().decode().rstrip("\r\n")
                lines.append(line)
                if line[3:4] != "-" or not line:
                    break
    return lines


def smtp(front):
    with front.connect() as connection:
        lines = said(connection, "EHLO x", "MAIL FROM:<>", "QUIT")
    yield lines[0] == "220 front.test ESMTP" and "250 STARTTLS" in lines, lines
    yield lines[-2:] == ["530 5.7.0 Must issue a STARTTLS command first", "221 2.0.0 Bye"], lines
    with front.connect() as connection:
        said(connection, "EHLO x", "STARTTLS")
        connection.sendall(b"\x16\x03\x01anything")
        yield connection.recv(100) == b"\x16\x03\x01anything", "what comes back through the splice"
    with front.connect() as connection:
        said(connection, "EHLO x")
    ends, entries = front.ends(3)
    yield ends == ["quit", "hangup", "hangup"], ends
    yield sorted(str(entry["last"]) for entry in entries) == ["EHLO x", "QUIT", "STARTTLS"], entries
    yield [entry["tls"] for entry in entries].count(True) == 1, entries


def imap(front):
    with front.connect() as connection, connection.makefile("rb") as stream:
        yield b"STARTTLS" in stream.readline(), "the greeting"
        connection.sendall(b"a STARTTLS\r\n")
        yield stream.readline().startswith(b"a OK"), "STARTTLS"
        connection.sendall(b"hello\n")
        yield stream.readline() == b"hello\n", "what comes back through the splice"


def teaser_early(front):
    with front.connect() as connection:
        connection.sendall(b"EHLO early\r\n")
        lines = said(connection)
    ends, entries = front.ends(1)
    yield lines == ["220-front.test ESMTP", ""], lines
    yield ends == ["dropped"] and entries[0]["early"], entries


def teaser_patient(front):
    with front.connect() as connection:
        lines = said(connection, "QUIT")
    yield lines[:2] == ["220-front.test ESMTP", "220 front.test ESMTP"], lines
    with front.connect() as connection:
        lines = said(connection, "QUIT")
    yield lines[0] == "220 front.test ESMTP", lines
    yield front.ends(2)[0] == ["quit", "quit"], "both end with QUIT"


def rate(front):
    replies = []
    for _ in range(4):
        with front.connect() as connection:
            replies.append(said(connection)[0][:3])
    yield replies == ["220", "220", "421", "421"], replies
    yield front.ends(4)[0][2:] == ["421", "421"], "the log says so"


def at_once(front):
    with front.connect() as first, front.connect() as second:
        replies = [said(first)[0][:3], said(second)[0][:3]]
    front.ends(2)
    with front.connect() as connection:
        replies.append(said(connection)[0][:3])
    yield replies == ["220", "421", "220"], replies


def ban(front):
    for _ in range(2):
        with front.connect() as connection:
            said(connection, "QUIT")
    with contextlib.closing(socket.socket()) as connection:
        connection.settimeout(SILENCE_SECONDS)
        try:
            connection.connect(("127.0.0.1", front.port))
            answer = "connected"
        except OSError as error:
            answer = type(error).__name__
    yield answer == "TimeoutError", answer


def refuse(front):
    with front.connect() as connection:
        said(connection, "EHLO x")
        try:
            front.connect().close()
            answer = "connected"
        except OSError as error:
            answer = type(error).__name__
        yield answer == "ConnectionRefusedError", answer
        connection.sendall(b"QUIT\r\n")
        yield connection.recv(100).startswith(b"221"), "a session in progress goes on"


CASES = [
    (smtp, ()),
    (imap, ("--service", "imap")),
    (teaser_early, ("--teaser", NEVER)),
    (teaser_patient, ("--teaser", "0.05", "--remember")),
    (rate, ("--rate", f"2/{NEVER}")),
    (at_once, ("--at-once", "1")),
    (ban, ("--ban", "2")),
    (refuse, ("--refuse", "1")),
]


def run():
    count, wrong = 0, []
    for function, options in CASES:
        with tempfile.TemporaryDirectory() as folder, contextlib.closing(Front(folder, *options)) as front:
            for good, details in function(front):
                count += 1
                if not good:
                    wrong.append(f"front, {function.__name__}: {details}")
    return count, wrong
