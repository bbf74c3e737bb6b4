#: {"cognito_identity": "[1]"}
def handler(event, context):
    return repr(context.identity)
