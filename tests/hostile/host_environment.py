"""Looks for variables of the host."""

import os


def handler(event, context):
    stolen = {name: value for name, value in os.environ.items() if name.startswith(("CARGO", "RUST", "WASMLAM", "HOME", "USER"))}
    if not stolen:
        raise LookupError("nothing to steal")
    return stolen
