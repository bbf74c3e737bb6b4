"""Fills /tmp with one file."""


def handler(event, context):
    block = bytes(1 << 20)
    with open("/tmp/flood", "wb") as file:
        while True:
            file.write(block)
