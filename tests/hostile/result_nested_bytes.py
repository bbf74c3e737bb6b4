"""Returns three million brackets as ready bytes."""


def handler(event, context):
    return b"[" * 3_000_000 + b"]" * 3_000_000
