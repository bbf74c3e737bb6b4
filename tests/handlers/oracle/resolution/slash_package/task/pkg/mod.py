from . import other


def handler(event, context):
    return [__name__, other.__name__]
