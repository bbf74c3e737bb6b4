"""A session with everything set on it, requests prepared from it, and answers from an adapter in the place of a network."""

import gzip
import io
import re

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

PAGES = {
    "/start": (302, {"Location": "/orders?page=2"}, b""),
    "/orders": (200, {"Content-Type": "application/json; charset=utf-8", "Content-Encoding": "gzip"},
                gzip.compress('{"orders": [1, 2, 3], "café": true}'.encode(), mtime=0)),
    "/page": (200, {"Content-Type": "text/html"}, "<p>grüße aus köln, schöne straße</p>".encode("latin-1")),
    "/teapot": (418, {}, b"short and stout"),
}
REASONS = {200: "OK", 302: "Found", 418: "I'm a teapot"}


class Pages(HTTPAdapter):
    """Answers as urllib3 would, without a connection."""

    def send(self, request, **_options):
        status, headers, body = PAGES[request.path_url.partition("?")[0]]
        raw = HTTPResponse(io.BytesIO(body), headers=headers, status=status, reason=REASONS[status], preload_content=False)
        return self.build_response(request, raw)


def prepared(request, session):
    ready = session.prepare_request(request)
    body = ready.body.decode() if isinstance(ready.body, bytes) else ready.body
    return {"method": ready.method, "url": ready.url, "headers": dict(ready.headers), "body": body}


def failure(function, *arguments, **options):
    try:
        function(*arguments, **options)
    except requests.RequestException as error:
        return [type(error).__name__, str(error)]


def sandbox_says(failed):
    """The kind of the exception, and our own words in its text."""
    return [failed[0], re.search(r"wasmlam: [^'\")]*\)", failed[1])[0]]


def handler(event, context):
    session = requests.Session()
    session.headers.update({"User-Agent": "orders/1.0", "X-Shop": "ko\u0308ln".encode()})
    session.params = {"lang": "de"}
    session.auth = ("ada", "s3cret")
    session.cookies.set("basket", "42", domain="shop.example")

    made = [
        prepared(requests.Request("GET", "https://shop.example/a b/ü", params={"q": ["x y", "&"]}), session),
        prepared(requests.Request("POST", "https://shop.example/orders", json={"item": "lamp", "n": 2}), session),
        prepared(requests.Request("PUT", "https://bücher.example:8443/x", data={"a": "1", "b": ["2", "ß"]}), session),
    ]
    for each in made:
        each["headers"]["X-Shop"] = each["headers"]["X-Shop"].decode()

    session = requests.Session()
    session.mount("https://shop.example", Pages())
    orders = session.get("https://shop.example/start")
    page = session.get("https://shop.example/page")
    page.encoding = page.apparent_encoding  # charset_normalizer at work
    streamed = session.get("https://shop.example/page", stream=True)
    return {
        "prepared": made,
        "orders": orders.json(),
        "history": [[each.status_code, each.url] for each in orders.history],
        "final_url": orders.url,
        "page": page.text,
        "chunks": [len(chunk) for chunk in streamed.iter_content(16)],
        "teapot": failure(session.get("https://shop.example/teapot").raise_for_status),
        "no_scheme": failure(session.get, "shop.example"),
        "no_network": sandbox_says(failure(requests.get, "http://192.0.2.1/", timeout=2)),
        "no_network_tls": sandbox_says(failure(requests.get, "https://shop.example/", timeout=2)),
    }
