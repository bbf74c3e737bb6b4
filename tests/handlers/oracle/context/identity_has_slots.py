#: {}
def handler(event, context):
    context.identity.mine = 1
