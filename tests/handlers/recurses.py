import json
import sys


def python(event):
    def down():
        down()

    down()


def nested_json(event):
    json.loads("[" * 100_000)


def nested_parentheses(event):
    eval("(" * 1000 + ")" * 1000)


def nested_repr(event):
    nested = []
    for _ in range(200_000):
        nested = [nested]
    repr(nested)


def nested_drop(event):
    nested = []
    for _ in range(500_000):
        nested = [nested]
    del nested
    return "dropped"


def without_limit(event):
    sys.setrecursionlimit(2**31 - 1)
    python(event)


def through_c(event):
    sys.setrecursionlimit(2**31 - 1)

    class Endless:
        def __getattr__(self, name):
            return getattr(self, name)

    Endless().missing


def compare(event):
    left, right = [], []
    for _ in range(200_000):
        left, right = [left], [right]
    return left == right


def handler(event, context):
    return globals()[event](event)
