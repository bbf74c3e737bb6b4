#: {"handler": "no_dot"}
def handler(event, context):
    return 1
