"""Clients of databases and of other protocols, as they come from PyPI, against the servers of tests/network/clients.py."""

import asyncio
import email.message
import os
import smtplib
import ssl

HERE = os.path.dirname(__file__)
HOST = "127.0.0.1"


def trusting():
    return ssl.create_default_context(cafile=f"{HERE}/ca.pem")


def redis(ports):
    import redis as client

    r = client.Redis(host=HOST, port=ports["redis"], decode_responses=True)
    r.set("name", "Ada")
    with r.pipeline() as pipe:
        for i in range(100):
            pipe.incrby("sum", i)
        sums = pipe.execute()
    subscriber = r.pubsub(ignore_subscribe_messages=True)
    subscriber.subscribe("channel")
    subscriber.get_message(timeout=5)
    r.publish("channel", "hello")
    message = None
    while message is None:
        message = subscriber.get_message(timeout=5)
    r.set("large", "x" * 2_000_000)

    async def over_asyncio():
        import redis.asyncio

        async with redis.asyncio.Redis(host=HOST, port=ports["redis"]) as a:
            return await asyncio.gather(*[a.get("name") for _ in range(5)])

    return [r.get("name"), sums[-1], message["data"], len(r.get("large")), [each.decode() for each in asyncio.run(over_asyncio())]]


def postgres(ports):
    import pg8000.dbapi

    options = {"user": "app", "password": "secret", "host": "localhost", "port": ports["postgres"], "database": "postgres"}
    with pg8000.dbapi.connect(**options, ssl_context=trusting()) as connection:
        cursor = connection.cursor()
        cursor.execute("CREATE TEMP TABLE things (id int, name text)")
        cursor.executemany("INSERT INTO things VALUES (%s, %s)", [(i, f"näme {i}") for i in range(50)])
        cursor.execute("SELECT count(*), max(name) FROM things WHERE id < %s", (10,))
        row = cursor.fetchone()
        cursor.execute("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
        is_tls = cursor.fetchone()[0]
    try:
        pg8000.dbapi.connect(**{**options, "password": "wrong"})
    except pg8000.dbapi.DatabaseError as error:
        refused = error.args[0]["C"]
    return [*row, is_tls, refused]


def smtp(ports):
    message = email.message.EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@test", "b@test", "Hello"
    message.set_content("x" * 10_000)
    with smtplib.SMTP(HOST, ports["smtp"]) as server:
        refused = server.send_message(message)
        server.mail("a@test")
        server.rcpt("c@test")
        status, answer = server.data(b"short")
    return [refused, status, answer.decode()]


def websockets(ports):
    from websockets.asyncio.client import connect as connect_async
    from websockets.sync.client import connect

    url = f"ws://{HOST}:{ports['ws']}"
    with connect(url) as connection:
        connection.send("hello")
        out = [connection.recv()]
        connection.send(b"\x00\x01" * 200_000)
        out.append(len(connection.recv()))

    async def main():
        async with connect_async(url) as connection:
            await connection.send("again")
            return await connection.recv()

    return [*out, asyncio.run(main())]


def events(ports):
    import httpx

    url = f"http://{HOST}:{ports['sse']}/"
    with httpx.Client() as client, client.stream("GET", url) as answer:
        lines = [line for line in answer.iter_lines() if line]

    async def main():
        async with httpx.AsyncClient() as client:
            answers = await asyncio.gather(*[client.get(url) for _ in range(4)])
            return [answer.text.count("data:") for answer in answers]

    return [lines, asyncio.run(main())]


def aiohttp(ports):
    import aiohttp as client

    async def main():
        async with client.ClientSession() as session:
            async with session.get(f"http://{HOST}:{ports['sse']}/") as answer:
                text = await answer.text()
            async with session.ws_connect(f"ws://{HOST}:{ports['ws']}") as connection:
                await connection.send_str("hello")
                return [answer.status, text.count("data:"), (await connection.receive()).data]

    return asyncio.run(main())


def handler(event, context):
    return globals()[event["do"]](event["ports"])
