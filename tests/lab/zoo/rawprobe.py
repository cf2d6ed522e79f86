"""A second opinion: TLS hellos by hand that offer one thing each, and what the server makes of them.

It shares no code and no method with the program under test: no elimination, no chunks, one candidate a connection.
Slow and simple. It reads a ServerHello, HelloRetryRequest, ServerKeyExchange or alert, and nothing that is encrypted.
"""
import functools
import os
import re
import socket
import struct

RETRY = bytes.fromhex("CF21AD74E59A6111BE1D8C021E65B891C2A211167ABB8C5E079E09E2C8A8339C")
CODES = {"SSL3": 0x0300, "TLS1.0": 0x0301, "TLS1.1": 0x0302, "TLS1.2": 0x0303, "TLS1.3": 0x0304}
GROUPS = {
    "sect163k1": 1, "sect163r1": 2, "sect163r2": 3, "sect193r1": 4, "sect193r2": 5, "sect233k1": 6, "sect233r1": 7,
    "sect239k1": 8, "sect283k1": 9, "sect283r1": 10, "sect409k1": 11, "sect409r1": 12, "sect571k1": 13,
    "sect571r1": 14, "secp160k1": 15, "secp160r1": 16, "secp160r2": 17, "secp192k1": 18, "secp192r1": 19,
    "secp224k1": 20, "secp224r1": 21, "secp256k1": 22, "secp256r1": 23, "secp384r1": 24, "secp521r1": 25,
    "brainpoolP256r1": 26, "brainpoolP384r1": 27, "brainpoolP512r1": 28, "x25519": 29, "x448": 30,
    "brainpoolP256r1tls13": 31, "brainpoolP384r1tls13": 32, "brainpoolP512r1tls13": 33, "GC256A": 34, "GC256B": 35,
    "GC256C": 36, "GC256D": 37, "GC512A": 38, "GC512B": 39, "GC512C": 40, "curveSM2": 41, "ffdhe2048": 256,
    "ffdhe3072": 257, "ffdhe4096": 258, "ffdhe6144": 259, "ffdhe8192": 260, "MLKEM512": 512, "MLKEM768": 513,
    "MLKEM1024": 514, "SecP256r1MLKEM768": 4587, "X25519MLKEM768": 4588, "SecP384r1MLKEM1024": 4589,
    "X25519Kyber768Draft00": 25497,
}
# What is used most comes first: wolfSSL 5.5 reads no more than 19.
SCHEMES = {
    "ecdsa_secp256r1_sha256": 0x0403, "ecdsa_secp384r1_sha384": 0x0503, "ecdsa_secp521r1_sha512": 0x0603,
    "ed25519": 0x0807, "ed448": 0x0808, "rsa_pss_rsae_sha256": 0x0804, "rsa_pss_rsae_sha384": 0x0805,
    "rsa_pss_rsae_sha512": 0x0806, "rsa_pss_pss_sha256": 0x0809, "rsa_pss_pss_sha384": 0x080A,
    "rsa_pss_pss_sha512": 0x080B, "rsa_pkcs1_sha256": 0x0401, "rsa_pkcs1_sha384": 0x0501,
    "rsa_pkcs1_sha512": 0x0601, "rsa_pkcs1_sha1": 0x0201, "ecdsa_sha1": 0x0203, "rsa_pkcs1_md5": 0x0101,
    "dsa_md5": 0x0102, "ecdsa_md5": 0x0103, "dsa_sha1": 0x0202, "rsa_pkcs1_sha224": 0x0301,
    "dsa_sha224": 0x0302, "ecdsa_sha224": 0x0303, "dsa_sha256": 0x0402, "dsa_sha384": 0x0502,
    "dsa_sha512": 0x0602, "sm2sig_sm3": 0x0708, "gostr34102012_256a": 0x0709, "gostr34102012_256b": 0x070A,
    "ecdsa_brainpoolP256r1tls13_sha256": 0x081A, "ecdsa_brainpoolP384r1tls13_sha384": 0x081B,
    "ecdsa_brainpoolP512r1tls13_sha512": 0x081C, "gostr34102012_256_intrinsic": 0x0840,
    "gostr34102012_512_intrinsic": 0x0841, "old_gost2001": 0xEDED, "old_gost2012_256": 0xEEEE,
    "old_gost2012_512": 0xEFEF,
}
NMAP = "/usr/share/nmap/nselib/tls.lua"
SCSV = (0x00FF, 0x5600)
TLS13_ONLY = (0x00C6, 0x00C7, 0x1301, 0x1302, 0x1303, 0x1304, 0x1305, 0xC103, 0xC104, 0xC105, 0xC106)
SECONDS = 5


