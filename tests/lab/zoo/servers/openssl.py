#!/usr/bin/python3 -B
"""openssl.py - a TLS server on Python's OpenSSL that does what its command line says, and nothing with what it is sent

    openssl.py --listen ADDRESS:PORT[=smtp|=imap]... --pem FILE... [--ciphers STRING] [--minimum VERSION] ...

A thread a connection. It completes handshakes, reads until the client leaves, and says goodbye. With =smtp or =imap
it is what stands behind a front: inside TLS it answers the commands of a guest. In the log each connection is a JSON
object in a line: `error` (of the handshake), `version`, `suite`, `last` (the last command), `end` ("quit", "hangup").
"""
import argparse
import json
import signal
import socket
import ssl
import threading
import warnings

IDLE_SECONDS = 60
SMTP = {
    "EHLO": b"250-inside.test\r\n250-8BITMIME\r\n250 AUTH PLAIN\r\n",
    "HELO": b"250 inside.test\r\n",
    "NOOP": b"250 2.0.0 Ok\r\n",
    "RSET": b"250 2.0.0 Ok\r\n",
    "MAIL": b"250 2.1.0 Ok\r\n",
    "RCPT": b"554 5.7.1 Relay access denied\r\n",
    "QUIT": b"221 2.0.0 Bye\r\n",
}
IMAP = {
    "CAPABILITY": b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n",
    "LOGOUT": b"* BYE\r\n",
}


def make_context(options):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")         # old versions are what we are here for
        context.minimum_version = ssl.TLSVersion[options.minimum]
        context.maximum_version = ssl.TLSVersion[options.maximum]
    if options.ciphers:
        context.set_ciphers(options.ciphers)
    for path in options.pem:
        context.load_cert_chain(path)
    if options.dh:
        context.load_dh_params(options.dh)
    if options.client_order:
        context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    else:
        context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE
    if options.ask:
        context.verify_mode = ssl.CERT_OPTIONAL
    if options.alpn:
        context.set_alpn_protocols(options.alpn)
    return context


def serve(context, connection, speaks, log):
    connection.settimeout(IDLE_SECONDS)
    entry = {"error": None, "version": None, "suite": None, "last": None, "end": "hangup"}
    try:
        with context.wrap_socket(connection, server_side=True) as session:
            entry["version"], entry["suite"] = session.version(), session.cipher()[0]
            converse(session, speaks, entry)
            session.unwrap()
    except OSError as error:                    # clients that hang up are the rule here
        if not entry["version"]:
            entry["error"] = getattr(error, "reason", None) or str(error)
    finally:
        connection.close()
        if log:
            log.write(json.dumps(entry) + "\n")


def converse(session, speaks, entry):
    with session.makefile("rb") as stream:
        for line in stream:
            words = line.decode("ascii", "replace").split() + ["", ""]
            entry["last"] = line.decode("ascii", "replace").strip()
            if speaks == "smtp":
                session.sendall(SMTP.get(words[0].upper(), b"502 5.5.2 Command not recognized\r\n"))
            elif speaks == "imap":
                session.sendall(IMAP.get(words[1].upper(), b"") + f"{words[0]} OK done\r\n".encode())
            if (speaks == "smtp" and words[0].upper() == "QUIT") or (speaks == "imap" and words[1].upper() == "LOGOUT"):
                entry["end"] = "quit"
                return


def accept(listener, context, speaks, log):
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(context, connection, speaks, log), daemon=True).start()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--listen", nargs="+", required=True)
    parser.add_argument("--log")
    parser.add_argument("--pem", nargs="+", required=True)
    parser.add_argument("--ciphers")
    parser.add_argument("--minimum", default="TLSv1_2")
    parser.add_argument("--maximum", default="TLSv1_3")
    parser.add_argument("--client-order", action="store_true")
    parser.add_argument("--dh")
    parser.add_argument("--alpn", nargs="*")
    parser.add_argument("--ask", action="store_true", help="for a certificate of the client")
    options = parser.parse_args()

    signal.signal(signal.SIGINT, signal.SIG_DFL)
    context = make_context(options)
    log = open(options.log, "a", encoding="utf-8", buffering=1) if options.log else None
    threads = []
    for place in options.listen:
        place, _, speaks = place.partition("=")
        address, _, port = place.rpartition(":")
        listener = socket.create_server((address, int(port)), backlog=512)
        threads.append(threading.Thread(target=accept, args=(listener, context, speaks, log)))
    for thread in threads:
        thread.start()


if __name__ == "__main__":
    main()
