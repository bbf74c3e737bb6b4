"""All combinations of everything, as a list."""

import itertools


def handler(event, context):
    return len(list(itertools.product(range(1000), repeat=3)))
