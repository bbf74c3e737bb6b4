"""Takes the place of the built-in module `_socket`, which in a WASI build cannot make a socket.

Where the function may reach something (`--allow-net`), sockets are the host's: `_wasmlam_net` (platform/network/net.c) has them as
handles, and decides about each address that is used. Where it may reach nothing, sockets can still be made, set up and
closed, for libraries do that early, and reaching anything says that there is no network. `socketpair()` is always inside
this process: event loops wake themselves up with it. Waiting for both kinds at once is `wait_for`.

The runtime puts this module into sys.modules before `socket` is imported: a file named `_socket.py` would never be
found, the built-in module comes first.
"""

import errno
import ipaddress
import itertools
import os
import time
import weakref

import _signal
import _socket as _builtin
import _wasmlam_attempts as _attempts
import _wasmlam_net as _net
from _socket import gaierror  # named once more for readers and linters
from _wasmlam_socket_numbers import NUMBERS

globals().update((name, getattr(_builtin, name)) for name in dir(_builtin) if not name.startswith("_"))
globals().update(NUMBERS)

AF_INET, AF_INET6, AF_UNIX, AI_PASSIVE = (NUMBERS[name] for name in ("AF_INET", "AF_INET6", "AF_UNIX", "AI_PASSIVE"))
AI_NUMERICHOST, AI_CANONNAME = NUMBERS["AI_NUMERICHOST"], NUMBERS["AI_CANONNAME"]
EAI_FAMILY, EAI_NONAME, EAI_SERVICE, EAI_AGAIN = (
    NUMBERS[name] for name in ("EAI_FAMILY", "EAI_NONAME", "EAI_SERVICE", "EAI_AGAIN")
)
IPPROTO_TCP, IPPROTO_UDP, SOL_SOCKET, SO_TYPE = (
    NUMBERS[name] for name in ("IPPROTO_TCP", "IPPROTO_UDP", "SOL_SOCKET", "SO_TYPE")
)
SO_DOMAIN, SO_PROTOCOL = NUMBERS["SO_DOMAIN"], NUMBERS["SO_PROTOCOL"]
SHUT_RD, SHUT_WR, SHUT_RDWR = (NUMBERS[name] for name in ("SHUT_RD", "SHUT_WR", "SHUT_RDWR"))
SOCK_DGRAM, SOCK_STREAM, SOCK_NONBLOCK, SOCK_CLOEXEC = (
    NUMBERS[name] for name in ("SOCK_DGRAM", "SOCK_STREAM", "SOCK_NONBLOCK", "SOCK_CLOEXEC")
)
MSG_PEEK, MSG_WAITALL, MSG_DONTWAIT = NUMBERS["MSG_PEEK"], NUMBERS["MSG_WAITALL"], NUMBERS["MSG_DONTWAIT"]
has_ipv6 = True  # of the interpreter, not of the network: as on AWS

# Operations of the host, as in src/sandbox/net/mod.rs.
(_INFO, _SOCKET, _CONNECT, _FINISH, _BIND, _LISTEN, _ACCEPT, _SEND, _RECEIVE, _SEND_TO, _RECEIVE_FROM, _SHUT_DOWN, _CLOSE,
 _NAME, _SET_OPTION, _GET_OPTION, _LOOK_UP, _LOOKED_UP, _REASON) = range(19)
# The host answers with Linux's numbers of errors, below 0.
_AGAIN, _IN_PROGRESS, _NO_OPTION = -errno.EAGAIN, -errno.EINPROGRESS, -errno.ENOPROTOOPT
# Those for which the host has a reason in words.
_EXPLAINED = {errno.EACCES, errno.EMFILE, errno.ENOBUFS}
# Bits of poll().
POLLIN, POLLOUT, POLLERR, POLLHUP, POLLNVAL = 1, 4, 8, 16, 32
# Bytes that one call takes from the host at most: the buffer is made before it is known how much there is.
_MOST_RECEIVED = 1 << 18

