#: {"texts": ["{\"a\": 1, \"b\": 2, \"a\": 3}"]}
def handler(event, context):
    return [list(event), event]
