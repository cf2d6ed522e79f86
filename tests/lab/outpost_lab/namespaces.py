"""Runs a function in namespaces of its own, so that nothing of the lab can be seen, reached or left behind outside.

Processes:  caller  ->  init (pid 1 of the new pid namespace)  ->  manager (runs the function)

When the caller dies, however it dies, the kernel kills init (PR_SET_PDEATHSIG), with init every process of the
namespace, and with the last process the mounts and the network.
"""
import ctypes
import os
import signal
import sys
import traceback

from .errors import LabError

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_NOSUID = 0x2
MS_NODEV = 0x4
MS_BIND = 0x1000
MS_REC = 0x4000
MS_PRIVATE = 0x40000

PR_SET_PDEATHSIG = 1

FORWARDED_SIGNALS = (signal.SIGTERM, signal.SIGHUP)

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result, what):
    if result != 0:
        number = ctypes.get_errno()
        hint = " (the lab needs root: try sudo)" if os.geteuid() != 0 else \
            " (in a container this needs --privileged or CAP_SYS_ADMIN)" if number == 1 else ""
        raise LabError(f"{what}: {os.strerror(number)}{hint}")


def mount(source, target, kind=None, flags=0, options=None):
    def encoded(text):
        return text.encode() if text is not None else None
    _check(_libc.mount(encoded(source), encoded(target), encoded(kind), ctypes.c_ulong(flags), encoded(options)),
           f"mounting {kind or source} on {target}")


def bind(source, target):
    mount(source, target, None, MS_BIND)


def enter_network(descriptor):
    """Moves the calling process into the network namespace that the open file stands for."""
    if _libc.setns(descriptor, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def exit_status(wait_status):
    code = os.waitstatus_to_exitcode(wait_status)
    return code if code >= 0 else 128 - code


def run_isolated(function):
    """Calls function() in new namespaces and returns the exit status that it returned."""
    alive_read, alive_write = os.pipe()
    _check(_libc.unshare(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET),
           "making namespaces")
    sys.stdout.flush()
    sys.stderr.flush()
    init = os.fork()
    if init == 0:
        os.close(alive_write)
        _leave(lambda: _init(function, alive_read))
    os.close(alive_read)
    return _wait_for(init)


def _leave(function):
    """Runs function in a forked child and exits with what it returns; never returns."""
    status = 125
    try:
        status = function()
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        status = 130
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _init(function, alive_read):
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    os.set_blocking(alive_read, False)
    try:
        os.read(alive_read, 1)
        return 137                      # end of file: the caller died before prctl took effect
    except BlockingIOError:
        pass
    mount("none", "/", None, MS_REC | MS_PRIVATE)
    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV)
    manager = os.fork()
    if manager == 0:
        os.close(alive_read)
        _leave(function)
    return _wait_for(manager)


def _wait_for(child):
    """Waits for one child, passes signals on to it, and reaps every other child on the way."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)        # a terminal sends it to everyone; the command decides
    for number in FORWARDED_SIGNALS:
        signal.signal(number, lambda received, frame: os.kill(child, received))
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == child:
            return exit_status(status)
