"""A format that asks for a gigabyte of spaces."""


def handler(event, context):
    return len("%1000000000d" % 1)
