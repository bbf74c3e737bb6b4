#: {"client_context": "{} {}"}
def handler(event, context):
    return repr(context.client_context)
