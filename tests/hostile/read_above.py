"""Climbs above the root."""


def handler(event, context):
    return open("../" * 30 + "etc/shadow").read()
