"""A dict that grows without end."""


def handler(event, context):
    return len({i: str(i) for i in range(10 ** 9)})
