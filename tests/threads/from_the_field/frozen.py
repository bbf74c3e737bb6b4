"""A stopped clock in every module."""
import sys, threading, time, queue
def freeze():
    """What test libraries do that freeze the time: every name that any module has for time.monotonic gets a stopped clock."""
    real, now = time.monotonic, time.monotonic()
    for module in list(sys.modules.values()):
        for name, value in list(getattr(module, "__dict__", {}).items()):
            if value is real: setattr(module, name, lambda: now)
def event_wait(event, context):
    freeze(); return threading.Event().wait(0.1)
def lock_timeout(event, context):
    lock = threading.Lock(); lock.acquire(); freeze(); return lock.acquire(timeout=0.1)
def sleep(event, context):
    freeze(); time.sleep(0.1); return "slept"
def sleep_with_thread(event, context):
    t = threading.Thread(target=time.sleep, args=(0.3,)); t.start(); freeze(); time.sleep(0.1); t.join(); return "slept"
def asyncio_sleep(event, context):
    import asyncio
    loop = asyncio.new_event_loop(); real = time.monotonic; type(loop).time = lambda self: real()
    freeze(); loop.run_until_complete(asyncio.sleep(0.1)); return "slept"
