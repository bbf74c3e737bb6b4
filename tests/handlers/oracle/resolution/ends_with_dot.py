#: {"handler": "ends_with_dot."}
def handler(event, context):
    return 1
