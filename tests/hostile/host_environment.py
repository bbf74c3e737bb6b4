"""Looks for variables of the host."""

import os


def handler(event, context):
    hosts = ("CARGO", "RUST", "WASMLAM", "HOME", "USER")
    stolen = {name: value for name, value in os.environ.items() if name.startswith(hosts)}
    if not stolen:
        raise LookupError("nothing to steal")
    return stolen
