#: {}
import json


def handler(event, context):
    try:
        json.loads("[1,]")
    except ValueError as error:
        text = str(error)
    return [text, json.dumps({"é": 1.0, "a": [None]}, indent=1), json.loads("[NaN]")[0] != 0]
