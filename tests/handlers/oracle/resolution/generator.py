#: {}
def handler(event, context):
    yield 1
