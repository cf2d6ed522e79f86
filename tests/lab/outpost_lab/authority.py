"""The test certificate authority: one root, an RSA and an ECDSA intermediate, and leaves as the world asks for them.

There is a second authority of the same shape that nobody trusts (issuer = "unknown").
For each leaf: KEYTYPE.key, KEYTYPE.crt (leaf), KEYTYPE.chain (as the server sends it), KEYTYPE.pem (key and chain).
"""
import base64
import datetime
import hashlib
import os
import re
import secrets
import ssl

from .errors import LabError
from .processes import in_parallel, program, run, write

ENCIPHERING = ("rsa1024", "rsa2048", "rsa3072", "rsa4096")
CA_SECTION = """[ca]
basicConstraints = critical, CA:TRUE{path_length}
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""

LEAF_SECTION = """[leaf]
basicConstraints = critical, CA:FALSE
keyUsage = critical, {usage}
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = {names}
{extensions}
"""

CONFIGURATION = """[ca_settings]
database = {folder}/index
serial = {folder}/serial
new_certs_dir = {folder}
default_md = {digest}
policy = any
unique_subject = no
copy_extensions = none
[any]
organizationName = optional
commonName = optional
"""


def pem_to_der(text):
    """The first certificate or public key of a PEM text."""
    match = re.search(r"-----BEGIN ([A-Z ]+)-----(.*?)-----END \1-----", text, re.DOTALL)
    return base64.b64decode(match.group(2))


def make_key(path, kind):
    openssl = program("openssl", "openssl")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if kind.startswith("rsapss"):
        arguments = ["-algorithm", "RSA-PSS", "-pkeyopt", f"rsa_keygen_bits:{kind[6:]}"]
    elif kind.startswith("rsa"):
        arguments = ["-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{kind[3:]}"]
    elif kind.startswith("ec"):
        arguments = ["-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:P-{kind[2:]}",
                     "-pkeyopt", "ec_param_enc:named_curve"]
    elif kind.startswith("dsa"):        # with the old subgroup of 160 bits, or Java refuses to sign SHA-1
        run(openssl, "genpkey", "-genparam", "-algorithm", "DSA", "-pkeyopt", f"dsa_paramgen_bits:{kind[3:]}",
            "-pkeyopt", "dsa_paramgen_q_bits:160", "-out", f"{path}.parameters")
        arguments = ["-paramfile", f"{path}.parameters"]
    else:
        arguments = ["-algorithm", kind.upper()]
    run(openssl, "genpkey", *arguments, "-out", path)
    os.chmod(path, 0o600)


def public_key_der(key_path):
    return pem_to_der(run(program("openssl", "openssl"), "pkey", "-in", key_path, "-pubout"))


def certificate_serial(path):
    """In hexadecimal, as openssl's databases have it."""
    return run(program("openssl", "openssl"), "x509", "-in", path, "-noout", "-serial").strip().partition("=")[2]


def _read(path):
    with open(path, encoding="ascii") as stream:
        return stream.read()


class Authority:
    """A root with two intermediates."""

    def __init__(self, folder, title):
        self.folder = folder
        self.title = title

    def key_jobs(self):
        return [(f"{self.folder}/root.key", "rsa2048"), (f"{self.folder}/rsa.key", "rsa2048"),
                (f"{self.folder}/ec.key", "ec256")]

    def make_authorities(self):
        _sign(f"{self.folder}/root", f"/O={self.title}/CN={self.title} Root X1",
              CA_SECTION.format(path_length=""), "ca", -1000, 5000, "sha256", None)
        for name, title in (("rsa", "R1"), ("ec", "E1")):
            _sign(f"{self.folder}/{name}", f"/O={self.title}/CN={self.title} {title}",
                  CA_SECTION.format(path_length=", pathlen:0"), "ca", -500, 1000, "sha256", f"{self.folder}/root")

    def intermediate(self, key_type):
        return f"{self.folder}/{'rsa' if key_type.startswith('rsa') else 'ec'}"

    def other_intermediate(self, key_type):
        return f"{self.folder}/{'ec' if key_type.startswith('rsa') else 'rsa'}"


