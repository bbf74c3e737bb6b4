"""Copies a structure nested deeply."""

import copy


def handler(event, context):
    nested = []
    for _ in range(100_000):
        nested = [nested]
    return copy.deepcopy(nested)
