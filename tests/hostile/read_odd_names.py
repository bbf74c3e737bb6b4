"""Reads a path with a name that is hardly one."""


def handler(event, context):
    return open('/etc/pass\x7fwd\u202e').read()
