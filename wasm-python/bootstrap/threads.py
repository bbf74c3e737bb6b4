"""Threads of one sandbox, which has one: they take turns.

A thread runs until it waits (for a lock, an event, a queue, a future, a time, another thread) or ends; then the next
one that can go on has its turn, in the order in which they were started or began to wait. So the order is the same in
every run, and nobody is interrupted in between: a loop that looks at a variable, without a sleep in it, keeps all
others from changing it. To ask a thread, event, future or queue whether it is ready counts as waiting if it is not.

The main thread never gives the stack away: while it waits, it is the one that gives out turns. Another thread pauses,
which takes it off the stack, unless C code has called it (`sorted(key=...)`, `iter(queue.get, None)`,
`contextvars.Context.run`): then it gives out turns itself, and those below it on the stack must wait until it returns.

When nobody can go on and nobody waits for a time, the one who would give out turns gets a RuntimeError: on AWS it would
wait until the function's time is up. What is left waiting when a handler returns goes on in the next call, if the
sandbox has one.

The C half is guest/threads.c; all blocking calls of the standard library end in `wait`, `sleep` or a lock.
"""

import builtins
import functools
import itertools
import threading
import time
import types
from collections import deque

__builtins__ = builtins.__dict__.copy()  # see __init__.py

FOREVER = float("inf")

_sleep, _monotonic = time.sleep, time.monotonic
_Thread = threading.Thread
_idents = itertools.count(2)  # the main thread's is 1


class _Turn:
    """A thread as the scheduler sees it. `ready` says whether it can go on; who asks takes what it waits for."""

    def __init__(self, capsule=None):
        self.capsule = capsule
        self.ready, self.deadline = _always, FOREVER
        self.in_time = True  # what `wait` is to answer


def _always():
    return True


def _never():
    return False


_running = _Turn()  # the main thread
_main = _running
_waiting = deque()  # all others that are not on the stack


def wait(ready, timeout=-1) -> bool:
    """Returns True when `ready()` is true, False when that was not so within `timeout` seconds (below 0: no limit)."""
    deadline = FOREVER if timeout < 0 else _monotonic() + timeout
    turn = _running
    if turn is not _main:
        turn.ready, turn.deadline = ready, deadline
        if _pause():
            return turn.in_time
    while not ready():
        given = _give_turn(_monotonic())
        if _monotonic() >= deadline:
            return ready()
        if not given:
            _wait_for_time(deadline)
    return True


def _give_turn(now: float) -> bool:
    """Lets the first thread that can go on do so until it waits again. False if there is none."""
    global _running
    for turn in _waiting:
        turn.in_time = turn.ready()
        if turn.in_time or now >= turn.deadline:
            break
    else:
        return False
    _waiting.remove(turn)
    giver, _running = _running, turn
    try:
        ended = _resume(turn.capsule)
    finally:
        _running = giver
    if not ended:
        _waiting.append(turn)
    return True


def _wait_for_time(deadline) -> None:
    """Nobody can go on: sleeps until the first deadline."""
    first = min([deadline, *[turn.deadline for turn in _waiting]])
    if first == FOREVER:
        raise RuntimeError("wasmlam: this would wait for ever: all threads of the sandbox wait for each other")
    _sleep(max(0, first - _monotonic()))


def sleep(seconds, /):
    """Takes the place of time.sleep."""
    if seconds < 0 or _running is _main and not _waiting:
        _sleep(seconds)
    else:
        wait(_never, float(seconds))


def run_ready() -> None:
    """Runs the threads that need not wait, at the end of the handler. A time that others wait for is not waited for."""
    while _waiting and _give_turn(-FOREVER):
        pass


def _spawn(function) -> int:
    ident = next(_idents)
    _waiting.append(_Turn(_new(function, ident)))
    return ident


