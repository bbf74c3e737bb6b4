"""requests against the servers of tests/network/servers.py; its session is made in the init."""

import requests
import urllib3
from requests.adapters import HTTPAdapter

session = requests.Session()
session.mount("http://", HTTPAdapter(max_retries=urllib3.Retry(1, backoff_factor=0.01)))


def failure(url, **options):
    try:
        return session.get(url, **options).status_code
    except requests.RequestException as error:
        return f"{type(error).__name__}: {error}"


def handler(event, context):
    ports = event["ports"]
    http, https = f"http://localhost:{ports['http']}", f"https://localhost:{ports['tls-good']}"
    trusted = {"verify": "/var/task/ca.pem"}
    out = {"http": session.get(f"{http}/a").json()["path"], "https": session.get(f"{https}/b", **trusted).json()["path"]}
    out["post"] = session.post(https, data=b"x" * 2_000_000, **trusted).json()
    with session.get(f"{http}/1", stream=True) as first:
        own = first.raw.connection.sock.getsockname()
        first.content
    with session.get(f"{http}/1", stream=True) as second:
        out["kept"] = second.raw.connection.sock.getsockname() == own
    out["untrusted"] = failure(https)
    out["slow"] = failure(f"http://localhost:{ports['silent']}/", timeout=0.1)
    out["nobody"] = failure("http://localhost:1/")
    out["redirect"] = failure(f"{http}/redirect?http://169.254.169.254/latest/meta-data/")
    return out
