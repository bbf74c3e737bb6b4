"""Source code that is parsed and then too deep for the compiler."""


def handler(event, context):
    return eval("a" + ".a" * 200_000)
