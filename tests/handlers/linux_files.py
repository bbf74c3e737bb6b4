"""Descriptors, modes, owners and locks, as a program on Linux expects them."""

import contextlib
import errno
import fcntl
import io
import os
import pathlib
import select
import shutil
import sqlite3
import stat
import tarfile
import tempfile
import threading
import zipfile


def why(action, *arguments):
    try:
        return action(*arguments)
    except OSError as error:
        return [errno.errorcode[error.errno], error.strerror]


def write_through_a_copy():
    copy = os.dup(1)
    os.write(copy, b"through the copy\n")
    os.close(copy)


def capture():
    """What is written to descriptor 1 lands in a file for a while."""
    saved = os.dup(1)
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), 1)
        os.write(1, b"hidden\n")
        os.dup2(saved, 1)
        os.close(saved)
        file.seek(0)
        return file.read().decode()


def shared_position():
    with open("/tmp/position", "w+b") as file, os.fdopen(os.dup(file.fileno()), "r+b") as copy:
        file.write(b"abc")
        file.flush()
        copy.seek(0)
        return [copy.read().decode(), file.tell()]


def pipe_between_threads():
    """More than a pipe holds, so that the writer waits for the reader and the reader for the writer."""
    reader, writer = os.pipe()
    got = []

    def read():
        while part := os.read(reader, 10_000):
            got.append(len(part))

    thread = threading.Thread(target=read)
    thread.start()
    written = os.write(writer, bytes(200_000))
    os.close(writer)
    thread.join()
    return [written, sum(got)]


def pipe_states():
    reader, writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    states = [why(os.read, reader, 1), [len(ready) for ready in select.select([reader], [writer], [], 0)]]
    os.write(writer, b"x")
    states += [[len(ready) for ready in select.select([reader], [], [], 1)], os.read(reader, 5).decode()]
    poll = select.poll()
    poll.register(reader, select.POLLIN)
    states.append(poll.poll(10))
    states.append(sum(why(os.write, writer, bytes(60_000)) for _ in range(1)))
    states += [os.write(writer, bytes(60_000)), why(os.write, writer, bytes(60_000))]
    os.close(reader)
    states.append(why(os.write, writer, b"x"))
    os.close(writer)
    return states


def flags():
    with open("/tmp/flags", "w") as file:
        access = fcntl.fcntl(file, fcntl.F_GETFL) & os.O_ACCMODE
        close = fcntl.fcntl(file, fcntl.F_GETFD)
        fcntl.fcntl(file, fcntl.F_SETFD, 0)
        return [access == os.O_WRONLY, close, fcntl.fcntl(file, fcntl.F_GETFD), os.O_RDONLY, os.get_blocking(file.fileno())]


