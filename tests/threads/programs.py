"""Programs with threads, each of which gives one answer on every machine. `expected.json` has what CPython gives on Linux
(`record.sh`); the sandbox must give the same."""

import asyncio
import concurrent.futures
import contextlib
import contextvars
import functools
import io
import itertools
import logging
import logging.handlers
import queue
import random
import signal
import sys
import threading
import time
import traceback
import weakref
import _thread
from collections import Counter, deque
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor


def start(function, *args, **options):
    thread = threading.Thread(target=function, args=args, **options)
    thread.start()
    return thread


def waits_for_a_flag_in_a_loop():
    flag, seen = [], []

    def work():
        while not flag:
            pass
        seen.append("flag")

    thread = start(work)
    flag.append(1)
    thread.join()
    return seen


def main_waits_for_a_flag_in_a_loop():
    flag = []
    start(flag.append, 1)
    while not flag:
        pass
    return flag


def two_loops_side_by_side():
    turns, stop = Counter(), []

    def work(name):
        while not stop:
            turns[name] += 1

    threads = [start(work, name) for name in "ab"]
    while len(turns) < 2:
        pass
    stop.append(1)
    for thread in threads:
        thread.join()
    return sorted(turns)


def a_loop_ends_at_a_time():
    beats, stop = [], threading.Event()

    def beat():
        while not stop.wait(0.005):
            beats.append(1)

    thread = start(beat)
    end = time.monotonic() + 20
    while len(beats) < 3 and time.monotonic() < end:
        pass
    stop.set()
    thread.join()
    return len(beats) >= 3


def lock_held_while_threads_start():
    lock, out = threading.Lock(), []

    def work(n):
        with lock:
            out.append(n)

    with lock:
        threads = [start(work, n) for n in range(5)]
        held = list(out)
    for thread in threads:
        thread.join()
    return [held, sorted(out)]


def sorted_by_a_key_that_waits():
    gate = threading.Event()

    def key(n):
        gate.wait()
        return -n

    out = []
    thread = start(lambda: out.extend(sorted([1, 3, 2], key=key)))
    gate.set()
    thread.join()
    return out


def generator_that_waits():
    q, out = queue.Queue(), []

    def items():
        while (item := q.get()) is not None:
            yield item

    thread = start(lambda: out.extend(items()))
    for n in range(4):
        q.put(n)
    q.put(None)
    thread.join()
    return out


def property_that_waits():
    event = threading.Event()

    class Waits:
        @property
        def value(self):
            return event.wait(5)

    out = []
    thread = start(lambda: out.append(Waits().value))
    event.set()
    thread.join()
    return out


def special_methods_that_wait():
    q = queue.Queue()

    class Waits:
        def __len__(self):
            return q.get()

        def __iter__(self):
            return iter([q.get()])

        def __getitem__(self, key):
            return q.get()

        def __eq__(self, other):
            return q.get() == other

        def __hash__(self):
            return q.get()

        def __repr__(self):
            return f"<{q.get()}>"

        def __contains__(self, item):
            return q.get() == item

        def __enter__(self):
            return q.get()

        def __exit__(self, *error):
            q.get()

        def __getattr__(self, name):
            return q.get()

        def __add__(self, other):
            return q.get() + other

    out = []

    def work():
        w = Waits()
        out.append(len(w))
        out.extend(item for item in w)
        out.append(w[0])
        out.append(w == 3)
        out.append(hash(w))
        out.append(repr(w))
        out.append(6 in w)
        with w as inside:
            out.append(inside)
        out.append(w.missing)
        out.append(w + 1)

    thread = start(work)
    for n in range(11):
        q.put(n)
        time.sleep(0.001)
    thread.join()
    return out


def context_manager_that_waits():
    event, out = threading.Event(), []

    @contextlib.contextmanager
    def manager():
        event.wait()
        yield "in"
        out.append("after")

    def work():
        with manager() as inside:
            out.append(inside)

    thread = start(work)
    event.set()
    thread.join()
    return out


def partials_and_caches():
    event, out = threading.Event(), []

    @functools.lru_cache
    def wait(n):
        event.wait()
        return n * 2

    threads = [start(functools.partial(lambda n: out.append(wait(n)), n)) for n in range(3)]
    event.set()
    for thread in threads:
        thread.join()
    return sorted(out)


def iter_with_a_sentinel():
    q, out = queue.SimpleQueue(), []
    thread = start(lambda: out.extend(iter(q.get, None)))
    for n in (1, 2, None):
        q.put(n)
    thread.join()
    return out