# Numbers for fileno(): far above those of files, so that a mix-up fails cleanly.
FIRST_NUMBER = 1 << 20
_numbers = itertools.count(FIRST_NUMBER)
# Living ends by number. An end belongs to the socket object that made it, or that was made from its number.
_ends = weakref.WeakValueDictionary()
# Bytes that one end of a pair takes before it is full.
PAIR_BUFFER = 1 << 20

_default_timeout = None


def error_of(status, what=""):
    """The exception for what the host answered."""
    number = -status if -status in errno.errorcode else errno.EIO
    if number in _EXPLAINED:
        reason = _net.fetch(_REASON, 0, 0, 0, b"", 1024)
        if reason:
            return OSError(number, "wasmlam: " + reason.decode("utf-8", "replace"))
    return OSError(number, os.strerror(number))


def is_open():
    """Whether the function may reach anything."""
    return _net.call(_INFO) == 1


def wait_for(wanted, timeout, now=time.monotonic):
    """Waits until one of `wanted` is ready, pairs of an end and bits of poll(); a number in place of an end is that of a
    file or a pipe. At most `timeout` seconds (None: no limit). Returns pairs of a place in `wanted` and the bits that are ready.
    Its clock is an argument: test libraries put another one into every module that has it."""
    deadline = None if timeout is None else now() + timeout
    while True:
        found, entries = [], []
        for place, (end, events) in enumerate(wanted):
            if type(end) is int:
                entries.append((~end, events))
            elif end.handle:
                entries.append((end.handle, events))
            else:
                if end.signals is not None:
                    entries.append((~end.signals, POLLIN))
                ready = end.ready(events)
                if ready:
                    found.append((place, ready))
        left = 0 if found else None if deadline is None else max(0, deadline - now())
        if entries or left != 0:
            ready = dict(_net.wait(entries, left))
            if ready:
                handles = [~end if type(end) is int else end.handle for end, _ in wanted]
                found += [(place, ready[handle]) for place, handle in enumerate(handles) if handle in ready]
        if found or left == 0:
            return found


def _changed():
    _net.wake()


class _End:
    """What a descriptor would be: a socket of the host, one end of a pair, or a socket that leads nowhere yet."""

    handle = 0  # the host's, once there is one
    signals = None  # the pipe that the numbers of signals come through, for the other end of a wake-up descriptor
    signals_writer = None  # what the interpreter writes to in its place

    def __init__(self, family, type, proto):
        self.number = next(_numbers)
        self.family, self.type, self.proto = family, type, proto
        self.users = 1
        self.received = bytearray()
        self.peer = None  # weak reference to the other end
        self.paired = False
        self.reading = self.writing = True
        self.options = {}
        _ends[self.number] = self

    def __del__(self):
        for descriptor in (self.signals, self.signals_writer):
            if descriptor is not None:
                os.close(descriptor)
        if self.handle:
            _net.call(_CLOSE, self.handle)
        elif self.paired:
            _changed()  # the other end can be read to its end

    def drop(self):
        """One socket object less that has it."""
        self.users -= 1
        if self.users > 0:
            return
        _detached.pop(self.number, None)
        _ends.pop(self.number, None)
        if self.handle:
            handle, self.handle = self.handle, 0
            _net.call(_CLOSE, handle)
        elif self.paired:
            self.reading = self.writing = False
            self.users = 0
            _changed()

    def make(self):
        """Lets the host have a socket for it: only now, so that one made in an init can be used after a restore."""
        if not self.handle:
            status = _net.call(_SOCKET, 0, 6 if self.family == AF_INET6 else 4, 2 if self.type == SOCK_DGRAM else 1)
            if status < 0:
                raise error_of(status)
            self.handle = status
            for (level, option), value in self.options.items():
                self.set_option(level, option, value)

    def set_option(self, level, option, value):
        number = value if isinstance(value, int) else int.from_bytes(bytes(value or b"")[:4], "little")
        status = _net.call(_SET_OPTION, self.handle, level << 32 | option, number)
        if status < 0 and status != _NO_OPTION:
            raise error_of(status)

    def other(self):
        other = self.peer() if self.peer is not None else None
        return other if other is not None and other.users > 0 else None

    def readable(self):
        if self.signals is not None:
            try:
                self.received += os.read(self.signals, 4096)
            except BlockingIOError:
                pass
        other = self.other()
        return bool(self.received) or not self.reading or self.paired and (other is None or not other.writing)

    def writable(self):
        other = self.other()
        return other is None or len(other.received) < PAIR_BUFFER

    def ready(self, events):
        return (events & POLLIN and self.readable() and POLLIN) | (events & POLLOUT and self.writable() and POLLOUT)


