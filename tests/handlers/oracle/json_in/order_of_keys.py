#: {"events": [{"z": 1, "a": 2, "m": 3}]}
def handler(event, context):
    return list(event)
