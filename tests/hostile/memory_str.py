"""A text that doubles."""


def handler(event, context):
    text = "é"
    while True:
        text += text