# Ends that no socket object holds, because of detach() or dup(): their numbers were handed out.
_detached = {}


class socket:
    __slots__ = ("_end", "_timeout")

    def __init__(self, family=-1, type=-1, proto=-1, fileno=None):
        if fileno is not None:
            self._end = _detached.pop(fileno, None) or _ends.get(fileno)
            if self._end is None:
                raise OSError(errno.EBADF, f"wasmlam: descriptor {fileno} is not a socket of the sandbox")
        else:
            family = AF_INET if family == -1 else int(family)
            if family not in (AF_INET, AF_INET6, AF_UNIX):
                raise OSError(errno.EAFNOSUPPORT, f"wasmlam: the sandbox has no sockets of family {family}")
            type = SOCK_STREAM if type == -1 else int(type)
            self._end = _End(family, type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC), 0 if proto == -1 else int(proto))
            if type & SOCK_NONBLOCK:
                self._timeout = 0.0
                return
        self._timeout = _default_timeout

    family = property(lambda self: self._end.family if self._end else AF_INET)
    type = property(lambda self: self._end.type if self._end else SOCK_STREAM)
    proto = property(lambda self: self._end.proto if self._end else 0)
    timeout = property(lambda self: self._timeout)

    def _open(self):
        if self._end is None:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        return self._end

    def fileno(self):
        return -1 if self._end is None else self._end.number

    def close(self):
        end, self._end = self._end, None
        if end is not None:
            end.drop()

    def detach(self):
        end, self._end = self._open(), None
        _detached[end.number] = end
        return end.number

    def settimeout(self, value, /):
        if value is not None and value < 0:
            raise ValueError("Timeout value out of range")
        self._timeout = None if value is None else float(value)

    def gettimeout(self):
        return self._timeout

    def setblocking(self, flag, /):
        self._timeout = None if flag else 0.0

    def getblocking(self):
        return self._timeout != 0.0

    def setsockopt(self, level, optname, value, optlen=None, /):
        end = self._open()
        if end.handle:
            end.set_option(level, optname, value)
        end.options[level, optname] = value

    def getsockopt(self, level, optname, buflen=0, /):
        end = self._open()
        fixed = {SO_TYPE: end.type, SO_DOMAIN: end.family, SO_PROTOCOL: end.proto} if level == SOL_SOCKET else {}
        value = fixed.get(optname, end.options.get((level, optname), 0))
        if end.handle and not (level == SOL_SOCKET and optname in fixed):
            status = _net.call(_GET_OPTION, end.handle, level << 32 | optname)
            if status >= 0:
                value = status
        if not buflen:
            return value if isinstance(value, int) else int.from_bytes(value[:4], "little")
        return (value.to_bytes(4, "little", signed=True) if isinstance(value, int) else bytes(value))[:buflen]

    def connect(self, address, /):
        number = self._connect(address)
        if number:
            raise number if isinstance(number, OSError) else OSError(number, os.strerror(number))

    def connect_ex(self, address, /):
        try:
            found = self._connect(address)
        except TimeoutError:
            return errno.EAGAIN
        return found.errno if isinstance(found, OSError) else found

    def _connect(self, address):
        """0, or what is wrong."""
        end = self._open()
        if end.family == AF_UNIX or not is_open():
            return _unreachable("connect to", address)
        packed, port = _packed(address, end.family, end.type)
        end.make()
        status = _net.call(_CONNECT, end.handle, port, 0, packed)
        if status == _IN_PROGRESS:
            if self._timeout == 0.0:
                return errno.EINPROGRESS
            self._wait_for_host(POLLOUT)
            status = _net.call(_FINISH, end.handle)
        return error_of(status) if status < 0 else 0

    def bind(self, address, /):
        end = self._open()
        if end.family == AF_UNIX:
            raise PermissionError(errno.EPERM, f"wasmlam: the sandbox has no network (bind to {address})")
        if not is_open():
            raise _unreachable("bind to", address)
        packed, port = _packed(address, end.family, end.type, AI_PASSIVE)
        end.make()
        status = _net.call(_BIND, end.handle, port, 0, packed)
        if status < 0:
            raise error_of(status)

    def listen(self, backlog=128, /):
        end = self._open()
        if not is_open():
            raise _unreachable("listen")
        end.make()
        status = _net.call(_LISTEN, end.handle, int(backlog))
        if status < 0:
            raise error_of(status)

    def _accept(self):
        end = self._open()
        if not end.handle:
            raise OSError(errno.EINVAL, "wasmlam: the sandbox has no network (accept a connection)")
        while (status := _net.call(_ACCEPT, end.handle)) == _AGAIN:
            self._wait_for_host(POLLIN)
        if status < 0:
            raise error_of(status)
        accepted = _End(end.family, end.type, end.proto)
        accepted.handle = status
        _detached[accepted.number] = accepted
        return accepted.number, _name(accepted, 1)

    def getsockname(self):
        end = self._open()
        if end.handle:
            return _name(end, 0)
        return {AF_INET: ("0.0.0.0", 0), AF_INET6: ("::", 0, 0, 0), AF_UNIX: ""}[end.family] if not end.paired else ""

    def getpeername(self):
        end = self._open()
        if end.handle:
            return _name(end, 1)
        if not end.paired:
            raise OSError(errno.ENOTCONN, os.strerror(errno.ENOTCONN))
        return ""

    def shutdown(self, how, /):
        end = self._open()
        if end.handle:
            status = _net.call(_SHUT_DOWN, end.handle, int(how))
            if status < 0:
                raise error_of(status)
            return
        if not end.paired:
            raise OSError(errno.ENOTCONN, os.strerror(errno.ENOTCONN))
        if how in (SHUT_RD, SHUT_RDWR):
            end.reading = False
        if how in (SHUT_WR, SHUT_RDWR):
            end.writing = False
        _changed()

    def send(self, data, flags=0, /):
        end = self._open()
        if end.handle:
            deadline = None
            while (status := _net.call(_SEND, end.handle, 0, 0, data)) == _AGAIN:
                deadline = self._wait_for_host(POLLOUT, deadline, flags)
            if status < 0:
                raise error_of(status)
            return status
        if not end.paired:
            raise OSError(errno.ENOTCONN, os.strerror(errno.ENOTCONN))
        other = end.other()
        if other is None or not other.reading or not end.writing:
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
        if not end.writable():
            self._wait(end, POLLOUT)
        data = memoryview(data).cast("B")[:PAIR_BUFFER - len(other.received)]
        other.received += data
        _changed()
        return len(data)

    def sendall(self, data, flags=0, /):
        end = self._open()
        data = memoryview(data).cast("B")
        if not end.handle:
            while data:
                data = data[self.send(data):]
            return
        deadline = None
        while True:
            status = _net.call(_SEND, end.handle, 0, 0, data)
            if status == _AGAIN:
                deadline = self._wait_for_host(POLLOUT, deadline, flags)
            elif status < 0:
                raise error_of(status)
            elif status >= len(data):
                return
            else:
                data = data[status:]

    def sendmsg(self, buffers, ancdata=(), flags=0, address=None, /):
        if tuple(ancdata):
            raise OSError(errno.ENOTSUP, "wasmlam: the sandbox's sockets carry no descriptors")
        data = b"".join(buffers)
        return self.send(data, flags) if address is None else self.sendto(data, flags, address)

    def recvmsg(self, bufsize, ancbufsize=0, flags=0, /):
        data, address = self.recvfrom(bufsize, flags)
        return data, [], 0, address

    def recvmsg_into(self, buffers, ancbufsize=0, flags=0, /):
        views = [memoryview(buffer).cast("B") for buffer in buffers]
        data, address = self.recvfrom(sum(map(len, views)), flags)
        rest = data
        for view in views:
            part, rest = rest[:len(view)], rest[len(view):]
            view[:len(part)] = part
        return len(data), [], 0, address

    def sendto(self, data, *flags_and_address):
        end = self._open()
        address = flags_and_address[-1]
        if end.family == AF_UNIX or not is_open():
            raise _unreachable("send to", address)
        packed, port = _packed(address, end.family, end.type)
        end.make()
        datagram = bytes((len(packed),)) + packed + bytes(data)
        deadline = None
        while (status := _net.call(_SEND_TO, end.handle, port, 0, datagram)) == _AGAIN:
            deadline = self._wait_for_host(POLLOUT, deadline)
        if status < 0:
            raise error_of(status)
        return status

    def recv(self, bufsize, flags=0, /):
        end = self._open()
        if end.handle:
            if flags & MSG_WAITALL:
                buffer = bytearray(bufsize)
                return bytes(buffer[:self.recv_into(buffer, 0, flags)])
            size, peek, deadline = min(bufsize, _MOST_RECEIVED), 1 if flags & MSG_PEEK else 0, None
            while type(data := _net.fetch(_RECEIVE, end.handle, peek, 0, b"", size)) is int:
                if data != _AGAIN:
                    raise error_of(data)
                deadline = self._wait_for_host(POLLIN, deadline, flags)
            return data
        if not end.paired:
            raise OSError(errno.ENOTCONN, os.strerror(errno.ENOTCONN))
        if not end.readable():
            self._wait(end, POLLIN)
        data = bytes(end.received[:bufsize])
        if not flags & MSG_PEEK:
            del end.received[:bufsize]
            _changed()
        return data

    def recv_into(self, buffer, nbytes=0, flags=0):
        end = self._open()
        view = memoryview(buffer).cast("B")
        if not end.handle:
            data = self.recv(nbytes or len(view), flags)
            view[:len(data)] = data
            return len(data)
        if nbytes:
            view = view[:nbytes]
        peek, deadline, total = 1 if flags & MSG_PEEK else 0, None, 0
        while True:
            count = _net.fetch_into(_RECEIVE, end.handle, peek, 0, view)
            if count == _AGAIN:
                deadline = self._wait_for_host(POLLIN, deadline, flags)
                continue
            if count < 0:
                raise error_of(count)
            total += count
            view = view[count:]
            if not flags & MSG_WAITALL or not view or not count:
                return total

    def recvfrom(self, bufsize, flags=0, /):
        end = self._open()
        if not end.handle or end.type != SOCK_DGRAM:
            return self.recv(bufsize, flags), None
        peek, deadline = 1 if flags & MSG_PEEK else 0, None
        while type(data := _net.fetch(_RECEIVE_FROM, end.handle, peek, 0, b"", min(bufsize, 65536) + 19)) is int:
            if data != _AGAIN:
                raise error_of(data)
            deadline = self._wait_for_host(POLLIN, deadline, flags)
        address, rest = _unpacked(data)
        return rest[:bufsize], address

    def recvfrom_into(self, buffer, nbytes=0, flags=0):
        view = memoryview(buffer).cast("B")
        data, address = self.recvfrom(nbytes or len(view), flags)
        view[:len(data)] = data
        return len(data), address

    def _wait(self, end, events):
        if self._timeout == 0.0:
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        if not wait_for([(end, events)], self._timeout):
            raise TimeoutError("timed out")

    def _wait_for_host(self, events, deadline=None, flags=0, now=time.monotonic):
        """Waits; the deadline of the whole operation, to give to the next wait of it."""
        timeout = self._timeout
        if timeout == 0.0 or flags & MSG_DONTWAIT:
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        handle = self._open().handle
        if timeout is None:
            while not _net.wait([(handle, events)], None):
                self._open()
            return None
        if deadline is None:
            deadline = now() + timeout
        while True:
            left = deadline - now()
            if left <= 0:
                raise TimeoutError("timed out")
            if _net.wait([(handle, events)], left):
                return deadline
            self._open()


