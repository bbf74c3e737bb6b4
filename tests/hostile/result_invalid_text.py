"""Returns half of a character."""


def handler(event, context):
    return "\ud800"
