"""What packages.py runs in the sandbox, and natively for comparison.

An event names a package: `{"import": NAME}` imports its modules, `{"smoke": NAME}` uses them. MODULES says which, SMOKE
has a function for those that are tried further, with the result that it must have.
"""

import importlib

MODULES = {
    "aiohttp": "aiohttp aiohttp.web",
    "alembic": "alembic alembic.config",
    "anyio": "anyio anyio.to_thread",
    "arrow": "arrow",
    "asn1crypto": "asn1crypto.x509",
    "attrs": "attr attrs",
    "aws-lambda-powertools": "aws_lambda_powertools aws_lambda_powertools.event_handler",
    "aws-xray-sdk": "aws_xray_sdk.core",
    "babel": "babel.numbers babel.dates",
    "backoff": "backoff",
    "beautifulsoup4": "bs4",
    "bleach": "bleach",
    "blinker": "blinker",
    "boto3": "boto3 boto3.dynamodb.conditions",
    "botocore": "botocore.session",
    "cachetools": "cachetools",
    "cattrs": "cattrs",
    "certifi": "certifi",
    "charset-normalizer": "charset_normalizer",
    "click": "click",
    "croniter": "croniter",
    "defusedxml": "defusedxml.ElementTree",
    "dnspython": "dns.message dns.resolver",
    "ecdsa": "ecdsa",
    "elasticsearch": "elasticsearch",
    "email-validator": "email_validator",
    "fastapi": "fastapi fastapi.testclient",
    "filelock": "filelock",
    "flask": "flask",
    "fsspec": "fsspec fsspec.implementations.memory",
    "google-api-core": "google.api_core.exceptions google.api_core.retry",
    "google-auth": "google.auth google.oauth2.service_account",
    "googleapis-common-protos": "google.rpc.status_pb2",
    "graphql-core": "graphql",
    "h11": "h11",
    "html5lib": "html5lib",
    "httpcore": "httpcore",
    "httpx": "httpx",
    "humanize": "humanize",
    "idna": "idna",
    "importlib-metadata": "importlib_metadata",
    "isodate": "isodate",
    "itsdangerous": "itsdangerous",
    "jinja2": "jinja2",
    "jmespath": "jmespath",
    "jsonpatch": "jsonpatch",
    "jsonpath-ng": "jsonpath_ng.ext",
    "jsonschema": "jsonschema",
    "lark": "lark",
    "mako": "mako.template",
    "mangum": "mangum",
    "markdown": "markdown",
    "markdown-it-py": "markdown_it",
    "markupsafe": "markupsafe",
    "marshmallow": "marshmallow",
    "more-itertools": "more_itertools",
    "msgpack": "msgpack",
    "multidict": "multidict",
    "networkx": "networkx",
    "oauthlib": "oauthlib.oauth1 oauthlib.oauth2",
    "openpyxl": "openpyxl",
    "opentelemetry-sdk": "opentelemetry.sdk.trace opentelemetry.sdk.trace.export",
    "packaging": "packaging.version packaging.requirements",
    "passlib": "passlib.hash",
    "pg8000": "pg8000.dbapi pg8000.native",
    "phonenumbers": "phonenumbers",
    "platformdirs": "platformdirs",
    "protobuf": "google.protobuf.struct_pb2 google.protobuf.json_format",
    "pyasn1": "pyasn1.codec.der.decoder",
    "pydantic 1": "pydantic",
    "pygments": "pygments pygments.lexers.python",
    "pyjwt": "jwt",
    "pymongo": "pymongo bson",
    "pymysql": "pymysql",
    "pyotp": "pyotp",
    "pyparsing": "pyparsing",
    "pypdf": "pypdf",
    "python-dateutil": "dateutil.parser dateutil.rrule",
    "python-dotenv": "dotenv",
    "python-jose": "jose.jwt",
    "python-json-logger": "pythonjsonlogger.json",
    "python-slugify": "slugify",
    "pytz": "pytz",
    "pyyaml": "yaml",
    "redis": "redis redis.asyncio",
    "requests": "requests",
    "requests-oauthlib": "requests_oauthlib",
    "rich": "rich.table rich.console",
    "rsa": "rsa",
    "sentry-sdk": "sentry_sdk sentry_sdk.integrations.aws_lambda",
    "simplejson": "simplejson",
    "six": "six.moves",
    "slack-sdk": "slack_sdk",
    "sortedcontainers": "sortedcontainers",
    "sqlalchemy": "sqlalchemy sqlalchemy.orm",
    "starlette": "starlette.applications starlette.concurrency",
    "stripe": "stripe",
    "structlog": "structlog",
    "sympy": "sympy",
    "tabulate": "tabulate",
    "tenacity": "tenacity",
    "tomlkit": "tomlkit",
    "toolz": "toolz",
    "tqdm": "tqdm",
    "typer": "typer",
    "typing-extensions": "typing_extensions",
    "tzdata": "tzdata",
    "urllib3": "urllib3",
    "websockets": "websockets.asyncio.client websockets.sync.client",
    "werkzeug": "werkzeug.wrappers",
    "wrapt": "wrapt",
    "xlsxwriter": "xlsxwriter",
    "xmltodict": "xmltodict",
    "yarl": "yarl",
    "zipp": "zipp",
}

