"""Takes the place of the built-in module `select`, which in a WASI build knows files only: here also the sockets of
`_wasmlam_socket`. A file is always ready, as poll() says; a pipe is where it has data, or room. `epoll` is level-triggered: who asks for edges gets more events.
"""

import errno
import os

import _wasmlam_socket as _sockets
from _wasmlam_socket import POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT

error = OSError
PIPE_BUF = 4096
POLLPRI, POLLRDNORM, POLLRDBAND, POLLWRNORM, POLLWRBAND, POLLMSG, POLLRDHUP = 2, 64, 128, 256, 512, 1024, 8192
EPOLLIN, EPOLLPRI, EPOLLOUT, EPOLLERR, EPOLLHUP = POLLIN, POLLPRI, POLLOUT, POLLERR, POLLHUP
EPOLLRDNORM, EPOLLRDBAND, EPOLLWRNORM, EPOLLWRBAND, EPOLLMSG, EPOLLRDHUP = 64, 128, 256, 512, 1024, 8192
EPOLLEXCLUSIVE, EPOLLWAKEUP, EPOLLONESHOT, EPOLLET = 1 << 28, 1 << 29, 1 << 30, 1 << 31
EPOLL_CLOEXEC = 0o2000000
_READS, _WRITES = POLLIN | POLLRDNORM, POLLOUT | POLLWRNORM


def _number(fd):
    number = fd if isinstance(fd, int) else fd.fileno()
    if not isinstance(number, int):
        raise TypeError("fileno() returned a non-integer")
    if number < 0:
        raise ValueError(f"file descriptor cannot be a negative integer ({number})")
    return number


def _end(number):
    """What `wait_for` takes for an open descriptor: the end of a socket, or a file's number."""
    end = _sockets.end_of(number)
    if end is None:
        os.fstat(number)
        return number
    return end


def _wait(registered, timeout):
    """Pairs of number and events; which of them are ready. A number that is closed is `POLLNVAL`."""
    wanted, numbers, closed = [], [], []
    for number, events in registered:
        bits = (POLLIN if events & _READS else 0) | (POLLOUT if events & _WRITES else 0)
        try:
            wanted.append((_end(number), bits))
            numbers.append(number)
        except OSError:
            closed.append((number, POLLNVAL))
    found = _sockets.wait_for(wanted, 0 if closed else timeout)
    return closed + [(numbers[place], ready) for place, ready in found]


def select(rlist, wlist, xlist, timeout=None, /):
    if timeout is not None and timeout < 0:
        raise ValueError("timeout must be non-negative")
    sides = [[(each, _number(each)) for each in side] for side in (rlist, wlist, xlist)]
    events = {}
    for side, bit in zip(sides, (POLLIN, POLLOUT, 0)):
        for _, number in side:
            events[number] = events.get(number, 0) | bit
    wanted = [(_end(number), bits) for number, bits in events.items()]
    numbers = list(events)
    ready = {numbers[place]: bits for place, bits in _sockets.wait_for(wanted, timeout)}
    reading = [each for each, number in sides[0] if ready.get(number, 0) & (POLLIN | POLLHUP | POLLERR)]
    writing = [each for each, number in sides[1] if ready.get(number, 0) & (POLLOUT | POLLERR)]
    return reading, writing, []


class _Poll:
    def __init__(self):
        self._events = {}

    def register(self, fd, eventmask=POLLIN | POLLPRI | POLLOUT, /):
        self._events[_number(fd)] = int(eventmask)

    def modify(self, fd, eventmask, /):
        number = _number(fd)
        if number not in self._events:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        self._events[number] = int(eventmask)

    def unregister(self, fd, /):
        del self._events[_number(fd)]

    def poll(self, timeout=None, /):
        return _wait(list(self._events.items()), None if timeout is None or timeout < 0 else timeout / 1000)


def poll():
    return _Poll()


class epoll:
    def __init__(self, sizehint=-1, flags=0):
        self._events = {}
        self._number = next(_sockets._numbers)

    @classmethod
    def fromfd(cls, fd, /):
        raise OSError(errno.ENOTSUP, "wasmlam: an epoll object cannot be made from a descriptor in the sandbox")

    closed = property(lambda self: self._events is None)

    def _open(self):
        if self._events is None:
            raise ValueError("I/O operation on closed epoll object")
        return self._events

    def fileno(self):
        self._open()
        return self._number

    def close(self):
        self._events = None

    def __enter__(self):
        self._open()
        return self

    def __exit__(self, *_):
        self.close()

    def register(self, fd, eventmask=EPOLLIN | EPOLLPRI | EPOLLOUT):
        events, number = self._open(), _number(fd)
        _end(number)
        if number in events:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        events[number] = int(eventmask)

    def modify(self, fd, eventmask):
        events, number = self._open(), _number(fd)
        if number not in events:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        events[number] = int(eventmask)

    def unregister(self, fd):
        events, number = self._open(), _number(fd)
        if events.pop(number, None) is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))

    def poll(self, timeout=None, maxevents=-1):
        events = self._open()
        for number in [number for number in events if number >= _sockets.FIRST_NUMBER and number not in _sockets._ends]:
            del events[number]  # a closed socket leaves by itself
        found = _wait(list(events.items()), None if timeout is None or timeout < 0 else timeout)
        found = [pair for pair in found if pair[1] != POLLNVAL]
        if maxevents > 0:
            found = found[:maxevents]
        for number, _ in found:
            if events[number] & EPOLLONESHOT:
                events[number] = EPOLLONESHOT
        return found