def reduce_map_and_filter():
    q = queue.Queue()
    out = []

    def work():
        out.append(functools.reduce(lambda a, _: a + q.get(), range(3), 0))
        out.append(list(map(lambda n: n * q.get(), [1, 2, 3])))
        out.append(list(filter(lambda n: q.get(), [1, 2, 3])))

    thread = start(work)
    for n in (1, 2, 3, 4, 5, 6, 1, 0, 1):
        q.put(n)
    thread.join()
    return out


def import_inside_a_thread():
    out = []

    def work():
        import colorsys

        out.append(colorsys.rgb_to_hls(0, 0, 0))

    for thread in [start(work) for _ in range(3)]:
        thread.join()
    return out


def condition_notifies_one_and_all():
    condition, out, ready = threading.Condition(), [], threading.Barrier(4)

    def work(n):
        with condition:
            start_gate.release()
            condition.wait()
            out.append(n)

    start_gate = threading.Semaphore(0)
    threads = [start(work, n) for n in range(3)]
    for _ in threads:
        start_gate.acquire()
    with condition:
        condition.notify()
    while len(out) < 1:
        time.sleep(0.001)
    first = len(out)
    with condition:
        condition.notify_all()
    for thread in threads:
        thread.join()
    return [first, sorted(out)]


def wait_for_with_a_timeout():
    condition = threading.Condition()
    with condition:
        return [condition.wait_for(lambda: False, 0.01), condition.wait(0.01), condition.wait_for(lambda: "yes", 1)]


def barriers():
    barrier, out = threading.Barrier(3, action=lambda: out.append("action")), []

    def work():
        for _ in range(3):
            barrier.wait()

    for thread in [start(work) for _ in range(3)]:
        thread.join()
    broken = threading.Barrier(2)
    errors = []
    try:
        broken.wait(0.01)
    except threading.BrokenBarrierError:
        errors.append("broken")
    return [out, errors, broken.broken]


def semaphores():
    semaphore, most, now, lock = threading.BoundedSemaphore(2), 0, 0, threading.Lock()

    def work():
        nonlocal most, now
        with semaphore:
            with lock:
                now += 1
                most = max(most, now)
            time.sleep(0.002)
            with lock:
                now -= 1

    for thread in [start(work) for _ in range(6)]:
        thread.join()
    try:
        semaphore.release()
        error = ""
    except ValueError as problem:
        error = str(problem)
    return [most, now, error]


def events_in_order():
    events = [threading.Event() for _ in range(20)]
    out = []

    def work(n):
        events[n].wait()
        out.append(n)
        if n + 1 < len(events):
            events[n + 1].set()

    threads = [start(work, n) for n in reversed(range(20))]
    events[0].set()
    for thread in threads:
        thread.join()
    return out


def rlock_is_reentrant_and_owned():
    lock, out = threading.RLock(), []

    def work():
        out.append(lock.acquire(blocking=False))
        out.append(lock.acquire(timeout=0.01))
        try:
            lock.release()
        except RuntimeError as error:
            out.append(str(error))

    with lock, lock:
        start(work).join()
    return out


def lock_timeouts():
    lock = threading.Lock()
    lock.acquire()
    before = time.monotonic()
    got = lock.acquire(timeout=0.02)
    return [got, 0.015 < time.monotonic() - before < 2, lock.acquire(False), lock.locked()]


def release_by_another_thread():
    lock = threading.Lock()
    lock.acquire()
    start(lambda: (time.sleep(0.005), lock.release()))
    return lock.acquire(timeout=5)


def timers_and_cancel():
    out = []
    first, second = threading.Timer(0.005, out.append, ["a"]), threading.Timer(5, out.append, ["b"])
    first.start()
    second.start()
    first.join()
    second.cancel()
    second.join()
    return out


def queues_of_three_kinds():
    fifo, lifo, priority = queue.Queue(), queue.LifoQueue(), queue.PriorityQueue()
    for q in (fifo, lifo, priority):
        for n in (2, 3, 1):
            q.put(n)
    return [[q.get() for _ in range(3)] for q in (fifo, lifo, priority)]


