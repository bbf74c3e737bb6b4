"""Servers on loopback for tests/it/network.rs: ports as JSON on the first line of stdout, until stdin ends.

echo      sends back what it gets; after b"sleep" half a second later; b"count" is answered with how many are connected
silent    takes connections and never says anything
drip      one byte a second, without end
http      HTTP/1.1: /N gives N bytes, /redirect?URL goes there, /count one more each time, /status?N that status, /chunked and
          /until-close end so, /binary is not text; POST and PUT say how much came, anything else says what it was
tls-NAME  the same over TLS: good, other (for another name), self (signed by itself), expired, mutual (asks for a certificate)
udp       sends datagrams back
"""

import http.server
import itertools
import json
import pathlib
import socket
import ssl
import sys
import threading
import time

PKI = pathlib.Path(__file__).parent / "pki"
connected = 0
counted = itertools.count(1)


def in_thread(function, *arguments):
    threading.Thread(target=function, args=arguments, daemon=True).start()


def serve(handle):
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)

    def accept():
        while True:
            in_thread(handle, listener.accept()[0])

    in_thread(accept)
    return listener.getsockname()[1]


def echo(peer):
    global connected
    connected += 1
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with peer:
        try:
            while data := peer.recv(1 << 16):
                if data == b"sleep":
                    time.sleep(0.5)
                peer.sendall(str(connected).encode() if data == b"count" else data)
        except OSError:
            pass
    connected -= 1


def silent(peer):
    time.sleep(3600)


def drip(peer):
    while True:
        peer.sendall(b".")
        time.sleep(1)


def udp():
    server = socket.socket(type=socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))

    def answer():
        while True:
            data, peer = server.recvfrom(65536)
            server.sendto(data, peer)

    in_thread(answer)
    return server.getsockname()[1]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one piece
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def handle_expect_100(self):
        goes_on = super().handle_expect_100()
        self.wfile.flush()
        return goes_on

    def answer(self, body, status=200, **headers):
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def do_GET(self):
        if self.path[1:].isdigit():
            return self.answer(b"x" * int(self.path[1:]))
        if self.path.startswith("/redirect?"):
            return self.answer(b"", 302, Location=self.path.partition("?")[2])
        if self.path.startswith("/count"):
            return self.answer(str(next(counted)).encode(), **{"Set-Cookie": "session=hidden-in-cookie"})
        if self.path.startswith("/status?"):
            return self.answer(b"so it is", int(self.path.partition("?")[2]))
        if self.path == "/binary":
            return self.answer(bytes(range(256)))
        if self.path in ("/chunked", "/until-close"):
            self.send_response(200)
            is_chunked = self.path == "/chunked"
            self.send_header(*(("Transfer-Encoding", "chunked") if is_chunked else ("Connection", "close")))
            self.end_headers()
            self.wfile.write(b"3\r\nabc\r\n4\r\ndefg\r\n0\r\nX-Last: yes\r\n\r\n" if is_chunked else b"to the end")
            self.wfile.flush()
            return
        peer = self.connection.getpeercert() if hasattr(self.connection, "getpeercert") else None
        name = dict(pair for group in peer["subject"] for pair in group)["commonName"] if peer else None
        self.answer(json.dumps({"path": self.path, "host": self.headers["Host"], "client": name}).encode())

    def do_POST(self):
        size = int(self.headers["Content-Length"])
        self.answer(json.dumps({"got": len(self.rfile.read(size))}).encode())

    do_PUT = do_POST

    def do_HEAD(self):
        self.send_response(200)
        self.send_header("Content-Length", "12345")
        self.end_headers()


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *_):
        pass  # a client that does not trust us goes away


def web(name=None):
    server = Server(("127.0.0.1", 0), Handler)
    if name:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        certificate = "good" if name == "mutual" else name
        context.load_cert_chain(PKI / f"{certificate}.pem", PKI / f"{certificate}.key")
        context.set_alpn_protocols(["http/1.1"])
        if name == "mutual":
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(PKI / "ca.pem")
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    in_thread(server.serve_forever)
    return server.server_address[1]


ports = {"echo": serve(echo), "silent": serve(silent), "drip": serve(drip), "udp": udp(), "http": web()}
ports |= {f"tls-{name}": web(name) for name in ("good", "other", "self", "expired", "mutual")}
print(json.dumps(ports), flush=True)
sys.stdin.read()
