"""Compares two lists that share their parts: work doubles with each level."""


def handler(event, context):
    left, right = [], []
    for _ in range(60):
        left, right = [left, left], [right, right]
    return left == right
