"""`os.statvfs`, and with it `shutil.disk_usage`: preview 1 of WASI cannot ask how large a file system is. /tmp is as
large as the function's settings say; everything else is full, as nobody can write there."""

import builtins
import os
import shutil
from collections import namedtuple

__builtins__ = builtins.__dict__.copy()  # see __init__.py

TMP = "/tmp"
BLOCK = 4096  # as src/sandbox/wasi/scratch.rs counts
NAME_MAX = 255
ST_RDONLY, ST_NOSUID = 1, 2
Usage = namedtuple("usage", "total used free")  # as shutil's
tmp_size = 0  # bytes; the init is told


def statvfs(path, /):
    """Takes a path or a descriptor. What is used of /tmp is counted anew."""
    blocks, free, flags = 1, 0, ST_RDONLY  # one block: who works out a share divides by it
    device = os.stat(path).st_dev
    if device == os.stat(TMP).st_dev:
        blocks = tmp_size // BLOCK
        free, flags = max(0, blocks - _used_blocks()), 0
    return os.statvfs_result((BLOCK, BLOCK, blocks, free, free, 0, 0, 0, flags, NAME_MAX, device))


def _used_blocks() -> int:
    used = 0
    for folder, _, names in os.walk(TMP):
        for name in names:
            try:
                used += -(-os.lstat(os.path.join(folder, name)).st_size // BLOCK)
            except OSError:
                pass  # gone since
    return used


def disk_usage(path):
    """As shutil has it where there is os.statvfs."""
    found = os.statvfs(path)
    total = found.f_blocks * found.f_frsize
    return Usage(total, total - found.f_bfree * found.f_frsize, found.f_bavail * found.f_frsize)


def install() -> None:
    os.statvfs = os.fstatvfs = statvfs
    os.ST_RDONLY, os.ST_NOSUID = ST_RDONLY, ST_NOSUID
    shutil.disk_usage = disk_usage
    shutil.__all__.append("disk_usage")
