"""What the lab's authority says of the certificates that it revoked: OCSP responses and lists (CRLs), made by openssl.

A manner is how it says so: "honest", or one thing wrong. servers/responder.py hands it out over HTTP; nginx staples what
a site's `staple` asks for. All certificates that are asked about are of the authority's ECDSA intermediate.
"""
import datetime
import itertools
import os
import sys

from .authority import certificate_serial
from .errors import LabError
from .processes import Server, program, run, write

PORT = 80
# manner -> how openssl is run: who signs, and when; "other" answers about another certificate than was asked about
MANNERS = ("honest", "stranger", "stale", "other")
LONG_AGO = "-30d"                       # stale: true for a week, a month ago
DAYS = "7"

CONFIGURATION = """[ca_settings]
database = {index}
default_md = sha256
"""


class Responses:
    """Makes them. The folder is that of all certificates; index is the authority's database."""

    def __init__(self, certificates, folder):
        self.issuer = f"{certificates}/lab-ca/ec"
        self.stranger = f"{certificates}/unknown-ca/ec"
        self.index = f"{folder}/index"
        self.folder = folder
        self.numbers = itertools.count()

    def write_index(self, leaves):
        """leaves: [(path of the certificate, status)]. What is unknown is not in it."""
        revoked = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=2)
        lines = []
        for path, status in leaves:
            fields = {"good": ("V", ""), "revoked": ("R", f"{revoked:%y%m%d%H%M%SZ},keyCompromise")}.get(status)
            if fields:
                lines.append("\t".join([fields[0], "491231235959Z", fields[1], certificate_serial(path), "unknown",
                                        f"/CN={len(lines)}"]))
        write(self.index, "\n".join(lines) + "\n")

    def _openssl(self, manner, *arguments):
        clock = [program("faketime", "faketime"), "-f", LONG_AGO] if manner == "stale" else []
        run(*clock, program("openssl", "openssl"), *arguments)

    def ocsp(self, manner, request):
        """The response to a request (both DER)."""
        base = f"{self.folder}/{os.getpid()}-{next(self.numbers)}"
        with open(f"{base}.request", "wb") as stream:
            stream.write(request)
        signer = self.stranger if manner == "stranger" else self.issuer
        self._openssl(manner, "ocsp", "-index", self.index, "-CA", f"{self.issuer}.crt", "-rsigner", f"{signer}.crt",
                      "-rkey", f"{signer}.key", "-ndays", DAYS, "-reqin", f"{base}.request",
                      "-respout", f"{base}.response")
        with open(f"{base}.response", "rb") as stream:
            return stream.read()

    def request(self, certificate):
        base = f"{self.folder}/{os.getpid()}-{next(self.numbers)}"
        run(program("openssl", "openssl"), "ocsp", "-issuer", f"{self.issuer}.crt", "-cert", certificate, "-no_nonce",
            "-reqout", f"{base}.request")
        with open(f"{base}.request", "rb") as stream:
            return stream.read()

    def crl(self, manner):
        """The list of what is revoked, as DER."""
        base = f"{self.folder}/{os.getpid()}-{next(self.numbers)}"
        signer = self.stranger if manner == "stranger" else self.issuer
        configuration = write(f"{base}.configuration", CONFIGURATION.format(index=self.index))
        self._openssl(manner, "ca", "-gencrl", "-config", configuration, "-name", "ca_settings", "-cert",
                      f"{signer}.crt", "-keyfile", f"{signer}.key", "-crldays", DAYS, "-out", f"{base}.pem")
        run(program("openssl", "openssl"), "crl", "-in", f"{base}.pem", "-outform", "DER", "-out", f"{base}.crl")
        with open(f"{base}.crl", "rb") as stream:
            return stream.read()


def prepare(world, certificates, state):
    """The responder, when some certificate names it. To be called before what staples."""
    hosts = world.with_role("authority")
    named = [certificate for certificate in world.certificates()
             for host in hosts if f"http://{host.name}/" in certificate.extensions]
    if not named:
        return []
    for certificate in named:
        if certificate.issuer != "lab" or any(key.startswith("rsa") for key in certificate.keys):
            raise LabError(f"certificate {certificate.label}: the responder only knows those of the ECDSA intermediate")
    folder = f"{state}/revocation"
    os.makedirs(folder)
    responses = Responses(certificates.folder, folder)
    responses.write_index([(f"{certificates.base(certificate, key_type)}.crt", certificate.status)
                           for certificate in named for key_type in certificate.keys])
    script = os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(__file__))), "servers", "responder.py")
    return [Server("OCSP responder", [sys.executable, "-B", script, "--certificates", certificates.folder, "--folder",
                                      folder, "--other", f"{certificates.base(named[0], named[0].keys[0])}.crt",
                                      "--log", f"{state}/logs/responder-requests.log",
                                      "--listen", *[address for host in hosts for address in host.addresses]],
                   [f"{state}/logs/responder.log"], [(address, PORT) for host in hosts for address in host.addresses])]


def staple(manner, certificate_path, certificates, state):
    """A file with the response that a server shows with its certificate."""
    responses = Responses(certificates.folder, f"{state}/revocation")
    path = f"{certificate_path}.{manner}.staple"
    with open(path, "wb") as stream:
        stream.write(responses.ocsp(manner, responses.request(certificate_path)))
    return path
