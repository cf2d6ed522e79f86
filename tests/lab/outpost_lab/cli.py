"""The command line of the lab."""
import argparse
import os
import signal
import sys

from . import checkup, world, zonemaster, zoo
from .errors import LabError
from .laboratory import Laboratory
from .namespaces import FORWARDED_SIGNALS, run_isolated

COULD_NOT_START = 125

DESCRIPTION = """A small Internet with real mail servers, in namespaces of its own.
Nothing of it can be reached from outside, and nothing remains when it ends."""

ENVIRONMENT = """The command runs on the scanner's side of the network and sees
  OUTPOST_LAB_STATE         directory with certificates, keys, logs and lab.json
  OUTPOST_LAB_RESOLVER      address of the validating resolver (also in /etc/resolv.conf)
  OUTPOST_LAB_CA_FILE       the root certificate that the lab's servers chain to
  OUTPOST_LAB_ROOT_HINTS    the lab's DNS root servers
  OUTPOST_LAB_TRUST_ANCHOR  the DS record of the lab's DNS root
  OUTPOST_LAB_BLOCKLISTS    the lab's blacklists, for --blocklists: a scan asks no others
  OUTPOST_LAB_DOMAINS       the domains meant to be scanned
  OUTPOST_LAB_DEMO_DOMAINS  those of them that a demonstration shows
  OUTPOST_LAB_LISTS         directory with lists of generated domains, one file per zone
OUTPOST_LAB_DELAY_BOX=FILE is the program behind --delay, if not the one that a build of this checkout has made.
OUTPOST_LAB_KEEP_LOGS=DIR copies the servers' logs to DIR at the end.
Exit status: that of the command; 125 when the lab could not start."""


def main(arguments):
    parser = argparse.ArgumentParser(prog="lab", description=DESCRIPTION, epilog=ENVIRONMENT,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="what", metavar="run|shell|check|list|zoo", required=True)
    run = commands.add_parser("run", help="start the lab, run a command in it, stop everything")
    shell = commands.add_parser("shell", help="the same with an interactive shell")
    check = commands.add_parser("check", help="start the lab and test that every server answers as it should")
    commands.add_parser("list", help="list domains and hosts, and what is wrong with each")
    members = commands.add_parser("zoo", help="the same as run, with TLS servers of the zoo; "
                                  "without a command: list them")
    members.add_argument("--member", metavar="NAME", action="append", default=[],
                         help="one of them (repeatable); without: all")
    for command in (run, shell):
        command.add_argument("--dnssec", action="store_true",
                             help="no mail hosts, but zones with every fault that a validator may meet")
        command.add_argument("--zonemaster", choices=zonemaster.ROUNDS, metavar="ROUND",
                             help=f"no mail hosts, but Zonemaster's test zones: {', '.join(zonemaster.ROUNDS)}")
    for command in (run, shell, check, members):
        command.add_argument("--state", metavar="DIR", help="keep the state in DIR (new or empty) instead of in memory")
        command.add_argument("--delay", metavar="MS", type=milliseconds,
                             help="a round trip of MS milliseconds between scanner and servers")
        command.add_argument("--verbose", action="store_true", help="show progress, and logs when the command fails")
    members.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND ARG...")
    run.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND ARG...")
    inside = commands.add_parser("check-inside")
    inside.add_argument("--verbose", action="store_true")
    inside.add_argument("--delay", type=milliseconds)
    options = parser.parse_args(arguments)

    home = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    try:
        tests = getattr(options, "zonemaster", None)
        description = world.load(home, getattr(options, "dnssec", False) or bool(tests))
        if tests:
            if zonemaster.data_folder() is None:
                raise LabError("--zonemaster: the test zones are not here: set OUTPOST_TEST_DATA")
            zonemaster.join(description, zonemaster.data_folder(), tests)
        if options.what == "list":
            return show_list(description)
        if options.what == "zoo" and not options.command:
            return show_zoo(zoo.choose(zoo.load(), options.member))
        if options.what == "check-inside":
            return checkup.run(description, options.delay, options.verbose)
        if options.what == "shell":
            command = [os.environ.get("SHELL", "/bin/bash")]
        elif options.what == "check":
            command = [sys.executable, "-B", os.path.join(home, "lab"), "check-inside"]
            command += ["--verbose"] if options.verbose else []
            command += ["--delay", str(options.delay)] if options.delay is not None else []
        else:
            command = options.command[1:] if options.command[:1] == ["--"] else options.command
            if not command:
                run.error("no command given: lab run -- COMMAND ARG...")
        present, left_out = [], {}
        if options.what == "zoo":
            for name, member in zoo.choose(zoo.load(), options.member).items():
                reason = member.missing()
                if reason:
                    left_out[name] = reason
                    print(f"lab: {name} is left out: {reason}", file=sys.stderr)
                else:
                    present.append(member)
            zoo.join(description, present)
        laboratory = Laboratory(description, options.state and os.path.abspath(options.state), options.delay,
                                options.verbose, present, left_out)
        return run_isolated(lambda: start_and_run(laboratory, command))
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return COULD_NOT_START


def milliseconds(word):
    try:
        value = float(word)
    except ValueError:
        value = -1
    if not 0 <= value <= 10000:
        raise argparse.ArgumentTypeError(f"'{word}' is not a number from 0 to 10000")
    return value


def start_and_run(laboratory, command):
    """The life of a lab, inside its namespaces. When this returns, the kernel ends the servers."""
    for number in FORWARDED_SIGNALS:
        signal.signal(number, lambda received, frame: sys.exit(128 + received))
    keep_logs = os.environ.get("OUTPOST_LAB_KEEP_LOGS")
    try:
        laboratory.start()
        return laboratory.run(command)
    except SystemExit as leaving:
        return leaving.code
    finally:
        if keep_logs and os.path.isdir(laboratory.logs):
            laboratory.keep_logs(os.path.abspath(keep_logs))


def show_zoo(members):
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    for member in members.values():
        print(f"{member.id}  {member.address}  ports {' '.join(map(str, member.ports))}")
        for line in member.about.strip().splitlines():
            print(f"    {line.strip()}")
        if member.missing():
            print(f"    not here: {member.missing()}")
    return 0


def show_list(description):
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    for title, entries in (("Domains", description.scanned()), ("Hosts", description.hosts.values())):
        print(title)
        for entry in entries:
            print(f"  {entry.name}")
            for line in entry.about.strip().splitlines():
                print(f"      {line.strip()}")
    return 0
