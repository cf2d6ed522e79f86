#!/usr/bin/python3 -B
"""ssl2.py - an SSLv2 server as far as its SERVER-HELLO, written and read by scapy; everything else goes to a TLS server

    ssl2.py --listen ADDRESS:PORT --certificate FILE [--kinds NUMBER,...] [--backend ADDRESS:PORT]

It lists the kinds that it shares with the client, as SSLv2 servers do, and closes after the client's next message.
Without a backend other hellos are closed.
"""
import argparse
import socket
import ssl
import threading

from scapy.layers.tls.crypto.suites import _tls_cipher_suites
from scapy.layers.tls.handshake_sslv2 import SSLv2ClientHello, SSLv2ServerHello

IDLE_SECONDS = 60
CLIENT_HELLO = 1


def is_ssl2(start):
    return len(start) == 3 and start[0] & 0x80 and start[2] == CLIENT_HELLO


def answer(connection, certificate, kinds):
    length = int.from_bytes(connection.recv(2), "big") & 0x7fff
    body = b""
    while len(body) < length:
        piece = connection.recv(length - len(body))
        if not piece:
            return
        body += piece
    offered = SSLv2ClientHello(body).ciphers
    hello = bytes(SSLv2ServerHello(cert=certificate, ciphers=[kind for kind in kinds if kind in offered],
                                   connection_id=bytes(16)))
    connection.sendall((len(hello) | 0x8000).to_bytes(2, "big") + hello)
    connection.recv(4096)


def carry(source, target):
    try:
        while piece := source.recv(65536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def serve(connection, options, certificate, kinds):
    connection.settimeout(IDLE_SECONDS)
    with connection:
        try:
            start = connection.recv(3, socket.MSG_PEEK | socket.MSG_WAITALL)
            if is_ssl2(start):
                answer(connection, certificate, kinds)
            elif start and options.backend:
                with socket.create_connection(place(options.backend), IDLE_SECONDS) as backend:
                    back = threading.Thread(target=carry, args=(backend, connection))
                    back.start()
                    carry(connection, backend)
                    back.join()
        except OSError:
            pass                                # clients that hang up are the rule here


def place(text):
    address, _, port = text.rpartition(":")
    return address, int(port)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--listen", required=True)
    parser.add_argument("--certificate", required=True)
    parser.add_argument("--kinds", help="in hexadecimal; without: all")
    parser.add_argument("--backend")
    options = parser.parse_args()
    kinds = [int(word, 16) for word in options.kinds.split(",")] if options.kinds else \
        [code for code, name in _tls_cipher_suites.items() if name.startswith("SSL_CK_")]
    with open(options.certificate, encoding="ascii") as stream:
        certificate = ssl.PEM_cert_to_DER_cert(stream.read())
    listener = socket.create_server(place(options.listen), backlog=512)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection, options, certificate, kinds), daemon=True).start()


if __name__ == "__main__":
    main()
