"""Fills in what neither the C library nor CPython has here, and ordinary code takes for granted. Runs once, while the
interpreter's image is made, before anything imports `socket`.

Each entry is here because common packages use it when they are imported or in their plainest use, or because the host
learns from it what a function tried. What cannot work says so in its error.
"""

import errno
import os
import sys

from . import local_time, threads


def install() -> None:
    _complete_os()
    _complete_numbers()
    _set_locale()
    local_time.install()
    threads.install()
    _replace_sockets()
    _refuse_processes()
    _complete_hashlib()


def _complete_os() -> None:
    import _wasmlam_os

    def waitpid(*_arguments):
        raise ChildProcessError(errno.ECHILD, "No child processes")

    def kill(pid, signal, /):
        """Signals a process, of which there is one; signals another process in vain."""
        import signal as signals

        import _wasmlam_attempts

        if pid not in (0, -1, os.getpid()):
            _wasmlam_attempts.process(f"signal process {pid}")
            raise ProcessLookupError(errno.ESRCH, "No such process")
        if signal:
            signals.raise_signal(signal)

    additions = {
        **_wasmlam_os.FUNCTIONS,
        "wait": waitpid, "waitpid": waitpid, "wait3": waitpid, "wait4": waitpid, "waitid": waitpid, "kill": kill, "killpg": kill,
    }
    for name, function in additions.items():
        _add_to_os(name, function)


def _add_to_os(name, value) -> None:
    import posix

    for module in (os, posix):
        if not hasattr(module, name):
            setattr(module, name, value)
    if name not in os.__all__:
        os.__all__.append(name)


def _complete_numbers() -> None:
    """Names of numbers that are Linux's, and functions that say what a process may not do."""
    import fcntl
    import resource
    import signal
    import stat
    import time

    import _wasmlam_numbers

    for name, value in _wasmlam_numbers.of("os").items():
        setattr(os, name, value)
        _add_to_os(name, value)
    if "tempfile" in sys.modules:
        sys.modules["tempfile"].TMP_MAX = os.TMP_MAX
    for module in (fcntl, resource, stat):
        vars(module).update(_wasmlam_numbers.of(module.__name__))
    signal.SIGCLD = signal.SIGCHLD

    def clock_settime(clock, time, /):
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    time.clock_settime = time.clock_settime_ns = clock_settime

    # Of loading shared libraries, which there are none of: what was set is what is asked for.
    flags = [os.RTLD_NOW]
    sys.getdlopenflags = lambda: flags[0]
    sys.setdlopenflags = lambda value, /: flags.__setitem__(0, int(value))


def _set_locale() -> None:
    """CPython takes the locale from the environment when it starts, which on AWS says UTF-8."""
    import _locale

    _locale.setlocale(_locale.LC_CTYPE, "C.UTF-8")


def _replace_sockets() -> None:
    import _signal
    import signal

    import _wasmlam_select
    import _wasmlam_socket

    signal.set_wakeup_fd = _signal.set_wakeup_fd = _wasmlam_socket.set_wakeup_fd
    sys.modules["_socket"] = _wasmlam_socket
    sys.modules["select"] = _wasmlam_select


def _refuse_processes() -> None:
    # Before os.register_at_fork is there: on WASI a lock lacks the method that it would register.
    import concurrent.futures.thread  # noqa: F401
    import multiprocessing.process
    import subprocess

    def refuse(name):
        # Of a copy of itself a process expects that it may be impossible for now, of a program that it is forbidden.
        number = errno.EAGAIN if name in ("fork", "forkpty") else errno.EPERM

        def refused(*arguments, **_options):
            # Where there is a program it is the first argument, but in os.spawn* the second.
            program = arguments[1:2] if name.startswith("spawn") else arguments[:1]
            raise _no_processes(f"run {_name(program[0])}" if program else f"call os.{name}", number)

        refused.__name__ = refused.__qualname__ = name
        return refused

    for name in _STARTERS:
        if not hasattr(os, name):
            _add_to_os(name, refuse(name))
    if not hasattr(os, "register_at_fork"):
        _add_to_os("register_at_fork", lambda **_hooks: None)  # `random` calls it where there is os.fork

    def popen(self, args, *rest, **options):
        raise _no_processes(f"run {_name(args)}")

    def start(self):
        raise _no_processes(f"run {self.name}")

    subprocess.Popen.__init__ = popen
    multiprocessing.process.BaseProcess.start = start


# What starts processes on Linux. The others of the kind (os.execl, os.popen) are made of these in os.py.
_STARTERS = (
    "fork", "forkpty", "system", "execv", "execve", "posix_spawn", "posix_spawnp",
    "spawnv", "spawnve", "spawnvp", "spawnvpe", "spawnl", "spawnle", "spawnlp", "spawnlpe",
)
# Commands that `platform` runs to learn what it could do without.
_PROBES = ("run uname", "run file")


def _name(command) -> str:
    if isinstance(command, (list, tuple)) and command:
        command = command[0]
    return os.fsdecode(command) if isinstance(command, bytes) else str(command)


def _no_processes(what: str, number: int = errno.EPERM) -> OSError:
    import _wasmlam_attempts

    if what not in _PROBES:
        _wasmlam_attempts.process(what)
    return OSError(number, f"wasmlam: the sandbox has no processes (tried to {what})")


def _complete_hashlib() -> None:
    import hashlib

    import _wasmlam_hashes
    import _wasmlam_kdf

    hashlib.new = _wasmlam_hashes.new
    hashlib.algorithms_available = hashlib.algorithms_available | _wasmlam_hashes._OWN.keys()

    for name in ("pbkdf2_hmac", "scrypt"):
        if not hasattr(hashlib, name):
            setattr(hashlib, name, getattr(_wasmlam_kdf, name))
            hashlib.__all__ += (name,)
