#: {"client_context": "[1, 2]"}
def handler(event, context):
    return repr(context.client_context)