SMOKE = {}


def smoke(name, expected):
    def add(function):
        SMOKE[name] = function, expected
        return function
    return add


@smoke("anyio", [1, 4, 9])
def _():
    import time

    import anyio

    async def main():
        results = [0, 0, 0]

        async def square(number):
            results[number] = await anyio.to_thread.run_sync(lambda: (time.sleep(0.01), (number + 1) ** 2)[1])

        async with anyio.create_task_group() as tasks:
            for number in range(3):
                tasks.start_soon(square, number)
        return results

    return anyio.run(main)


@smoke("arrow", ["2026-03-29T03:30:00+02:00", "in 3 hours"])
def _():
    import arrow

    before = arrow.get("2026-03-29T01:30:00", tzinfo="Europe/Berlin")
    return [before.shift(hours=1).isoformat(), before.shift(hours=3).humanize(before)]


@smoke("aws-xray-sdk", ["handler", "work", {"k": "v"}])
def _():
    from aws_xray_sdk.core import AWSXRayRecorder
    from aws_xray_sdk.core.context import Context  # what it takes outside of Lambda

    recorder = AWSXRayRecorder()
    recorder.configure(sampling=False, context=Context(), emitter=type("Nowhere", (), {"send_entity": lambda s, e: None})())
    segment = recorder.begin_segment("handler")
    with recorder.in_subsegment("work") as work:
        work.put_annotation("k", "v")
    recorder.end_segment()
    return [segment.name, work.name, work.annotations]


@smoke("babel", ["1.234.567,89\u00a0€", "Montag, 23. November 2026"])
def _():
    import datetime

    from babel import dates, numbers

    day = datetime.date(2026, 11, 23)
    return [numbers.format_currency(1234567.89, "EUR", locale="de_DE"), dates.format_date(day, "full", locale="de_DE")]


@smoke("backoff", 3)
def _():
    import backoff

    calls = []

    @backoff.on_exception(backoff.expo, ValueError, max_tries=5, factor=0.001)
    def flaky():
        calls.append(1)
        if len(calls) < 3:
            raise ValueError
        return len(calls)

    return flaky()


@smoke("beautifulsoup4", ["b", ["/1", "/2"]])
def _():
    import bs4

    soup = bs4.BeautifulSoup("<p>a <b class=x>b</b><a href=/1>1<a href=/2>2", "html.parser")
    return [soup.select_one("p b.x").text, [link["href"] for link in soup.find_all("a")]]


@smoke("bleach", "<b>x</b>alert(1)")
def _():
    import bleach

    return bleach.clean("<b onclick=y()>x</b><script>alert(1)</script>", tags={"b"}, strip=True)


@smoke("boto3", [["b"], "orders"])
def _():
    import boto3
    from botocore.stub import Stubber

    session = boto3.Session("AKIAIOSFODNN7EXAMPLE", "secret", region_name="eu-west-1")
    client = session.client("s3")
    with Stubber(client) as stub:
        stub.add_response("list_buckets", {"Buckets": [{"Name": "b"}]})
        names = [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]
    return [names, session.resource("dynamodb").Table("orders").name]


@smoke("cattrs", [{"x": 1, "inner": {"y": "a"}}, True])
def _():
    import attrs
    import cattrs

    @attrs.define
    class Inner:
        y: str

    @attrs.define
    class Outer:
        x: int
        inner: Inner

    value = cattrs.structure({"x": "1", "inner": {"y": "a"}}, Outer)
    return [cattrs.unstructure(value), value == Outer(1, Inner("a"))]


