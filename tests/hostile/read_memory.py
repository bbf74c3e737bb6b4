"""Reads the memory of the host's process."""


def handler(event, context):
    return open('/proc/self/mem', 'rb').read(100)
