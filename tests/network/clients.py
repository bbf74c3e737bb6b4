"""Real servers on loopback for tests/it/clients.rs: python3 clients.py PACKAGES; ports as JSON on the first line, until stdin ends.

redis, postgres (with TLS; user "app", password "secret") are Debian's; smtp (aiosmtpd) and ws (websockets) are from PACKAGES; sse
sends three events, half of the second one late.
"""

import asyncio
import glob
import http.server
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, sys.argv[1])
from aiosmtpd.controller import Controller  # noqa: E402
from websockets.asyncio.server import serve  # noqa: E402

PKI = pathlib.Path(__file__).parent / "pki"
work = tempfile.mkdtemp()
processes = []


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


def start(*command, **options):
    processes.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options))


def wait_for(port):
    for _ in range(600):
        try:
            return socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"nobody listens on {port}")


def redis():
    port = free_port()
    start("redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", work)
    return port


def postgres():
    def program(name):
        return shutil.which(name) or sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"))[-1]

    data, port = f"{work}/postgres", free_port()
    is_root = os.getuid() == 0
    user = ["runuser", "-u", "postgres", "--"] if is_root else []
    os.makedirs(data, 0o700)
    password, key = f"{work}/password", f"{work}/server.key"
    pathlib.Path(password).write_text("secret\n")
    shutil.copy(PKI / "good.key", key)
    os.chmod(key, 0o600)
    if is_root:
        os.chmod(work, 0o755)
        for path in (data, password, key):
            shutil.chown(path, "postgres")
    initdb = [*user, program("initdb"), "-D", data, "-U", "app", "--pwfile", password, "--auth=scram-sha-256", "--no-sync"]
    subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, cwd=work)
    settings = {"port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off", "ssl": "on",
                "ssl_cert_file": str(PKI / "good.pem"), "ssl_key_file": key}
    shutil.copy(PKI / "good.pem", f"{work}/server.pem")
    os.chmod(f"{work}/server.pem", 0o644)
    settings["ssl_cert_file"] = f"{work}/server.pem"
    start(*user, program("postgres"), "-D", data, *(word for name, value in settings.items() for word in ("-c", f"{name}={value}")), cwd=work)
    return port


class Mails:
    async def handle_DATA(self, server, session, envelope):
        return f"250 {envelope.rcpt_tos[0]} gets {len(envelope.content)} bytes"


def smtp():
    controller = Controller(Mails(), hostname="127.0.0.1", port=free_port())
    controller.start()
    return controller.port


def websockets():
    port = free_port()

    async def echo(connection):
        async for message in connection:
            await connection.send(message.upper() if isinstance(message, str) else message[::-1])

    async def main():
        async with serve(echo, "127.0.0.1", port):
            await asyncio.get_running_loop().create_future()

    threading.Thread(target=lambda: asyncio.run(main()), daemon=True).start()
    return port


class Events(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for part in (b"data: one\n\n", b"data: t", b"wo\n\n", b"event: end\ndata: three\n\n"):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            self.wfile.flush()
            time.sleep(0.05)
        self.wfile.write(b"0\r\n\r\n")


def events():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Events)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


ports = {"redis": redis(), "postgres": postgres(), "smtp": smtp(), "ws": websockets(), "sse": events()}
for port in ports.values():
    wait_for(port)
try:
    print(json.dumps(ports), flush=True)
    sys.stdin.read()
finally:
    for process in processes:
        process.terminate()
    for process in processes:
        process.wait(30)
    shutil.rmtree(work, ignore_errors=True)
os._exit(0)
