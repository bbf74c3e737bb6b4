"""What is left to do for threads, which are CPython's own, on the stacks and turns of platform/threads/threads.c.

After a handler, the threads that it leaves go on for as long as AWS's client needs to hand in the answer. Then they
stand still, and go on in the next call if the sandbox has one.

An image cannot have their stacks. So at the end of an init each thread is taken off its own and gets a new one after a
restore. For that it must wait, and in a function that Python code alone has called.
"""

import builtins
import sys
import threading

from . import logs

__builtins__ = builtins.__dict__.copy()  # see __init__.py

# Seconds that other threads have after a handler, and until they wait after an init whose image is taken.
AFTER_A_CALL = 0.02
AFTER_AN_INIT = 1.0
# Threads that one line of the log names.
MOST_NAMED = 20
# A thread that waits in the library is better found by the line of the function's own that led there.
NOT_ITS_OWN = ("/var/lang/", "/var/runtime/")

_active = threading._active
_current_frames = sys._current_frames


def _run_ready(seconds: float) -> None:
    """Outside of the sandbox, where the package is tested, nobody has to be given a turn."""


def _capture() -> list[int]:
    return []


def install() -> None:
    global _run_ready, _capture
    import _wasmlam_threads

    _run_ready, _capture = _wasmlam_threads.run_ready, _wasmlam_threads.capture
    _wasmlam_threads.on_standstill(report_standstill)


def run_ready() -> None:
    """Lets the threads that need not wait go on for a moment."""
    _run_ready(AFTER_A_CALL)


def settle() -> str:
    """Makes the other threads part of the image that is taken next. Names those that cannot be."""
    _run_ready(AFTER_AN_INIT)
    places = _places()
    return ", ".join(places.get(ident, "a thread") for ident in _capture()[:MOST_NAMED])


def report_standstill() -> None:
    """Called when all threads wait, none of them for a time."""
    places = list(_places().values())
    more = f" and {len(places) - MOST_NAMED} more" if len(places) > MOST_NAMED else ""
    logs.write(f"wasmlam: all threads wait, and nothing can wake them: {', '.join(places[:MOST_NAMED])}{more}\n")


def _places() -> dict[int, str]:
    """Name and line of each thread, by its identifier, the main thread's first."""
    places = {}
    for ident, frame in sorted(_current_frames().items()):
        thread = _active.get(ident)
        name = thread.__dict__.get("_name") if thread is not None else None
        own = frame
        while own is not None and own.f_code.co_filename.startswith(NOT_ITS_OWN):
            own = own.f_back
        frame = own or frame
        code = frame.f_code
        name = name if type(name) is str else f"thread {ident}"
        places[ident] = f"{name} ({code.co_filename}, line {frame.f_lineno}, in {code.co_name})"
    return places
