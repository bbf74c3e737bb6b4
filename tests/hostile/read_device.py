"""Reads the machine's memory."""


def handler(event, context):
    return open('/dev/mem', 'rb').read(100)