def locks():
    with open("/tmp/lock", "w") as one, open("/tmp/lock", "w") as two:
        fcntl.flock(one, fcntl.LOCK_EX)
        found = [why(fcntl.flock, two, fcntl.LOCK_EX | fcntl.LOCK_NB)]
        threading.Timer(0.05, fcntl.flock, (one, fcntl.LOCK_UN)).start()
        fcntl.flock(two, fcntl.LOCK_EX)  # waits for the other thread
        fcntl.lockf(two, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.lockf(one.fileno(), os.F_TEST, 0)
        return found + [why(fcntl.flock, one, fcntl.LOCK_SH | fcntl.LOCK_NB)]


def lock_file():
    descriptor = os.open("/tmp/job.lock", os.O_CREAT | os.O_EXCL)
    os.close(descriptor)
    os.close(os.open(__file__, 0))
    return why(os.open, "/tmp/job.lock", os.O_CREAT | os.O_EXCL)[0]


def modes():
    os.umask(0o027)
    os.mkdir("/tmp/private", 0o777)
    pathlib.Path("/tmp/private/file").touch()
    made = [oct(os.stat(path).st_mode) for path in ("/tmp/private", "/tmp/private/file")]
    os.umask(0o022)
    os.chmod("/tmp/private/file", 0o600)
    descriptor = os.open("/tmp/private/other", os.O_CREAT | os.O_WRONLY, 0o640)
    os.fchmod(descriptor, 0o444)
    os.close(descriptor)
    made += [oct(os.stat(f"/tmp/private/{name}").st_mode) for name in ("file", "other")]
    made += [why(os.open, "/tmp/private/other", os.O_WRONLY), os.access("/tmp/private/other", os.W_OK)]
    os.chmod("/tmp/private", 0)
    made += [why(os.listdir, "/tmp/private"), why(os.stat, "/tmp/private/file"), why(os.open, "/tmp/private/new", os.O_CREAT)]
    os.chmod("/tmp/private", 0o700)
    pathlib.Path("/tmp/prog").write_text("#!/bin/sh\n")
    os.chmod("/tmp/prog", 0o755)
    return made + [shutil.which("prog", path="/tmp"), bool(os.stat("/tmp/prog").st_mode & stat.S_IXUSR)]


def owners():
    os.mkdir("/tmp/mine")
    mine, package = os.stat("/tmp/mine"), os.stat(__file__)
    return {
        "own": [mine.st_uid == os.getuid(), mine.st_gid == os.getgid(), pathlib.Path("/tmp/mine").owner()],
        "package": [package.st_uid, oct(package.st_mode)],
        "tmp": oct(os.stat("/tmp").st_mode),
        "chown": [why(os.chown, "/tmp/mine", os.getuid(), -1), why(os.chown, "/tmp/mine", 0, 0)],
        "access": [os.access("/var/task", mode) for mode in (os.F_OK, os.R_OK, os.W_OK, os.X_OK)],
        "read-only": [why(os.chmod, __file__, 0o600), why(os.mkdir, "/var/task/x")],
    }


def archives():
    pathlib.Path("/tmp/a.txt").touch()
    with zipfile.ZipFile("/tmp/a.zip", "w") as archive:
        archive.write("/tmp/a.txt", "a.txt")
    with tarfile.open("/tmp/a.tar", "w") as archive:
        archive.add("/tmp/a.txt", "a.txt")
    with tarfile.open("/tmp/a.tar") as archive:
        member = archive.getmember("a.txt")
        archive.extractall("/tmp/out", filter="data")
    with zipfile.ZipFile("/tmp/a.zip") as archive:
        mode = archive.getinfo("a.txt").external_attr >> 16
    return [oct(mode), oct(member.mode), member.uname, os.path.exists("/tmp/out/a.txt")]


def names_are_bytes():
    os.mkdir(b"/tmp/bytes")
    name = b"/tmp/bytes/\xff\xfe\xc3\xa4"
    with open(name, "wb") as file:
        file.write(b"x")
    os.symlink(b"\xff\xfe\xc3\xa4", b"/tmp/bytes/link")
    private = "/tmp/bytes/\U0010ff80\U0010ffff"
    pathlib.Path(private).touch()
    listed = sorted(os.listdir(b"/tmp/bytes"))
    return [[list(each) for each in listed], os.path.getsize(b"/tmp/bytes/link"), os.path.exists(private), os.listdir("/tmp/bytes") != listed]


def backup():
    one = sqlite3.connect(":memory:")
    one.execute("create table t(x)")
    one.executemany("insert into t values (?)", [(number,) for number in range(1000)])
    one.commit()
    other = sqlite3.connect("/tmp/b.db")
    one.backup(other, pages=1)
    return other.execute("select sum(x) from t").fetchone()


def redirected():
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        print("inside")
    return text.getvalue()


def handler(event, context):
    write_through_a_copy()
    tests = (
        capture, shared_position, pipe_between_threads, pipe_states, flags, locks, lock_file, modes, owners, archives,
        names_are_bytes, backup, redirected,
    )
    return {test.__name__: test() for test in tests}