def _sign(base, subject, section, section_name, valid_from, days, digest, issuer):
    """Makes BASE.crt for BASE.key; without an issuer it is signed with its own key."""
    openssl = program("openssl", "openssl")
    work = f"{base}.work"
    os.makedirs(work, exist_ok=True)
    write(f"{work}/index", "")
    write(f"{work}/serial", f"4e{secrets.token_hex(15)}\n")
    configuration = write(f"{work}/configuration", CONFIGURATION.format(folder=work, digest=digest) + section
                          + "[req]\ndistinguished_name = none\n[none]\n")
    run(openssl, "req", "-new", "-config", configuration, "-key", f"{base}.key", "-subj", subject,
        "-out", f"{work}/request")
    now = datetime.datetime.now(datetime.timezone.utc)
    start = now + datetime.timedelta(days=valid_from)
    end = start + datetime.timedelta(days=days) - datetime.timedelta(seconds=1)
    signer = ["-cert", f"{issuer}.crt", "-keyfile", f"{issuer}.key"] if issuer else \
        ["-selfsign", "-keyfile", f"{base}.key"]
    run(openssl, "ca", "-config", configuration, "-name", "ca_settings", "-batch", "-notext",
        "-startdate", f"{start:%Y%m%d%H%M%SZ}", "-enddate", f"{end:%Y%m%d%H%M%SZ}", "-extensions", section_name,
        *signer, "-in", f"{work}/request", "-out", f"{base}.crt")


class Certificates:
    """Every certificate of the lab, and the questions that others ask about them."""

    def __init__(self, world, state):
        self.world = world
        self.folder = f"{state}/certificates"
        self.authorities = {"lab": Authority(f"{self.folder}/lab-ca", "Outpost Lab")}
        if any(certificate.issuer == "unknown" for certificate in world.certificates()):
            self.authorities["unknown"] = Authority(f"{self.folder}/unknown-ca", "Unknown To All")

    @property
    def trusted_root(self):
        return f"{self.folder}/lab-ca/root.crt"

    def base(self, certificate, key_type):
        return f"{self.folder}/{certificate.label}/{key_type}"

    def pem_files(self, certificate):
        """Key and chain in one file, one file per key type."""
        return [self.base(certificate, key_type) + ".pem" for key_type in certificate.keys]

    def make(self, more_keys):
        """Makes everything; more_keys are (path, kind) of keys for other purposes, made side by side with ours."""
        leaves = [(certificate, key_type) for certificate in self.world.certificates()
                  for key_type in certificate.keys]
        jobs = [job for authority in self.authorities.values() for job in authority.key_jobs()]
        jobs += [(self.base(certificate, key_type) + ".key", key_type) for certificate, key_type in leaves]
        jobs += more_keys
        jobs.sort(key=lambda job: not job[1].startswith("rsa"))         # the slow ones first
        in_parallel(lambda job: make_key(*job), jobs)
        in_parallel(Authority.make_authorities, self.authorities.values())
        in_parallel(lambda leaf: self._make_leaf(*leaf), leaves)

    def _make_leaf(self, certificate, key_type):
        base = self.base(certificate, key_type)
        usage = certificate.usage or ("digitalSignature, keyEncipherment" if key_type in ENCIPHERING
                                      else "digitalSignature")
        section = LEAF_SECTION.format(usage=usage, extensions=certificate.extensions,
                                      names=", ".join(f"DNS:{name}" for name in certificate.names))
        authority = self.authorities.get(certificate.issuer)
        _sign(base, f"/CN={certificate.names[0]}"[:68], section, "leaf", certificate.valid_from, certificate.days,
              certificate.digest, authority.intermediate(key_type) if authority else None)
        files = {"leaf": f"{base}.crt"}
        if authority:
            files |= {"intermediate": authority.intermediate(key_type) + ".crt",
                      "other-intermediate": authority.other_intermediate(key_type) + ".crt",
                      "root": f"{authority.folder}/root.crt"}
        chain = "".join(_read(files[link]) for link in certificate.chain if link in files)
        write(f"{base}.chain", chain)
        write(f"{base}.pem", _read(f"{base}.key") + chain, 0o600)

    def tlsa(self, usage, selector, matching, certificate):
        """The data of the TLSA records for all key types of a certificate."""
        records = []
        for key_type in certificate.keys:
            path = self.base(certificate, key_type) + ".crt"
            if usage in (0, 2):
                authority = self.authorities.get(certificate.issuer)
                if not authority:
                    raise LabError(f"certificate {certificate.label} has no issuer, which TLSA usage {usage} needs")
                path = authority.intermediate(key_type) + ".crt"
            data = self.spki(path) if selector == 1 else ssl.PEM_cert_to_DER_cert(_read(path))
            if matching:
                data = hashlib.new({1: "sha256", 2: "sha512"}[matching], data).digest()
            record = f"{usage} {selector} {matching} {data.hex()}"
            if record not in records:
                records.append(record)
        return records

    @staticmethod
    def spki(certificate_path):
        """The public key of a certificate as DER."""
        return pem_to_der(run(program("openssl", "openssl"), "x509", "-in", certificate_path, "-noout", "-pubkey"))