def _packed(address, family, type, flags=0):
    """The bytes of an address and its port, looked up if it is a name, as connect() and bind() do."""
    if not isinstance(address, tuple):
        raise TypeError(f"address must be tuple, not {address.__class__.__name__}")
    if len(address) < 2:
        raise TypeError("a pair (host, port) is needed")
    host, port = address[:2]
    if not isinstance(port, int):
        raise TypeError(f"'{port.__class__.__name__}' object cannot be interpreted as an integer")
    if not 0 <= port <= 65535:
        raise OverflowError("port must be 0-65535.")
    if host == "":
        host = None if flags & AI_PASSIVE else "127.0.0.1"
    elif host == "<broadcast>":
        host = "255.255.255.255"
    found = getaddrinfo(host, port, family, type, 0, flags)
    return inet_pton(family, found[0][4][0]), port


def _unpacked(data):
    """The address that a piece of bytes begins with, as Python has it, and the rest."""
    port, size = int.from_bytes(data[:2], "little"), data[2]
    text = inet_ntop(AF_INET if size == 4 else AF_INET6, data[3:3 + size])
    return ((text, port) if size == 4 else (text, port, 0, 0)), data[3 + size:]


def _name(end, which):
    found = _net.fetch(_NAME, end.handle, which, 0, b"", 19)
    if type(found) is int:
        raise error_of(found)
    return _unpacked(found)[0]


