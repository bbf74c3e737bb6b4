#: {"client_context": "{\"client\": \"text\"}"}
def handler(event, context):
    return repr(context.client_context)
