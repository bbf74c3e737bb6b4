"""Climbs above the root."""


def handler(event, context):
    return open('../../../../../../../../../../../../../../../../../../../../../../../../../../../../../../etc/passwd').read()
