#: {"handler": "with-dash.handler"}
def handler(event, context):
    return __name__
