import os
import sys


def handler(event, context):
    print("before")
    if event["how"] == "sys":
        sys.exit(event["status"])
    if event["how"] == "os":
        os._exit(event["status"])
    if event["how"] == "interrupt":
        raise KeyboardInterrupt
    os.abort()
