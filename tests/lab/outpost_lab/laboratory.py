"""Puts the parts together: makes everything, starts the servers, runs the command on the scanner's side."""
import json
import os
import shutil
import signal
import subprocess
import sys
import time

from . import blacklists, dovecot, nameservers, network, postfix, resolver, revocation, web, zones, zoo
from .authority import Certificates
from .errors import LabError
from .namespaces import FORWARDED_SIGNALS, bind, mount
from .processes import in_parallel, wait_until_ready, write
from .world import PASSWORD

STATE = "/run/outpost-lab"              # private to each lab: every lab has a /run of its own

HOME = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))

HOSTS_FILE = "127.0.0.1 localhost\n::1 localhost\n"


class Laboratory:
    """One running lab. Everything here happens inside the lab's namespaces."""

    def __init__(self, world, state_directory=None, round_trip=None, verbose=False, members=(), left_out=None):
        self.world = world
        self.members = members          # of the zoo
        self.left_out = left_out or {}  # other members that were asked for -> why they are not here
        self.round_trip = round_trip    # milliseconds
        self.state_directory = state_directory
        self.verbose = verbose
        self.servers = []
        self.began = time.monotonic()
        self.zones = None
        self.certificates = None
        self.logs = f"{STATE}/logs"

    def say(self, text):
        if self.verbose:
            print(f"lab: {time.monotonic() - self.began:6.2f} s  {text}", file=sys.stderr)

    def start(self):
        self._make_private_directories()
        self.servers += network.build(self.world, STATE, self.round_trip)
        self.say("network")
        self.certificates = Certificates(self.world, STATE)
        self.zones = zones.Zones(self.world, self.certificates, STATE)
        self.zones.make_keys()
        self.certificates.make(zones.dkim_jobs(self.world, STATE))
        self.say("keys and certificates")

        mail_and_web = (revocation.prepare(self.world, self.certificates, STATE)
                        + dovecot.prepare(self.world, self.certificates, STATE)
                        + postfix.prepare(self.world, self.certificates, STATE)
                        + web.prepare(self.world, self.certificates, STATE)
                        + zoo.prepare(self.members, self.certificates, STATE))
        self._start(mail_and_web)           # they start while the zones are signed
        self.zones.make()
        self.say("zones")
        self._start(nameservers.prepare(self.world, self.zones, STATE) + resolver.prepare(self.world, STATE)
                    + blacklists.prepare(self.world, HOME, STATE))
        wait_until_ready(self.servers)
        self._write_descriptions()
        self.say(f"{len(self.servers)} servers answer")

    def _start(self, servers):
        in_parallel(lambda server: server.start(), servers)
        self.servers += servers

    def _make_private_directories(self):
        """A /run of our own hides the sockets of the machine's daemons (name caches, syslog) and holds our state."""
        resolv_conf = os.path.realpath("/etc/resolv.conf")
        state_source = None
        if self.state_directory:
            os.makedirs(self.state_directory, exist_ok=True)
            if os.listdir(self.state_directory):
                raise LabError(f"--state {self.state_directory}: the directory is not empty")
            state_source = os.open(self.state_directory, os.O_RDONLY | os.O_DIRECTORY)
        mount("tmpfs", "/run", "tmpfs", options="mode=755")
        os.makedirs("/run/lock", exist_ok=True)
        os.mkdir(STATE)
        if state_source is not None:
            bind(f"/proc/self/fd/{state_source}", STATE)
            os.close(state_source)
            os.chmod(STATE, 0o755)
        os.makedirs(self.logs)
        os.chmod(self.logs, 0o1777)

        addresses = self.world.only("resolver").addresses
        write(f"{STATE}/resolv.conf", "".join(f"nameserver {address}\n" for address in addresses)
              + "options edns0 trust-ad\n")
        write(f"{STATE}/hosts", HOSTS_FILE)
        if resolv_conf.startswith("/run/"):
            write(resolv_conf, "")
        if not os.path.exists(resolv_conf):
            raise LabError(f"{resolv_conf} does not exist; the lab needs the file to put its own in its place")
        bind(f"{STATE}/resolv.conf", resolv_conf)
        if os.path.exists("/etc/hosts"):
            bind(f"{STATE}/hosts", os.path.realpath("/etc/hosts"))
        if os.path.exists("/etc/nsswitch.conf"):
            with open("/etc/nsswitch.conf", encoding="utf-8") as stream:
                lines = ["hosts: files dns\n" if line.startswith("hosts:") else line for line in stream]
            bind(write(f"{STATE}/nsswitch.conf", "".join(lines)), os.path.realpath("/etc/nsswitch.conf"))

    def environment(self):
        """What the command learns about the lab."""
        return {
            "OUTPOST_LAB_STATE": STATE,
            "OUTPOST_LAB_RESOLVER": self.world.only("resolver").addresses[0],
            "OUTPOST_LAB_CA_FILE": self.certificates.trusted_root,
            "OUTPOST_LAB_ROOT_HINTS": f"{STATE}/root.hints",
            "OUTPOST_LAB_TRUST_ANCHOR": f"{STATE}/root.ds",
            "OUTPOST_LAB_BLOCKLISTS": f"{HOME}/blacklists/usual.json",
            "OUTPOST_LAB_DOMAINS": " ".join(zone.name for zone in self.world.scanned()),
            "OUTPOST_LAB_DEMO_DOMAINS": " ".join(zone.name for zone in self.world.scanned() if zone.demo),
            "OUTPOST_LAB_LISTS": f"{STATE}/lists",
        }

    def _write_descriptions(self):
        """For tests: lab.json says what is there, lists/ZONE has generated names, dkim/ZONE/SELECTOR.txt the keys."""
        description = {"domains": {}, "hosts": {}, "password": PASSWORD,
                       "zoo": zoo.describe(self.members, self.left_out, STATE)}
        for zone in self.world.zones.values():
            for selector in zone.dkim:
                write(f"{STATE}/dkim/{zone.name}/{selector}.txt", self.zones.dkim_text(zone, selector) + "\n")
            if zone.generated:
                names = [generated.name.replace("{n}", str(number)) for generated in zone.generated
                         for number in range(1, generated.count + 1)]
                write(f"{STATE}/lists/{zone.name}", "".join(f"{name}.{zone.name}\n" for name in names))
            if zone.scan:
                description["domains"][zone.name] = {
                    "about": zone.about, "demo": zone.demo, "dnssec": self.world.status(zone),
                    "dkim_selectors": list(zone.dkim), "sites": [site.name for site in zone.sites]}
        for host in self.world.hosts.values():
            description["hosts"][host.name] = {
                "about": host.about, "addresses": host.addresses, "closed": host.closed, "roles": host.roles,
                "ports": (host.postfix.ports if host.postfix else []) + (host.dovecot.ports if host.dovecot else []),
                "mail_addresses": host.mail_addresses,
                "certificates": {name: {key_type: self.certificates.base(certificate, key_type) + ".crt"
                                        for key_type in certificate.keys}
                                 for name, certificate in host.certificates.items()}}
        write(f"{STATE}/lab.json", json.dumps(description, indent=1) + "\n")

    def run(self, command):
        """Runs a command on the scanner's side and returns its exit status."""
        interrupt_ignored = signal.getsignal(signal.SIGINT) == signal.SIG_IGN

        def on_the_scanners_side():
            for number in FORWARDED_SIGNALS:
                signal.signal(number, signal.SIG_DFL)
            if not interrupt_ignored:
                signal.signal(signal.SIGINT, signal.SIG_DFL)
            network.enter_guest()

        previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            process = subprocess.Popen(command, env=os.environ | self.environment(),
                                       preexec_fn=on_the_scanners_side)
        except OSError as error:
            print(f"lab: {command[0]}: {error.strerror}", file=sys.stderr)
            return 127 if isinstance(error, FileNotFoundError) else 126
        for number in FORWARDED_SIGNALS:
            signal.signal(number, lambda received, frame: process.send_signal(received))
        status = process.wait()
        signal.signal(signal.SIGINT, previous)
        status = status if status >= 0 else 128 - status
        for server in self.servers:
            if not server.is_running():
                print(f"lab: {server.label} ended with status {server.process.returncode} during the run; "
                      f"the end of its log:\n{server.tail()}", file=sys.stderr)
        if status and self.verbose:
            for server in self.servers:
                print(f"lab: {server.label}\n{server.tail()}", file=sys.stderr)
        return status

    def keep_logs(self, directory):
        """Copies the logs to where they outlive the lab."""
        shutil.copytree(self.logs, directory, dirs_exist_ok=True)
