#: {}
def handler(event, context):
    return {b"\xff": 1}