SocketType = socket

_set_wakeup_fd = _signal.set_wakeup_fd
_wakeup = (-1, -1)  # the descriptor that the interpreter writes to, and the number that stands for it


def set_wakeup_fd(fd, /, *, warn_on_full_buffer=True):
    """Takes the place of `signal.set_wakeup_fd`. The interpreter writes to descriptors only: for a socket, which in an event
    loop is one of a pair, it gets a pipe, which the other end of the pair reads from as well."""
    global _wakeup
    descriptor, end = fd, end_of(fd) if fd >= FIRST_NUMBER else None
    if end is not None:
        other = end.other()
        if other is None:
            raise OSError(errno.ENOTCONN, os.strerror(errno.ENOTCONN))
        if other.signals is None:
            other.signals, end.signals_writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        descriptor = end.signals_writer
    before = _set_wakeup_fd(descriptor, warn_on_full_buffer=warn_on_full_buffer)
    number = _wakeup[1] if before == _wakeup[0] else before
    _wakeup = (descriptor, fd)
    return number


def _host_and_port(address):
    if isinstance(address, tuple) and len(address) >= 2:
        host, port = address[:2]
        return f"[{host}]:{port}" if ":" in str(host) else f"{host}:{port}"
    return str(address)


def _unreachable(what, address=None):
    where = what if address is None else f"{what} {_host_and_port(address)}"
    _attempts.network(where)
    return OSError(errno.ENETUNREACH, f"wasmlam: the sandbox has no network ({where})")


