"""Runs programs: short ones to their end, servers until the lab ends, several side by side."""
import os
import shutil
import socket
import struct
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

from .errors import LabError

START_SECONDS = 30
TCP_LISTEN = "0A"
UDP_BOUND = "07"
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# What the servers and tools see of the environment: nothing of the user's.
CLEAN_ENVIRONMENT = {"PATH": SYSTEM_PATH, "LC_ALL": "C", "TZ": "UTC"}


def program(name, package):
    """The path of a program, or a message that says what to install."""
    path = shutil.which(name, path=SYSTEM_PATH)
    if not path:
        raise LabError(f"'{name}' is not installed: apt-get install {package}")
    return path


def run(*command, cwd=None, stdin=None):
    """Runs a short program to its end and returns what it printed."""
    done = subprocess.run(command, cwd=cwd, input=stdin, capture_output=True, text=True, env=CLEAN_ENVIRONMENT)
    if done.returncode != 0:
        raise LabError(f"{' '.join(command)} failed ({done.returncode}): {(done.stderr or done.stdout).strip()}")
    return done.stdout


def in_parallel(function, items):
    """Calls function(item) for all items side by side; returns the results in order, or raises the first error."""
    with ThreadPoolExecutor(max_workers=(os.cpu_count() or 1) + 2) as pool:
        return list(pool.map(function, items))


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
    return path


class Server:
    """A server process, the log that it writes, and the ports where it must answer."""

    def __init__(self, label, command, logs, listens, self_check=None, environment=None):
        self.label = label
        self.command = command
        self.logs = logs                # the first one also takes what the process prints
        self.listens = listens          # [(address, port)]
        self.environment = CLEAN_ENVIRONMENT | (environment or {})
        self.self_check = self_check    # prints what is wrong with the configuration, for servers that die silently
        self.process = None

    def start(self):
        os.makedirs(os.path.dirname(self.logs[0]), exist_ok=True)
        with open(self.logs[0], "ab") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/",
                                            env=self.environment, start_new_session=True)

    def is_running(self):
        return self.process.poll() is None

    def tail(self, lines=15):
        text = ""
        for path in self.logs:
            try:
                with open(path, encoding="utf-8", errors="replace") as stream:
                    last = stream.readlines()[-lines:]
            except OSError:
                continue
            if last:
                text += f"--- {path}\n" + "".join(last)
        return text

    def last_words(self):
        text = self.tail()
        if self.self_check:
            text += f"--- {' '.join(self.self_check)}\n{_run_on_terminal(self.self_check)}"
        return text

    def wait_for_word(self, word):
        """For what does not listen: waits until it has printed a line of this one word."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            with open(self.logs[0], encoding="utf-8", errors="replace") as stream:
                if f"{word}\n" in stream.readlines():
                    return
            if not self.is_running() or time.monotonic() > deadline:
                raise LabError(f"{self.label} did not get ready; the end of its log:\n{self.last_words()}")
            time.sleep(0.005)

    @staticmethod
    def listening():
        return _listening(("/proc/net/tcp", "/proc/net/tcp6"), TCP_LISTEN)

    def wait_until_ready(self, deadline):
        while True:
            listening = self.listening()    # some programs can only listen on all addresses
            missing = [(address, port) for address, port in self.listens
                       if not listening & {_kernel_name(one, port) for one in (address, "0.0.0.0", "::")}]
            if not missing:
                return
            if not self.is_running():
                raise LabError(f"{self.label} ended with status {self.process.returncode} while starting; "
                               f"the end of its log:\n{self.last_words()}")
            if time.monotonic() > deadline:
                raise LabError(f"{self.label} does not listen on {missing[0][0]} port {missing[0][1]}; "
                               f"the end of its log:\n{self.last_words()}")
            time.sleep(0.02)


class UdpServer(Server):
    """One that has no TCP port."""

    @staticmethod
    def listening():
        return _listening(("/proc/net/udp", "/proc/net/udp6"), UDP_BOUND)


def _run_on_terminal(command):
    """What a program prints that only talks to a terminal, as Postfix does."""
    ours, theirs = os.openpty()
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=CLEAN_ENVIRONMENT):
        os.close(theirs)
        printed = b""
        try:
            while more := os.read(ours, 4096):
                printed += more
        except OSError:                 # how Linux says that the other side has closed
            pass
    os.close(ours)
    return printed.decode(errors="replace").replace("\r\n", "\n")


def _kernel_name(address, port):
    """An address and port as /proc/net/tcp and tcp6 write them: 32-bit words in the machine's byte order."""
    packed = socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)
    words = struct.unpack(f"={len(packed) // 4}I", packed)
    return "".join(f"{word:08X}" for word in words) + f":{port:04X}"


def _listening(paths, state):
    """Every endpoint that is listened on here. Looking does not disturb the servers as connecting would."""
    result = set()
    for path in paths:
        with open(path, encoding="ascii") as stream:
            for line in stream.readlines()[1:]:
                columns = line.split()
                if columns[3] == state:
                    result.add(columns[1])
    return result


def wait_until_ready(self, deadline):
        for address, port in self.listens:
            while not _answers(address, port):
                if not self.is_running():
                    raise LabError(f"{self.label} ended with status {self.process.returncode} while starting; "
                                   f"the end of its log:\n{self.tail()}")
                if time.monotonic() > deadline:
                    raise LabError(f"{self.label} does not answer on {address} port {port}; "
                                   f"the end of its log:\n{self.tail()}")
                time.sleep(0.02)


def _answers(address, port):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as attempt:
        attempt.settimeout(2)
        try:
            attempt.connect((address, port))
        except OSError:
            return False
        return True


def wait_until_ready(servers):
    deadline = time.monotonic() + START_SECONDS
    for server in servers:
        server.wait_until_ready(deadline)
