"""What handlers do with threads. Each scenario gives the same on any Python. The event may name another function."""

import _thread
import asyncio
import concurrent.futures
import contextvars
import logging
import queue
import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor


def start_and_join():
    seen = []

    def work(number, *, name):
        me = threading.current_thread()
        seen.append([number, name, me.name, me.ident == threading.get_ident(), me.ident != threading.main_thread().ident])

    threads = [threading.Thread(target=work, args=(n,), kwargs={"name": "x"}, name=f"w{n}") for n in range(3)]
    before = [thread.is_alive() for thread in threads]
    for thread in threads:
        thread.start()
    alive = threads[2].is_alive()
    for thread in threads:
        thread.join()
    after = [thread.is_alive() for thread in threads]
    idents = len({thread.ident for thread in threads})
    return [sorted(seen), before, alive in (True, False), after, idents, threading.active_count(), threading.current_thread().name]


def a_queue_with_sentinels():
    work, done = queue.Queue(maxsize=2), queue.Queue()

    def worker():
        while (item := work.get()) is not None:
            done.put(item * item)
            work.task_done()
        work.task_done()

    threads = [threading.Thread(target=worker) for _ in range(3)]
    for thread in threads:
        thread.start()
    for item in range(10):
        work.put(item)  # after the start, and more than the queue holds
    for _ in threads:
        work.put(None)
    work.join()
    for thread in threads:
        thread.join()
    return sorted(done.queue)


def daemons_and_queue_join():
    work, done = queue.Queue(), []

    def worker():
        while True:
            done.append(work.get())
            work.task_done()

    for _ in range(2):
        threading.Thread(target=worker, daemon=True).start()
    for round in range(3):
        for item in range(4):
            work.put((round, item))
        work.join()
    return len(done), sorted(done)[-1]


def an_exchange():
    """Two threads that wait for each other many times."""
    there, back = queue.Queue(), queue.SimpleQueue()

    def answer():
        while True:
            number = there.get()
            if number is None:
                return
            back.put(number + 1)

    thread = threading.Thread(target=answer)
    thread.start()
    number = 0
    for _ in range(100):
        there.put(number)
        number = back.get(timeout=5)
    there.put(None)
    thread.join()
    return number


class Account:
    def __init__(self):
        self.lock, self.balance = threading.Lock(), 0

    def pay(self, amount):
        with self.lock:
            balance = self.balance
            time.sleep(0.001)  # everybody else wants the lock now
            self.balance = balance + amount


def locks():
    account = Account()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(account.pay, range(20)))
    reentrant = threading.RLock()
    outcome = []

    def other():
        outcome.append(reentrant.acquire(timeout=0.01))
        outcome.append(reentrant.acquire(blocking=False))

    with reentrant, reentrant:
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    return account.balance, outcome


