"""Makes folders in folders without end."""

import os


def handler(event, context):
    while True:
        os.mkdir("/tmp/" + "d")
        os.rename("/tmp/d", "/tmp/e") if not os.path.exists("/tmp/e") else os.rename("/tmp/e", "/tmp/d/e")
        if os.path.exists("/tmp/d"):
            os.rename("/tmp/d", "/tmp/e")
