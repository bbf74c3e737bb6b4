#: {"client_context": "{\"w3c\": [1]}"}
def handler(event, context):
    return [context.w3c(), repr(context.client_context)]
