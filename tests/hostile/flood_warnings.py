"""Warns of everything, each time with other words."""

import warnings


def handler(event, context):
    for number in range(5000):
        warnings.warn(f"{number}" + "x" * 1000)