def _unknown(what, name):
    _attempts.network(f"{what} {name}")
    return gaierror(EAI_NONAME, f"wasmlam: the sandbox has no network ({what} {name})")


def socketpair(family=None, type=SOCK_STREAM, proto=0, /):
    ends = [_End(AF_INET if family is None else int(family), int(type), int(proto)) for _ in range(2)]
    pair = []
    for end, other in (ends, ends[::-1]):
        end.peer, end.paired = weakref.ref(other), True
        half = socket.__new__(socket)
        half._end, half._timeout = end, _default_timeout
        pair.append(half)
    return tuple(pair)


def close(fd, /):
    end = _detached.pop(fd, None)
    if end is None:
        os.close(fd)
    else:
        end.drop()


def dup(fd, /):
    end = _ends.get(fd)
    if end is None:
        return os.dup(fd)
    end.users += 1
    number = next(_numbers)
    _ends[number] = _detached[number] = end
    return number


def getdefaulttimeout():
    return _default_timeout


def setdefaulttimeout(timeout, /):
    global _default_timeout
    if timeout is not None and timeout < 0:
        raise ValueError("Timeout value out of range")
    _default_timeout = None if timeout is None else float(timeout)


def getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):
    """In the usual order. Names are looked up by the host, if the function may reach what has that name."""
    name = host.decode() if isinstance(host, (bytes, bytearray)) else host
    if name is None:
        addresses = ["0.0.0.0", "::"] if flags & AI_PASSIVE else ["127.0.0.1", "::1"]
    elif name == "localhost":
        addresses = ["127.0.0.1", "::1"]
    elif _family_of(name) is not None:
        addresses = [name]
    elif (numeric := _numeric(name)) is not None:
        addresses = [numeric]
    elif flags & AI_NUMERICHOST:
        raise gaierror(EAI_NONAME, "Name or service not known")
    else:
        addresses = _look_up(name)
    number = _port_number(port)
    kinds = [(SOCK_STREAM, IPPROTO_TCP), (SOCK_DGRAM, IPPROTO_UDP)]
    found = []
    for address in addresses:
        own = _family_of(address)
        if family not in (0, own):
            continue
        where = (address, number) if own == AF_INET else (address, number, 0, 0)
        found += [(own, kind, protocol, "", where) for kind, protocol in kinds if type in (0, kind) and proto in (0, protocol)]
    if not found:
        raise gaierror(EAI_FAMILY, f"wasmlam: {name} has no address of that kind")
    return found


