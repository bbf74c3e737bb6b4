"""Fills in what CPython lacks on WASI and ordinary code takes for granted. Runs once, while the interpreter's image is
made, before anything imports `socket`.

Each entry is here because common packages use it when they are imported or in their plainest use, or because the host
is told when a function tries it. What cannot work says so in its error.
"""

import errno
import os
import sys
import time

from . import file_systems, local_time, threads

# The user and the group that functions have on AWS; see the shims `pwd` and `grp`.
USER_ID, GROUP_ID = 993, 990


def install() -> None:
    _complete_os()
    _refuse_locales()
    if not hasattr(time, "thread_time"):
        time.thread_time, time.thread_time_ns = time.process_time, time.process_time_ns
    file_systems.install()
    local_time.install()
    threads.install()
    _replace_sockets()
    _refuse_processes()
    _complete_hashlib()


def _complete_os() -> None:
    mask = 0o022

    def umask(new, /):
        """Remembered only: files have no modes in WASI."""
        nonlocal mask
        mask, before = new & 0o777, mask
        return before

    def getlogin():
        raise OSError(errno.ENOTTY, "wasmlam: the sandbox has no terminal to log in on")

    def pipe():
        raise OSError(errno.ENOSYS, "wasmlam: the sandbox has no pipes")

    def waitpid(*_arguments):
        raise ChildProcessError(errno.ECHILD, "wasmlam: the sandbox has no processes to wait for")

    def kill(pid, signal, /):
        import signal as signals

        import _wasmlam_attempts

        if pid != os.getpid():
            _wasmlam_attempts.process(f"signal process {pid}")
            raise ProcessLookupError(errno.ESRCH, f"wasmlam: the sandbox has no process {pid}")
        if signal:
            signals.raise_signal(signal)

    def get_terminal_size(fd=1, /):
        os.fstat(fd)
        raise OSError(errno.ENOTTY, "Inappropriate ioctl for device")

    def sched_getaffinity(pid, /):
        _own_process(pid)
        return set(range(processors()))

    def sched_setaffinity(pid, mask, /):
        _own_process(pid)
        if not set(mask) & sched_getaffinity(0):
            raise OSError(errno.EINVAL, "Invalid argument")

    def nice(increment, /):
        nonlocal niceness
        if increment < 0:
            raise PermissionError(errno.EPERM, "Operation not permitted")
        niceness = min(19, niceness + increment)
        return niceness

    def getrandom(size, flags=0):
        if size < 0:
            raise OSError(errno.EINVAL, "Invalid argument")
        return os.urandom(size)

    niceness = 0
    additions = {
        "get_terminal_size": get_terminal_size, "sched_getaffinity": sched_getaffinity,
        "sched_setaffinity": sched_setaffinity, "getloadavg": lambda: (0.0, 0.0, 0.0), "nice": nice, "sync": lambda: None,
        "getrandom": getrandom,
        "getuid": lambda: USER_ID, "geteuid": lambda: USER_ID, "getgid": lambda: GROUP_ID, "getegid": lambda: GROUP_ID,
        "getgroups": lambda: [GROUP_ID], "getppid": lambda: 1, "getpgrp": lambda: 1,
        "umask": umask, "getlogin": getlogin,
        "pipe": pipe, "wait": waitpid, "waitpid": waitpid, "waitstatus_to_exitcode": lambda status: status >> 8,
        "kill": kill,
    }
    os.cpu_count = os.process_cpu_count = processors
    for name, function in additions.items():
        if not hasattr(os, name):
            function.__name__ = function.__qualname__ = name
            setattr(os, name, function)


def _own_process(pid) -> None:
    if pid not in (0, os.getpid()):
        raise ProcessLookupError(errno.ESRCH, "No such process")


# By memory size in MB up to which os.cpu_count() has been seen to be 2, 3, 4 and 5 on AWS; above it is 6.
_PROCESSORS = (3008, 5307, 7076, 8845)
memory_size = 128  # in MB; the init sets it


def processors() -> int:
    return 2 + sum(memory_size > most for most in _PROCESSORS)


def set_memory_size(megabytes: int) -> None:
    """What the machine is said to have follows from it, as on AWS."""
    global memory_size
    memory_size = megabytes


# What `locale -a` says in AWS's image (glibc-minimal-langpack).
LOCALES = frozenset({"C", "POSIX", "C.UTF-8", "C.utf8"})


def _refuse_locales() -> None:
    """WASI's C library takes any name and does nothing then; a program would print numbers in a way that it did not ask
    for. The characters are UTF-8 from the start, as CPython makes them on AWS."""
    import _locale
    import locale

    set_locale = _locale.setlocale
    names = {getattr(_locale, name): name for name in ("LC_CTYPE", "LC_NUMERIC", "LC_TIME", "LC_COLLATE", "LC_MONETARY", "LC_MESSAGES")}

    def from_variables(category):
        variables = ("LC_ALL", names.get(category), "LANG")
        return next((value for value in (os.environ.get(name) for name in variables if name) if value), "C")

    def setlocale(category, name=None, /):
        if name is not None:
            if category == _locale.LC_ALL and not name:
                wanted = {from_variables(each) for each in names}
            else:
                wanted = set((name or from_variables(category)).split(";"))
            if not wanted <= LOCALES:
                raise _locale.Error("unsupported locale setting")
        return set_locale(category, name)

    _locale.setlocale = locale._setlocale = setlocale
    setlocale(_locale.LC_CTYPE, "C.UTF-8")


def _replace_sockets() -> None:
    import _wasmlam_select
    import _wasmlam_socket

    sys.modules["_socket"] = _wasmlam_socket
    sys.modules["select"] = _wasmlam_select


def _refuse_processes() -> None:
    # Before os.register_at_fork is there: on WASI a lock lacks the method that it would register.
    import concurrent.futures.thread  # noqa: F401
    import multiprocessing.process
    import posix
    import subprocess

    def refuse(name):
        def refused(*arguments, **_options):
            # Where there is a program it is the first argument, but in os.spawn* the second.
            program = arguments[1:2] if name.startswith("spawn") else arguments[:1]
            raise _no_processes(f"run {_name(program[0])}" if program else f"call os.{name}")

        refused.__name__ = refused.__qualname__ = name
        return refused

    for name in _STARTERS:
        if not hasattr(os, name):
            for module in (os, posix):
                setattr(module, name, refuse(name))
    if not hasattr(os, "register_at_fork"):
        os.register_at_fork = lambda **_hooks: None  # `random` calls it where there is os.fork

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


def _no_processes(what: str) -> OSError:
    import _wasmlam_attempts

    if what not in _PROBES:
        _wasmlam_attempts.process(what)
    return PermissionError(errno.EPERM, f"wasmlam: the sandbox has no processes (tried to {what})")


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
