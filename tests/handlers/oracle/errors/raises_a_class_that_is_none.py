#: {}
def handler(event, context):
    raise 5
