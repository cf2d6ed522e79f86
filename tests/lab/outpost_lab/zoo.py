"""The zoo: TLS servers of many stacks, one file each in zoo/, with what each accepts written beside how it is started.

A member is a host of the lab with servers of its own: Postfix and Dovecot ([host]), any other program ([[server]]),
and fronts that speak SMTP or IMAP up to STARTTLS and then hand over to one of those ([[front]]). README.md describes
the keys. A lab has the members that it is asked for and no others.
"""
import glob
import os
import re
import sys
from dataclasses import dataclass

from . import truth
from .errors import LabError
from .processes import SYSTEM_PATH, Server, run, write
from .tables import Table
from .world import Zone, read_host

ZONE = "zoo.lab"
TEMPLATE = re.compile(r"\{\{(.*?)\}\}")
HERE = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
FOLDER = f"{HERE}/zoo"
CHECKOUT = os.path.dirname(os.path.dirname(HERE))
MACHINES = ("x86_64",)                  # what the programs from npm are built for


@dataclass
class Program:
    """A server of a member, and where its program is to be had."""
    name: str                           # of a program in the path, or of a file in npm's folder
    package: str
    needs: list                         # more files that must be there: what the program loads
    arguments: list
    prepare: list                       # commands that are run to their end before it starts
    environment: dict
    ports: list
    files: dict                         # name -> text

    @property
    def path(self):
        if self.package == "npm":
            return f"{npm_folder()}/node_modules/{self.name}"
        return next((f"{folder}/{self.name}" for folder in SYSTEM_PATH.split(":")
                     if os.access(f"{folder}/{self.name}", os.X_OK)), None)

    def missing(self):
        """Why it cannot be started here, or None."""
        if self.package == "npm" and not os.access(self.path, os.X_OK):
            machine = os.uname().machine
            return f"'{self.name}' is for {MACHINES[0]}, and this is {machine}" if machine not in MACHINES else \
                f"'{self.name}' is not there: mkdir -p {npm_folder()} && cp {FOLDER}/package.json {npm_folder()} && " \
                f"npm install --ignore-scripts --prefix {npm_folder()} (./check does it)"
        for path in [self.path, *self.needs]:
            if not path or not os.path.exists(path):
                return f"'{path or self.name}' is not installed: apt-get install {self.package}"
        return None


@dataclass
class Front:
    """STARTTLS before one of the member's TLS ports."""
    port: int
    backend: int
    options: list


@dataclass
class Member:
    id: str
    file: str
    host: object                        # of the lab's world
    programs: list
    fronts: list
    ports: dict                         # port -> truth.Endpoint
    connections_max: int | None         # of all ports together

    @property
    def about(self):
        return self.host.about

    @property
    def address(self):
        return self.host.addresses[0]

    def missing(self):
        """Why it cannot be started here, or None."""
        return next(filter(None, (program.missing() for program in self.programs)), None)


def npm_folder():
    return os.environ.get("OUTPOST_ZOO_NPM") or f"{CHECKOUT}/build/zoo"


def load():
    """All members, by name."""
    members = {}
    for path in sorted(glob.glob(f"{FOLDER}/*.toml")):
        member = _read_member(path)
        for other in members.values():
            if other.address == member.address:
                raise LabError(f"{member.file}: {member.address} belongs to {other.file} already")
        members[member.id] = member
    return members


def choose(members, names):
    """The members asked for (all, when no name is given)."""
    for name in names:
        if name not in members:
            raise LabError(f"the zoo has no '{name}' (it has: {', '.join(members)})")
    return {name: members[name] for name in names or members}


def _read_member(path):
    table = Table.read(path)
    id = os.path.splitext(os.path.basename(path))[0]
    address = table.take("address", str)
    about = table.take("about", str)
    values = _with_folder(table.take("host", dict, {}))
    values |= {"about": about, "name": f"{id}.{ZONE}", "addresses": [address]}
    values.setdefault("certificate", {}).setdefault("default", {})
    host = read_host(Table(values, table.file, "host"), id)
    if host.postfix or host.dovecot:
        host.mail_domains = host.mail_domains or [f"{id}.{ZONE}"]
    member = Member(
        id=id, file=table.file, host=host,
        programs=[_read_program(entry) for entry in table.table_list("server")],
        fronts=[_read_front(entry) for entry in table.table_list("front")],
        ports={}, connections_max=table.take("connections_max", int, None))
    for number, entry in table.tables("port").items():
        if not number.isdigit():
            raise table.error(f"'port.{number}' is not a port")
        member.ports[int(number)] = truth.read(entry, int(number))
    table.finish()
    truth.resolve(member)
    listening = {port for server in (host.postfix, host.dovecot) if server for port in server.ports} \
        | {port for program in member.programs for port in program.ports} | {front.port for front in member.fronts}
    for port in member.ports:
        if port not in listening:
            raise table.error(f"nothing listens on port {port} of [port.{port}]")
    return member


