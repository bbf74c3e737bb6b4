#: {}
def handler(event, context):
    return repr(context)