def conditions_and_others():
    seen = []
    ready, gate, barrier = threading.Condition(), threading.Event(), threading.Barrier(3)
    slots = threading.BoundedSemaphore(2)
    at_once = []

    def waits(number):
        with ready:
            ready.wait_for(lambda: "go" in seen)
        gate.wait()
        barrier.wait(5)
        with slots:
            at_once.append(1)
            time.sleep(0.002)
            seen.append(sum(at_once) <= 2)
            at_once.pop()

    threads = [threading.Thread(target=waits, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    with ready:
        seen.append("go")
        ready.notify_all()
    gate.set()
    for thread in threads:
        thread.join()
    return [*seen, threading.Event().wait(0.001), barrier.broken]


def timers():
    fired = []
    start = time.monotonic()
    soon = threading.Timer(0.01, fired.append, ["soon"])
    late = threading.Timer(60, fired.append, ["late"])
    soon.start()
    late.start()
    time.sleep(0.05)
    late.cancel()
    late.join()
    return fired, time.monotonic() - start < 5


def sleeps_at_the_same_time():
    start = time.monotonic()
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(time.sleep, [0.1] * 10))
    threads = [threading.Thread(target=time.sleep, args=(0.1,)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.monotonic() - start < 0.7


def a_heartbeat():
    stop, beats = threading.Event(), []

    def beat():
        while not stop.wait(0.005):
            beats.append(1)
        beats.append("stopped")

    thread = threading.Thread(target=beat)
    thread.start()
    time.sleep(0.05)
    stop.set()
    thread.join()
    return len(beats) > 2, beats[-1]


def local_data():
    local, variable = threading.local(), contextvars.ContextVar("variable", default="none")
    local.value = "main"
    variable.set("main")
    seen = []

    def work(name):
        seen.append([hasattr(local, "value"), variable.get()])
        local.value = name
        variable.set(name)
        time.sleep(0.002)
        seen.append([local.value, variable.get()])

    threads = [threading.Thread(target=work, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [seen, local.value, variable.get()]


def exceptions():
    caught = []
    previous, threading.excepthook = threading.excepthook, lambda args: caught.append([args.exc_type.__name__, args.thread.name])
    thread = threading.Thread(target=lambda: 1 / 0, name="divides")
    try:
        raise KeyError("of the main thread")
    except KeyError:
        thread.start()
        thread.join()
        caught.append(repr(sys.exception()))
    threading.excepthook = previous
    quiet = threading.Thread(target=sys.exit)
    quiet.start()
    quiet.join()
    with ThreadPoolExecutor() as pool:
        failed = pool.submit(int, "x")
    caught.append(str(failed.exception()))
    return caught


def futures():
    gate = threading.Event()
    with ThreadPoolExecutor(max_workers=3, thread_name_prefix="pool", initializer=gate.is_set) as pool:
        slow = pool.submit(gate.wait, 5)
        names = {pool.submit(lambda: threading.current_thread().name.split("_")[0]) for _ in range(3)}
        done, pending = concurrent.futures.wait([slow, *names], return_when=concurrent.futures.FIRST_COMPLETED)
        first = slow in pending and bool(done)
        finished = {future.result() for future in concurrent.futures.as_completed(names)}
        gate.set()
        called = []
        slow.add_done_callback(lambda future: called.append(future.result()))
        nested = pool.submit(lambda: pool.submit(pow, 2, 5).result())
        results = [slow.result(timeout=5), nested.result(), list(pool.map(str, range(3), timeout=5))]
        cancelled = pool.submit(pow, 2, 2)
    try:
        pool.submit(print)
    except RuntimeError as error:
        refused = str(error)
    try:
        ThreadPoolExecutor(1).submit(time.sleep, 0.2).result(timeout=0.01)
    except TimeoutError:
        refused += ", timeout"
    return [first, sorted(finished), results, called, cancelled.done(), refused]


def with_asyncio():
    async def main():
        loop = asyncio.get_running_loop()
        gate = asyncio.Event()

        def in_thread(number):
            time.sleep(0.001)
            loop.call_soon_threadsafe(gate.set)
            return number, threading.current_thread() is threading.main_thread()

        results = await asyncio.gather(asyncio.to_thread(in_thread, 1), loop.run_in_executor(None, in_thread, 2))
        await gate.wait()
        return results

    async def elsewhere(value):
        await asyncio.sleep(0.001)
        return value

    async def a_loop_in_a_thread():
        return await asyncio.to_thread(lambda: asyncio.run(elsewhere("inner")))

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    outside = [asyncio.run_coroutine_threadsafe(elsewhere(n), loop).result(5) for n in range(3)]
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
    return [asyncio.run(main()), asyncio.run(a_loop_in_a_thread()), outside]


def a_socket_pair():
    here, there = socket.socketpair()

    def echo():
        while data := there.recv(100):
            there.sendall(data.upper())

    thread = threading.Thread(target=echo)
    thread.start()
    here.sendall(b"hello")
    answer = here.recv(100).decode()
    here.shutdown(socket.SHUT_WR)
    thread.join()
    return answer


def logs_through_a_queue():
    import logging.handlers

    records = queue.Queue()
    seen = []
    sink = logging.Handler()
    sink.emit = lambda record: seen.append([record.getMessage(), record.threadName])
    listener = logging.handlers.QueueListener(records, sink)
    logger = logging.getLogger("queued")
    logger.propagate = False
    logger.addHandler(logging.handlers.QueueHandler(records))
    listener.start()
    for number in range(3):
        logger.warning("record %d", number)
    thread = threading.Thread(target=logger.warning, args=("from a thread",), name="logs")
    thread.start()
    thread.join()
    listener.stop()
    return seen


def deep_in_c():
    """Threads that wait while C code has called them, which the sandbox must keep on its stack."""
    done = []
    threads = [threading.Thread(target=lambda n=n: done.extend(sorted([n, -n], key=lambda x: time.sleep(0.002) or x))) for n in (1, 2)]
    for thread in threads:
        thread.start()
    items = queue.Queue()
    worker = threading.Thread(target=lambda: done.extend(iter(items.get, None)))
    for item in ("a", "b", None):
        items.put(item)
    worker.start()
    for thread in [*threads, worker]:
        thread.join()
    return sorted(map(str, done))


def a_generator_in_a_thread():
    steps = []

    def generate():
        for number in range(3):
            time.sleep(0.001)
            yield number

    def consume(name):
        for number in generate():
            steps.append(f"{name}{number}")
        total = sum(generate())
        steps.append(f"{name}={total}")

    threads = [threading.Thread(target=consume, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(steps)


def recursion():
    depths = []

    def deep(level):
        if level == 0:
            time.sleep(0.001)
            return 0
        return 1 + deep(level - 1)

    def endless():
        return endless()

    def work():
        depths.append(deep(500))
        try:
            endless()
        except RecursionError:
            depths.append("RecursionError")
        depths.append(deep(500))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(map(str, depths))


def low_level():
    gate, done = threading.Event(), []

    class Worker:
        def work(self, number):
            gate.wait()  # pauses although the thread begins with a method
            done.append(number)

    for number in range(2):
        _thread.start_new_thread(Worker().work, (number,))
    time.sleep(0.001)
    gate.set()
    while len(done) < 2:
        time.sleep(0.001)
    return done


def asks_again_and_again():
    done, asked, results = threading.Event(), queue.Queue(), []

    def works():
        while not done.is_set():
            results.append(1)

    worker = threading.Thread(target=works)
    worker.start()
    while len(results) < 5:
        time.sleep(0.001)
    threading.Timer(0.001, done.set).start()
    while worker.is_alive():
        pass
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(lambda: (time.sleep(0.001), asked.put(7)))
        while not future.done():
            pass
    while asked.empty():
        pass
    return asked.get()


def many():
    done = []
    for _ in range(200):
        threading.Thread(target=done.append, args=(1,)).start()
    waiting = [threading.Thread(target=time.sleep, args=(0.01,)) for _ in range(100)]
    for thread in waiting:
        thread.start()
    for thread in waiting:
        thread.join()
    return len(done)


_left_behind = []
_called = threading.Event()


def _goes_on():
    _left_behind.append("at init")
    _called.wait()
    _left_behind.append("in a call")


threading.Thread(target=_goes_on, daemon=True).start()


def from_the_init():
    """A thread that the module started waits in the function's image and goes on in each call."""
    before = list(_left_behind)
    _called.set()
    while len(_left_behind) < 2:
        time.sleep(0.001)
    return before, _left_behind


SCENARIOS = [
    from_the_init, start_and_join, a_queue_with_sentinels, daemons_and_queue_join, an_exchange, locks, conditions_and_others, timers,
    sleeps_at_the_same_time, a_heartbeat, local_data, exceptions, futures, with_asyncio, a_socket_pair,
    logs_through_a_queue, deep_in_c, a_generator_in_a_thread, recursion, low_level,
    asks_again_and_again, many,
]


def fire_and_forget():
    """Nobody waits for these."""
    threading.Thread(target=print, args=("ran",)).start()
    threading.Thread(target=lambda: (time.sleep(60), print("too late"))).start()
    threading.Thread(target=lambda: {}["missing"], name="fails").start()
    return "returned"


def waits_for_ever():
    nothing = queue.Queue()
    threading.Thread(target=nothing.get).start()
    nothing.get()


def handler(event, context):
    if event:
        return globals()[event]()
    return {scenario.__name__: scenario() for scenario in SCENARIOS}
