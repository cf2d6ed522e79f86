#!/usr/bin/env python3
"""What a client offers: waits for one TLS client and prints its ClientHello as an entry of reports/clients.json has it.

    capture_hello.py [--protocol tls|smtp|imap] [--port PORT] [--raw]     waits for one client
    capture_hello.py --hex < HELLO                                        reads a hello that somebody else captured

Point the client at localhost:PORT (default: one that the system chooses, told on standard error). The handshake is not
answered: the client is told that the connection ends. GREASE values (RFC 8701) are left out. `--raw` prints the bytes in hex.
"""
import argparse
import csv
import json
import os
import re
import socket
import sys

REGISTRY = os.path.join(os.path.dirname(os.path.realpath(__file__)), "../../scanner/facts/tls_registry_%s.csv")
SIGNALLING = (0x00ff, 0x5600)  # in the list of suites, and none

VERSIONS = {0x0300: "SSL3", 0x0301: "TLS1.0", 0x0302: "TLS1.1", 0x0303: "TLS1.2", 0x0304: "TLS1.3"}
SERVER_NAME, GROUPS, SCHEMES, ALPN, SUPPORTED_VERSIONS, KEY_SHARE = 0, 10, 13, 16, 43, 51


class Cursor:
    """Bytes that are taken from the front; an end that comes too early is an error."""

    def __init__(self, data):
        self.data = data

    def take(self, size):
        if size > len(self.data):
            raise ValueError("the hello ends too early")
        part, self.data = self.data[:size], self.data[size:]
        return part

    def number(self, size):
        return int.from_bytes(self.take(size), "big")

    def block(self, size):
        """A block behind its length of `size` bytes."""
        return Cursor(self.take(self.number(size)))

    def numbers(self, size):
        found = []
        while self.data:
            found.append(self.number(size))
        return found


def grease(code):
    return code & 0x0f0f == 0x0a0a and code >> 8 == code & 0xff


def names_of(registry):
    with open(REGISTRY % registry, encoding="utf-8", newline="") as stream:
        return {int(row["Value"], 0): row["Description"] for row in csv.DictReader(stream)}


def named(registry, codes):
    """IANA's names; "0xCAFE" for what it does not know."""
    names = names_of(registry)
    return [names.get(code, "0x%04X" % code) for code in codes if not grease(code) and code not in SIGNALLING]


def message_of(records):
    """The handshake message of the records."""
    cursor, message = Cursor(records), b""
    while cursor.data:
        if cursor.number(1) != 22:
            raise ValueError("this is no handshake record")
        cursor.number(2)
        message += cursor.block(2).data
    return Cursor(message)


def parse(records):
    message = message_of(records)
    if message.number(1) != 1:
        raise ValueError("this is no ClientHello")
    body = message.block(3)
    legacy = body.number(2)
    body.take(32)
    body.block(1)
    suites = body.block(2).numbers(2)
    body.block(1)
    extensions = {}
    rest = body.block(2) if body.data else Cursor(b"")
    while rest.data:
        code = rest.number(2)
        extensions[code] = rest.block(2)
    if message.data or body.data:
        raise ValueError("something stands behind the hello")
    if SUPPORTED_VERSIONS in extensions:
        versions = [code for code in extensions[SUPPORTED_VERSIONS].block(1).numbers(2) if code in VERSIONS]
    else:
        versions = [legacy]  # and, as far as the client allows, older ones: not to be seen
    hello = {"versions": [VERSIONS[code] for code in sorted(versions)], "suites": named("suites", suites)}
    hello["groups"] = named("groups", extensions[GROUPS].block(2).numbers(2)) if GROUPS in extensions else []
    hello["schemes"] = named("schemes", extensions[SCHEMES].block(2).numbers(2)) if SCHEMES in extensions else []
    hello["shares"] = []
    if KEY_SHARE in extensions:
        shares = extensions[KEY_SHARE].block(2)
        while shares.data:
            hello["shares"] += named("groups", [shares.number(2)])
            shares.block(2)
    hello["sni"] = SERVER_NAME in extensions
    hello["alpn"] = ALPN in extensions
    return hello


def receive_line(peer):
    line = b""
    while not line.endswith(b"\n"):
        byte = peer.recv(1)
        if not byte:
            raise EOFError("the client closed the connection")
        line += byte
    return line.decode("utf-8", "replace").strip()


def start_smtp(peer):
    peer.sendall(b"220 localhost ESMTP\r\n")
    while True:
        line = receive_line(peer).upper()
        if line.startswith("EHLO"):
            peer.sendall(b"250-localhost\r\n250 STARTTLS\r\n")
        elif line == "STARTTLS":
            peer.sendall(b"220 go ahead\r\n")
            return
        else:
            peer.sendall(b"250 ok\r\n")


def start_imap(peer):
    peer.sendall(b"* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] ready\r\n")
    while True:
        tag, _, command = receive_line(peer).partition(" ")
        command = command.upper()
        if command == "CAPABILITY":
            peer.sendall(b"* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\n")
        peer.sendall(tag.encode() + b" OK done\r\n")
        if command == "STARTTLS":
            return


def capture(protocol, port):
    with socket.create_server(("127.0.0.1", port)) as server:
        print("listening on port %d" % server.getsockname()[1], file=sys.stderr, flush=True)
        peer, _ = server.accept()
    with peer:
        peer.settimeout(60)
        if protocol != "tls":
            {"smtp": start_smtp, "imap": start_imap}[protocol](peer)
        records = b""
        while True:
            more = peer.recv(65536)
            if not more:
                raise EOFError("the client closed the connection before its hello was complete")
            records += more
            try:
                parse(records)
            except ValueError:
                continue
            peer.sendall(bytes((21, 3, 1, 0, 2, 2, 40)))
            return records


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--protocol", choices=("tls", "smtp", "imap"), default="tls")
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--hex", action="store_true", help="read the hello from standard input, in hex")
    options.add_argument("--raw", action="store_true", help="print the hello in hex")
    options = options.parse_args()
    if options.hex:
        records = bytes.fromhex(re.sub(r"\s", "", sys.stdin.read()))
    else:
        records = capture(options.protocol, options.port)
    print(records.hex() if options.raw else json.dumps(parse(records)))


if __name__ == "__main__":
    main()
