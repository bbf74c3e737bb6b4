"""Goes on in a finally block, in which it hopes to be left alone."""


def handler(event, context):
    try:
        raise SystemExit
    finally:
        while True:
            pass
