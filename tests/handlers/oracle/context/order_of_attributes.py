#: {}
def handler(event, context):
    return list(vars(context))
