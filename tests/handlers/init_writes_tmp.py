"""What init leaves behind is there in every sandbox of the function; what a call leaves behind is in none."""

import os
import random

with open("/tmp/from_init", "w") as file:
    file.write("init")
AT_INIT = random.random()
CALLS = []


def handler(event, context):
    CALLS.append(event)
    before = sorted(os.listdir("/tmp"))
    open("/tmp/from_call", "w").close()
    return {"calls": len(CALLS), "tmp": before, "from_init": open("/tmp/from_init").read(), "at_init": AT_INIT, "random": random.random()}
