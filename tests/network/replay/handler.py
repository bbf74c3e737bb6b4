"""Requests over HTTP and HTTPS in all the ways that Python has, for tests/it/traffic.rs: recorded, and answered from the recording."""

import asyncio
import http.client
import json
import os
import ssl
import time
import urllib.error
import urllib.request

HERE = os.path.dirname(__file__)


def fetch(url, **options):
    request = urllib.request.Request(url, **options)
    context = ssl.create_default_context(cafile=f"{HERE}/ca.pem") if url.startswith("https") else None
    try:
        with urllib.request.urlopen(request, context=context) as answer:
            return [answer.status, answer.read().decode("latin-1")]
    except urllib.error.HTTPError as error:
        return [error.code, error.read().decode("latin-1")]


def everything(event):
    http_url, https_url = event["http"], event["https"]
    out = {"plain": fetch(f"{http_url}/count?access_token=hidden-in-query&x=1", headers={"Authorization": "Bearer hidden-in-header"})}
    out["tls"] = fetch(f"{https_url}/b")
    out["post"] = fetch(http_url, data=b"x" * 1000, headers={"Content-Type": "text/plain"})
    out["counted"] = [fetch(f"{http_url}/count")[1] for _ in range(3)]
    out["missing"] = fetch(f"{http_url}/status?404")
    out["chunked"] = fetch(f"{http_url}/chunked")
    out["to the end"] = fetch(f"{http_url}/until-close")
    out["binary"] = fetch(f"{http_url}/binary")
    kept = http.client.HTTPConnection(http_url.removeprefix("http://"))
    out["kept"] = []
    for method in ("GET", "HEAD", "GET"):
        kept.request(method, "/kept")
        answer = kept.getresponse()
        out["kept"].append([answer.status, len(answer.read()), answer.getheader("Content-Length")])
    out["kept"].append(kept.sock is not None)

    async def over_asyncio():
        host, port = https_url.removeprefix("https://").rsplit(":", 1)
        context = ssl.create_default_context(cafile=f"{HERE}/ca.pem")
        reader, writer = await asyncio.open_connection(host, int(port), ssl=context)
        writer.write(f"GET /300000 HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
        answer = await reader.read(-1)
        writer.close()
        return len(answer.partition(b"\r\n\r\n")[2])

    out["asyncio"] = asyncio.run(over_asyncio())
    return out


def expects(event):
    """A body that is sent only when the server asks for it, as boto3 sends large ones."""
    connection = http.client.HTTPConnection(event["http"].removeprefix("http://"))
    connection.putrequest("PUT", "/")
    for name, value in {"Content-Length": "5", "Expect": "100-continue"}.items():
        connection.putheader(name, value)
    connection.endheaders()
    first = connection.sock.recv(25)
    connection.send(b"hello")
    return [first.decode(), connection.sock.recv(1000).decode().partition("\r\n")[0]]


def sockets(event):
    """What a recording cannot have."""
    import socket

    def failure(function):
        try:
            return repr(function())
        except Exception as error:
            return f"{type(error).__name__}: {error}"

    def send(data):
        with socket.create_connection(("any.test", 80)) as s:
            s.sendall(data)
            s.settimeout(5)
            return s.recv(100)

    began = time.monotonic()
    out = {
        "not HTTP": failure(lambda: send(b"EHLO x\r\n\r\n")),
        "smuggled": failure(lambda: send(b"GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n")),
        "says nothing": failure(lambda: send(b"GET")),
        "datagram": failure(lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("8.8.8.8", 53))),
        "server": failure(lambda: socket.create_server(("127.0.0.1", 0))),
        "unconnected": failure(lambda: socket.socket().send(b"x")),
    }
    out["waited"] = round(time.monotonic() - began) == 5
    return out


def handler(event, context):
    return globals()[event["do"]](event)
