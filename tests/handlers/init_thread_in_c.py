"""A thread of an init that waits in a function which C code has called."""

import queue, threading
q, out = queue.Queue(), []
threading.Thread(target=lambda: out.extend(iter(q.get, None)), daemon=True).start()
def handler(e, c):
    import time
    q.put(e)
    q.put(None)
    while not out: time.sleep(0.001)
    return out
