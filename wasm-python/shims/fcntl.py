"""Stands in for the C module `fcntl`. One process has the sandbox to itself, so a file lock is always free."""

import errno
import os

LOCK_SH, LOCK_EX, LOCK_NB, LOCK_UN = 1, 2, 4, 8
LOCK_MAND, LOCK_READ, LOCK_WRITE, LOCK_RW = 32, 64, 128, 192
F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETLK, F_SETLK, F_SETLKW, F_SETOWN, F_GETOWN = range(10)
F_RDLCK, F_WRLCK, F_UNLCK = range(3)
F_DUPFD_CLOEXEC = 1030
FD_CLOEXEC = 1


def _descriptor(fd):
    if not isinstance(fd, int):
        if not hasattr(fd, "fileno"):
            raise TypeError("argument must be an int, or have a fileno() method.")
        fd = fd.fileno()
        if not isinstance(fd, int):
            raise TypeError("fileno() returned a non-integer")
    if fd < 0:
        raise ValueError(f"file descriptor cannot be a negative integer ({fd})")
    os.fstat(fd)  # OSError for one that is closed
    return fd


def flock(fd, operation, /):
    _descriptor(fd)


def lockf(fd, cmd, len=0, start=0, whence=0, /):
    _descriptor(fd)


def fcntl(fd, cmd, arg=0, /):
    """Only what has one possible answer: the close-on-exec flag, and locks. Nothing is ever executed here."""
    _descriptor(fd)
    if cmd == F_GETFD:
        return FD_CLOEXEC
    if cmd in (F_SETFD, F_SETLK, F_SETLKW):
        return arg if isinstance(arg, bytes) else 0
    raise OSError(errno.ENOTSUP, f"wasmlam: the sandbox has no fcntl() (command {cmd})")


def ioctl(fd, request, arg=0, mutate_flag=True, /):
    _descriptor(fd)
    raise OSError(errno.ENOTSUP, f"wasmlam: the sandbox has no ioctl() (request {request:#x})")
