#: {"events": [{}, [], "text", "", 0, -1, 1.5, true, false, null, {"a": {"b": [1, {"c": null}]}}]}
def handler(event, context):
    return [type(event).__name__, repr(event)]