def bounded_queue_blocks():
    q, put = queue.Queue(2), []

    def work():
        for n in range(5):
            q.put(n)
            put.append(n)

    thread = start(work)
    while len(put) < 2:
        time.sleep(0.001)
    time.sleep(0.005)
    blocked = len(put)
    got = [q.get() for _ in range(5)]
    thread.join()
    errors = []
    for call in (lambda: q.get(timeout=0.005), lambda: q.get_nowait()):
        try:
            call()
        except queue.Empty:
            errors.append("empty")
    q.put(1)
    q.put(2)
    try:
        q.put(3, timeout=0.005)
    except queue.Full:
        errors.append("full")
    return [blocked, got, errors]


def queue_shutdown():
    q, out = queue.Queue(), []

    def work():
        try:
            while True:
                out.append(q.get())
        except queue.ShutDown:
            out.append("shut down")

    thread = start(work)
    q.put(1)
    q.shutdown()
    thread.join()
    return out


def queue_join():
    q, out = queue.Queue(), []

    def work():
        while True:
            item = q.get()
            out.append(item)
            q.task_done()

    start(work, daemon=True)
    for n in range(10):
        q.put(n)
    q.join()
    return out


def simple_queue_timeouts():
    q = queue.SimpleQueue()
    out = []
    try:
        q.get(timeout=0.005)
    except queue.Empty:
        out.append("empty")
    start(lambda: (time.sleep(0.005), q.put("x")))
    out.append(q.get(timeout=5))
    return out


def ping_pong():
    there, back = queue.Queue(), queue.Queue()

    def work():
        for n in iter(there.get, None):
            back.put(n + 1)

    thread = start(work)
    n = 0
    for _ in range(500):
        there.put(n)
        n = back.get()
    there.put(None)
    thread.join()
    return n


def pipeline_of_threads():
    stages = [queue.Queue() for _ in range(6)]

    def work(n):
        while (item := stages[n].get()) is not None:
            stages[n + 1].put(item + [n])
        stages[n + 1].put(None)

    threads = [start(work, n) for n in range(5)]
    for n in range(3):
        stages[0].put([f"item{n}"])
    stages[0].put(None)
    out = list(iter(stages[5].get, None))
    for thread in threads:
        thread.join()
    return out


def executor_map_and_order():
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(lambda n: (time.sleep(0.001 * (5 - n)), n)[1], range(5)))


def executor_results_errors_and_cancel():
    gate = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(gate.wait)
        second = pool.submit(lambda: 1 / 0)
        third = pool.submit(print)
        cancelled = third.cancel()
        gate.set()
        return [first.result(), repr(second.exception()), cancelled, third.cancelled()]


