#: {}
import os


def handler(event, context):
    os.environ["NEW"] = "1"
    os.putenv("UNSEEN", "1")
    del os.environ["LANG"]
    return [os.environ["NEW"], "UNSEEN" in os.environ, "LANG" in os.environ]
