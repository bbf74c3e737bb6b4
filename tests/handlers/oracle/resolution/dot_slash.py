#: {"handler": "./dot_slash.handler"}
def handler(event, context):
    return 1
