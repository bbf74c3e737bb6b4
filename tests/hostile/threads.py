"""Attacks with threads; the event names one. Those that come to their end return something that nobody expects."""

import atexit
import gc
import os
import queue
import signal
import sys
import threading
import time
import _thread


def start(function, *args, daemon=True):
    thread = threading.Thread(target=function, args=args, daemon=daemon)
    thread.start()
    return thread


def loop():
    while True:
        pass


def loop_that_catches_all():
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass


def bomb_low_level():
    while True:
        _thread.start_new_thread(time.sleep, (1000,))


def bomb_of_bombs():
    def work():
        while True:
            try:
                start(work)
            except RuntimeError:
                pass

    work()


def bomb_that_never_gives_up():
    while True:
        try:
            start(time.sleep, 1000)
        except (RuntimeError, MemoryError):
            pass


def never_waits():
    start(loop).join()


def never_waits_and_catches_all():
    start(loop_that_catches_all).join()


def main_never_waits_either():
    for _ in range(5):
        start(loop)
    loop()


def computes_in_c():
    start(pow, 3, 10**9).join()


def plays_ping_pong():
    there, back = queue.Queue(), queue.Queue()

    def work():
        while True:
            back.put(there.get())

    start(work)
    while True:
        there.put(1)
        back.get()


def yields_for_ever():
    def work():
        while True:
            time.sleep(0)

    for _ in range(100):
        start(work)
    work()


def switches_at_every_look():
    sys.setswitchinterval(1e-9)
    for _ in range(20):
        start(loop)
    loop()


def _deep_in_c(n):
    return max([n], key=lambda m: _deep_in_c(m + 1))


def _deep_in_python(n):
    return 1 + _deep_in_python(n + 1)


def _recurse_at_once(function, threads):
    """Each goes as deep as it can and waits there for the others."""
    deep, barrier = [], threading.Barrier(threads)

    def work():
        try:
            function(0)
        except RecursionError:
            deep.append(1)
        barrier.wait()

    made = [start(work) for _ in range(threads)]
    for thread in made:
        thread.join()
    return len(deep)


def deep_in_c():
    return _recurse_at_once(_deep_in_c, 50)


def deep_in_c_without_a_limit():
    sys.setrecursionlimit(10**8)
    return _recurse_at_once(_deep_in_c, 50)


def deep_in_python():
    return _recurse_at_once(_deep_in_python, 50)


def waits_deep_in_c():
    """A thousand native stacks, each as deep as can be, at the same time."""
    gate, left = threading.Event(), []

    def down(n):
        try:
            return max([n], key=lambda m: down(m + 1))
        except RecursionError:
            left.append(1)
            gate.wait()
            raise

    def work():
        try:
            down(0)
        except RecursionError:
            pass

    try:
        for _ in range(1000):
            start(work)
    finally:
        gate.set()


def deep_on_a_small_stack():
    threading.stack_size(32 << 10)
    return _recurse_at_once(_deep_in_c, 20)


def deep_on_a_stack_that_it_asks_for():
    threading.stack_size(1 << 30)
    sys.setrecursionlimit(10**8)
    return _recurse_at_once(_deep_in_c, 10)


def deep_by_other_ways():
    sys.setrecursionlimit(10**8)

    class Repr:
        def __repr__(self):
            return repr([self])

    class Getattr:
        def __getattr__(self, name):
            return getattr(self, name + "x")

    class Lies(list):
        def __eq__(self, other):
            return [self] == [other]

    def compare():
        return Lies() == Lies()

    def chain():
        error = None
        for _ in range(100_000):
            error = type("E", (Exception,), {"inner": error})()
        del error

    def nest():
        value = []
        for _ in range(200_000):
            value = [value]
        repr(value)

    def parse():
        compile("(" * 5000 + ")" * 5000, "x", "eval")

    def drop():
        value = None
        for _ in range(300_000):
            value = (value,)
        del value

    done = []

    def work(function):
        try:
            function()
        except (RecursionError, SyntaxError, MemoryError) as error:
            done.append(type(error).__name__)

    for function in (lambda: repr(Repr()), lambda: Getattr().a, compare, chain, nest, parse, drop):
        start(work, function).join()
    return done


