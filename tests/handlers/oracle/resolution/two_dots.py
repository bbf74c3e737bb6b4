#: {"handler": "two_dots..handler"}
def handler(event, context):
    return 1