def _numeric(name):
    """`127.1`, `0x7f000001` and other forms of an IPv4 address; None: it is a name."""
    if not name[:1].isdigit():
        return None
    try:
        return inet_ntoa(_builtin.inet_aton(name))
    except OSError:
        return None


def _look_up(name):
    if not is_open():
        raise _unknown("look up", name)
    try:
        encoded = name.encode("ascii") if name.isascii() else name.encode("idna")
    except UnicodeError:
        raise gaierror(EAI_NONAME, "Name or service not known") from None
    handle = found = _net.call(_LOOK_UP, 0, 0, 0, encoded)
    if handle >= 0:
        try:
            while (found := _net.fetch(_LOOKED_UP, handle, 0, 0, b"", 2048)) == _AGAIN:
                _net.wait([(handle, POLLIN)], None)
        except BaseException:
            _net.call(_CLOSE, handle)
            raise
    if type(found) is int:
        if found == -1000 + EAI_AGAIN:
            raise gaierror(EAI_AGAIN, "Temporary failure in name resolution")
        if found == -13:
            raise gaierror(EAI_NONAME, error_of(found).strerror)
        if found > -1000:
            raise error_of(found)
        raise gaierror(EAI_NONAME, "Name or service not known")
    addresses = []
    while found:
        size = found[0]
        addresses.append(inet_ntop(AF_INET if size == 4 else AF_INET6, found[1:1 + size]))
        found = found[1 + size:]
    return addresses


