"""An iterator that is remembered by tee."""

import itertools


def handler(event, context):
    first, second = itertools.tee(itertools.count())
    for _ in first:
        pass
