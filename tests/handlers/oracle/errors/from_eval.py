#: {}
def handler(event, context):
    return eval("1 / 0")
