"""Tries what it is told to; `at_init` what the environment says."""

import os
import socket
import subprocess


def attempt(call, *arguments):
    try:
        call(*arguments)
    except OSError as error:
        return type(error).__name__
    return "done"


def tries(what):
    return {
        "nothing": lambda: attempt(os.stat, "/etc/shadow"),
        "connect": lambda: attempt(socket.socket().connect, ("192.0.2.1", 80)),
        "connect_ex": lambda: socket.socket().connect_ex(("2001:db8::1", 443)),
        "look_up": lambda: attempt(socket.getaddrinfo, "db.example", 5432),
        "numeric": lambda: attempt(socket.getaddrinfo, "192.0.2.1", 80),
        "bind": lambda: attempt(socket.socket().bind, ("", 8080)),
        "pair": lambda: attempt(socket.socketpair),
        "datagram": lambda: attempt(socket.socket(type=socket.SOCK_DGRAM).sendto, b"x", ("192.0.2.1", 53)),
        "fork": lambda: attempt(os.fork),
        "exec": lambda: attempt(os.execl, "/bin/sh", "sh"),
        "system": lambda: attempt(os.system, "ls -l"),
        "popen": lambda: attempt(subprocess.run, ["ls", "-l"]),
        "kill": lambda: attempt(os.kill, 1, 9),
        "file": lambda: attempt(open, "/etc/shadow"),
        "forged": lambda: attempt(open, "/dev/wasmlam-attempt/network:nothing at all"),
    }[what]()


if "AT_INIT" in os.environ:
    tries(os.environ["AT_INIT"])
if "FAILS" in os.environ:
    raise RuntimeError("the init fails")


def handler(event, context):
    return [tries(what) for what in event]
