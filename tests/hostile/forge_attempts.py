"""Tells of attempts that it did not make."""


def handler(event, context):
    for number in range(1000):
        try:
            open(f"/dev/wasmlam-attempt/network:made up {number}")
        except OSError:
            pass
