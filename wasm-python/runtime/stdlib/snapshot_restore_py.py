"""Hooks around the snapshot of a function, under the name and with the functions that AWS's runtime offers.

wasmlam takes a snapshot of every function after init: `before` hooks run then, last registered first; `after` hooks run
after each restore, in the order of registration. An error in either is the result of the init or of the call.
"""

__version__ = "1.0.0"  # of AWS's package
__all__ = ["register_before_snapshot", "register_after_restore"]

_before_snapshot = []
_after_restore = []


def register_before_snapshot(func, *args, **kwargs):
    """Has func(*args, **kwargs) called before the snapshot. Returns func, so it serves as a decorator."""
    _before_snapshot.append((func, args, kwargs))
    return func


def register_after_restore(func, *args, **kwargs):
    """Has func(*args, **kwargs) called after each restore. Returns func, so it serves as a decorator."""
    _after_restore.append((func, args, kwargs))
    return func


def get_before_snapshot():
    """For the runtime: the list itself, from which it takes the hooks as it calls them."""
    return _before_snapshot


def get_after_restore():
    """For the runtime."""
    return _after_restore
