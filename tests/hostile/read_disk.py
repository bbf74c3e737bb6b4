"""Reads the machine's disk."""


def handler(event, context):
    return open('/dev/sda', 'rb').read(512)
