#: {"client_context": "{\"client\": {}, \"custom\": null}"}
def handler(event, context):
    return repr(context.client_context)
