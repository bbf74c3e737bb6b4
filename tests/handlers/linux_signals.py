"""Signals inside one process."""

import asyncio
import os
import select
import signal
import socket
import threading
import time


class Alarm(Exception):
    pass


def raise_alarm(number, frame):
    raise Alarm(number)


def interrupted(action):
    signal.signal(signal.SIGALRM, raise_alarm)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        action()
    except Alarm as alarm:
        return alarm.args[0]
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return None


def loop():
    while True:
        pass


async def handled_by_a_loop():
    seen = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR2, seen.set)
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    signal.signal(signal.SIGALRM, lambda number, frame: signal.raise_signal(signal.SIGUSR2))
    await asyncio.wait_for(seen.wait(), 30)
    return asyncio.get_running_loop().remove_signal_handler(signal.SIGUSR2)


def waits_on():
    """PEP 475: a call that a handler interrupts goes on."""
    one, other = socket.socketpair()
    reader, writer = os.pipe()
    found = []

    def answer(number, frame):
        other.send(b"s")
        os.write(writer, b"p")

    signal.signal(signal.SIGALRM, lambda number, frame: found.append(number))
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    threading.Timer(0.05, answer, (0, None)).start()
    found += [one.recv(1).decode(), os.read(reader, 1).decode()]
    signal.signal(signal.SIGALRM, answer)
    waits = {
        "socket": lambda: one.recv(1),
        "pipe": lambda: os.read(reader, 1),
        "select": lambda: select.select([reader, one], [], [])[0] and b"y",
    }
    for name, wait in waits.items():
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        found.append(wait().decode())
        for part in {"socket", "pipe"} - {name}:
            waits[part]()
    return found


def handler(event, context):
    found = {"in a loop": interrupted(loop), "in a sleep": interrupted(lambda: time.sleep(60))}
    lock = threading.Lock()
    lock.acquire()
    found["in a wait for a lock"] = interrupted(lock.acquire)
    reader, writer = os.pipe()
    found["in a read of a pipe"] = interrupted(lambda: os.read(reader, 1))
    found["in a pause"] = interrupted(signal.pause)
    pair = socket.socketpair()
    found["in a read of a socket"] = interrupted(lambda: pair[0].recv(1))
    found["in a select"] = interrupted(lambda: select.select([reader, pair[0]], [], []))
    found["waits on"] = waits_on()
    found["in an event loop"] = asyncio.run(handled_by_a_loop())

    seen = []
    signal.signal(signal.SIGUSR1, lambda number, frame: seen.append(number))
    os.kill(os.getpid(), signal.SIGUSR1)
    signal.raise_signal(signal.SIGUSR1)
    signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)
    found["raised"] = seen[:]

    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    os.kill(os.getpid(), signal.SIGUSR1)
    found["blocked"] = [len(seen), signal.SIGUSR1 in signal.sigpending(), signal.sigwait({signal.SIGUSR1})]
    found["timed out"] = signal.sigtimedwait({signal.SIGUSR1}, 0.01)
    os.kill(os.getpid(), signal.SIGUSR1)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGUSR1})
    found["unblocked"] = len(seen)

    ticks = []
    signal.signal(signal.SIGALRM, lambda number, frame: ticks.append(number))
    signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
    while len(ticks) < 3:
        time.sleep(60 if len(ticks) < 0 else 0.005)
    left, interval = signal.setitimer(signal.ITIMER_REAL, 0)
    found["repeated"] = [interval, left > 0]
    found["alarm"] = [signal.alarm(100), signal.alarm(0), signal.getitimer(signal.ITIMER_REAL)]

    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    os.close(reader)
    try:
        os.write(writer, b"x")
    except BrokenPipeError:
        found["broken pipe"] = "EPIPE"
    wake_reader, wake_writer = os.pipe2(os.O_NONBLOCK)
    signal.set_wakeup_fd(wake_writer)
    signal.raise_signal(signal.SIGUSR1)
    signal.set_wakeup_fd(-1)
    found["woken"] = list(os.read(wake_reader, 10))
    try:
        os.kill(os.getppid() + 1000, 0)
    except ProcessLookupError as error:
        found["other"] = error.errno
    found["interrupt"] = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    return found
