"""Functions that only Linux has, and waits for several kinds of descriptors at once."""

import errno
import faulthandler
import fcntl
import multiprocessing
import multiprocessing.shared_memory
import os
import resource
import select
import selectors
import shutil
import socket
import stat
import threading
import time


def why(action, *arguments):
    try:
        return action(*arguments)
    except OSError as error:
        return [errno.errorcode[error.errno], error.strerror]


def copies():
    with open("/tmp/source", "w+b") as source, open("/tmp/target", "w+b") as target:
        source.write(b"0123456789" * 300_000)
        source.flush()
        found = [os.sendfile(target.fileno(), source.fileno(), 5, 2_500_000), os.sendfile(target.fileno(), source.fileno(), 2_999_999, 10)]
        found.append(os.copy_file_range(source.fileno(), target.fileno(), 3, 0, 2_500_001))
        found.append(os.stat("/tmp/target").st_size)
        target.seek(2_499_995)
        found.append(target.read().decode())
        found.append(why(os.copy_file_range, 0, target.fileno(), 5)[0])
    reader, writer = os.pipe2(os.O_NONBLOCK)
    with open("/tmp/source", "rb") as source:
        found += [os.splice(source.fileno(), writer, 4, offset_src=7), os.read(reader, 9).decode()]
        found.append(os.sendfile(writer, source.fileno(), 0, 3_000_000))
    os.close(reader)
    os.close(writer)
    shutil.copyfile("/tmp/source", "/tmp/copied")
    return found + [os.path.getsize("/tmp/copied")]


def files():
    memory = os.memfd_create("name")
    os.write(memory, b"abc")
    found = [os.pread(memory, 9, 1).decode(), fcntl.fcntl(memory, fcntl.F_GETFD)]
    os.posix_fallocate(memory, 2, 10)
    found += [os.fstat(memory).st_size, why(os.posix_fallocate, memory, 0, 0)]
    os.close(memory)
    os.mknod("/tmp/node", 0o640 | stat.S_IFREG)
    found += [oct(os.stat("/tmp/node").st_mode), why(os.mknod, "/tmp/device", 0o600 | stat.S_IFBLK, os.makedev(8, 1))[0]]
    device = os.makedev(0x12345, 0x6789A)
    found += [device, os.major(device), os.minor(device), os.listxattr("/tmp/node"), why(os.getxattr, "/tmp/node", "user.x")]
    return found + [why(os.listxattr, "/tmp/nothing")[0]]


def process():
    return {
        "namespace": why(os.unshare, os.CLONE_NEWUSER)[0], "groups": os.getgrouplist("x", os.getgid()) == [os.getgid()],
        "clock": why(time.clock_settime, time.CLOCK_REALTIME, 0)[0], "host": why(socket.sethostname, "x")[0],
        "wait": why(os.wait)[0], "interfaces": [socket.if_nametoindex("lo"), socket.if_indextoname(1)],
        "lengths": [socket.CMSG_LEN(3), socket.CMSG_SPACE(3)], "terminal": os.ctermid(),
        "limits": [resource.getrlimit(resource.RLIMIT_OFILE), fcntl.DN_MULTISHOT],
    }


def kinds():
    """A pipe and a socket in one wait: which of them are ready."""
    reader, writer = os.pipe()
    one, other = socket.socketpair()
    found = []

    def names(descriptors):
        return sorted({reader: "reader", writer: "writer", one.fileno(): "socket"}.get(each, "?") for each in descriptors)

    def ready(timeout=0):
        with selectors.DefaultSelector() as selector:
            for each in (reader, one.fileno()):
                selector.register(each, selectors.EVENT_READ)
            return names(key.fd for key, _ in selector.select(timeout))

    found.append(ready())
    threading.Timer(0.02, os.write, (writer, b"x")).start()
    found.append(ready(30))
    other.send(b"y")
    found.append(ready(30))
    os.read(reader, 1)
    found.append(names(select.select([reader, one.fileno()], [writer], [])[0]))
    one.recv(1)
    poll = select.poll()
    poll.register(reader, select.POLLIN)
    poll.register(writer, select.POLLOUT)
    found.append([[*names([fd]), events] for fd, events in poll.poll(0)])
    os.close(writer)
    found.append([[*names([fd]), events] for fd, events in poll.poll(0) if fd == reader])
    os.close(reader)
    poll.unregister(writer)
    found.append([events for _, events in poll.poll(0)])
    sent = one.sendmsg([b"a", b"bc"])
    buffers = [bytearray(2), bytearray(5)]
    found += [sent, other.recvmsg_into(buffers)[0], bytes(buffers[0] + buffers[1]).decode()]
    one.sendmsg([b"d"])
    return found + [other.recvmsg(5)[0].decode()]


def between_processes():
    """What needs /dev/shm is refused on AWS."""
    return [
        why(multiprocessing.Queue), why(multiprocessing.Pool, 1),
        why(lambda: multiprocessing.shared_memory.SharedMemory(create=True, size=9)),
        why(lambda: multiprocessing.Process(target=print).start()), why(os.fork),
    ]


def traceback():
    with open("/tmp/traceback", "w") as file:
        faulthandler.dump_traceback(file=file)
    with open("/tmp/traceback") as file:
        return "in traceback" in file.read()


def handler(event, context):
    return {
        "copies": copies(), "files": files(), "process": process(), "kinds": kinds(), "between_processes": between_processes(),
        "traceback": traceback(),
    }