@smoke("click", [0, "Hello Ada!\n", 2])
def _():
    import click
    from click.testing import CliRunner

    @click.command()
    @click.option("--count", type=int, default=1)
    @click.argument("name")
    def hello(count, name):
        click.echo(f"Hello {name}!" * count)

    done = CliRunner().invoke(hello, ["Ada"])
    return [done.exit_code, done.output, CliRunner().invoke(hello, ["--count", "x", "Ada"]).exit_code]


@smoke("croniter", ["2026-11-24T09:30:00", "2026-11-25T09:30:00"])
def _():
    import datetime

    from croniter import croniter

    times = croniter("30 9 * * 1-5", datetime.datetime(2026, 11, 23, 10))
    return [times.get_next(datetime.datetime).isoformat() for _ in range(2)]


@smoke("dnspython", ["example.com.", 24, "NOERROR"])
def _():
    import dns.message
    import dns.rcode

    query = dns.message.make_query("example.com", "AAAA", id=7)
    wire = query.to_wire()
    back = dns.message.from_wire(wire)
    return [back.question[0].name.to_text(), len(wire) - 5, dns.rcode.to_text(back.rcode())]


@smoke("email-validator", ["ada@example.org", "EmailSyntaxError"])
def _():
    from email_validator import EmailNotValidError, validate_email

    try:
        validate_email("ada@@example.org", check_deliverability=False)
    except EmailNotValidError as error:
        return [validate_email("ada@EXAMPLE.org", check_deliverability=False).normalized, type(error).__name__]


@smoke("fastapi", [{"id": 7, "thread": "other"}, {"item": "lamp", "price": 9.5}, 422])
def _():
    import json
    import threading

    from fastapi import FastAPI
    from mangum import Mangum
    from pydantic import BaseModel

    app = FastAPI()

    class Order(BaseModel):
        item: str
        price: float

    @app.get("/orders/{id}")
    def read(id: int):  # not async, so it runs in a thread
        return {"id": id, "thread": "main" if threading.current_thread() is threading.main_thread() else "other"}

    @app.post("/orders")
    async def create(order: Order):
        return order

    handler = Mangum(app, lifespan="off")

    def call(method, path, body=None):
        http = {"method": method, "path": path, "sourceIp": "127.0.0.1", "protocol": "HTTP/1.1", "userAgent": ""}
        event = {
            "version": "2.0", "rawPath": path, "rawQueryString": "", "headers": {"content-type": "application/json"},
            "requestContext": {"http": http, "stage": "$default"}, "isBase64Encoded": False, "body": body,
        }
        return handler(event, None)

    made = call("POST", "/orders", '{"item": "lamp", "price": "9.5"}')
    wrong = call("POST", "/orders", '{"item": "lamp"}')
    return [json.loads(call("GET", "/orders/7")["body"]), json.loads(made["body"]), wrong["statusCode"]]


@smoke("flask", [200, {"hello": "Ada"}, 404])
def _():
    from flask import Flask, jsonify

    app = Flask("shop")
    app.add_url_rule("/hello/<name>", view_func=lambda name: jsonify(hello=name), endpoint="hello")
    client = app.test_client()
    answer = client.get("/hello/Ada")
    return [answer.status_code, answer.json, client.get("/nothing").status_code]


@smoke("fsspec", ["text", ["/a/b.txt"], True])
def _():
    import fsspec

    memory = fsspec.filesystem("memory")
    memory.pipe("/a/b.txt", b"text")
    with fsspec.open("/tmp/fsspec.txt", "w") as file:
        file.write("x")
    return [memory.cat("/a/b.txt").decode(), memory.ls("/a", detail=False), fsspec.filesystem("file").exists("/tmp/fsspec.txt")]


@smoke("graphql-core", {"hello": "Ada"})
def _():
    from graphql import build_schema, graphql_sync

    schema = build_schema("type Query { hello(name: String!): String }")
    root = {"hello": lambda info, name: name}
    return graphql_sync(schema, '{ hello(name: "Ada") }', root).data


@smoke("httpx", [200, {"path": "/x", "q": "1"}, "ConnectError"])
def _():
    import httpx

    def answer(request):
        return httpx.Response(200, json={"path": request.url.path, "q": request.url.params["q"]})

    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        response = client.get("https://shop.test/x", params={"q": 1})
    try:
        httpx.get("http://127.0.0.1:1/")
    except httpx.HTTPError as error:
        return [response.status_code, response.json(), type(error).__name__]


