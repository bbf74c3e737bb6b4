#: {"client_context": "\"text\""}
def handler(event, context):
    return repr(context.client_context)