def executor_wait_and_as_completed():
    gates = [threading.Event() for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        futures = [pool.submit(lambda g=gate, n=n: (g.wait(), n)[1]) for n, gate in enumerate(gates)]
        gates[2].set()
        done, rest = concurrent.futures.wait(futures, return_when=FIRST_COMPLETED)
        first = [future.result() for future in done]
        gates[0].set()
        gates[1].set()
        return [first, len(rest), sorted(future.result() for future in concurrent.futures.as_completed(futures))]


def nested_submits_over_two_pools():
    with ThreadPoolExecutor(1) as writer, ThreadPoolExecutor(3) as pool:
        parts = [pool.submit(lambda n=n: writer.submit(pow, n, 2)) for n in range(6)]
        return [part.result().result() for part in parts]


def executor_callbacks_and_initializer():
    out = []
    with ThreadPoolExecutor(2, thread_name_prefix="pool", initializer=out.append, initargs=("init",)) as pool:
        future = pool.submit(lambda: threading.current_thread().name)
        future.add_done_callback(lambda done: out.append(done.result()))
        future.result()
        pool.submit(int).result()
    return sorted(out)


def executor_result_timeouts():
    gate = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(gate.wait)
        try:
            future.result(timeout=0.005)
            out = "none"
        except TimeoutError:
            out = "timeout"
        gate.set()
        return [out, future.result()]


def asyncio_to_thread():
    async def main():
        event = threading.Event()
        task = asyncio.create_task(asyncio.to_thread(event.wait))
        await asyncio.sleep(0.005)
        event.set()
        return [await task, await asyncio.gather(*(asyncio.to_thread(pow, n, 2) for n in range(5)))]

    return asyncio.run(main())


def asyncio_loop_in_a_thread():
    loop = asyncio.new_event_loop()
    thread = start(loop.run_forever)

    async def work(n):
        await asyncio.sleep(0.001)
        return n

    out = [asyncio.run_coroutine_threadsafe(work(n), loop).result() for n in range(3)]
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
    return out


def asyncio_in_many_threads():
    async def work(n):
        await asyncio.sleep(0.001 * n)
        return n

    out = []
    for thread in [start(lambda n=n: out.append(asyncio.run(work(n)))) for n in range(4)]:
        thread.join()
    return sorted(out)


def asyncio_queue_fed_by_a_thread():
    async def main():
        loop, q = asyncio.get_running_loop(), asyncio.Queue()

        def feed():
            for n in range(5):
                loop.call_soon_threadsafe(q.put_nowait, n)
            loop.call_soon_threadsafe(q.put_nowait, None)

        thread = start(feed)
        out = []
        while (item := await q.get()) is not None:
            out.append(item)
        thread.join()
        return out

    return asyncio.run(main())


def contextvars_of_threads():
    variable = contextvars.ContextVar("variable", default="none")
    variable.set("main")
    out = []
    start(lambda: out.append(variable.get())).join()
    context = contextvars.copy_context()
    start(lambda: out.append(context.run(variable.get))).join()
    return [*out, variable.get()]


def local_data():
    local, out = threading.local(), []
    local.value = "main"

    def work(n):
        out.append(hasattr(local, "value"))
        local.value = n
        time.sleep(0.001)
        out.append(local.value == n)

    for thread in [start(work, n) for n in range(3)]:
        thread.join()
    return [sorted(out), local.value]


def local_data_goes_with_its_thread():
    class Thing:
        pass

    local, alive = threading.local(), []

    def work():
        local.thing = Thing()
        alive.append(weakref.ref(local.thing))

    start(work).join()
    return alive[0]() is None


def unhandled_exceptions_are_printed():
    err, sys.stderr = sys.stderr, io.StringIO()
    try:
        def fails():
            raise KeyError("missing")

        start(fails, name="fails").join()
        text = sys.stderr.getvalue()
    finally:
        sys.stderr = err
    return [line.split('"')[0] for line in text.splitlines() if "^" not in line]


def frames_of_a_traceback():
    out = []

    def fails():
        try:
            1 / 0
        except ZeroDivisionError:
            out.append([frame.name for frame in traceback.extract_stack()])
            out.append(traceback.format_exc().splitlines()[-1])

    start(fails).join()
    return out


def excepthooks():
    out, hook = [], threading.excepthook

    def mine(args):
        out.append([args.exc_type.__name__, str(args.exc_value), args.thread.name])

    threading.excepthook = mine
    try:
        start(lambda: int("x"), name="fails").join()
        start(sys.exit, name="exits").join()
    finally:
        threading.excepthook = hook
    return out


def names_idents_and_enumeration():
    gate = threading.Event()
    threads = [start(gate.wait, name=f"w{n}") for n in range(3)]
    out = [
        sorted(thread.name for thread in threading.enumerate() if thread.name.startswith("w")),
        len({thread.ident for thread in threads} | {threading.get_ident()}),
        len({thread.native_id for thread in threads} | {threading.get_native_id()}),
        [thread.is_alive() for thread in threads],
        all(thread.ident in sys._current_frames() for thread in threads),
    ]
    gate.set()
    for thread in threads:
        thread.join()
    return [*out, [thread.is_alive() for thread in threads], threading.main_thread() is threading.current_thread()]


def low_level_starts():
    lock, out = _thread.allocate_lock(), []
    lock.acquire()
    _thread.start_new_thread(lambda *args, **named: (out.append([args, named]), lock.release()), (1, 2), {"three": 3})
    lock.acquire()
    return out


def joins_with_timeouts():
    gate = threading.Event()
    thread = start(gate.wait)
    thread.join(0.005)
    alive = thread.is_alive()
    gate.set()
    thread.join()
    thread.join()
    errors = []
    for call in (threading.current_thread().join, threading.Thread().join, thread.start):
        try:
            call()
        except RuntimeError as error:
            errors.append(str(error))
    return [alive, thread.is_alive(), errors]


def tracing_and_profiling():
    out = []

    def work():
        return None

    def trace(frame, event, argument):
        if frame.f_code is work.__code__:
            out.append(event)
        return trace

    threading.settrace(trace)
    threading.setprofile(lambda frame, event, argument: frame.f_code is work.__code__ and out.append("p" + event))
    try:
        start(work).join()
    finally:
        threading.settrace(None)
        threading.setprofile(None)
    return out


def recursion_in_threads():
    out = []

    def depth(n):
        return 1 if n == 0 else 1 + depth(n - 1)

    def work(n):
        try:
            out.append(depth(n))
        except RecursionError:
            out.append("RecursionError")

    for thread in [start(work, n) for n in (10, 500, 5000)]:
        thread.join()
    return sorted(map(str, out))


def recursion_through_c():
    out = []

    def depth(n):
        return n and max([n], key=lambda m: depth(m - 1)) and n

    def work():
        out.append(depth(100))
        try:
            depth(100_000)
        except RecursionError:
            out.append("RecursionError")

    for _ in range(2):
        start(work).join()
    return out


def large_stacks():
    before = threading.stack_size(512 * 1024)
    out = []
    try:
        start(out.append, threading.stack_size()).join()
    finally:
        after = threading.stack_size(before)
    try:
        threading.stack_size(100)
    except ValueError as error:
        out.append(str(error))
    return [before, out, after]




def signals_are_handled_by_the_main_thread():
    out = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: out.append(threading.current_thread().name))
    try:
        start(signal.raise_signal, signal.SIGTERM).join()
        time.sleep(0.001)
    finally:
        signal.signal(signal.SIGTERM, before)
    try:
        thread_error = []

        def work():
            try:
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
            except ValueError as error:
                thread_error.append(str(error))

        start(work).join()
        out += thread_error
    finally:
        pass
    return out


