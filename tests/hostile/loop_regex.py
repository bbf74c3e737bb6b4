"""A regular expression that tries two to the power of forty ways."""

import re


def handler(event, context):
    return re.match(r"(a+)+$", "a" * 40 + "b") is None
