#: {}
import re


def handler(event, context):
    return [re.sub(r"(\w+) (\w+)", r"\2 \1", "hello world"), re.findall(r"\p" if False else r"\d+", "a1b22"), repr(re.compile("a", re.I))]
