"""Reads the accounts of the machine."""


def handler(event, context):
    return open('/etc/shadow').read()
