#: {"qualifier": "live"}
def handler(event, context):
    return [context.invoked_function_arn, context.function_version]
