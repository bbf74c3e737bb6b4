#: {}
def handler(event, context):
    return {"a": [1, 2, {"b": object()}]}
