"""Many file operations below one folder, and what each gave: the same list under any POSIX system."""

import errno
import os
import shutil
import tempfile


def operations(root):
    def at(*names):
        return os.path.join(root, *names)

    def write(path, data, mode="wb"):
        with open(path, mode) as file:
            return file.write(data)

    def read(path):
        with open(path, "rb") as file:
            return file.read().decode()

    def kind(path):
        status = os.lstat(path)
        return [status.st_size if os.path.isfile(path) else None, status.st_nlink if os.path.isfile(path) else None,
                os.path.isfile(path), os.path.isdir(path), os.path.islink(path)]

    def sparse():
        with open(at("sparse"), "wb") as file:
            file.seek(10_000)
            file.write(b"end")
            file.truncate(20_000)
        data = open(at("sparse"), "rb").read()
        return [len(data), data.count(b"\0"), data[10_000:10_003].decode()]

    def update():
        with open(at("update"), "w+b") as file:
            file.write(b"0123456789")
            file.seek(3)
            file.write(b"abc")
            file.seek(-2, os.SEEK_END)
            tail = file.read()
            file.seek(0)
            return [file.read().decode(), tail.decode(), file.tell()]

    def unlinked():
        with open(at("gone"), "w+b") as file:
            os.unlink(at("gone"))
            file.write(b"still")
            file.seek(0)
            return [file.read().decode(), os.path.exists(at("gone"))]

    def descriptors():
        fd = os.open(at("fd"), os.O_RDWR | os.O_CREAT | os.O_EXCL)
        done = [os.write(fd, b"abcdef"), os.pread(fd, 3, 2).decode(), os.pwrite(fd, b"X", 1), os.lseek(fd, 0, os.SEEK_CUR)]
        os.ftruncate(fd, 4)
        done.append(os.fstat(fd).st_size)
        os.close(fd)
        return done + [read(at("fd"))]

    def append():
        write(at("log"), b"1\n", "ab")
        with open(at("log"), "ab") as file:
            file.seek(0)
            file.write(b"2\n")
        return read(at("log"))

    def scan():
        with os.scandir(root) as entries:
            return sorted([entry.name, entry.is_dir(follow_symlinks=False), entry.is_symlink()] for entry in entries)

    def walk():
        return [[os.path.relpath(path, root), sorted(folders), sorted(files)] for path, folders, files in sorted(os.walk(root))]

    def times():
        os.utime(at("a"), ns=(1_000_000_000, 2_000_000_000))
        status = os.stat(at("a"))
        return [status.st_atime_ns, status.st_mtime_ns]

    def temporary():
        with tempfile.TemporaryDirectory(dir=root) as folder, tempfile.NamedTemporaryFile(dir=folder) as file:
            file.write(b"x")
            file.flush()
            inside = os.path.getsize(file.name)
        return [inside, os.path.exists(folder)]

    def long_name(size):
        return write(at("n" * size), b"")

    yield "mkdir", lambda: os.mkdir(at("d"))
    yield "mkdir again", lambda: os.mkdir(at("d"))
    yield "mkdir without parent", lambda: os.mkdir(at("x", "y"))
    yield "makedirs", lambda: os.makedirs(at("d", "e", "f"))
    yield "write", lambda: write(at("a"), b"hello")
    yield "read", lambda: read(at("a"))
    yield "read missing", lambda: read(at("missing"))
    yield "read folder", lambda: read(at("d"))
    yield "write folder", lambda: write(at("d"), b"")
    yield "file as folder", lambda: read(at("a", "b"))
    yield "slash behind file", lambda: read(at("a") + "/")
    yield "exclusive", lambda: write(at("a"), b"", "xb")
    yield "empty path", lambda: os.stat("")
    yield "link", lambda: os.symlink("a", at("l"))
    yield "link to folder", lambda: os.symlink("d", at("ld"))
    yield "dangling", lambda: os.symlink("nowhere", at("dangling"))
    yield "loop", lambda: os.symlink("loop", at("loop"))
    yield "read link", lambda: [os.readlink(at("l")), read(at("l"))]
    yield "read through link", lambda: write(at("ld", "in"), b"in") and read(at("d", "in"))
    yield "read dangling", lambda: read(at("dangling"))
    yield "create through dangling", lambda: [write(at("dangling"), b"made"), read(at("nowhere"))]
    yield "read loop", lambda: read(at("loop"))
    yield "readlink of file", lambda: os.readlink(at("a"))
    yield "hard link", lambda: os.link(at("a"), at("h"))
    yield "hard link of folder", lambda: os.link(at("d"), at("hd"))
    yield "kinds", lambda: [kind(at(name)) for name in ("a", "h", "d", "l", "ld")]
    yield "sparse", sparse
    yield "update", update
    yield "unlinked", unlinked
    yield "descriptors", descriptors
    yield "append", append
    yield "rename", lambda: os.rename(at("h"), at("r"))
    yield "rename missing", lambda: os.rename(at("missing"), at("r"))
    yield "rename over file", lambda: [os.rename(at("r"), at("log")), read(at("log"))]
    yield "rename folder over file", lambda: os.rename(at("d"), at("log"))
    yield "rename file over folder", lambda: os.rename(at("log"), at("d"))
    yield "rename into itself", lambda: os.rename(at("d"), at("d", "e", "x"))
    yield "rename folder", lambda: os.rename(at("d", "e", "f"), at("f"))
    yield "rmdir full", lambda: os.rmdir(at("d"))
    yield "rmdir file", lambda: os.rmdir(at("a"))
    yield "rmdir", lambda: os.rmdir(at("f"))
    yield "unlink missing", lambda: os.unlink(at("missing"))
    yield "name of 255", lambda: long_name(255)
    yield "name of 256", lambda: long_name(256)
    yield "times", times
    yield "scandir", scan
    yield "walk", walk
    yield "dot dot", lambda: read(at("d", "..", "ld", "..", "a"))
    yield "temporary", temporary
    yield "copy tree", lambda: os.path.isdir(shutil.copytree(at("d"), at("copy"), copy_function=shutil.copyfile))
    yield "remove tree", lambda: [shutil.rmtree(at("copy")), os.path.exists(at("copy"))]
    yield "access", lambda: [os.access(at("a"), os.R_OK), os.access(at("missing"), os.F_OK)]
    yield "chdir", lambda: [os.chdir(at("d")), sorted(os.listdir(".")), read("in"), os.chdir("..")]
    yield "bad descriptor", lambda: os.read(1000, 1)
    yield "seek beyond", lambda: os.lseek(os.open(at("a"), os.O_RDONLY), -1, os.SEEK_SET)
    yield "null", lambda: [write("/dev/null", b"abc"), read("/dev/null")]
    yield "zero", lambda: open("/dev/zero", "rb").read(3).hex()
    yield "random", lambda: len(open("/dev/urandom", "rb").read(3))


def handler(event, context):
    results = []
    for name, operation in operations(event):
        try:
            results.append([name, operation()])
        except OSError as error:
            results.append([name, errno.errorcode[error.errno]])
    return results
