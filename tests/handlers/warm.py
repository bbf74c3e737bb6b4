"""What survives from one call to the next, and what is fresh."""

import os
import random
import time
import uuid

CALLS = []


def handler(event, context):
    CALLS.append(1)
    with open("/tmp/calls", "a") as file:
        file.write("x")
    if event == "hang":
        while True:
            pass
    if event == "raise":
        raise ValueError("no")
    if event == "sleep":
        time.sleep(600)
    return {
        "calls": len(CALLS), "tmp": os.path.getsize("/tmp/calls"), "wall": time.time(), "monotonic": time.monotonic(),
        "random": random.random(), "uuid": str(uuid.uuid4()), "hash": hash("text"), "urandom": os.urandom(4).hex(),
        "left_ms": context.get_remaining_time_in_millis(), "request_id": context.aws_request_id,
    }
