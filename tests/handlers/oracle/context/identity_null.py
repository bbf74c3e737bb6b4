#: {"cognito_identity": "null"}
def handler(event, context):
    return repr(context.identity)