class Handle:
    """Takes the place of _thread._ThreadHandle."""

    def __init__(self):
        self.ident = None
        self._done = False

    def is_done(self):
        return self._done

    def _set_done(self):
        if self.ident is None:
            raise RuntimeError("thread not started")
        self._done = True

    def join(self, timeout=None, /):
        if self.ident is None:
            raise RuntimeError("thread not started")
        if self.ident == threading.get_ident():
            raise RuntimeError("Cannot join current thread")
        wait(self.is_done, -1 if timeout is None else timeout)


def start_joinable_thread(function, /, handle=None, daemon=True):
    handle = Handle() if handle is None else handle
    if handle.ident is not None:
        raise RuntimeError("thread already started")

    def run():
        try:
            function()
        finally:
            handle._set_done()

    handle.ident = _spawn(run)
    thread = getattr(function, "__self__", None)
    if isinstance(thread, _Thread):
        # So that start() does not wait: it may hold locks that the thread asks for before it waits for anything else.
        thread._ident = handle.ident
        thread._started.set()
    return handle


def start_new_thread(function, args, kwargs={}, /):
    """Takes the place of _thread.start_new_thread."""

    def run():
        try:
            plain, plain_args = _plain(function, args)
            plain(*plain_args, **kwargs)
        except SystemExit:
            pass
        except BaseException as error:
            threading.excepthook(threading.ExceptHookArgs((type(error), error, error.__traceback__, None)))

    return _spawn(run)


class Waiter:
    """The lock on which threading.Condition lets a thread wait. In Python, so that who waits for it can pause."""

    def __init__(self):
        self._locked = False

    def _take(self):
        if self._locked:
            return False
        self._locked = True
        return True

    def acquire(self, blocking=True, timeout=-1):
        return self._take() or blocking and wait(self._take, timeout)

    def release(self):
        self._locked = False

    def locked(self):
        return self._locked


def _run(self):
    """Takes the place of Thread.run: calls a method's function, as a call of the method itself would go through C."""
    try:
        target, args = self._target, self._args
        if target is not None:
            target, args = _plain(target, args)
            target(*args, **self._kwargs)
    finally:
        del self._target, self._args, self._kwargs


def _plain(function, args):
    if type(function) is types.MethodType:
        return function.__func__, (function.__self__, *args)
    return function, args


def _asked(function, not_yet):
    """For a question that a loop asks until the answer is another one than `not_yet`: the others have a turn before."""

    @functools.wraps(function)
    def ask(self):
        answer = function(self)
        if answer is not_yet and (_waiting or _running is not _main):
            sleep(0)
            answer = function(self)
        return answer

    return ask


def install() -> None:
    """Puts all of this in place. Before anybody has taken a copy of the functions that it replaces."""
    global _new, _resume, _pause
    import _thread
    import queue
    from concurrent.futures import Future
    from concurrent.futures import thread as pool

    import _wasmlam_threads

    _new, _resume, _pause = _wasmlam_threads.new, _wasmlam_threads.resume, _wasmlam_threads.pause
    _wasmlam_threads.on_wait(wait)
    time.sleep = sleep
    _thread.start_new_thread = _thread.start_new = start_new_thread
    _thread.start_joinable_thread = threading._start_joinable_thread = start_joinable_thread
    _thread._ThreadHandle = threading._ThreadHandle = Handle
    threading._allocate_lock = Waiter
    _Thread.run = _run
    threading.get_native_id = threading.get_ident
    _Thread.native_id = property(lambda self: self._ident)
    queue.SimpleQueue = queue._PySimpleQueue
    for kind, name, not_yet in [
        (_Thread, "is_alive", True), (threading.Event, "is_set", False), (Future, "done", False),
        (queue.Queue, "empty", True), (queue.SimpleQueue, "empty", True),
    ]:
        setattr(kind, name, _asked(getattr(kind, name), not_yet))
    submit = pool.ThreadPoolExecutor.submit

    def submit_plain(self, fn, /, *args, **kwargs):
        fn, args = _plain(fn, args)
        return submit(self, fn, *args, **kwargs)

    submit_plain.__name__, submit_plain.__qualname__ = submit.__name__, submit.__qualname__
    submit_plain.__doc__ = submit.__doc__
    pool.ThreadPoolExecutor.submit = submit_plain