def logging_from_threads():
    stream = io.StringIO()
    logger = logging.getLogger("threads")
    logger.propagate = False
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(threadName)s %(message)s"))
    logger.addHandler(handler)
    for thread in [start(logger.error, "text", name=f"t{n}") for n in range(4)]:
        thread.join()
    return sorted(stream.getvalue().splitlines())


def queue_listener():
    records, q = [], queue.Queue()

    class Keep(logging.Handler):
        def emit(self, record):
            records.append(record.getMessage())

    listener = logging.handlers.QueueListener(q, Keep())
    listener.start()
    logger = logging.getLogger("listened")
    logger.propagate = False
    logger.addHandler(logging.handlers.QueueHandler(q))
    for n in range(3):
        logger.error("record %d", n)
    listener.stop()
    return records


def counters_with_and_without_a_lock():
    lock, total = threading.Lock(), 0

    def work():
        nonlocal total
        for _ in range(2000):
            with lock:
                total += 1

    for thread in [start(work) for _ in range(5)]:
        thread.join()
    return total


def switch_interval():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        out = counters_with_and_without_a_lock()
    finally:
        sys.setswitchinterval(before)
    return [before, out]


def dining_philosophers():
    forks, meals = [threading.Lock() for _ in range(5)], Counter()

    def dine(n):
        first, second = sorted((n, (n + 1) % 5))
        for _ in range(20):
            with forks[first], forks[second]:
                meals[n] += 1
                time.sleep(0)

    for thread in [start(dine, n) for n in range(5)]:
        thread.join()
    return [meals[n] for n in range(5)]


def readers_and_writers():
    condition, readers, log, value = threading.Condition(), 0, [], 0

    def read():
        nonlocal readers
        with condition:
            condition.wait_for(lambda: value >= 3)
            log.append(value >= 3)

    def write():
        nonlocal value
        for _ in range(3):
            with condition:
                value += 1
                condition.notify_all()
            time.sleep(0.001)

    threads = [start(read) for _ in range(3)] + [start(write)]
    for thread in threads:
        thread.join()
    return log


def threads_that_start_threads():
    out, lock = [], threading.Lock()

    def work(depth):
        with lock:
            out.append(depth)
        if depth:
            for thread in [start(work, depth - 1) for _ in range(2)]:
                thread.join()

    start(work, 4).join()
    return Counter(out).most_common()


def many_threads_at_once():
    gate, out = threading.Event(), []
    threads = [start(lambda n=n: (gate.wait(), out.append(n))) for n in range(100)]
    gate.set()
    for thread in threads:
        thread.join()
    return [len(out), sorted(out) == list(range(100))]


def many_threads_one_after_the_other():
    out = []
    for n in range(500):
        start(out.append, n).join()
    return out == list(range(500))


def exceptions_while_others_wait():
    event, out = threading.Event(), []

    def waits():
        try:
            event.wait()
            raise ValueError("woken")
        except ValueError as error:
            out.append([str(error), sys.exception() is error])

    threads = [start(waits) for _ in range(3)]
    try:
        try:
            raise KeyError("main")
        except KeyError:
            event.set()
            for thread in threads:
                thread.join()
            raise
    except KeyError as error:
        out.append(str(error))
    return out


