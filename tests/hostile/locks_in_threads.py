"""Has two threads wait for each other's locks of files."""

import fcntl
import threading


def both(first, second, meet):
    with open(first, "w") as one, open(second, "w") as two:
        fcntl.flock(one, fcntl.LOCK_EX)
        meet.wait()
        fcntl.flock(two, fcntl.LOCK_EX)


def handler(event, context):
    meet = threading.Barrier(2)
    threads = [threading.Thread(target=both, args=(*names, meet)) for names in (("/tmp/a", "/tmp/b"), ("/tmp/b", "/tmp/a"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
