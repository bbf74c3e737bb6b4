"""What the sandbox cannot do says so when it is used, not when it is imported."""

import asyncio
import ctypes
import fcntl
import mmap
import multiprocessing
import os
import resource
import socket
import ssl
import subprocess
import urllib.request


def why(action):
    try:
        return f"worked: {action()!r}"
    except BaseException as error:
        return f"{type(error).__name__}: {error}"


def connect():
    with socket.socket() as plain:
        plain.connect(("192.0.2.1", 443))


async def sleep_twice():
    return await asyncio.gather(asyncio.sleep(0.02, "a"), asyncio.sleep(0.01, "b"))


def lock():
    with open("/tmp/lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
    return "locked"


def map_memory():
    with mmap.mmap(-1, 100) as memory:
        memory.write(b"mapped")
        return memory[:6]


def handler(event, context):
    tls = ssl.create_default_context()
    return {
        "tls context": [tls.check_hostname, tls.verify_mode.name],
        "connect": why(connect),
        "resolve": why(lambda: socket.getaddrinfo("example.com", 443)),
        "url": why(lambda: urllib.request.urlopen("https://example.com", timeout=1)),
        "asyncio": why(lambda: asyncio.run(sleep_twice())),
        "native library": why(lambda: ctypes.CDLL("libc.so.6")),
        "struct size": ctypes.sizeof(ctypes.c_int),
        "process": why(lambda: subprocess.run(["ls"])),
        "multiprocessing": why(lambda: multiprocessing.Process(target=print).start()),
        "lock": why(lock),
        "mmap": why(map_memory),
        "limits": resource.getrlimit(resource.RLIMIT_NOFILE),
        "user": [os.getpid() > 0, why(os.getuid)],
    }
