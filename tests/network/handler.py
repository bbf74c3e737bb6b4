"""What functions do on a network, for tests/it/network.rs: event["do"] names one of the functions here."""

import asyncio
import errno
import http.client
import os
import select
import selectors
import socket
import ssl
import threading
import time
import urllib.error
import urllib.request

HOST = "127.0.0.1"
if os.environ.get("AT_INIT"):
    at_init = socket.create_connection((HOST, int(os.environ["AT_INIT"])))
    at_init.sendall(b"init")
    assert at_init.recv(10) == b"init"


def failure(function, *arguments, **options):
    try:
        return function(*arguments, **options)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def echo(ports):
    with socket.create_connection((HOST, ports["echo"]), timeout=30) as s:
        s.sendall(b"hello")
        out = [s.recv(2, socket.MSG_PEEK).decode(), s.recv(100).decode(), s.getpeername() == (HOST, ports["echo"])]
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        out += [s.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY), s.getsockname()[0]]
        s.sendall(b"abcdef")
        buffer = bytearray(6)
        out += [s.recv_into(buffer, 0, socket.MSG_WAITALL), buffer.decode()]
        s.shutdown(socket.SHUT_WR)
        return [*out, s.recv(1).decode()]


def large(ports):
    data = os.urandom(3_000_000)
    with socket.create_connection((HOST, ports["echo"])) as s:
        sender = threading.Thread(target=s.sendall, args=(data,))
        sender.start()
        got = bytearray()
        while len(got) < len(data):
            got += s.recv(1 << 16)
        sender.join()
    return bytes(got) == data


def timeouts(ports):
    with socket.create_connection((HOST, ports["silent"])) as s:
        s.settimeout(0.05)
        out = [failure(s.recv, 1)]
        s.setblocking(False)
        out.append(type(failure_of(s.recv, 1)).__name__)
        return out


def failure_of(function, *arguments):
    try:
        function(*arguments)
    except Exception as error:
        return error


def nonblocking(ports):
    s = socket.socket()
    s.setblocking(False)
    status = s.connect_ex((HOST, ports["echo"]))
    poll = select.poll()
    poll.register(s, select.POLLOUT)
    found = poll.poll(10_000)
    out = [status == errno.EINPROGRESS, found == [(s.fileno(), select.POLLOUT)], s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)]
    s.send(b"x")
    a, b = socket.socketpair()
    out.append([[each is s for each in side] for side in select.select([s, a], [], [], 10)])
    with selectors.DefaultSelector() as selector:
        selector.register(s, selectors.EVENT_READ, "socket")
        selector.register(a, selectors.EVENT_READ, "pair")
        out.append([key.data for key, _ in selector.select(10)])
        s.recv(1)
        out.append([key.data for key, _ in selector.select(0)])
        threading.Timer(0.02, b.send, [b"y"]).start()
        out.append([key.data for key, _ in selector.select(10)])
    s.close()
    return [*out, type(selector).__name__]


