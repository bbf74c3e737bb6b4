"""A path with a zero in it, to cut it off."""


def handler(event, context):
    return open("/tmp/\0/etc/shadow").read()
