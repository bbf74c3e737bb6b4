import sys

print("init speaks")
raise ValueError("at import")


def handler(event, context):
    return "never"
