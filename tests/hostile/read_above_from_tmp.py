"""Climbs out of /tmp."""


def handler(event, context):
    return open('/tmp/../tmp/./../..//etc//shadow').read()
