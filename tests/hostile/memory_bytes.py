"""One block larger than the limit."""


def handler(event, context):
    return len(bytes(200 << 20))