def takes_memory():
    def work():
        kept = []
        while True:
            kept.append(bytearray(1 << 20))

    for thread in [start(work) for _ in range(4)]:
        thread.join()
    kept = []
    while True:
        kept.append(bytearray(1 << 20))


def starts_threads_in_finalizers():
    class Thing:
        def __del__(self):
            try:
                start(Thing)
            except RuntimeError:
                pass

    Thing()
    gc.collect()
    time.sleep(0.01)
    return "done"


def resurrects_in_threads():
    kept = []

    class Thing:
        def __del__(self):
            kept.append(self)
            start(kept.clear)

    for _ in range(50):
        Thing()
    time.sleep(0.01)
    return "done"


def waits_for_a_thread_at_exit():
    start(loop, daemon=False)
    sys.exit("bye")


def starts_threads_at_exit():
    atexit.register(lambda: start(loop))
    sys.exit("bye")


def daemons_at_exit():
    for _ in range(20):
        start(loop)
        start(time.sleep, 0.001)
    sys.exit("bye")


def exits_in_a_thread():
    start(os._exit, 0)
    loop()


def aborts_in_a_thread():
    start(os.abort)
    loop()


def kills_itself_in_a_thread():
    start(lambda: os.kill(os.getpid(), signal.SIGKILL))
    loop()


def interrupts_main():
    start(_thread.interrupt_main)
    loop()


def throws_into_a_running_generator():
    def numbers():
        while True:
            yield 1

    generator = numbers()

    def work():
        for _ in range(2000):
            try:
                generator.throw(KeyError)
            except (KeyError, ValueError, StopIteration):
                pass

    sys.setswitchinterval(1e-6)
    for thread in [start(work) for _ in range(5)]:
        thread.join()
    return "done"


def exceptions_at_every_switch():
    sys.setswitchinterval(1e-6)
    wrong = []

    def work(n):
        for m in range(300):
            try:
                try:
                    raise ValueError(n, m)
                except ValueError as error:
                    time.sleep(0)
                    if error.args != (n, m) or sys.exception() is not error:
                        wrong.append((n, m))
                    raise KeyError(n, m) from error
            except KeyError as error:
                if error.__cause__.args != (n, m):
                    wrong.append((n, m))

    for thread in [start(work, n) for n in range(10)]:
        thread.join()
    return wrong or "done"


def all_sleep():
    for _ in range(50):
        start(time.sleep, 1000)
    start(time.sleep, 1000).join()


def all_wait_for_each_other():
    one, other = threading.Lock(), threading.Lock()

    def work():
        with other:
            time.sleep(0.001)
            with one:
                pass

    with one:
        start(work)
        time.sleep(0.002)
        with other:
            pass


def waits_without_threading():
    """The report of a standstill must not need what the function has taken away."""
    threading._active.clear()
    threading.current_thread = threading._active = threading._limbo = None
    sys._current_frames = sys.exc_info = None
    lock = _thread.allocate_lock()
    lock.acquire()
    lock.acquire()


def traces_each_line():
    def trace(frame, event, argument):
        time.sleep(0)
        return trace

    threading.settrace(trace)
    for _ in range(10):
        start(loop)
    loop()


def writes_after_the_answer():
    def work():
        while True:
            try:
                os.write(1024, b"WLAM" + bytes(28))
            except OSError:
                time.sleep(0)

    for _ in range(3):
        start(work)
    return "done"


def changes_the_answer():
    answer = {"message": "first"}

    def work():
        while True:
            answer.clear()
            answer.update({n: n for n in range(100)})

    start(work)
    time.sleep(0)
    return answer


def unlocks_what_others_hold():
    import importlib._bootstrap

    for name in dir(importlib._bootstrap):
        lock = getattr(importlib._bootstrap, name)
        for method in ("release", "release_lock"):
            try:
                getattr(lock, method)()
            except Exception:
                pass
    for thread in [start(__import__, "wave") for _ in range(10)]:
        thread.join()
    return "done"


def handler(event, context):
    return globals()[event]()
