#: {"client_context": "{\"custom\": {}, \"w3c\": {\"traceparent\": \"00-1-2-01\", \"tracestate\": \"a=b\", \"baggage\": 5, \"other\": \"x\"}}"}
def handler(event, context):
    fields = context.w3c()
    fields["changed"] = 1
    return [context.w3c(), repr(context.client_context), context._w3c_fields]
