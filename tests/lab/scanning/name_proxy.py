"""Resolvers that misbehave: each passes questions on to the lab's resolver, and does one thing wrong.

    with NameProxy(truncating) as proxy:
        ...                             # ask proxy.address

A behaviour is a function of (proxy, query, tcp) that returns the answer, or None for silence; it runs on a thread of
its own, so it may wait.
"""
import itertools
import os
import socket
import struct
import threading
import time

PORT = 53
TYPE_MX, TYPE_OPT = 15, 41
OPT_SIZE = 11                           # without options, as those who ask here send it
TRUNCATED, AUTHENTIC, CHECKING_DISABLED = 0x0200, 0x0020, 0x0010
SERVFAIL = 0x8182                       # with QR, RD and RA
UPSTREAM_SECONDS = 5
MESSAGE_MAX = 65535
addresses = (f"127.0.0.{number}" for number in itertools.count(53))


class NameProxy:
    def __init__(self, behaviour, tcp=True):
        self.address = next(addresses)
        self.behaviour = behaviour
        self.asked = {"udp": 0, "tcp": 0}
        self.seen = {}                  # (name, type) -> how often it was asked for over UDP
        self.lock = threading.Lock()
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind((self.address, PORT))
        self.tcp = socket.create_server((self.address, PORT), backlog=100) if tcp else None

    def __enter__(self):
        threading.Thread(target=self._serve_udp, daemon=True).start()
        if self.tcp:
            threading.Thread(target=self._serve_tcp, daemon=True).start()
        return self

    def __exit__(self, *exception):
        self.udp.close()
        if self.tcp:
            self.tcp.close()

    def count(self, query):
        """How often this question came before."""
        with self.lock:
            before = self.seen.get(question(query), 0)
            self.seen[question(query)] = before + 1
        return before

    def _serve_udp(self):
        while True:
            try:
                query, client = self.udp.recvfrom(MESSAGE_MAX)
            except OSError:
                return
            self.asked["udp"] += 1
            threading.Thread(target=self._answer_udp, args=(query, client), daemon=True).start()

    def _answer_udp(self, query, client):
        try:
            answer = self.behaviour(self, query, False)
            if answer:
                self.udp.sendto(answer, client)
        except OSError:                 # nobody waits any more
            pass

    def _serve_tcp(self):
        while True:
            try:
                connection, _ = self.tcp.accept()
            except OSError:
                return
            threading.Thread(target=self._answer_tcp, args=(connection,), daemon=True).start()

    def _answer_tcp(self, connection):
        try:
            with connection, connection.makefile("rb") as stream:
                while size := stream.read(2):
                    self.asked["tcp"] += 1
                    answer = self.behaviour(self, stream.read(struct.unpack("!H", size)[0]), True)
                    if answer:
                        connection.sendall(struct.pack("!H", len(answer)) + answer)
        except OSError:
            pass


def upstream(query, tcp):
    """What the lab's resolver says."""
    place = (os.environ["OUTPOST_LAB_RESOLVER"], PORT)
    if not tcp:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.settimeout(UPSTREAM_SECONDS)
            asking.sendto(query, place)
            return asking.recv(MESSAGE_MAX)
    with socket.create_connection(place, UPSTREAM_SECONDS) as asking, asking.makefile("rb") as stream:
        asking.sendall(struct.pack("!H", len(query)) + query)
        return stream.read(struct.unpack("!H", stream.read(2))[0])


# ---- messages ----

def question_end(message):
    place = 12
    while message[place]:
        place += 1 + message[place]
    return place + 5


def question(message):
    end = question_end(message)
    return message[12:end - 4].lower(), struct.unpack("!H", message[end - 4:end - 2])[0]


def flags(message):
    return struct.unpack("!H", message[2:4])[0]


def with_flags(message, value):
    return message[:2] + struct.pack("!H", value) + message[4:]


def opt_of(query):
    return query[-OPT_SIZE:] if query[-OPT_SIZE:-OPT_SIZE + 3] == struct.pack("!BH", 0, TYPE_OPT) else b""


def empty(message, value, more=b""):
    """Only the question, with these flags, and one record in the additional section."""
    return message[:2] + struct.pack("!5H", value, 1, 0, 0, 1 if more else 0) + message[12:question_end(message)] + more


# ---- behaviours ----

def honest(proxy, query, tcp):
    return upstream(query, tcp)


def stripping(proxy, query, tcp):
    """Knows EDNS and no DNSSEC: it does not ask for signatures."""
    if opt_of(query):
        query = query[:-4] + bytes([query[-4] & 0x7f]) + query[-3:]
    return upstream(query, tcp)


def ancient(proxy, query, tcp):
    """Knows no EDNS."""
    if opt_of(query):
        query = query[:10] + b"\0\0" + query[12:-OPT_SIZE]
    return upstream(query, tcp)


def truncating(proxy, query, tcp):
    """Over UDP there is only room for the question."""
    answer = upstream(query, tcp)
    return answer if tcp else empty(answer, flags(answer) | TRUNCATED, opt_of(query))


def failing(proxy, query, tcp):
    return empty(query, SERVFAIL, opt_of(query))


def failing_validated(proxy, query, tcp):
    """As a validator with a wrong clock or a stale trust anchor: what is signed fails, with CD, too."""
    proof = upstream(with_flags(query, (flags(query) | AUTHENTIC) & ~CHECKING_DISABLED), tcp)
    return failing(proxy, query, tcp) if flags(proof) & AUTHENTIC else upstream(query, tcp)


def deaf_to_cd(proxy, query, tcp):
    """A validator that refuses what is bogus to those as well who want to judge themselves."""
    return upstream(with_flags(query, flags(query) & ~CHECKING_DISABLED), tcp)


LATE_SECONDS = 3                        # more than the first wait of the program, and within its second
TOO_LATE_SECONDS = 16                   # more than all of its waits


def late_once(proxy, query, tcp):
    """The first answer about an MX record comes late, the one to the repeated question at once."""
    if question(query)[1] == TYPE_MX and proxy.count(query) == 0:
        time.sleep(LATE_SECONDS)
    return upstream(query, tcp)


def late_and_alone(proxy, query, tcp):
    """The answer to the first question comes late, and repeated questions get none."""
    if question(query)[1] != TYPE_MX:
        return upstream(query, tcp)
    if proxy.count(query) > 0:
        return None
    time.sleep(LATE_SECONDS)
    return upstream(query, tcp)


def too_late(proxy, query, tcp):
    time.sleep(TOO_LATE_SECONDS)
    return upstream(query, tcp)
