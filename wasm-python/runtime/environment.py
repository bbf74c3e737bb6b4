"""Makes the process the function's own: variables, working folder, sys.argv, sys.path."""

import builtins
import importlib
import os
import site
import sys
import time
from importlib.machinery import PathFinder

from . import preload

__builtins__ = builtins.__dict__.copy()  # see __init__.py

RUNTIME_DIR = "/var/runtime"
SCRIPT = "/var/runtime/bootstrap.py"
# The version is written once, in versions.env; this is the interpreter that came of it.
_major, _minor = sys.version_info[:2]
STANDARD_LIBRARY = f"/var/lang/lib/python{_major}.{_minor}"
# The AWS SDK, behind everything of the function's own.
SITE_PACKAGES = f"{STANDARD_LIBRARY}/site-packages"
LAYER_PATHS = [f"/opt/python/lib/python{_major}.{_minor}/site-packages", "/opt/python"]
STANDARD_PATHS = [f"/var/lang/lib/python{_major}{_minor}.zip", STANDARD_LIBRARY, f"{STANDARD_LIBRARY}/lib-dynload", SITE_PACKAGES]

_environ = os.environ
TRACE_ID = b"_X_AMZN_TRACE_ID"
LOG_STREAM = b"AWS_LAMBDA_LOG_STREAM_NAME"
# What os.environ itself stands on. Set once per call, so without its checks and conversions in between.
_variables = os.environ._data


def install(variables: dict[str, str], task_root: str) -> None:
    _environ.clear()
    _environ.update(variables)  # through putenv, so that C code sees the same
    try:
        os.chdir(task_root)
    except OSError:
        pass
    time.tzset()
    set_int_digits(variables.get("PYTHONINTMAXSTRDIGITS"))
    sys.argv[:] = [SCRIPT]
    sys.modules["__main__"].__file__ = SCRIPT
    own_folders = set_path(variables.get("PYTHONPATH"), task_root)
    _environ.setdefault("PYTHONPATH", RUNTIME_DIR)
    if not variables.get("LC_ALL"):
        # AWS's machines have no locale but C, so CPython takes this one for the characters.
        _environ["LC_CTYPE"] = "C.UTF-8"
    importlib.invalidate_caches()  # the image of the interpreter was made without the package
    unload_shadowed(own_folders)


def set_int_digits(digits: str | None) -> None:
    """What CPython does with this variable when it starts, which it did before it knew the function's. A value that it
    would not start with changes nothing."""
    try:
        sys.set_int_max_str_digits(int(digits or sys.get_int_max_str_digits()))
    except ValueError:
        pass


def set_path(python_path: str | None, task_root: str) -> list[str]:
    """Sets sys.path as AWS's start script leaves it: layers are looked at only if the user has set no PYTHONPATH.
    Returns the folders that hold the function's own code."""
    layers = LAYER_PATHS if python_path is None else []
    from_variable = [os.path.abspath(entry) for entry in python_path.split(":")] if python_path else []
    bundled = [SITE_PACKAGES] if python_path is None else []
    sys.path[:] = [task_root, *layers, *bundled, RUNTIME_DIR, *from_variable, *STANDARD_PATHS]
    for folder in [task_root, *layers]:
        site.addsitedir(folder)  # runs its .pth files; what they add comes last
    return [task_root, *layers, *from_variable]


def unload_shadowed(folders: list[str]) -> None:
    """Forgets modules that only the image of the interpreter has imported, where the package has one of that name.

    On AWS a package's `uuid.py` hides the standard one, because nothing has imported it yet when the handler's module
    is loaded. Here it is loaded already, to save time; this makes the difference invisible.
    """
    names = set()
    for folder in folders:
        try:
            names.update(entry.partition(".")[0] for entry in os.listdir(folder))
        except OSError:
            continue
    for name in names & preload.NOT_IMPORTED_BY_AWS:
        spec = PathFinder.find_spec(name, folders)
        if spec is None or spec.loader is None:
            continue  # a folder of plain files does not hide a standard module
        for loaded in [key for key in sys.modules if key == name or key.startswith(name + ".")]:
            del sys.modules[loaded]


def set_trace_id(trace_id: str) -> None:
    """`os.environ["_X_AMZN_TRACE_ID"]` of this call; absent if the host sent none. C code is not told: nothing in the
    sandbox asks for it there, and each call would write more of its memory."""
    if trace_id:
        _variables[TRACE_ID] = trace_id.encode()
    else:
        _variables.pop(TRACE_ID, None)


def set_log_stream(name: bytes) -> None:
    """`os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]` of this sandbox, which its image cannot know. Nothing happens where the host
    sent none, as before an init, or where the function has removed the variable."""
    if name and LOG_STREAM in _variables:
        _variables[LOG_STREAM] = name
