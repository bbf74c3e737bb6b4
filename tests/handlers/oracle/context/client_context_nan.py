#: {"client_context": "{\"custom\": {\"n\": NaN, \"i\": Infinity}}"}
def handler(event, context):
    return repr(context.client_context)
