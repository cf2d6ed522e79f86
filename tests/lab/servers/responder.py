#!/usr/bin/python3 -B
"""responder.py - the authority's web server: OCSP (GET, RFC 6960 A.1) and CRLs

    http://NAME/MANNER/REQUEST  an OCSP response in this manner (outpost_lab/revocation.py); "silent" never answers
    http://NAME/MANNER.crl      a list in this manner

The log has the path of each request, one a line.
"""
import argparse
import base64
import http.server
import os
import sys
import threading
import time
import urllib.parse

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))

from outpost_lab.revocation import MANNERS, PORT, Responses  # noqa: E402

SILENT_SECONDS = 600


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.log.write(f"{self.path}\n")
        manner, _, request = self.path[1:].partition("/")
        if manner == "silent":
            time.sleep(SILENT_SECONDS)
        elif manner in MANNERS and request:
            request = base64.b64decode(urllib.parse.unquote(request))
            if manner == "other":
                request = self.server.responses.request(self.server.other)
            self.reply("application/ocsp-response", self.server.responses.ocsp(manner, request))
        elif manner.removesuffix(".crl") in MANNERS:
            self.reply("application/pkix-crl", self.server.responses.crl(manner.removesuffix(".crl")))
        else:
            self.send_error(404)

    def reply(self, kind, body):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):          # the request log says all that a test asks for
        pass


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--certificates", required=True)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--other", required=True, help="the certificate that the manner 'other' answers about")
    parser.add_argument("--log", required=True)
    parser.add_argument("--listen", nargs="+", required=True)
    options = parser.parse_args()
    responses = Responses(options.certificates, options.folder)
    with open(options.log, "a", encoding="ascii", buffering=1) as log:
        threads = []
        for address in options.listen:
            server = http.server.ThreadingHTTPServer((address, PORT), Handler)
            server.responses, server.other, server.log = responses, options.other, log
            threads.append(threading.Thread(target=server.serve_forever))
            threads[-1].start()
        for thread in threads:
            thread.join()


if __name__ == "__main__":
    main()
