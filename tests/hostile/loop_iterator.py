"""Computes for ever inside of one call into C code."""

import collections
import itertools


def handler(event, context):
    collections.deque(itertools.repeat(None), maxlen=0)
