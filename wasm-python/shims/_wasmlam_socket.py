"""Takes the place of the built-in module `_socket`, which in a WASI build cannot make a socket.

Sockets can be made, set up and closed, for libraries do that early. Reaching anything says that there is no network.
The one thing that works is `socketpair()`, inside this process: event loops wake themselves up with it. See
SandboxSelector for waiting on one.

The runtime puts this module into sys.modules before `socket` is imported: a file named `_socket.py` would never be
found, the built-in module comes first.
"""

import errno
import ipaddress
import itertools
import os
import selectors
import time
import weakref

import _socket as _builtin
import _thread
import _wasmlam_attempts as _attempts
from _socket import gaierror  # named once more for readers and linters
from _wasmlam_socket_numbers import NUMBERS

globals().update((name, getattr(_builtin, name)) for name in dir(_builtin) if not name.startswith("_"))
globals().update(NUMBERS)

AF_INET, AF_INET6, AF_UNIX, AI_PASSIVE = (NUMBERS[name] for name in ("AF_INET", "AF_INET6", "AF_UNIX", "AI_PASSIVE"))
EAI_FAMILY, EAI_NONAME, EAI_SERVICE = (NUMBERS[name] for name in ("EAI_FAMILY", "EAI_NONAME", "EAI_SERVICE"))
IPPROTO_TCP, IPPROTO_UDP, SOL_SOCKET, SO_TYPE = (
    NUMBERS[name] for name in ("IPPROTO_TCP", "IPPROTO_UDP", "SOL_SOCKET", "SO_TYPE")
)
SHUT_RD, SHUT_WR, SHUT_RDWR = (NUMBERS[name] for name in ("SHUT_RD", "SHUT_WR", "SHUT_RDWR"))
SOCK_DGRAM, SOCK_STREAM, SOCK_NONBLOCK, SOCK_CLOEXEC = (
    NUMBERS[name] for name in ("SOCK_DGRAM", "SOCK_STREAM", "SOCK_NONBLOCK", "SOCK_CLOEXEC")
)
MSG_PEEK = NUMBERS["MSG_PEEK"]
has_ipv6 = True  # of the interpreter, not of the network: as on AWS

# Numbers for fileno(): far above those of files, so that a mix-up fails cleanly.
FIRST_NUMBER = 1 << 20
_numbers = itertools.count(FIRST_NUMBER)
# Living ends by number. An end belongs to the socket object that made it, or that was made from its number.
_ends = weakref.WeakValueDictionary()
# Bytes that one end of a pair takes before it is full.
PAIR_BUFFER = 1 << 20

_default_timeout = None


# A lock for each thread that waits for a pair of sockets; who changes one releases them all.
_waiting = []
# Seconds that one wait for a lock may take.
_LONGEST_WAIT = 1_000_000


def _wait(ready, timeout, allocate_lock=_thread.allocate_lock, now=time.monotonic):
    """Waits for `ready()`, at most `timeout` seconds (below 0: no limit). Its clock is an argument: test libraries put
    another one into every module that has it."""
    deadline = None if timeout < 0 else now() + timeout
    while not ready():
        lock = allocate_lock()
        lock.acquire()
        _waiting.append(lock)
        try:
            left = _LONGEST_WAIT if deadline is None else min(deadline - now(), _LONGEST_WAIT)
            if ready() or left <= 0:
                break
            lock.acquire(True, left if deadline is not None else -1)
        finally:
            if lock in _waiting:
                _waiting.remove(lock)
    return ready()


def _changed():
    while _waiting:
        _waiting.pop().release()