def _with_folder(value):
    """Settings may name files beside the member's: {{zoo}}."""
    if isinstance(value, dict):
        return {key: _with_folder(inner) for key, inner in value.items()}
    return value.replace("{{zoo}}", FOLDER) if isinstance(value, str) else value


def _read_program(table):
    program = Program(
        name=table.take("program", str), package=table.take("package", str), needs=table.take_list("needs", str),
        arguments=table.take_list("arguments", str), prepare=table.take_list("prepare", list),
        environment=table.take_settings("environment"),
        ports=table.take_list("ports", int, (443,)), files=table.take_settings("files"))
    table.finish()
    return program


def _read_front(table):
    front = Front(port=table.take("port", int, 25), backend=table.take("backend", int, 443),
                  options=table.take_list("options", str))
    table.finish()
    return front


def join(world, members):
    """Makes the members hosts of the world, with names in a zone of their own, and leaves out hosts of other tests."""
    for id in [host.id for host in world.hosts.values() if host.postfix or host.dovecot]:
        del world.hosts[id]
    for name in [zone.name for zone in world.zones.values() if zone.scan]:
        del world.zones[name]
    for member in members:
        if member.id in world.hosts:
            raise LabError(f"{member.file}: the lab has a host of that name already")
        for host in world.hosts.values():
            if member.address in host.addresses + host.closed:
                raise LabError(f"{member.file}: {member.address} belongs to {host.file}")
        world.hosts[member.id] = member.host
    lines = [f"{member.id} A {member.address}" for member in members]
    world.zones[ZONE] = Zone(
        id="zoo", file="zoo/*.toml", about="names of the zoo's members", name=ZONE, scan=False, demo=False,
        nameservers=["ns1", "ns2"], parent_records=None, sign="nsec", ds="right",
        algorithm="ECDSAP256SHA256", iterations=0, opt_out=False, edits=[], signatures_from=-1,
        signatures_days=30, serial=None, ttl=3600, dkim={}, text="\n".join(lines), whole=False, reverse=None,
        variants={}, generated=[])


def prepare(members, certificates, state):
    servers = []
    for member in members:
        folder = f"{state}/zoo/{member.id}"
        for number, program in enumerate(member.programs):
            servers.append(_prepare_program(member, program, certificates, f"{folder}/{number}", state))
        for front in member.fronts:
            servers.append(_prepare_front(member, front, state))
    return servers


def _prepare_program(member, program, certificates, folder, state):
    os.makedirs(folder)

    def value(match):
        words = match.group(1).split()
        if words in (["address"], ["name"]):
            return member.address if words == ["address"] else member.host.name
        if words == ["folder"]:
            return folder
        if words == ["zoo"]:
            return FOLDER
        if words == ["root"]:
            return certificates.trusted_root
        if len(words) == 2 and words[0] == "file" and words[1] in program.files:
            return f"{folder}/{words[1]}"
        if len(words) == 2 and words[0] == "issuer":
            return certificates.authorities["lab"].intermediate(words[1])
        if len(words) == 2 and words[0] in ("key", "crt", "chain", "pem"):
            certificate, _, key_type = words[1].rpartition("/")
            certificate = member.host.certificates.get(certificate or "default")
            if certificate and key_type in certificate.keys:
                return f"{certificates.base(certificate, key_type)}.{words[0]}"
        raise LabError(f"{member.file}: unknown template {match.group(0)}")

    def filled(text):
        return TEMPLATE.sub(value, text)
    for name, text in program.files.items():
        write(f"{folder}/{name}", filled(text))
    for command in program.prepare:
        run(*map(filled, command), cwd=folder)
    name = f"{member.id}-{program.ports[0]}"
    return Server(f"{os.path.basename(program.name)} of {member.host.name}",
                  [program.path, *map(filled, program.arguments)], [f"{state}/logs/{name}.log"],
                  [(member.address, port) for port in program.ports],
                  environment={key: filled(text) for key, text in program.environment.items()})


def front_log(state, member, port):
    """Where a front writes down its connections, a JSON object a line."""
    return f"{state}/logs/front-{member.id}-{port}.jsonl"


def _prepare_front(member, front, state):
    return Server(f"Front of {member.host.name} port {front.port}",
                  [sys.executable, "-B", f"{FOLDER}/servers/front.py", "--listen", f"{member.address}:{front.port}",
                   "--backend", f"{member.address}:{front.backend}", "--name", member.host.name,
                   "--log", front_log(state, member, front.port), *front.options],
                  [f"{state}/logs/front-{member.id}-{front.port}.log"], [(member.address, front.port)])


def describe(members, left_out, state):
    """For lab.json."""
    return {member.id: {"about": member.about, "address": member.address, "name": member.host.name,
                        "ports": {port: endpoint.service for port, endpoint in member.ports.items()},
                        "front_logs": {front.port: front_log(state, member, front.port) for front in member.fronts}}
            for member in members} | {name: {"left_out": reason} for name, reason in left_out.items()}