def suites_of_nmap():
    """Every suite that nmap knows, by its IANA name where it has one: name -> code."""
    with open(NMAP, encoding="utf-8") as stream:
        text = stream.read()
    begin = text.index("\nCIPHERS = {")
    found = re.findall(r'^\[?"?((?:TLS|SSL)_[A-Za-z0-9_]+(?:-[a-z]\S*?)?)"?\]?\s*=\s*0x([0-9A-Fa-f]{4})',
                       text[begin:text.index("\n}", begin)], re.M)
    return {name.replace("TLS_AKE_WITH_", "TLS_") if int(code, 16) in TLS13_ONLY else name: int(code, 16)
            for name, code in found if int(code, 16) not in SCSV}


@functools.cache
def _names():
    return {code: name for name, code in suites_of_nmap().items()}


def name_of(code):
    return _names().get(code, f"0x{code:04X}")


class Answer:
    def __init__(self):
        self.version = self.suite = self.group = self.scheme = self.compression = None
        self.alert = None
        self.retry = False
        self.random = b""
        self.session_id = b""
        self.extensions = {}
        self.dh = None                  # (prime, generator, public value)
        self.point = None
        self.export_key = None          # modulus of an ephemeral RSA key
        self.closed = None              # why there is no more
        self.status = self.request = False
        self.whole = False              # all came that comes in clear

    @property
    def accepted(self):
        return self.suite is not None and self.whole


def vector(size, data):
    return len(data).to_bytes(size, "big") + data


def extension(number, data=b""):
    return struct.pack("!H", number) + vector(2, data)


def numbers(codes):
    return b"".join(struct.pack("!H", code) for code in codes)


def hello(version, suites, groups=None, schemes=None, name=None, compression=b"\0", more=b"", plain=False,
          session_id=b"", versions=None, record_size=16000):
    """The records of a ClientHello. plain: without any extension."""
    code = CODES[version]
    fields = struct.pack("!H", min(code, 0x0303)) + os.urandom(32) + vector(1, session_id) \
        + vector(2, numbers(suites)) + vector(1, compression)
    extensions = b""
    if not plain and version != "SSL3":
        if name:
            extensions += extension(0, vector(2, b"\0" + vector(2, name.encode())))
        codes = list(GROUPS.values()) if groups is None else groups
        if codes:
            extensions += extension(10, vector(2, numbers(codes))) + extension(11, vector(1, b"\0"))
        if code >= 0x0303:
            everything = list(SCHEMES.values())
            extensions += extension(13, vector(2, numbers(everything if schemes is None else schemes)))
            extensions += extension(50, vector(2, numbers(everything)))     # how certificates are signed is no matter
        if code >= 0x0304:
            extensions += extension(43, vector(1, numbers(versions or [0x0304]))) + extension(51, vector(2, b""))
        extensions += more
    message = b"\x01" + vector(3, fields + (vector(2, extensions) if extensions else b""))
    return b"".join(b"\x16" + struct.pack("!H", min(code, 0x0301)) + vector(2, message[start:start + record_size])
                    for start in range(0, len(message), record_size))


