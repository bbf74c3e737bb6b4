"""Pools that hand work to each other, locks that are held while threads start."""
import threading, time
from concurrent.futures import ThreadPoolExecutor
class Part:
    """A task as an object that can be called, which hands its result to a second pool: what boto3's download_file does."""
    def __init__(self, writer, number): self.writer, self.number = writer, number
    def __call__(self): return self.writer.submit(pow, self.number, 2)
def parts(event, context):
    with ThreadPoolExecutor(1) as writer, ThreadPoolExecutor(3) as pool:
        parts = [pool.submit(Part(writer, n)) for n in range(4)]
        return [part.result().result() for part in parts]
def plain(event, context):
    with ThreadPoolExecutor(1) as writer, ThreadPoolExecutor(3) as pool:
        parts = [pool.submit(lambda n=n: writer.submit(pow, n, 2)) for n in range(4)]
        return [part.result().result() for part in parts]
def many(event, context):
    with ThreadPoolExecutor(1) as writer, ThreadPoolExecutor(3) as pool:
        class P:
            def __init__(self, n): self.n = n
            def __call__(self): return sum(f.result() for f in [writer.submit(pow, self.n, k) for k in range(20)])
        return [f.result() for f in [pool.submit(P(n)) for n in range(4)]]
def two_want_the_lock(event, context):
    """Two threads that need a lock are started by who holds it."""
    lock, out = threading.Lock(), []
    def work(n):
        with lock: out.append(n)
    with lock:
        threads = [threading.Thread(target=work, args=(n,)) for n in range(2)]
        for thread in threads: thread.start()
    for thread in threads: thread.join()
    return sorted(out)
def asks_with_the_lock(event, context):
    """The holder of a lock asks an event while another thread wants the lock."""
    lock, event_, out = threading.Lock(), threading.Event(), []
    def work():
        with lock: out.append(1)
    t = threading.Thread(target=work)
    with lock: t.start(); event_.is_set()
    t.join(); return out
def sleeps_with_the_lock(event, context):
    import time
    lock, out = threading.Lock(), []
    def work():
        with lock: out.append(1)
    t = threading.Thread(target=work)
    with lock: t.start(); time.sleep(0.01)
    t.join(); return out
def waits_with_the_condition(event, context):
    c, out = threading.Condition(), []
    def work():
        with c: out.append(1); c.notify()
    t = threading.Thread(target=work)
    with c: t.start(); c.wait_for(lambda: out, 1)
    t.join(); return out
def start_then_stop(event, context):
    done, sent, work = threading.Event(), [], []
    def run():
        while not done.is_set():
            time.sleep(0.05); sent.extend(work); work.clear()
    t = threading.Thread(target=run); t.start()
    work.append("record"); done.set(); t.join()
    return sent
