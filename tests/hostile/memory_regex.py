"""A regular expression that remembers each step."""

import re


def handler(event, context):
    return re.match(r"(?:(x)|(y)|.)*?$", "x" * 50_000_000) is None
