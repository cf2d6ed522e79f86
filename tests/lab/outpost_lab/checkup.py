"""Tests the lab itself, from the scanner's side: every server must answer as its file says."""
import base64
import ipaddress
import os
import secrets
import socket
import ssl
import struct
import sys
import time

from .processes import in_parallel
from .world import PASSWORD

TYPES = {"A": 1, "NS": 2, "SOA": 6, "PTR": 12, "MX": 15, "AAAA": 28}
SERVFAIL, NOERROR = 2, 0
SECONDS = 10
SILENCE_SECONDS = 1
NOBODYS_ADDRESSES = ("11.77.77.77", "2a11:11:7777::77")
CIPHERS = {"rsa": "ECDHE-RSA-AES128-GCM-SHA256", "ec": "ECDHE-ECDSA-AES128-GCM-SHA256"}


class Checkup:
    """Notes what was checked, and shows what was wrong."""

    def __init__(self, verbose):
        self.verbose = verbose
        self.results = []

    def expect(self, condition, text):
        self.results.append(bool(condition))
        if self.verbose or not condition:
            sys.stdout.write(f"{'ok   ' if condition else 'WRONG'}  {text}\n")

    def guarded(self, text, function):
        """Runs one conversation; an exception is one thing that was wrong."""
        try:
            function()
        except (OSError, EOFError, ValueError) as error:
            self.expect(False, f"{text}: {error!r}")


def run(world, round_trip, verbose):
    checkup = Checkup(verbose)
    if round_trip is not None:
        for address in world.only("web").addresses:
            checkup.guarded(address, lambda address=address: check_delay(checkup, address, round_trip))
    jobs = []
    for zone in world.zones.values():
        jobs.append((f"zone {zone.name or '.'}", lambda zone=zone: check_zone(checkup, world, zone)))
    for host in world.hosts.values():
        for address in host.addresses if "blacklists" in host.roles else []:
            jobs.append((f"blacklists at {address}", lambda address=address: check_blacklists(checkup, address)))
        jobs.append((f"names of {host.name}", lambda host=host: check_names(checkup, world, host)))
        for address in host.addresses:
            for port in (host.postfix.ports if host.postfix else []):
                jobs.append((f"{host.name} {address} port {port}",
                             lambda host=host, address=address, port=port: check_smtp(checkup, host, address, port)))
            for port in (host.dovecot.ports if host.dovecot else []):
                jobs.append((f"{host.name} {address} port {port}",
                             lambda host=host, address=address, port=port:
                             DOVECOT_CHECKS[port](checkup, host, address, port)))
        for address in host.closed:
            jobs.append((f"{address}", lambda address=address: check_closed(checkup, address)))
    for site in (site for site in world.sites() if not site.plain):
        jobs.append((f"https://{site.name}", lambda site=site: check_site(checkup, world, site)))
    for address in NOBODYS_ADDRESSES:
        jobs.append((f"{address}", lambda address=address: check_silent(checkup, address)))
    jobs.append(("referrals", lambda: check_referrals(checkup, world)))
    in_parallel(lambda job: checkup.guarded(*job), jobs)
    wrong = checkup.results.count(False)
    print(f"{len(checkup.results)} checks, {wrong} wrong")
    return 1 if wrong else 0


# DNS

class Answer:
    """The parts of a DNS answer that the checks need."""

    def __init__(self, packet):
        self.packet = packet
        _, flags, questions, self.answers, self.authority, _ = struct.unpack("!6H", packet[:12])
        self.code = flags & 15
        self.authoritative = bool(flags & 0x0400)
        self.authenticated = bool(flags & 0x0020)
        self.data = []
        position = 12
        for _ in range(questions):
            position = self._name(position)[1] + 4
        for _ in range(self.answers):
            position = self._name(position)[1]
            kind, _, _, length = struct.unpack("!HHIH", packet[position:position + 10])
            position += 10
            if kind in (TYPES["PTR"], TYPES["NS"]):
                self.data.append(self._name(position)[0])
            elif kind in (TYPES["A"], TYPES["AAAA"]):
                self.data.append(str(ipaddress.ip_address(packet[position:position + length])))
            position += length

    def _name(self, position):
        labels, end = [], None
        for _ in range(128):
            length = self.packet[position]
            if length >= 0xc0:
                end = end or position + 2
                position = struct.unpack("!H", self.packet[position:position + 2])[0] & 0x3fff
            elif length == 0:
                return ".".join(labels), end or position + 1
            else:
                labels.append(self.packet[position + 1:position + 1 + length].decode())
                position += 1 + length
        raise ValueError("name too long")


