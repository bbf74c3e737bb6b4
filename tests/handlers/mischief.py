"""Changes everything it can reach; `check` says what of it a later call of the same function can see."""

import atexit
import builtins
import gc
import json
import os
import random
import sys
import time

STATE = {"touched": False}
CANARY = b"CANARY-" + b"0123456789"
REAL = (builtins.print, json.dumps, os.write, sys.stdout, time.time, len(sys.modules), sys.getrecursionlimit(), gc.isenabled())
KEPT = []


def canary(event):
    KEPT.append(bytearray(CANARY * (event["bytes"] // len(CANARY))))


def grow(event):
    try:
        while True:
            KEPT.append(bytearray(4 << 20))
    except MemoryError:
        pass


def patch(event):
    import wasmlam_runtime

    builtins.print = builtins.len = builtins.Exception = None
    json.dumps = time.time = os.write = lambda *rest: 1 / 0
    for name in dir(wasmlam_runtime):
        setattr(wasmlam_runtime, name, None)
    sys.modules.clear()


def streams(event):
    sys.stdout = sys.stderr = sys.__stdout__ = None
    os.close(0)
    os.close(1)
    os.close(2)


def files(event):
    os.makedirs("/tmp/a/b")
    for i in range(50):
        with open(f"/tmp/a/{i}", "wb") as file:
            file.write(CANARY * 1000)
    KEPT.append(os.open("/tmp/a/1", os.O_RDWR))
    os.chdir("/tmp/a")
    os.unlink("/tmp/a/1")


def leave(event):
    atexit.register(print, "at exit")
    sys.exit(event.get("status", 1))


def blow(event):
    atexit.register(print, "at exit")
    raise RuntimeError(CANARY.decode())


def settings(event):
    sys.setrecursionlimit(50)
    gc.disable()
    os.environ.clear()
    os.environ["CANARY"] = "yes"
    sys.path.clear()
    random.seed(1)


def spin(event):
    block = bytearray(CANARY * 10_000)
    while True:
        block[:] = block[::-1]
        KEPT.append(block[: 64 << 10])
        if len(KEPT) > 200:
            KEPT.clear()


def hang(event):
    KEPT.append(bytearray(CANARY * 1000))
    time.sleep(60)


def check(event):
    """Everything a call could have left behind; empty when nothing did."""
    seen = []
    if STATE["touched"] or KEPT:
        seen.append("module state")
    now = (builtins.print, json.dumps, os.write, sys.stdout, time.time, len(sys.modules), sys.getrecursionlimit(), gc.isenabled())
    seen += [f"{before!r} became {after!r}" for before, after in zip(REAL, now) if before is not after and before != after]
    seen += [f"/tmp/{name}" for name in os.listdir("/tmp")]
    seen += [f"descriptor {fd}" for fd in range(4, 50) if exists(fd)]
    seen += [name for name in os.environ if name == "CANARY"]
    if "LAMBDA_TASK_ROOT" not in os.environ or os.getcwd() != "/var/task" or not sys.path:
        seen.append("environment")
    return seen


def exists(fd):
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True


def handler(event, context):
    if event["do"] == "check":
        return check(event)
    STATE["touched"] = True
    globals()[event["do"]](event)
    return "done"
