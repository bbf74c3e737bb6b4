#: {}
def handler(event, context):
    return [1 / n for n in (1, 0)]
