"""Tells the host that the function tried something that no sandbox has. WASI has no call for the network or for
processes that the host could see, so what refuses them says so: by opening a path under FOLDER, where there is never a
file. A program that tries nothing pays nothing; one that makes up attempts harms only itself.
"""

import os

# As in src/protocol/mod.rs: `network:` or `process:` and some words follow.
FOLDER = "/dev/wasmlam-attempt/"
# Characters of a text that are told; the host cuts at 256 bytes. A path must stay shorter than PATH_MAX.
LIMIT = 256

_open = os.open  # a function may put its own in the place of os.open


def network(what: str) -> None:
    _tell("network", what)


def process(what: str) -> None:
    _tell("process", what)


def _tell(kind: str, what: str) -> None:
    # Escapes what no path can have: a zero, a lone surrogate.
    text = what[:LIMIT].replace("\0", "\\0").encode("utf-8", "backslashreplace")
    try:
        _open(f"{FOLDER}{kind}:".encode() + text, os.O_RDONLY)
    except OSError:
        pass  # always: nothing is there