def finally_runs_in_each_thread():
    event, out = threading.Event(), []

    def work(n):
        try:
            event.wait()
            if n % 2:
                sys.exit()
        finally:
            out.append(n)

    threads = [start(work, n) for n in range(4)]
    event.set()
    for thread in threads:
        thread.join()
    return sorted(out)


def generators_shared_between_threads():
    numbers, out, lock = itertools.count(), [], threading.Lock()

    def work():
        for _ in range(100):
            out.append(next(numbers))

    for thread in [start(work) for _ in range(4)]:
        thread.join()
    running, entered, gate = [], threading.Event(), threading.Event()

    def slow():
        entered.set()
        gate.wait()
        yield 1

    generator = slow()

    def step():
        try:
            next(generator)
        except ValueError as error:
            running.append(str(error))

    first = start(step)
    entered.wait()
    step()
    gate.set()
    first.join()
    return [sorted(out) == list(range(400)), running]


def sleeps_side_by_side():
    before = time.monotonic()
    for thread in [start(time.sleep, 0.2) for _ in range(20)]:
        thread.join()
    return time.monotonic() - before < 3


def sleeps_in_order():
    out = []
    threads = [start(lambda n=n: (time.sleep(n * 0.01), out.append(n))) for n in (3, 1, 2, 0)]
    for thread in threads:
        thread.join()
    return out


def deques_and_dictionaries_under_load():
    items, mapping = deque(maxlen=50), {}

    def work(seed):
        numbers = random.Random(seed)
        for _ in range(500):
            key = numbers.randrange(20)
            mapping[key] = mapping.get(key, 0) + 1
            items.append(key)
            if len(mapping) > 15:
                mapping.pop(key, None)

    for thread in [start(work, n) for n in range(4)]:
        thread.join()
    return [len(items), len(mapping) <= 20]


def with_statement_in_c_callbacks():
    lock, out = threading.Lock(), []

    class Item:
        def __init__(self, n):
            self.n = n

        def __lt__(self, other):
            with lock:
                time.sleep(0)
                return self.n < other.n

    def work(seed):
        items = [Item(n) for n in random.Random(seed).sample(range(20), 20)]
        items.sort()
        out.append([item.n for item in items] == list(range(20)))

    for thread in [start(work, n) for n in range(3)]:
        thread.join()
    return out


def subclass_with_run():
    class Squares(threading.Thread):
        def __init__(self, n):
            super().__init__(name=f"square{n}", daemon=True)
            self.n, self.result = n, None

        def run(self):
            time.sleep(0.001)
            self.result = self.n**2

    threads = [Squares(n) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [[thread.result, thread.name, thread.daemon] for thread in threads]


def weak_references_and_finalizers():
    out = []

    class Thing:
        def __del__(self):
            out.append(threading.current_thread().name)

    def work(things):
        things.clear()

    start(work, [Thing()], name="drops").join()
    return out


def print_from_threads():
    out, stdout = io.StringIO(), sys.stdout
    sys.stdout = out
    try:
        for thread in [start(functools.partial(print, n, n, sep="-", flush=True)) for n in range(5)]:
            thread.join()
    finally:
        sys.stdout = stdout
    return sorted(out.getvalue().split())


def futures_by_hand():
    future = concurrent.futures.Future()
    start(lambda: (time.sleep(0.002), future.set_result("set")))
    other = concurrent.futures.Future()
    start(lambda: other.set_exception(OSError("fails")))
    return [future.result(5), repr(other.exception(5))]


def double_checked_singleton():
    made, lock = [], threading.Lock()

    class Single:
        instance = None

        @classmethod
        def get(cls):
            if cls.instance is None:
                with lock:
                    if cls.instance is None:
                        time.sleep(0.001)
                        made.append(1)
                        cls.instance = cls()
            return cls.instance

    seen = []
    for thread in [start(lambda: seen.append(Single.get())) for _ in range(5)]:
        thread.join()
    return [len(made), len(set(map(id, seen)))]


PROGRAMS = {
    name: value
    for name, value in list(globals().items())
    if callable(value) and getattr(value, "__module__", None) == __name__ and name not in ("start", "handler")
}


def handler(event, context):
    return PROGRAMS[event]()


if __name__ == "__main__":
    import json

    print(json.dumps({name: program() for name, program in PROGRAMS.items()}, indent=1))