def together(ports):
    """Eight threads and eight tasks that wait half a second each; how often a thread that computes had a turn meanwhile."""
    turns, is_over = 0, False

    def compute():
        nonlocal turns
        while not is_over:
            turns += 1

    def wait():
        with socket.create_connection((HOST, ports["echo"])) as s:
            s.sendall(b"sleep")
            assert s.recv(10) == b"sleep"

    computing = threading.Thread(target=compute)
    computing.start()
    began = time.monotonic()
    threads = [threading.Thread(target=wait) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    is_over = True
    computing.join()
    in_threads = time.monotonic() - began

    async def task():
        reader, writer = await asyncio.open_connection(HOST, ports["echo"])
        writer.write(b"sleep")
        assert await reader.read(10) == b"sleep"
        writer.close()
        await writer.wait_closed()

    async def tasks():
        await asyncio.gather(*[task() for _ in range(8)])

    began = time.monotonic()
    asyncio.run(tasks())
    return {"threads": in_threads, "tasks": time.monotonic() - began, "turns": turns}


def server(ports):
    """A server and its client in one function."""

    async def serve(reader, writer):
        writer.write((await reader.readline()).upper())
        await writer.drain()
        writer.close()

    async def main():
        listening = await asyncio.start_server(serve, HOST, 0)
        port = listening.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection(HOST, port)
        writer.write(b"hello\n")
        line = await reader.readline()
        writer.close()
        listening.close()
        return line.decode()

    return asyncio.run(main())


def datagrams(ports):
    with socket.socket(type=socket.SOCK_DGRAM) as s:
        s.settimeout(30)
        s.sendto(b"one", (HOST, ports["udp"]))
        first = s.recvfrom(100)
        s.connect((HOST, ports["udp"]))
        s.send(b"two")
        return [first[0].decode(), first[1] == (HOST, ports["udp"]), s.recv(100).decode()]


def web(ports):
    base = f"http://localhost:{ports['http']}"
    out = {"urllib": urllib.request.urlopen(f"{base}/a").read().decode()}
    connection = http.client.HTTPConnection("localhost", ports["http"])
    for _ in range(3):
        connection.request("POST", "/", body=b"x" * 100_000)
        out["post"] = connection.getresponse().read().decode()
    out["large"] = len(urllib.request.urlopen(f"{base}/5000000").read())
    try:
        urllib.request.urlopen(f"{base}/redirect?http://169.254.169.254/latest/meta-data/")
    except urllib.error.URLError as error:
        out["redirect"] = str(error.reason)
    return out


def tls(ports):
    here = os.path.dirname(__file__)
    trusting = ssl.create_default_context(cafile=f"{here}/pki/ca.pem")

    def connect(server, context=trusting, name="localhost"):
        with socket.create_connection((HOST, ports[f"tls-{server}"]), timeout=30) as s:
            with context.wrap_socket(s, server_hostname=name) as t:
                t.sendall(b"GET /who HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                answer = b""
                while data := t.recv(1000):
                    answer += data
                body = answer.partition(b"\r\n\r\n")[2].decode()
                return {"version": t.version(), "cipher": t.cipher()[0], "alpn": t.selected_alpn_protocol(), "body": body,
                        "certificate": t.getpeercert() and t.getpeercert()["subjectAltName"]}

    def details(error):
        return [type(error).__name__, error.library, error.reason, getattr(error, "verify_code", None), str(error)]

    out = {"good": connect("good")}
    for server, name in [("other", "localhost"), ("self", "localhost"), ("expired", "localhost"), ("good", "other.test"), ("good", "127.0.0.2")]:
        out[f"{server} {name}"] = details(failure_of(connect, server, trusting, name))
    out["unknown"] = details(failure_of(connect, "good", ssl.create_default_context()))
    out["address"] = connect("good", name=HOST)["body"]
    unchecked = ssl._create_unverified_context()
    out["unchecked"] = [connect("other", unchecked)["body"], connect("self", unchecked)["certificate"]]
    out["trusted itself"] = connect("self", ssl.create_default_context(cafile=f"{here}/pki/self.pem"))["body"]
    old = ssl.create_default_context(cafile=f"{here}/pki/ca.pem")
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    old.set_alpn_protocols(["h2", "http/1.1"])
    out["old"] = connect("good", old)
    own = ssl.create_default_context(cadata=open(f"{here}/pki/ca.pem").read())
    own.load_cert_chain(f"{here}/pki/client.pem", f"{here}/pki/client.key")
    out["mutual"] = connect("mutual", own)["body"]
    out["no certificate"] = details(failure_of(connect, "mutual"))
    with socket.create_connection((HOST, ports["http"])) as s:
        out["not TLS"] = details(failure_of(lambda: trusting.wrap_socket(s, server_hostname="localhost")))[:3]

    async def over_asyncio():
        reader, writer = await asyncio.open_connection("localhost", ports["tls-good"], ssl=trusting)
        writer.write(b"GET /1000000 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = await reader.read(-1)
        writer.close()
        return len(answer.partition(b"\r\n\r\n")[2])

    out["asyncio"] = asyncio.run(over_asyncio())
    # Both ends in memory, with certificates that the function has itself.
    client_in, server_in = ssl.MemoryBIO(), ssl.MemoryBIO()
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(f"{here}/pki/good.pem", f"{here}/pki/good.key")
    client = trusting.wrap_bio(client_in, server_in, server_hostname="localhost")
    peer = serving.wrap_bio(server_in, client_in, server_side=True)
    for _ in range(10):
        for each in (client, peer):
            try:
                each.do_handshake()
            except ssl.SSLWantReadError:
                pass
    client.write(b"through memory")
    out["memory"] = peer.read(100).decode()
    return out


def refused(ports):
    port = ports["echo"]
    attempts = {
        "another port": lambda: socket.create_connection((HOST, ports["http"])),
        "private": lambda: socket.create_connection(("10.0.0.1", 80)),
        "metadata": lambda: socket.create_connection(("169.254.169.254", 80)),
        "metadata in decimal": lambda: socket.create_connection(("2852039166", 80)),
        "metadata in octal": lambda: socket.create_connection(("0251.0376.0251.0376", 80)),
        "metadata, IPv6": lambda: socket.create_connection(("fd00:ec2::254", 80)),
        "mapped": lambda: socket.create_connection(("::ffff:169.254.169.254", 80)),
        "another name": lambda: socket.create_connection(("evil.test", port)),
        "datagram": lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("8.8.8.8", 53)),
        "listen": lambda: socket.create_server(("0.0.0.0", 0)),
        "bind": lambda: socket.socket().bind((HOST, 8080)),
    }
    return {name: failure(function) for name, function in attempts.items()}


def wait(ports):
    with socket.create_connection((HOST, ports["silent"])) as s:
        s.recv(1)


def wait_in_a_thread(ports):
    thread = threading.Thread(target=wait, args=(ports,))
    thread.start()
    thread.join()


def drip(ports):
    with socket.create_connection((HOST, ports["drip"])) as s:
        while True:
            s.recv(1)


def many(ports):
    """As many connections as there can be, and one more."""
    held, last = [], None
    try:
        while len(held) < 1000:
            held.append(socket.create_connection((HOST, ports["silent"])))
    except OSError as error:
        last = f"{type(error).__name__}: {error.strerror}"
    return [len(held), last]


left = []


def leave(ports):
    """Connections that the call does not close."""
    left.extend(socket.create_connection((HOST, ports["echo"])) for _ in range(5))
    for each in left:
        each.sendall(b"x")
        each.recv(1)
    return len(left)


def count(ports):
    with socket.create_connection((HOST, ports["echo"])) as s:
        s.sendall(b"count")
        return int(s.recv(10))


def after_init(ports):
    """The connection of the init, in a sandbox made from the image after it."""
    out = [at_init.recv(10).decode(), failure(at_init.send, b"x"), failure(at_init.getpeername)]
    with socket.create_connection((HOST, ports["echo"])) as s:
        s.sendall(b"new")
        return [*out, s.recv(10).decode(), at_init.recv(10).decode()]


def handler(event, context):
    return globals()[event["do"]](event["ports"])
