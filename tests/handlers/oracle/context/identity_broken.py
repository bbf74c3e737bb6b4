#: {"cognito_identity": "{\"a\""}
def handler(event, context):
    return repr(context.identity)
