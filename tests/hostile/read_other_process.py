"""Reads what other processes were started with."""


def handler(event, context):
    return open('/proc/1/cmdline').read()
