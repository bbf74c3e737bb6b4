#: {}
def handler(event, context):
    raise ValueError("a", 1, None)
