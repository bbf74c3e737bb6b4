#!/usr/bin/env python3
"""Compares the public names of the standard library, and the values of those that are numbers or texts, with Linux's.

    $(wasm-python/build.sh --native)/bin/python3 -I tests/compat/linux_names.py > tests/compat/linux_names.json

writes down what native CPython has, and is run again when that changes. `handler` says in the sandbox what differs from that;
`tests/it/linux.rs` compares it with linux_names_differences.json, which has a reason for each.
"""

import enum
import importlib
import pkgutil
import sys
import warnings

# Not part of AWS's image, or nothing but a program.
LEFT_OUT = {
    "antigravity", "curses", "dbm", "ensurepip", "idlelib", "msvcrt", "nt", "readline", "test", "this", "tkinter", "turtle",
    "turtledemo", "venv", "winreg", "winsound",
    # Other names for what `os` and `sqlite3` have.
    "posix", "dbapi2",
}
# Values of one machine, process or moment, and versions of libraries; their names are compared.
VARYING = {
    "mimetypes.inited", "site.ENABLE_USER_SITE", "site.USER_BASE", "site.USER_SITE", "sqlite3.sqlite_version",
    "sqlite3.sqlite_version_info", "ssl.OPENSSL_VERSION", "ssl.OPENSSL_VERSION_INFO", "ssl.OPENSSL_VERSION_NUMBER",
    "sys.base_exec_prefix", "sys.base_prefix", "sys.dont_write_bytecode", "sys.exec_prefix", "sys.executable", "sys.prefix",
    "sys.pycache_prefix", "sys.version", "tempfile.tempdir", "time.altzone", "time.daylight", "time.timezone", "time.tzname",
    "zlib.ZLIB_RUNTIME_VERSION", "zlib.ZLIB_VERSION", "zoneinfo.TZPATH",
}


def _plain(value):
    """A value that JSON can carry and a reader can compare; None for what has no such value."""
    if isinstance(value, enum.Enum):
        value = value.value
    if isinstance(value, bool) or value is None:
        return repr(value)
    if type(value) in (int, float, str, bytes) or isinstance(value, int):
        text = repr(int(value) if isinstance(value, int) else value)
        return text if len(text) < 120 else f"{type(value).__name__} of {len(text)} characters"
    if type(value) is tuple and len(value) < 20 and all(type(item) in (int, float, str, bytes, bool) for item in value):
        return repr(value)
    return ""


def modules():
    found = []
    for name in sorted(sys.stdlib_module_names):
        if name.startswith("_") or name in LEFT_OUT:
            continue
        found.append(name)
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue
        for part in pkgutil.walk_packages(getattr(module, "__path__", ()), f"{name}.", onerror=lambda name: None):
            if not any(piece.startswith("_") or piece in LEFT_OUT for piece in part.name.split(".")) and ".tests" not in part.name:
                if not part.name.startswith(("encodings.", "xmlrpc.", "wsgiref.", "pydoc_data.")):
                    found.append(part.name)
    return found


def names():
    """{module: {name: value}}; a value is text, empty where only the name counts."""
    found = {}
    warnings.simplefilter("ignore")
    for name in modules():
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue
        public = getattr(module, "__all__", None) or [each for each in vars(module) if not each.startswith("_")]
        entry = {}
        for each in sorted(set(public)):
            try:
                value = getattr(module, each)
            except AttributeError:
                continue
            if isinstance(value, type(sys)):
                continue
            entry[each] = "" if f"{name}.{each}" in VARYING else _plain(value)
        found[name] = entry
    return found


def handler(event, context):
    """{name with its module: [native value, value here]} of what differs from the event; "missing" where there is none here."""
    warnings.simplefilter("ignore")
    differences = {}
    for name, expected in event.items():
        try:
            module = importlib.import_module(name)
        except ImportError:
            differences[name] = ["a module", "missing"]
            continue
        for each, value in expected.items():
            if not hasattr(module, each):
                differences[f"{name}.{each}"] = [value, "missing"]
            elif f"{name}.{each}" not in VARYING and value != (own := _plain(getattr(module, each))):
                differences[f"{name}.{each}"] = [value, own]
    return differences


if __name__ == "__main__":
    import json

    lines = (f"{json.dumps(module)}: {json.dumps(found)}" for module, found in sorted(names().items()))
    print("{", ",\n".join(lines), "}", sep="\n")