def _family_of(address):
    try:
        return AF_INET if ipaddress.ip_address(address).version == 4 else AF_INET6
    except ValueError:
        return None


def _port_number(port):
    if port is None:
        return 0
    text = port.decode() if isinstance(port, bytes) else str(port)
    number = _SERVICES.get(text, text)
    try:
        return int(number)
    except ValueError:
        raise gaierror(EAI_SERVICE, f"wasmlam: service {text} is not known in the sandbox") from None


_SERVICES = {"http": 80, "https": 443, "domain": 53, "smtp": 25, "ftp": 21, "ssh": 22}


def gethostbyname(hostname, /):
    return getaddrinfo(hostname, 0, AF_INET, SOCK_STREAM)[0][4][0]


def gethostbyname_ex(hostname, /):
    return hostname, [], [gethostbyname(hostname)]


def gethostbyaddr(ip_address, /):
    if ip_address in ("127.0.0.1", "::1", "localhost"):
        return "localhost", [], [ip_address]
    if ip_address == _builtin.gethostname():
        return ip_address, [], [ip_address]
    _attempts.network(f"look up {ip_address}")
    raise herror(1, f"wasmlam: the sandbox has no network (look up {ip_address})")  # noqa: F821  (from _socket)


def getnameinfo(sockaddr, flags, /):
    return str(sockaddr[0]), str(sockaddr[1])


def getservbyname(servicename, protocolname="tcp", /):
    if servicename not in _SERVICES:
        raise OSError("service/proto not found")
    return _SERVICES[servicename]


def getservbyport(port, protocolname="tcp", /):
    for name, number in _SERVICES.items():
        if number == port:
            return name
    raise OSError("port/proto not found")


def getprotobyname(protocolname, /):
    try:
        return {"icmp": 1, "tcp": 6, "udp": 17}[protocolname]
    except KeyError:
        raise OSError("protocol not found") from None


def _address_type(address_family):
    if address_family == AF_INET:
        return ipaddress.IPv4Address
    if address_family == AF_INET6:
        return ipaddress.IPv6Address
    raise OSError(errno.EAFNOSUPPORT, os.strerror(errno.EAFNOSUPPORT))


def inet_pton(address_family, ip_string, /):
    kind = _address_type(address_family)
    try:
        if "%" in ip_string:  # `ipaddress` takes a zone, inet_pton does not
            raise ValueError
        return kind(ip_string).packed
    except ValueError:
        raise OSError("illegal IP address string passed to inet_pton") from None


def inet_ntop(address_family, packed_ip, /):
    if address_family not in (AF_INET, AF_INET6):
        raise ValueError(f"unknown address family {address_family}")
    if len(packed_ip) != (4 if address_family == AF_INET else 16):
        raise ValueError("invalid length of packed IP address string")
    return str(_address_type(address_family)(bytes(packed_ip)))


def inet_ntoa(packed_ip, /):
    return ".".join(map(str, bytes(packed_ip)))


def if_nameindex():
    return [(1, "lo")]


def if_nametoindex(if_name, /):
    if os.fsencode(if_name) != b"lo":
        raise OSError(errno.ENODEV, "no interface with this name")
    return 1


def if_indextoname(if_index, /):
    if if_index != 1:
        raise OSError(errno.ENXIO, os.strerror(errno.ENXIO))
    return "lo"


def sethostname(name, /):
    raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))


def CMSG_LEN(length, /):
    return 16 + length


def CMSG_SPACE(length, /):
    return 16 + (length + 7 & ~7)


def end_of(fd):
    """The end that a number stands for; None for a file."""
    if fd < FIRST_NUMBER:
        return None
    end = _ends.get(fd)
    if end is None or end.users <= 0:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    return end
