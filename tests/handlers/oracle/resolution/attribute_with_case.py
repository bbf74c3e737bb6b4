#: {"handler": "attribute_with_case.Handler"}
def handler(event, context):
    return 1
