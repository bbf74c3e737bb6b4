"""The public names of the standard library with their values: `handler` says them in the sandbox, `names` natively."""

import enum
import importlib
import pkgutil
import sys
import warnings

# Not part of AWS's image, or nothing but a program.
LEFT_OUT = {
    "antigravity", "curses", "dbm", "ensurepip", "idlelib", "lib2to3", "msvcrt", "nt", "readline", "test", "this", "tkinter",
    "turtle", "turtledemo", "venv", "winreg", "winsound",
}
# Values that are those of one machine, process or moment; the names are compared.
VARYING = {
    "sys.abiflags", "sys.api_version", "sys.argv", "sys.base_exec_prefix", "sys.base_prefix", "sys.copyright", "sys.exec_prefix",
    "sys.executable", "sys.path", "sys.platlibdir", "sys.prefix", "sys.ps1", "sys.ps2", "sys.pycache_prefix", "sys.version",
    "time.altzone", "time.daylight", "time.timezone", "time.tzname", "random.TWOPI", "tempfile.tempdir", "mimetypes.inited",
    "sys.dont_write_bytecode", "sys.last_exc", "sys.last_traceback", "sys.last_type", "sys.last_value", "sys.stdlib_module_names",
    "sys.builtin_module_names", "sys.orig_argv", "sysconfig.is_python_build", "site.ENABLE_USER_SITE", "site.USER_BASE",
    "site.USER_SITE", "pydoc.deque", "socket.myname", "zoneinfo.TZPATH", "tempfile.template", "uuid.NAMESPACE_DNS",
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
    """What differs from the names that the event has: module, name, native value, value here; None: there is no such name."""
    here, differences = names(), []
    for module, expected in event.items():
        own = here.get(module)
        if own is None:
            differences.append([module, "", "a module", None])
            continue
        differences += [[module, name, value, own.get(name)] for name, value in expected.items() if own.get(name) != value]
    return differences


if __name__ == "__main__":
    import json

    print(json.dumps(names(), sort_keys=True, indent=0))
