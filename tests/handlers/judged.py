"""Does what its event says, one thing for each verdict."""

import os
import random
import socket
import time


def handler(event, context):
    do = event.get("do") if isinstance(event, dict) else None
    if do == "raise":
        return {}["k"]
    if do == "sleep":
        time.sleep(60)
    if do == "loop":
        while True:
            pass
    if do == "memory":
        return len([0] * (1 << 28))
    if do == "connect":
        socket.create_connection(("192.0.2.1", 80))
    if do == "flood":
        print("x" * 2_000_000)
    if do == "flood and raise":
        print("x" * 2_000_000)
        raise ValueError("after a flood")
    if do == "forbidden and sleep":
        socket.socket().connect_ex(("192.0.2.1", 80))
        time.sleep(60)
    if do == "big":
        return "x" * 7_000_000
    if do == "exit":
        os._exit(3)
    if do == "random":
        print(random.random())
        return random.random()
    if do == "files":
        return {name: open(f"/tmp/{name}", "rb").read().hex() for name in event["names"]}
    if do == "environment":
        return [os.environ.get("STAGE"), context.memory_limit_in_mb]
    if do == "answer":
        return {"statusCode": 201, "headers": {"Location": "/a/7"}, "body": '{"id": 7}'}
    if do == "escape":
        print("\x1b[2Jlog")
        return "\x1b]0;title\x07 <&\">"
    if do == "floats":
        return [0.1 + 0.2, 10**30]
    print("got", event)
    return event
