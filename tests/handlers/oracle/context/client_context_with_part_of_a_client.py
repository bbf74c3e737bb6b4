#: {"client_context": "{\"client\": {\"app_title\": \"t\"}}"}
def handler(event, context):
    return repr(context.client_context)
