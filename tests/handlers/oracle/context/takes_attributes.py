#: {}
def handler(event, context):
    context.mine = 1
    context.function_name = "other"
    return [context.mine, repr(context)]
