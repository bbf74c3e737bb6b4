"""Takes as many MB as it is asked for, and computes a little."""


def handler(event, context):
    return len(bytearray(event["mb"] << 20))
