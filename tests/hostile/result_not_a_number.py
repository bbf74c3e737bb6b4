"""Returns what Python calls JSON and nobody else does."""


def handler(event, context):
    return [float("nan"), float("inf")]