@smoke("itsdangerous", [{"id": 7}, "BadSignature"])
def _():
    from itsdangerous import BadSignature, URLSafeSerializer

    serializer = URLSafeSerializer("secret")
    text = serializer.dumps({"id": 7})
    try:
        serializer.loads(text + "x")
    except BadSignature as error:
        return [serializer.loads(text), type(error).__name__]


@smoke("jinja2", "&lt;b&gt; 1, 2")
def _():
    import jinja2

    template = jinja2.Environment(autoescape=True).from_string("{{ name }} {{ numbers|join(', ') }}")
    return template.render(name="<b>", numbers=[1, 2])


@smoke("jsonpath-ng", [1, 3])
def _():
    from jsonpath_ng.ext import parse

    data = {"items": [{"n": 1, "ok": True}, {"n": 2, "ok": False}, {"n": 3, "ok": True}]}
    return [match.value for match in parse("$.items[?(@.ok == true)].n").find(data)]


@smoke("jsonschema", ["'x' is not of type 'integer'", "id"])
def _():
    import jsonschema

    schema = {"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]}
    jsonschema.validate({"id": 1}, schema)
    [error] = jsonschema.Draft7Validator(schema).iter_errors({"id": "x"})
    return [error.message, error.path[0]]


@smoke("lark", 7)
def _():
    from lark import Lark, Transformer, v_args

    grammar = """
        ?start: start "+" product -> add | product
        ?product: product "*" NUMBER -> mul | NUMBER -> number
        %import common.NUMBER
        %ignore " "
    """

    @v_args(inline=True)
    class Calculate(Transformer):
        add = lambda self, a, b: a + b
        mul = lambda self, a, b: a * int(b)
        number = int

    return Lark(grammar, parser="lalr", transformer=Calculate()).parse("1 + 2 * 3")


@smoke("markdown", "<h1>a</h1>\n<p><em>b</em></p>")
def _():
    import markdown

    return markdown.markdown("# a\n\n*b*")


@smoke("marshmallow", [{"name": "Ada", "born": "1815-12-10"}, ["born"]])
def _():
    import datetime

    from marshmallow import Schema, ValidationError, fields

    class Person(Schema):
        name = fields.Str(required=True)
        born = fields.Date()

    try:
        Person().load({"name": "x", "born": "never"})
    except ValidationError as error:
        return [Person().dump({"name": "Ada", "born": datetime.date(1815, 12, 10)}), list(error.messages)]


@smoke("msgpack", [[1, {"a": "b"}], 6])
def _():
    import msgpack

    data = msgpack.packb([1, {"a": "b"}])
    return [msgpack.unpackb(data), len(data) - 1]


@smoke("networkx", [["a", "c", "d"], 3, True])
def _():
    import networkx

    graph = networkx.DiGraph()
    graph.add_weighted_edges_from([("a", "b", 1), ("b", "d", 5), ("a", "c", 2), ("c", "d", 1)])
    length = networkx.shortest_path_length(graph, "a", "d", weight="weight")
    return [networkx.shortest_path(graph, "a", "d", weight="weight"), length, networkx.is_directed_acyclic_graph(graph)]


@smoke("openpyxl", [["name", "lamp"], 49.9, "Sheet"])
def _():
    import io

    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["name", "price"])
    book.active.append(["lamp", 49.9])
    file = io.BytesIO()
    book.save(file)
    sheet = openpyxl.load_workbook(file).active
    return [[cell.value for cell in sheet["A"]], sheet["B2"].value, sheet.title]


@smoke("opentelemetry-sdk", ["work", {"k": "v"}, True])
def _():
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(exporter))  # has a thread of its own
    with provider.get_tracer("shop").start_as_current_span("work", attributes={"k": "v"}):
        pass
    flushed = provider.force_flush()
    [span] = exporter.get_finished_spans()
    provider.shutdown()
    return [span.name, dict(span.attributes), flushed]


@smoke("passlib", [True, False])
def _():
    from passlib.hash import pbkdf2_sha256

    text = pbkdf2_sha256.using(rounds=1000).hash("secret")
    return [pbkdf2_sha256.verify("secret", text), pbkdf2_sha256.verify("other", text)]


@smoke("phonenumbers", ["+49 30 123456", True])
def _():
    import phonenumbers

    number = phonenumbers.parse("030/123456", "DE")
    return [phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL), phonenumbers.is_valid_number(number)]


