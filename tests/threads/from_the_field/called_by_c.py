"""A thread that waits under a call that C code made keeps the main thread from going on."""
import functools, threading, time
def shake(make):
    started, release = threading.Event(), threading.Event()
    def work():
        started.set()
        return release.wait(2)
    t0 = time.monotonic()
    t = threading.Thread(target=make(work)); t.start()
    began = started.wait(1); release.set(); t.join(3)
    return [began, time.monotonic() - t0 < 0.5]
def plain(event, context): return shake(lambda work: work)
def partial(event, context): return shake(lambda work: functools.partial(work))
def callable_object(event, context):
    class Job:
        def __init__(self, work): self.work = work
        def __call__(self): self.work()
    return shake(Job)
def cached(event, context): return shake(functools.lru_cache)
def generator(event, context):
    def make(work):
        def items(): yield work()
        def run():
            for item in items(): pass
        return run
    return shake(make)
def comprehension(event, context): return shake(lambda work: lambda: [x for x in map(lambda n: work(), [1])])
def property_(event, context):
    class C:
        @property
        def p(self): return self.w()
    def make(work):
        c = C(); c.w = work
        return lambda: c.p
    return shake(make)
def context_manager(event, context):
    import contextlib
    def make(work):
        @contextlib.contextmanager
        def cm(): work(); yield
        def run():
            with cm(): pass
        return run
    return shake(make)
def subclass_run(event, context):
    started, release = threading.Event(), threading.Event()
    class T(threading.Thread):
        def run(self): started.set(); release.wait(2)
    t0 = time.monotonic(); t = T(); t.start(); b = started.wait(1); release.set(); t.join()
    return [b, time.monotonic() - t0 < 0.5]
def wraps(event, context):
    def make(work):
        @functools.wraps(work)
        def w(*a, **k): return work(*a, **k)
        return w
    return shake(make)
def executor_partial(event, context):
    from concurrent.futures import ThreadPoolExecutor
    started, release = threading.Event(), threading.Event()
    def work(n): started.set(); release.wait(2); return n
    t0 = time.monotonic()
    with ThreadPoolExecutor(2) as ex:
        f = ex.submit(functools.partial(work, 5)); b = started.wait(1); release.set()
        return [b, f.result(), time.monotonic() - t0 < 0.5]
def asyncio_thread(event, context):
    import asyncio
    loop = asyncio.new_event_loop(); t = threading.Thread(target=loop.run_forever, daemon=True); t.start()
    async def f(): await asyncio.sleep(0.01); return 7
    t0 = time.monotonic(); r = asyncio.run_coroutine_threadsafe(f(), loop).result(2)
    loop.call_soon_threadsafe(loop.stop); t.join(2)
    return [r, t.is_alive(), time.monotonic() - t0 < 1]
def in_order(event, context):
    started, go_on = threading.Event(), threading.Event()
    def work(name):
        started.set()
        go_on.wait()
        return name
    thread = threading.Thread(target=functools.partial(work, "a"))
    thread.start()
    started.wait()
    go_on.set()
    thread.join()
    return "done"
