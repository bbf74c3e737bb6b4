#: {"client_context": "null"}
def handler(event, context):
    return repr(context.client_context)
