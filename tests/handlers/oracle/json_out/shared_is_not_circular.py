#: {}
def handler(event, context):
    part = {"a": [1]}
    return [part, part, {"again": part}]
