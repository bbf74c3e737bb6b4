#: {}
from pprint import pprint


def handler(event, context):
    pprint({"b": 1, "a": [1, 2]})
