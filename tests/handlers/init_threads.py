"""Threads of an init that wait: for an item, for work in a pool, and for a time. They go on in every sandbox."""

import queue, threading, time
from concurrent.futures import ThreadPoolExecutor
pool = ThreadPoolExecutor(2); pool.submit(int).result()
q, out = queue.Queue(), []
def consume():
    while True: out.append(q.get() * 2)
threading.Thread(target=consume, daemon=True).start()
stop = threading.Event()
beats = []
def beat():
    while not stop.wait(0.01): beats.append(1)
threading.Thread(target=beat, daemon=True).start()
def handler(e, c):
    q.put(e)
    r = pool.submit(pow, e, 2).result()
    while not out or len(beats) < 2: time.sleep(0.001)
    return [r, out, threading.active_count()]