@smoke("protobuf", [{"a": 1.0, "b": ["x"]}, 22])
def _():
    from google.protobuf import json_format, struct_pb2

    message = struct_pb2.Struct()
    message.update({"a": 1, "b": ["x"]})
    data = message.SerializeToString()
    return [json_format.MessageToDict(struct_pb2.Struct.FromString(data)), len(data) - 8]


@smoke("pydantic 1", [{"id": 1, "tags": ["a"]}, ["id"]])
def _():
    from typing import List

    from pydantic import BaseModel, ValidationError

    class Order(BaseModel):
        id: int
        tags: List[str] = []

    try:
        Order(id="x")
    except ValidationError as error:
        return [Order(id="1", tags=("a",)).dict(), list(error.errors()[0]["loc"])]


@smoke("pyjwt", [{"sub": "ada"}, "InvalidSignatureError"])
def _():
    import jwt

    token = jwt.encode({"sub": "ada"}, "s" * 32, algorithm="HS256")
    try:
        jwt.decode(token, "x" * 32, algorithms=["HS256"])
    except jwt.PyJWTError as error:
        return [jwt.decode(token, "s" * 32, algorithms=["HS256"]), type(error).__name__]


@smoke("pymongo", [{"a": 1, "b": [True, None]}, "ServerSelectionTimeoutError"])
def _():
    import bson
    import pymongo

    data = bson.encode({"a": 1, "b": [True, None]})
    client = pymongo.MongoClient("127.0.0.1", 1, serverSelectionTimeoutMS=200)  # watches servers with threads
    try:
        client.admin.command("ping")
    except pymongo.errors.PyMongoError as error:
        return [bson.decode(data), type(error).__name__]
    finally:
        client.close()


@smoke("pyotp", ["755224", True])
def _():
    import pyotp

    code = pyotp.HOTP("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
    return [code.at(0), code.verify("287082", 1)]


@smoke("pypdf", [2, 612.0])
def _():
    import io

    import pypdf

    writer, file = pypdf.PdfWriter(), io.BytesIO()
    for _ in range(2):
        writer.add_blank_page(612, 792)
    writer.write(file)
    reader = pypdf.PdfReader(file)
    return [len(reader.pages), float(reader.pages[0].mediabox.width)]


@smoke("python-dateutil", ["2026-11-23T05:27:01+00:00", ["2026-11-24", "2026-12-01"]])
def _():
    import datetime

    from dateutil import parser, rrule

    days = rrule.rrule(rrule.WEEKLY, byweekday=rrule.TU, count=2, dtstart=datetime.datetime(2026, 11, 23))
    return [parser.parse("23 Nov 2026 5:27:01 UTC").isoformat(), [day.date().isoformat() for day in days]]


@smoke("python-jose", {"sub": "ada"})
def _():
    from jose import jwt

    return jwt.decode(jwt.encode({"sub": "ada"}, "secret"), "secret", algorithms=["HS256"])


@smoke("pyyaml", [{"a": [1, "x"], "d": "2026-11-23"}, "a:\n- 1\n"])
def _():
    import yaml

    data = yaml.safe_load("a: [1, x]\nd: 2026-11-23")
    return [{**data, "d": data["d"].isoformat()}, yaml.safe_dump({"a": [1]})]


@smoke("redis", ["ConnectionError", "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"])
def _():
    import redis
    from redis.connection import Connection

    packed = b"".join(Connection().pack_command("GET", "k")).decode()
    try:
        redis.Redis("127.0.0.1", 1, socket_connect_timeout=1).get("k")
    except redis.RedisError as error:
        return [type(error).__name__, packed]


@smoke("requests", [["ConnectionError"] * 4, "https://shop.test/?q=1"])
def _():
    from concurrent.futures import ThreadPoolExecutor

    import requests

    session = requests.Session()

    def get(number):
        try:
            return session.get(f"http://127.0.0.1:1/{number}", timeout=2).status_code
        except requests.RequestException as error:
            return type(error).__name__

    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(get, range(4)))
    return [answers, requests.Request("GET", "https://shop.test/", params={"q": 1}).prepare().url]


@smoke("rich", "┏━━━┓\n┃ a ┃\n┡━━━┩\n│ 1 │\n└───┘\n")
def _():
    import io

    from rich.console import Console
    from rich.table import Table

    table = Table("a")
    table.add_row("1")
    out = io.StringIO()
    Console(file=out, width=20, force_terminal=False, legacy_windows=False).print(table)
    return out.getvalue()


