"""A regular expression nested a hundred thousand deep."""

import re


def handler(event, context):
    return re.compile("(" * 100_000 + ")" * 100_000)
