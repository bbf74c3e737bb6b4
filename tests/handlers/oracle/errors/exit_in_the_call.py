#: {"events": [0, 1, 3, 255, null, "a text", true]}
import sys


def handler(event, context):
    print("before")
    sys.exit(event)
