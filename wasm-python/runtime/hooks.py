"""Runs what user code has registered with the module `snapshot_restore_py`, if it has imported it."""

import builtins
import sys

__builtins__ = builtins.__dict__.copy()  # see __init__.py

_modules = sys.modules


def run_before_snapshot() -> None:
    """Last registered first, each forgotten as it runs."""
    module = _modules.get("snapshot_restore_py")
    waiting = module.get_before_snapshot() if module else []
    while waiting:
        function, args, kwargs = waiting.pop()
        function(*args, **kwargs)


def run_after_restore() -> None:
    """First registered first. They stay, for the next restore."""
    module = _modules.get("snapshot_restore_py")
    for function, args, kwargs in module.get_after_restore() if module else []:
        function(*args, **kwargs)
