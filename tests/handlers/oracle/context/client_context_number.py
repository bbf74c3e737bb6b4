#: {"client_context": "5"}
def handler(event, context):
    return repr(context.client_context)
