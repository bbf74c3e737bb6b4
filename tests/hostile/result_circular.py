"""Returns a list that holds itself."""


def handler(event, context):
    circular = []
    circular.append(circular)
    return circular