@smoke("sentry-sdk", ["event", "ValueError", True])
def _():
    import sentry_sdk

    sent = []

    class Transport(sentry_sdk.transport.Transport):
        def capture_envelope(self, envelope):
            sent.extend(item for item in envelope.items)

    sentry_sdk.init(dsn="https://key@sentry.test/1", transport=Transport)
    try:
        raise ValueError("lost")
    except ValueError as error:
        sentry_sdk.capture_exception(error)
    sentry_sdk.flush(1)
    [event] = [item for item in sent if item.type == "event"]
    return [event.type, event.payload.json["exception"]["values"][0]["type"], bool(sentry_sdk.last_event_id())]


@smoke("sqlalchemy", [["Ada", "Alan"], 2])
def _():
    from sqlalchemy import String, create_engine, func, select
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

    class Base(DeclarativeBase):
        pass

    class User(Base):
        __tablename__ = "users"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str] = mapped_column(String(30))

    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all([User(name="Alan"), User(name="Ada")])
        session.commit()
        names = session.scalars(select(User.name).order_by(User.name)).all()
        return [list(names), session.scalar(select(func.count()).select_from(User))]


@smoke("starlette", [200, "in a thread"])
def _():
    import asyncio

    import httpx
    from starlette.applications import Starlette
    from starlette.concurrency import run_in_threadpool
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    async def page(request):
        return PlainTextResponse(await run_in_threadpool(lambda: "in a thread"))

    app = Starlette(routes=[Route("/", page)])

    async def main():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://shop.test") as client:
            return await client.get("/")

    answer = asyncio.run(main())
    return [answer.status_code, answer.text]


@smoke("stripe", ["APIConnectionError", "evt_1"])
def _():
    import hashlib
    import hmac
    import time

    import stripe

    stripe.api_key, stripe.api_base, stripe.max_network_retries = "sk_test_x", "http://127.0.0.1:1", 0
    body, now = '{"id": "evt_1", "object": "event"}', int(time.time())
    signature = hmac.new(b"whsec", f"{now}.{body}".encode(), hashlib.sha256).hexdigest()
    event = stripe.Webhook.construct_event(body, f"t={now},v1={signature}", "whsec")
    try:
        stripe.Customer.list()
    except stripe.StripeError as error:
        return [type(error).__name__, event.id]


@smoke("structlog", {"event": "hello", "level": "info", "user": 7})
def _():
    import json

    import structlog

    render = [structlog.processors.add_log_level, structlog.processors.JSONRenderer()]
    lines = []
    logger = structlog.wrap_logger(type("Lines", (), {"info": lambda self, line: lines.append(line)})(), processors=render)
    logger.bind(user=7).info("hello")
    return json.loads(lines[0])


@smoke("sympy", ["2*x*cos(x**2)", "[-2, 2]", "sqrt(pi)"])
def _():
    import sympy

    x = sympy.symbols("x")
    area = sympy.integrate(sympy.exp(-x**2), (x, -sympy.oo, sympy.oo))
    return [str(sympy.diff(sympy.sin(x**2), x)), str(sympy.solve(x**2 - 4, x)), str(area)]


@smoke("tenacity", [3, "RetryError"])
def _():
    import tenacity

    @tenacity.retry(stop=tenacity.stop_after_attempt(3), wait=tenacity.wait_fixed(0.001))
    def fails():
        raise ValueError

    try:
        fails()
    except tenacity.RetryError as error:
        return [error.last_attempt.attempt_number, type(error).__name__]


@smoke("tomlkit", "# kept\na = 2\n")
def _():
    import tomlkit

    document = tomlkit.parse("# kept\na = 1\n")
    document["a"] = 2
    return tomlkit.dumps(document)


@smoke("wrapt", ["wrapped", "inner"])
def _():
    import wrapt

    @wrapt.decorator
    def wrap(wrapped, instance, args, kwargs):
        return "wrapped", wrapped(*args, **kwargs)

    @wrap
    def inner():
        return inner.__name__

    return list(inner())


@smoke("xlsxwriter", b"PK".decode())
def _():
    import io

    import xlsxwriter

    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        book.add_worksheet().write("A1", "=1+1")
    return file.getvalue()[:2].decode()


@smoke("yarl", ["https://shop.test/a/b?q=1", "b"])
def _():
    from yarl import URL

    url = URL("https://shop.test/a") / "b" % {"q": 1}
    return [str(url), url.name]


def handler(event, context):
    if "import" in event:
        for module in MODULES[event["import"]].split():
            importlib.import_module(module)
        return "imported"
    function, _ = SMOKE[event["smoke"]]
    return function()
