#!/usr/bin/env python3
"""Measures `wasmlam serve` over HTTP beside controls in the same run: the server's health page, which runs no function, and
serverless-offline, whose Python process lives on from call to call, where benches/peers/run.sh has installed it.

    run.py [--seconds N] [--rounds N] [--sleepers N] [--functions N] [--peers FOLDER] [--wasmlam PATH]

Load comes from raw sockets with keep-alive in processes of their own, on the same machine. Series take turns in rounds, and
the median of the rounds is printed with the smallest and the largest.
"""

import argparse
import base64
import io
import json
import multiprocessing
import os
import pathlib
import re
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benches/peers"))
import measure  # noqa: E402 (the path is set above)

# A server that did nothing for this long has given back what it can give back.
IDLE_SECONDS = 12
EVENT = b'{"first_name": "Ada", "last_name": "Lovelace"}'


def start(wasmlam, *arguments):
    process = subprocess.Popen([wasmlam, "serve", "--listen", "127.0.0.1:0", "--in-memory", "--log-level", "warn", *arguments],
                               stdout=subprocess.PIPE, text=True)
    address = re.search(r"http://(.*)", process.stdout.readline()).group(1)
    host, port = address.rsplit(":", 1)
    return process, (host, int(port))


def call(address, method, path, body=None):
    request = urllib.request.Request(f"http://{address[0]}:{address[1]}{path}", data=body, method=method)
    with urllib.request.urlopen(request) as answer:
        return answer.status, answer.read()


def package(code):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        entry = zipfile.ZipInfo("app.py")
        entry.external_attr = 0o644 << 16  # writestr's own 0600 is a file that the function cannot read
        archive.writestr(entry, code)
    return base64.b64encode(packed.getvalue()).decode()


def create(address, name, code, event=EVENT):
    body = {"FunctionName": name, "Role": "arn:aws:iam::123456789012:role/bench", "Runtime": "python3.13", "Handler": "app.handler",
            "MemorySize": 512, "Timeout": 15, "Code": {"ZipFile": package(code)}}
    began = time.perf_counter()
    assert call(address, "POST", "/2015-03-31/functions", json.dumps(body).encode())[0] == 201
    while json.loads(call(address, "GET", f"/2015-03-31/functions/{name}/configuration")[1])["State"] == "Pending":
        time.sleep(0.001)
    call(address, "POST", f"/2015-03-31/functions/{name}/invocations", event)
    return time.perf_counter() - began


def request(method, path, body=b""):
    return f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def one(connection, message):
    connection.sendall(message)
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(65536)
    head, body = answer.split(b"\r\n\r\n", 1)
    assert head.startswith(b"HTTP/1.1 200"), answer
    length = int(re.search(rb"(?i)content-length: (\d+)", head).group(1))
    while len(body) < length:
        body += connection.recv(65536)
    return body


def load(address, message, seconds, results):
    with socket.create_connection(address) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(200):
            one(connection, message)
        times, end = [], time.perf_counter() + seconds
        while (began := time.perf_counter()) < end:
            one(connection, message)
            times.append(time.perf_counter() - began)
    results.put(times)


