#: {}
def handler(event, context):
    return object()
