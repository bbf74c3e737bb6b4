#: {}
def handler(event, context, more):
    return 1
