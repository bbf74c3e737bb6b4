"""Says what AWS's own message cannot: that an import failed because a package brought a native module for Linux."""

import builtins
import os
import sys
from importlib.machinery import PathFinder

from . import logs

__builtins__ = builtins.__dict__.copy()  # see __init__.py

ADVICE = (
    "was built for Linux and cannot load in WebAssembly; hint: package a release or a library "
    "without native code, for instance pydantic<2, jsonschema<4.18, pg8000 for psycopg2"
)
# Packages wrap the first error in others; this many are looked at.
CHAIN_LIMIT = 20

_path = sys.path
_listdir = os.listdir


def hint(error: ImportError) -> str:
    """` (native module ...)` to go after an ImportError's text, or an empty text."""
    file = find(error)
    return f" (native module {file} {ADVICE})" if file else ""


def explain(error: Exception) -> None:
    """Writes one line to the log where a handler's own import failed for that reason."""
    if issubclass(type(error), ImportError):
        file = find(error)
        if file:
            logs.write(f"wasmlam: native module {file} {ADVICE}\n", logs.STDERR)


def find(error: BaseException) -> str | None:
    """The .so file of the module that this ImportError, or one it came from, is about."""
    try:
        for _ in range(CHAIN_LIMIT):
            if issubclass(type(error), ImportError):
                for name in _names(error):
                    file = _file_of(name)
                    if file:
                        return file
            error = error.__cause__ or error.__context__
            if error is None:
                return None
    except Exception:  # a hostile exception object; the error itself is reported all the same
        pass
    return None


def _names(error: ImportError):
    """`import a.b` that fails names a.b; `from a import b` names a, and b beside it."""
    if isinstance(error.name, str):
        yield error.name
        part = getattr(error, "name_from", None)  # CPython 3.12
        if isinstance(part, str):
            yield f"{error.name}.{part}"


def _file_of(module: str) -> str | None:
    *packages, last = module.split(".")
    return _file_in(["/".join([folder, *packages]) for folder in _path], last)


def _file_in(folders, name: str) -> str | None:
    for folder in folders:
        try:
            entries = _listdir(folder)
        except OSError:
            continue
        for entry in sorted(entries):
            if entry.startswith(f"{name}.") and entry.endswith(".so"):
                return f"{folder}/{entry}"
    return None


class Finder(PathFinder):
    """Does not take a folder of type stubs for a package where a native module of the same name lies beside it.

    `cryptography` has `_rust.abi3.so` and `_rust/*.pyi`. On Linux the .so comes first; without it, importing `_rust`
    would give an empty namespace, and programs that are ready for an ImportError would fail later in another way.
    """

    @classmethod
    def find_spec(cls, fullname, path=None, target=None):
        spec = super().find_spec(fullname, path, target)
        if spec is not None and spec.loader is None:
            name = fullname.rpartition(".")[2]
            if _file_in([folder.rpartition("/")[0] for folder in spec.submodule_search_locations], name):
                return None
        return spec


def install() -> None:
    sys.meta_path[sys.meta_path.index(PathFinder)] = Finder
