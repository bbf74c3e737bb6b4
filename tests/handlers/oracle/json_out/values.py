#: {"events": [{}, [], "", "text", 0, -1, 1.5, true, false, null, {"a": [1, {"b": null}], "c": {}}, [[], {}, [[]]]]}
def handler(event, context):
    return event
