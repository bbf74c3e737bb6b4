"""Functions of Linux that CPython has where the C library has them, made here of others. `FUNCTIONS` are for `os` (and
`posix`). What the process may not do, or the machine lacks, fails with the error that Linux has for it.
"""

import errno
import os
import stat

_PART = 1 << 20  # bytes that are copied at once


def _error(number, path=None):
    return OSError(number, os.strerror(number)) if path is None else OSError(number, os.strerror(number), path)


# ------------------------------------------------------------------------------------------------- between descriptors


def _copy(count, read, write):
    """Copies at most `count` bytes. `read(size, done)` gives what comes after `done` bytes, `write(data, done)` how many it
    took."""
    done = 0
    while done < count:
        data = read(min(_PART, count - done), done)
        if not data:
            break
        written = write(data, done)
        done += written
        if written < len(data):
            break
    return done


def _reader(fd, offset):
    if offset is None:
        return lambda size, done: os.read(fd, size)
    return lambda size, done: os.pread(fd, size, offset + done)


def _writer(fd, offset):
    if offset is None:
        return lambda data, done: os.write(fd, data)
    return lambda data, done: os.pwrite(fd, data, offset + done)


def sendfile(out_fd, in_fd, offset, count):
    """What cannot be taken (a full pipe) stays unread, as the source is read by its position or put back."""
    if count < 0:
        raise _error(errno.EINVAL)
    start = os.lseek(in_fd, 0, os.SEEK_CUR) if offset is None else offset
    done = _copy(count, _reader(in_fd, start), _writer(out_fd, None))
    if offset is None:
        os.lseek(in_fd, start + done, os.SEEK_SET)
    return done


def copy_file_range(src, dst, count, offset_src=None, offset_dst=None):
    if count < 0:
        raise ValueError("negative value for 'count' not allowed")
    if not all(stat.S_ISREG(os.fstat(fd).st_mode) for fd in (src, dst)):
        raise _error(errno.EINVAL)
    return _copy(count, _reader(src, offset_src), _writer(dst, offset_dst))


def splice(src, dst, count, offset_src=None, offset_dst=None, flags=0):
    if count < 0:
        raise ValueError("negative value for 'count' not allowed")
    pipes = [stat.S_ISFIFO(os.fstat(fd).st_mode) for fd in (src, dst)]
    if not any(pipes):
        raise _error(errno.EINVAL)
    if pipes[0] and offset_src is not None or pipes[1] and offset_dst is not None:
        raise _error(errno.ESPIPE)
    # Once, as a pipe gives what it has.
    data = _reader(src, offset_src)(min(count, 1 << 16), 0)
    return _writer(dst, offset_dst)(data, 0) if data else 0


def posix_fallocate(fd, offset, length, /):
    if offset < 0 or length <= 0:
        raise _error(errno.EINVAL)
    status, end = os.fstat(fd), offset + length
    if not stat.S_ISREG(status.st_mode):
        raise _error(errno.ESPIPE if stat.S_ISFIFO(status.st_mode) else errno.ENODEV)
    if end > status.st_size:
        room = os.fstatvfs(fd)
        if end - status.st_size > room.f_bavail * room.f_frsize:
            raise _error(errno.ENOSPC)
        os.ftruncate(fd, end)


def memfd_create(name, flags=1):
    if len(os.fsencode(name)) > 249 or flags & ~3:
        raise _error(errno.EINVAL)
    return os.open("/tmp", os.O_TMPFILE | os.O_RDWR | (os.O_CLOEXEC if flags & 1 else 0), 0o777)


# ------------------------------------------------------------------------------------------------------------- files


def mknod(path, mode=0o600, device=0, *, dir_fd=None):
    kind = stat.S_IFMT(mode)
    if kind in (0, stat.S_IFREG):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, stat.S_IMODE(mode), dir_fd=dir_fd))
        return
    raise _error(errno.EINVAL if kind == stat.S_IFDIR else errno.EPERM, path)


def makedev(major, minor, /):
    return (major & 0xFFFFF000) << 32 | (minor & 0xFFFFFF00) << 12 | (major & 0xFFF) << 8 | minor & 0xFF


def major(device, /):
    return device >> 32 & 0xFFFFF000 | device >> 8 & 0xFFF


def minor(device, /):
    return device >> 12 & 0xFFFFFF00 | device & 0xFF


def _there(path, follow_symlinks):
    os.stat(path) if isinstance(path, int) else os.stat(path, follow_symlinks=follow_symlinks)


def listxattr(path=None, *, follow_symlinks=True):
    """A tmpfs of Lambda's kernel keeps none that a program may set."""
    _there("." if path is None else path, follow_symlinks)
    return []


def getxattr(path, attribute, *, follow_symlinks=True):
    _there(path, follow_symlinks)
    raise _error(errno.ENODATA, path)


def setxattr(path, attribute, value, flags=0, *, follow_symlinks=True):
    _there(path, follow_symlinks)
    raise _error(errno.ENOTSUP, path)


def removexattr(path, attribute, *, follow_symlinks=True):
    _there(path, follow_symlinks)
    raise _error(errno.ENODATA, path)


# -------------------------------------------------------------------------------------------------- process and machine


def getgrouplist(user, group, /):
    return [group]


def getrandom(size, flags=0):
    if size < 0 or flags & ~3:
        raise _error(errno.EINVAL)
    return os.urandom(size)


def _not_permitted(name):
    def function(*_arguments):
        raise _error(errno.EPERM)

    function.__name__ = function.__qualname__ = name
    return function


def _no_terminal(name, number):
    def function(*_arguments):
        raise _error(number)

    function.__name__ = function.__qualname__ = name
    return function


def ctermid():
    return "/dev/tty"


FUNCTIONS = {
    function.__name__: function
    for function in (
        copy_file_range, ctermid, getgrouplist, getrandom, getxattr, listxattr, major, makedev, memfd_create, minor, mknod,
        posix_fallocate, removexattr, sendfile, setxattr, splice,
        *map(_not_permitted, ("setns", "setpgid", "setpgrp", "setsid", "unshare")),
        *(_no_terminal(name, errno.ENOENT) for name in ("openpty", "posix_openpt")),
        *(_no_terminal(name, errno.ENOTTY) for name in ("grantpt", "login_tty", "ptsname", "unlockpt")),
    )
}
