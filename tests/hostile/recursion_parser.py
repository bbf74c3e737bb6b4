"""Source code nested deeper than a parser can go."""


def handler(event, context):
    return eval("-" * 200_000 + "1")