class Place:
    """Where a server is, and how one gets to TLS there."""

    def __init__(self, address, port, service="tls", name=None):
        self.address, self.port, self.service, self.name = address, port, service, name
        self.connections = 0

    def connect(self):
        self.connections += 1
        connection = socket.create_connection((self.address, self.port), timeout=SECONDS)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.service in ("smtp", "submission"):
            _reply(connection, b"")
            _reply(connection, b"EHLO survey.scanner.lab\r\n")
            _reply(connection, b"STARTTLS\r\n")
        elif self.service in ("imap", "pop3"):
            _until(connection, b"\r\n")
            connection.sendall(b"a STARTTLS\r\n" if self.service == "imap" else b"STLS\r\n")
            _until(connection, b"\r\n")
        return connection

    def ask(self, *arguments, **more):
        """Sends a hello, reads the flight that crosses the wire in clear."""
        with self.connect() as connection:
            connection.sendall(hello(*arguments, name=self.name, **more))
            answer = Answer()
            try:
                _read_flight(connection, answer)
            except (OSError, EOFError, struct.error) as error:
                answer.closed = type(error).__name__
            return answer


def _until(connection, end):
    data = b""
    while not data.endswith(end):
        piece = connection.recv(1)
        if not piece:
            raise EOFError(data)
        data += piece
    return data


def _reply(connection, command):
    connection.sendall(command)
    while True:
        line = _until(connection, b"\r\n")
        if line[3:4] != b"-":
            if line[:1] != b"2":
                raise EOFError(line)
            return


def _exactly(connection, size):
    data = b""
    while len(data) < size:
        piece = connection.recv(size - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


def _read_flight(connection, answer):
    messages = b""
    while True:
        kind, _, size = struct.unpack("!BHH", _exactly(connection, 5))
        body = _exactly(connection, size)
        if kind == 21 and size == 2:
            if body[0] == 2 or answer.suite is None:
                answer.alert = body[1]
            if body[0] == 2:
                return
            continue
        if kind != 22:
            return
        messages += body
        while len(messages) >= 4 and len(messages) >= 4 + int.from_bytes(messages[1:4], "big"):
            end = 4 + int.from_bytes(messages[1:4], "big")
            if _message(messages[0], messages[4:end], answer):
                return
            messages = messages[end:]


def _message(kind, body, answer):
    """Takes in one message; True when no more is to be expected in clear."""
    if kind == 2:
        _server_hello(body, answer)
        answer.whole = answer.version == 0x0304
        return answer.whole
    if kind == 12:
        try:
            _key_exchange(body, answer)
        except struct.error:
            pass                        # of a kind that is not read: PSK, SRP
    if kind == 22:
        answer.status = True
    if kind == 13:
        answer.request = True
    answer.whole = kind == 14
    return answer.whole


def _server_hello(body, answer):
    answer.version, answer.random = struct.unpack("!H", body[:2])[0], body[2:34]
    answer.retry = answer.random == RETRY
    position = 35 + body[34]
    answer.session_id = body[35:position]
    answer.suite, answer.compression = struct.unpack("!HB", body[position:position + 3])
    position += 5
    while position + 4 <= len(body):
        number, size = struct.unpack("!HH", body[position:position + 4])
        answer.extensions[number] = body[position + 4:position + 4 + size]
        position += 4 + size
    if 43 in answer.extensions:
        answer.version = struct.unpack("!H", answer.extensions[43])[0]
    if 51 in answer.extensions:
        answer.group = struct.unpack("!H", answer.extensions[51][:2])[0]


def _key_exchange(body, answer):
    if "ECDH" in name_of(answer.suite):     # the length of ffdhe6144 begins like a named curve
        answer.group = struct.unpack("!H", body[1:3])[0]
        answer.point = body[4:4 + body[3]]
        rest = body[4 + body[3]:]
    else:
        export = "RSA_EXPORT" in name_of(answer.suite) and "DHE" not in name_of(answer.suite)
        fields, position = [], 0
        for _ in range(2 if export else 3):
            size = struct.unpack("!H", body[position:position + 2])[0]
            fields.append(body[position + 2:position + 2 + size])
            position += 2 + size
        if export:
            answer.export_key = fields[0]
        else:
            answer.dh = tuple(fields)
        rest = body[position:]
    if answer.version == 0x0303 and len(rest) >= 4:
        answer.scheme = struct.unpack("!H", rest[:2])[0]
