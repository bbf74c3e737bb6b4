"""A server of AWS in front of moto's that takes one key alone: python keycheck.py MOTO_PORT LOG, run by moto's own Python, whose
botocore computes each signature once more. Prints its port, and one at which it speaks TLS. What is signed as it should be is a line of the file LOG; what is not
is answered with 403 and the reason.

The key is that of KEY below. Requests without a signature pass only if their path begins with /open.
"""

import http.client
import http.server
import pathlib
import ssl
import sys
import threading

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

KEY = Credentials("AKIAREALKEY000000000", "real/secret+key", "real-session-token")

PKI = pathlib.Path(__file__).parent / "pki"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def body(self):
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        out = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            out += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return out

    def wrong(self, body):
        """Why the signature is not that of the key."""
        parts = dict(part.split("=", 1) for part in self.headers["Authorization"].removeprefix("AWS4-HMAC-SHA256 ").split(", "))
        key, date, region, service, _ = parts["Credential"].split("/")
        if key != KEY.access_key or self.headers.get("X-Amz-Security-Token") != KEY.token:
            return f"signed with {key}"
        names = parts["SignedHeaders"].split(";")
        unsigned = [name for name in self.headers if name.lower().startswith("x-amz-") and name.lower() not in names]
        if unsigned or "host" not in names:
            return f"not signed: {unsigned}"
        request = AWSRequest(self.command, f"http://{self.headers['Host']}{self.path}", data=body)
        for name in names:
            request.headers[name] = self.headers[name]
        request.context["timestamp"] = self.headers["X-Amz-Date"]
        auth = (S3SigV4Auth if service == "s3" else SigV4Auth)(KEY, service, region)
        text = auth.string_to_sign(request, auth.canonical_request(request))
        return None if auth.signature(text, request) == parts["Signature"] else "another signature"

    def answer(self, status, headers, body):
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in ("transfer-encoding", "content-length", "connection", "server", "date"):
                self.send_header(name, value)
        if self.command == "HEAD":
            length = dict((name.lower(), value) for name, value in headers).get("content-length", "0")
            self.send_header("Content-Length", length)
        else:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def any_method(self):
        body = self.body()
        if self.headers.get("Authorization") or not self.path.startswith("/open"):
            try:
                why = self.wrong(body)
            except Exception as error:
                why = f"cannot be read: {error!r}"
            if why:
                return self.answer(403, [("Content-Type", "text/plain")], f"REFUSED BY THE CHECK: {why}".encode())
            with open(sys.argv[2], "a") as log:
                log.write(f"{self.command} {self.path} {self.headers.get('X-Amz-Target', '')}\n")
        moto = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]))
        moto.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in ("transfer-encoding", "content-length", "expect", "connection"):
                moto.putheader(name, value)
        moto.putheader("Content-Length", str(len(body)))
        moto.endheaders(body)
        answer = moto.getresponse()
        self.answer(answer.status, answer.getheaders(), answer.read())

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = any_method


def serve(is_tls):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if is_tls:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(PKI / "good.pem", PKI / "good.key")
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


print(serve(False), serve(True), flush=True)
sys.stdin.read()
