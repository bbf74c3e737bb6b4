"""Fills in what CPython lacks on WASI and ordinary code takes for granted. Runs once, while the interpreter's image is
made, before anything imports `socket`.

Each entry is here because common packages use it when they are imported or in their plainest use. What cannot work
says so in its error; what programs test for with hasattr() to choose another way (os.fork) stays missing.
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

    def system(command):
        raise _no_processes(command)

    def getlogin():
        raise OSError(errno.ENOTTY, "wasmlam: the sandbox has no terminal to log in on")

    def pipe():
        raise OSError(errno.ENOSYS, "wasmlam: the sandbox has no pipes")

    def waitpid(*_arguments):
        raise ChildProcessError(errno.ECHILD, "wasmlam: the sandbox has no processes to wait for")

    def kill(pid, signal, /):
        import signal as signals

        if pid != os.getpid():
            raise ProcessLookupError(errno.ESRCH, f"wasmlam: the sandbox has no process {pid}")
        if signal:
            signals.raise_signal(signal)

    additions = {
        "getuid": lambda: USER_ID, "geteuid": lambda: USER_ID, "getgid": lambda: GROUP_ID, "getegid": lambda: GROUP_ID,
        "getgroups": lambda: [GROUP_ID], "getppid": lambda: 1, "getpgrp": lambda: 1,
        "umask": umask, "system": system, "getlogin": getlogin,
        "pipe": pipe, "wait": waitpid, "waitpid": waitpid, "waitstatus_to_exitcode": lambda status: status >> 8,
        "kill": kill,
    }
    for name, function in additions.items():
        if not hasattr(os, name):
            function.__name__ = function.__qualname__ = name
            setattr(os, name, function)


def _replace_sockets() -> None:
    import _wasmlam_socket

    sys.modules["_socket"] = _wasmlam_socket
    import selectors

    selectors.DefaultSelector = _wasmlam_socket.SandboxSelector
    _wasmlam_socket.wait = threads.wait


def _refuse_processes() -> None:
    import multiprocessing.process
    import subprocess

    def popen(self, args, *rest, **options):
        raise _no_processes(args)

    def start(self):
        raise _no_processes(self.name)

    subprocess.Popen.__init__ = popen
    multiprocessing.process.BaseProcess.start = start


def _no_processes(command) -> OSError:
    if isinstance(command, (list, tuple)) and command:
        command = command[0]
    if isinstance(command, bytes):
        command = os.fsdecode(command)
    return PermissionError(errno.EPERM, f"wasmlam: the sandbox has no processes (tried to run {command})")


def _complete_hashlib() -> None:
    import hashlib

    import _wasmlam_kdf

    for name in ("pbkdf2_hmac", "scrypt"):
        if not hasattr(hashlib, name):
            setattr(hashlib, name, getattr(_wasmlam_kdf, name))
            hashlib.__all__ += (name,)
