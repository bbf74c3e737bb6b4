#: {"handler": "missing_attribute.other"}
def handler(event, context):
    return 1
