"""Makes the host do long work, again and again, so that a deadline falls into it."""

import os
import time

MB = 1 << 20


def fill():
    bytes(300 * MB)


def fill_with_something():
    b"x" * (300 * MB)


def copy():
    block = bytearray(100 * MB)
    while True:
        block[:] = block


def move_over_itself():
    block = bytearray(200 * MB)
    while True:
        block[1:] = memoryview(block)[:-1]


def long_path():
    path, folder = b"x" * (100 * MB), os.open("/tmp", os.O_RDONLY)
    while True:
        try:
            os.stat(path, dir_fd=folder)
        except OSError:
            pass


def long_link():
    target = "\u00e9" * (40 * MB)
    while True:
        try:
            os.symlink(target, "/tmp/link")
        except OSError:
            pass


def names():
    try:
        for number in range(100_000):
            os.close(os.open(f"/tmp/{number:0>240}", os.O_CREAT | os.O_WRONLY))
    except OSError:
        pass
    while True:
        with os.scandir("/tmp") as entries:
            next(entries)


def truncate():
    descriptor = os.open("/tmp/large", os.O_CREAT | os.O_RDWR)
    block = bytes(16 * MB)
    while True:
        for part in range(16):
            os.pwrite(descriptor, block, part * 16 * MB)
        os.ftruncate(descriptor, 0)


def random_bytes():
    os.urandom(300 * MB)


def read_zeroes():
    block = bytearray(300 * MB)
    with open("/dev/zero", "rb", buffering=0) as zeroes:
        zeroes.readinto(block)


def log():
    os.write(1, bytes(300 * MB))


def plain():
    for _ in range(1_000_000):
        pass


def handler(event, context):
    work = globals()[event]
    while True:
        work()