class _End:
    """What a descriptor would be: one end of a pair, or a socket that leads nowhere."""

    def __init__(self, family, type, proto):
        self.number = next(_numbers)
        self.family, self.type, self.proto = family, type, proto
        self.received = bytearray()
        self.peer = None  # weak reference to the other end
        self.paired = False
        self.reading = self.writing = True
        self.options = {}
        _ends[self.number] = self

    def __del__(self):
        _changed()  # the other end can be read to its end

    def other(self):
        return self.peer() if self.peer is not None else None

    def readable(self):
        other = self.other()
        return bool(self.received) or not self.reading or self.paired and (other is None or not other.writing)

    def writable(self):
        other = self.other()
        return other is None or len(other.received) < PAIR_BUFFER


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
        self._end = None

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
        self._open().options[level, optname] = value

    def getsockopt(self, level, optname, buflen=0, /):
        end = self._open()
        fixed = {SO_TYPE: end.type, SO_DOMAIN: end.family, SO_PROTOCOL: end.proto} if level == SOL_SOCKET else {}
        value = fixed.get(optname, end.options.get((level, optname), 0))
        if not buflen:
            return value if isinstance(value, int) else int.from_bytes(value[:4], "little")
        return (value.to_bytes(4, "little", signed=True) if isinstance(value, int) else bytes(value))[:buflen]

    def connect(self, address, /):
        self._open()
        raise _unreachable("connect to", address)

    def connect_ex(self, address, /):
        self._open()
        return _unreachable("connect to", address).errno

    def bind(self, address, /):
        if self._open().family == AF_UNIX:
            raise PermissionError(errno.EPERM, f"wasmlam: the sandbox has no network (bind to {address})")
        raise _unreachable("bind to", address)

    def listen(self, backlog=0, /):
        self._open()
        raise _unreachable("listen")

    def _accept(self):
        self._open()
        raise OSError(errno.EINVAL, "wasmlam: the sandbox has no network (accept a connection)")

    def getsockname(self):
        end = self._open()
        return {AF_INET: ("0.0.0.0", 0), AF_INET6: ("::", 0, 0, 0), AF_UNIX: ""}[end.family] if not end.paired else ""

    def getpeername(self):
        if not self._open().paired:
            raise OSError(errno.ENOTCONN, os.strerror(errno.ENOTCONN))
        return ""

    def shutdown(self, how, /):
        end = self._open()
        if not end.paired:
            raise OSError(errno.ENOTCONN, os.strerror(errno.ENOTCONN))
        if how in (SHUT_RD, SHUT_RDWR):
            end.reading = False
        if how in (SHUT_WR, SHUT_RDWR):
            end.writing = False
        _changed()

    def send(self, data, flags=0, /):
        end = self._open()
        if not end.paired:
            raise OSError(errno.ENOTCONN, os.strerror(errno.ENOTCONN))
        other = end.other()
        if other is None or not other.reading or not end.writing:
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
        if not end.writable():
            self._wait(end.writable)
        data = memoryview(data).cast("B")[:PAIR_BUFFER - len(other.received)]
        other.received += data
        _changed()
        return len(data)

    def sendall(self, data, flags=0, /):
        data = memoryview(data).cast("B")
        while data:
            data = data[self.send(data):]

    def sendto(self, data, *flags_and_address):
        self._open()
        raise _unreachable("send to", flags_and_address[-1])

    def recv(self, bufsize, flags=0, /):
        end = self._open()
        if not end.paired:
            raise OSError(errno.ENOTCONN, os.strerror(errno.ENOTCONN))
        if not end.readable():
            self._wait(end.readable)
        data = bytes(end.received[:bufsize])
        if not flags & MSG_PEEK:
            del end.received[:bufsize]
            _changed()
        return data

    def recv_into(self, buffer, nbytes=0, flags=0):
        view = memoryview(buffer).cast("B")
        data = self.recv(nbytes or len(view), flags)
        view[:len(data)] = data
        return len(data)

    def recvfrom(self, bufsize, flags=0, /):
        return self.recv(bufsize, flags), None

    def recvfrom_into(self, buffer, nbytes=0, flags=0):
        return self.recv_into(buffer, nbytes, flags), None

    def _wait(self, ready):
        if self._timeout == 0.0:
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        if not _wait(ready, -1 if self._timeout is None else self._timeout):
            raise TimeoutError("timed out")


SocketType = socket


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
    if _detached.pop(fd, None) is None:
        os.close(fd)


def dup(fd, /):
    end = _ends.get(fd)
    if end is None:
        return os.dup(fd)
    raise OSError(errno.ENOTSUP, "wasmlam: a socket cannot be duplicated in the sandbox")


def getdefaulttimeout():
    return _default_timeout


def setdefaulttimeout(timeout, /):
    global _default_timeout
    if timeout is not None and timeout < 0:
        raise ValueError("Timeout value out of range")
    _default_timeout = None if timeout is None else float(timeout)


def getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):
    """Addresses that need no look-up, in the usual order; any other name is unknown."""
    name = host.decode() if isinstance(host, (bytes, bytearray)) else host
    if name is None:
        addresses = ["0.0.0.0", "::"] if flags & AI_PASSIVE else ["127.0.0.1", "::1"]
    elif name == "localhost":
        addresses = ["127.0.0.1", "::1"]
    elif _family_of(name) is not None:
        addresses = [name]
    else:
        raise _unknown("look up", name)
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
    return []


class SandboxSelector(selectors._BaseSelectorImpl):
    """Waits for ends of socket pairs and for time. A file is always ready, as poll() would say."""

    def select(self, timeout=None):
        ready = self._ready()
        if not ready and (timeout is None or timeout > 0):
            _wait(self._ready, -1 if timeout is None else timeout)
            ready = self._ready()
        return ready

    def _ready(self):
        ready = []
        for key in list(self.get_map().values()):
            end = _ends.get(key.fd)
            events = key.events if end is not None or key.fd < FIRST_NUMBER else 0  # an end that is gone is never ready
            if end is not None:
                if not end.readable():
                    events &= ~selectors.EVENT_READ
                if not end.writable():
                    events &= ~selectors.EVENT_WRITE
            if events:
                ready.append((key, events))
        return ready