def series(address, message, seconds, connections):
    results = multiprocessing.Queue()
    processes = [multiprocessing.Process(target=load, args=(address, message, seconds, results)) for _ in range(connections)]
    for process in processes:
        process.start()
    times = sorted(t for _ in processes for t in results.get())
    for process in processes:
        process.join()
    return {"p50_us": times[len(times) // 2] * 1e6, "p99_us": times[len(times) * 99 // 100] * 1e6, "per_second": len(times) / seconds}


def sleepers(address, count):
    """Opens this many connections at once, each waiting for a function that sleeps one second."""
    message = request("POST", "/2015-03-31/functions/sleeps/invocations", b"{}")
    connections = [socket.create_connection(address) for _ in range(count)]
    began = time.perf_counter()
    for connection in connections:
        connection.sendall(message)
    for connection in connections:
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
    took = time.perf_counter() - began
    for connection in connections:
        connection.close()
    return took


def memory(pid):
    """MiB that the process takes: its own pages, and its share of those that it has in common with others."""
    return int(re.search(r"Pss:\s+(\d+)", pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()).group(1)) / 1024


def many(wasmlam, count):
    """Time to list this many functions, all pages, and the memory of a server that has just them and does nothing."""
    server, address = start(wasmlam)
    try:
        code = "def handler(event, context):\n    return 1\n"
        made = [create(address, f"function-{number}", code) for number in range(count)]
        print(f"create to first answer       {statistics.median(made) * 1e3:10.1f} ms (median of {count} functions, {sum(made):.0f} s in all)")
        times = []
        for _ in range(20):
            began, marker, found = time.perf_counter(), "", 0
            while marker is not None:
                page = json.loads(call(address, "GET", f"/2015-03-31/functions/?MaxItems=10000{marker and '&Marker='}{marker}")[1])
                found, marker = found + len(page["Functions"]), page.get("NextMarker")
            times.append(time.perf_counter() - began)
            assert found == count, found
        print(f"list of {count} functions       {statistics.median(times) * 1e3:10.1f} ms")
        print(f"memory of the server         {memory(server.pid):10.0f} MiB, with {count} functions that were each called once")
        time.sleep(IDLE_SECONDS)
        print(f"memory of the server, idle   {memory(server.pid):10.0f} MiB, {IDLE_SECONDS} s later")
    finally:
        server.terminate()
        server.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sleepers", type=int, default=1000)
    parser.add_argument("--functions", type=int, default=1000)
    cache = os.environ.get("WASMLAM_CACHE") or pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache", "wasmlam")
    parser.add_argument("--peers", type=pathlib.Path, default=pathlib.Path(cache, "peers"), help="where benches/peers/run.sh installs")
    parser.add_argument("--wasmlam", default=os.environ.get("WASMLAM", "target/release/wasmlam"))
    options = parser.parse_args()
    server, address = start(options.wasmlam)
    peer = measure.ServerlessOffline()
    try:
        peer.start(options.peers)
    except measure.Skip as reason:
        print(f"without serverless-offline: {reason}")
        peer = None
    try:
        hello = (ROOT / "tests/handlers/hello_python.py").read_text().replace("def my_handler", "def handler")
        print(f"create to first answer       {create(address, 'hello', hello) * 1e3:10.1f} ms (first of the process)")
        print(f"create to first answer       {create(address, 'hello2', hello) * 1e3:10.1f} ms")
        create(address, "sleeps", "import time\ndef handler(event, context):\n    time.sleep(1)\n", b"{}")
        invoke = request("POST", "/2015-03-31/functions/hello/invocations", EVENT)
        with socket.create_connection(address) as connection:
            assert one(connection, invoke) == b'{"message": "Hello Ada Lovelace!"}'
        kinds = {
            "control: health, 1 client": (request("GET", "/_wasmlam/health"), 1),
            "control: health, 4 clients": (request("GET", "/_wasmlam/health"), 4),
            "invoke hello, 1 client": (invoke, 1),
            "invoke hello, 4 clients": (invoke, 4),
        }
        kinds = {kind: (address, *rest) for kind, rest in kinds.items()}
        if peer:
            to_peer = request("POST", "/2015-03-31/functions/bench-dev-hello/invocations", EVENT)
            kinds["serverless-offline, 1 client"] = (("127.0.0.1", peer.port), to_peer, 1)
            kinds["serverless-offline, 4 clients"] = (("127.0.0.1", peer.port), to_peer, 4)
        found = {kind: [] for kind in kinds}
        for _ in range(options.rounds):
            for kind, (where, message, connections) in kinds.items():
                found[kind].append(series(where, message, options.seconds, connections))
        for kind, rounds in found.items():
            for what, unit in (("p50_us", "us"), ("p99_us", "us"), ("per_second", "/s")):
                values = [r[what] for r in rounds]
                print(f"{kind:28} {what:10} {statistics.median(values):10.0f} {unit} ({min(values):.0f} to {max(values):.0f})")
        for state in "cold", "warm":  # the threads and sandboxes of the first ones serve the second ones
            print(f"{options.sleepers} that sleep 1 s, {state}      {sleepers(address, options.sleepers):10.2f} s")
        print(f"memory of the server         {memory(server.pid):10.0f} MiB after that")
    finally:
        if peer:
            peer.stop()
        server.terminate()
        server.wait()
    many(options.wasmlam, options.functions)


main()