def ask(server, name, kind, recursive=True, over_tcp=False):
    number = secrets.randbits(16)
    question = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".") if label) + b"\0"
    packet = struct.pack("!6H", number, 0x0120 if recursive else 0, 1, 0, 0, 1) + question \
        + struct.pack("!2H", TYPES[kind], 1) + b"\0" + struct.pack("!HHIH", 41, 1232, 0x8000, 0)
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM if over_tcp else socket.SOCK_DGRAM) as connection:
        connection.settimeout(SECONDS)
        connection.connect((server, 53))
        if over_tcp:
            connection.sendall(struct.pack("!H", len(packet)) + packet)
            with connection.makefile("rb") as stream:
                length = struct.unpack("!H", stream.read(2))[0]
                return Answer(stream.read(length))
        connection.send(packet)
        return Answer(connection.recv(65535))


def check_zone(checkup, world, zone):
    for server in zone.nameservers:
        host = world.hosts[server]
        lame = server in zone.variants and zone.variants[server].lame
        for address in host.addresses:
            for over_tcp in (False, True):
                answer = ask(address, zone.name, "SOA", recursive=False, over_tcp=over_tcp)
                checkup.expect((answer.code == NOERROR and answer.authoritative and answer.answers > 0) != lame,
                               f"{host.name} {address} {'TCP' if over_tcp else 'UDP'} "
                               f"{'refuses' if lame else 'serves'} {zone.name or '.'}")
    expected = world.status(zone)
    for address in world.only("resolver").addresses:
        answer = ask(address, zone.name, "SOA")
        checkup.expect({"secure": answer.code == NOERROR and answer.authenticated,
                        "insecure": answer.code == NOERROR and not answer.authenticated,
                        "bogus": answer.code == SERVFAIL}[expected],
                       f"the resolver at {address} finds {zone.name or '.'} {expected}")


def check_referrals(checkup, world):
    for name in ("root", "tld"):
        zone = world.zones["" if name == "root" else "lab"]
        for server in zone.nameservers:
            answer = ask(world.hosts[server].addresses[0], "faultless.lab", "MX", recursive=False)
            checkup.expect(not answer.authoritative and answer.answers == 0 and answer.authority > 0,
                           f"{world.hosts[server].name} refers faultless.lab to others")


def check_blacklists(checkup, address):
    for name, wanted in (("2.0.0.127.spam.lists.lab", ["127.0.0.2"]), ("1.0.0.127.spam.lists.lab", []),
                         ("test.names.lists.lab", ["127.0.0.6"])):
        answer = ask(address, name, "A", recursive=False)
        checkup.expect(answer.data == wanted, f"{address} says of {name}: {' '.join(wanted) or 'not listed'}")


def check_names(checkup, world, host):
    resolver = world.only("resolver").addresses[0]
    for address in host.addresses + host.closed:
        answer = ask(resolver, ipaddress.ip_address(address).reverse_pointer, "PTR")
        names = host.ptr.get(address, [])
        checkup.expect(sorted(answer.data) == sorted(name.rstrip(".") for name in names),
                       f"PTR of {address} is {' '.join(names) or 'missing'}")
        checkup.expect(answer.authenticated, f"PTR of {address} is validated")
    for address in host.addresses:
        answer = ask(resolver, host.name, "AAAA" if ":" in address else "A")
        checkup.expect(address in answer.data or world.status(world.zone_of(host.name)) == "bogus",
                       f"{host.name} has the address {address}")


# Conversations

class Dialogue:
    """A conversation in lines over TCP or TLS."""

    def __init__(self, address, port):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(SECONDS)
        self.socket.connect((address, port))
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.socket.close()

    def start_tls(self, context, name):
        self.socket = context.wrap_socket(self.socket, server_hostname=name)

    def line(self):
        while b"\n" not in self.buffer:
            received = self.socket.recv(4096)
            if not received:
                raise EOFError("the server closed the connection")
            self.buffer += received
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.decode().rstrip("\r")

    def send(self, text):
        self.socket.sendall(text.encode() + b"\r\n")

    def smtp(self, command=None):
        """Sends a command and returns the whole reply as lines."""
        if command is not None:
            self.send(command)
        lines = [self.line()]
        while lines[-1][3:4] == "-":
            lines.append(self.line())
        return lines

    def imap(self, command):
        self.send(f"a {command}")
        lines = [self.line()]
        while not lines[-1].startswith("a "):
            lines.append(self.line())
        return lines

    def pop3(self, command, whole_list=False):
        self.send(command)
        lines = [self.line()]
        while whole_list and lines[0].startswith("+OK") and lines[-1] != ".":
            lines.append(self.line())
        return lines

    def sieve(self, command=None):
        if command is not None:
            self.send(command)
        lines = [self.line()]
        while not lines[-1].startswith(("OK", "NO", "BYE")):
            lines.append(self.line())
        return lines


