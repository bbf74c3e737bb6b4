#: {"client_context": "{\"custom\":"}
def handler(event, context):
    return repr(context.client_context)