def tls_context(key_type, verify, name):
    """A client that only takes a certificate of that key type, so that each one is seen."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = verify
    context.verify_mode = ssl.CERT_REQUIRED if verify else ssl.CERT_NONE
    context.load_verify_locations(os.environ["OUTPOST_LAB_CA_FILE"])
    family = key_type.rstrip("0123456789")
    if family in CIPHERS:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(CIPHERS[family])
    return context


def is_good(certificate, name):
    return certificate.issuer == "lab" and certificate.in_date and name in certificate.names \
        and "intermediate" in certificate.chain


def check_certificates(checkup, host, certificate, converse, text):
    """Each key type completes a handshake; verification succeeds exactly when the certificate is a good one."""
    good = is_good(certificate, host.name)
    for key_type in certificate.keys:
        converse(tls_context(key_type, False, host.name))
        try:
            converse(tls_context(key_type, True, host.name))
            verified = True
        except ssl.SSLCertVerificationError:
            verified = False
        checkup.expect(verified == good, f"{text}: {key_type} certificate {'verifies' if good else 'does not verify'}")


def certificate_on(host, port):
    name = host.postfix.port_settings.get(port, {}).get("certificate", host.postfix.certificate)
    return host.certificates[name]


def check_smtp(checkup, host, address, port):
    text = f"{host.name} {address} port {port}"

    def converse(context):
        with Dialogue(address, port) as dialogue:
            if port == 465:
                dialogue.start_tls(context, host.name)
            greeting = dialogue.smtp()
            checkup.expect(greeting[-1].startswith(f"220 {host.name} "), f"{text}: greeting {greeting[-1]}")
            before = dialogue.smtp("EHLO probe.scanner.lab")
            if port != 465:
                settings = host.postfix.main | host.postfix.port_settings.get(port, {})
                allowed = port != 25 and settings.get("smtpd_tls_auth_only") == "no"
                checkup.expect(any(line[4:9] == "AUTH " for line in before) == allowed,
                               f"{text}: AUTH before TLS {'offered' if allowed else 'not offered'}")
                checkup.expect(any(line[4:] == "STARTTLS" for line in before), f"{text}: STARTTLS offered")
                checkup.expect(dialogue.smtp("STARTTLS")[0].startswith("220"), f"{text}: STARTTLS")
                dialogue.start_tls(context, host.name)
                before = dialogue.smtp("EHLO probe.scanner.lab")
            if port == 25:
                dialogue.smtp("MAIL FROM:<>")
                recipients = ((f"postmaster@{host.mail_domains[0]}", "250"),
                              (f"no-such-user@{host.mail_domains[0]}", "550"), ("somebody@elsewhere.post", "554"))
                for recipient, code in recipients:
                    reply = dialogue.smtp(f"RCPT TO:<{recipient}>")[-1]
                    checkup.expect(reply.startswith(code), f"{text}: RCPT TO:<{recipient}>: {reply}")
            else:
                user = base64.b64encode(f"\0{host.mail_addresses[0]}\0{PASSWORD}".encode()).decode()
                reply = dialogue.smtp(f"AUTH PLAIN {user}")[-1]
                checkup.expect(reply.startswith("235"), f"{text}: AUTH: {reply}")
            dialogue.smtp("QUIT")
    check_certificates(checkup, host, certificate_on(host, port), converse, text)


def check_imap(checkup, host, address, port):
    text = f"{host.name} {address} port {port}"

    def converse(context):
        with Dialogue(address, port) as dialogue:
            if port == 993:
                dialogue.start_tls(context, host.name)
            greeting = dialogue.line()
            checkup.expect(greeting.startswith("* OK"), f"{text}: greeting {greeting}")
            if port == 143:
                offered = " ".join(dialogue.imap("CAPABILITY"))
                allowed = takes_clear_passwords(host)
                checkup.expect(("LOGINDISABLED" in offered) != allowed,
                               f"{text}: LOGINDISABLED {'missing' if allowed else 'offered'}")
                checkup.expect(dialogue.imap("STARTTLS")[-1].startswith("a OK"), f"{text}: STARTTLS")
                dialogue.start_tls(context, host.name)
            reply = dialogue.imap(f'LOGIN "{host.mail_addresses[0]}" "{PASSWORD}"')[-1]
            checkup.expect(reply.startswith("a OK"), f"{text}: LOGIN: {reply[:40]}")
            dialogue.imap("LOGOUT")
    check_certificates(checkup, host, host.certificates[host.dovecot.certificate], converse, text)


def takes_clear_passwords(host):
    return host.dovecot.settings.get("disable_plaintext_auth") == "no"


def check_pop3(checkup, host, address, port):
    text = f"{host.name} {address} port {port}"

    def converse(context):
        with Dialogue(address, port) as dialogue:
            if port == 995:
                dialogue.start_tls(context, host.name)
            greeting = dialogue.line()
            checkup.expect(greeting.startswith("+OK"), f"{text}: greeting {greeting}")
            if port == 110:
                offered = dialogue.pop3("CAPA", whole_list=True)
                allowed = takes_clear_passwords(host)
                checkup.expect(("USER" in offered) == allowed,
                               f"{text}: USER before TLS {'offered' if allowed else 'not offered'}")
                checkup.expect("STLS" in offered, f"{text}: STLS offered")
                checkup.expect(dialogue.pop3("STLS")[0].startswith("+OK"), f"{text}: STLS")
                dialogue.start_tls(context, host.name)
            dialogue.pop3(f"USER {host.mail_addresses[0]}")
            reply = dialogue.pop3(f"PASS {PASSWORD}")[0]
            checkup.expect(reply.startswith("+OK"), f"{text}: PASS: {reply}")
            dialogue.pop3("QUIT")
    check_certificates(checkup, host, host.certificates[host.dovecot.certificate], converse, text)


def check_sieve(checkup, host, address, port):
    text = f"{host.name} {address} port {port}"

    def converse(context):
        with Dialogue(address, port) as dialogue:
            greeting = dialogue.sieve()
            allowed = takes_clear_passwords(host)
            checkup.expect(any(line.startswith('"SASL" "PLAIN') for line in greeting) == allowed,
                           f"{text}: PLAIN before TLS {'offered' if allowed else 'not offered'}")
            checkup.expect('"STARTTLS"' in greeting, f"{text}: STARTTLS offered")
            checkup.expect(dialogue.sieve("STARTTLS")[0].startswith("OK"), f"{text}: STARTTLS")
            dialogue.start_tls(context, host.name)
            checkup.expect(dialogue.sieve()[-1].startswith("OK"), f"{text}: capabilities inside TLS")
            user = base64.b64encode(f"\0{host.mail_addresses[0]}\0{PASSWORD}".encode()).decode()
            reply = dialogue.sieve(f'AUTHENTICATE "PLAIN" "{user}"')[-1]
            checkup.expect(reply.startswith("OK"), f"{text}: AUTHENTICATE: {reply}")
            dialogue.sieve("LOGOUT")
    check_certificates(checkup, host, host.certificates[host.dovecot.certificate], converse, text)


DOVECOT_CHECKS = {143: check_imap, 993: check_imap, 110: check_pop3, 995: check_pop3, 4190: check_sieve}


def check_site(checkup, world, site):
    for address in world.hosts[site.host].addresses:
        for path, content in site.files.items():
            with Dialogue(address, 443) as dialogue:
                dialogue.start_tls(tls_context(site.certificate.keys[0], is_good(site.certificate, site.name),
                                               site.name), site.name)
                dialogue.send(f"GET {path} HTTP/1.0\r\nHost: {site.name}\r\n")
                status = dialogue.line()
                checkup.expect(" 200 " in status, f"https://{site.name}{path} at {address}: {status}")
                while dialogue.line():
                    pass
                checkup.expect(dialogue.line() == content.splitlines()[0], f"https://{site.name}{path} has its content")


def check_closed(checkup, address):
    try:
        Dialogue(address, 25)
        checkup.expect(False, f"{address} refuses connections")
    except ConnectionRefusedError:
        checkup.expect(True, f"{address} refuses connections")


def check_silent(checkup, address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as attempt:
        attempt.settimeout(SILENCE_SECONDS)
        try:
            attempt.connect((address, 25))
            outcome = "connected"
        except OSError as error:
            outcome = "silence" if isinstance(error, TimeoutError) else str(error)
    checkup.expect(outcome == "silence", f"an address that nobody has, {address}: {outcome}")


def check_delay(checkup, address, round_trip):
    """No connection is quicker than the cable; how much slower one is says nothing on a busy machine."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as connection:
        connection.settimeout(SECONDS + round_trip / 1000)
        began = time.monotonic()
        connection.connect((address, 443))
        took = (time.monotonic() - began) * 1000
    checkup.expect(took >= round_trip, f"connecting to {address} takes {took:.2f} ms, and a round trip {round_trip:g}")
