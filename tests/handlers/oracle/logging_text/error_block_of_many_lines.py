#: {}
def handler(event, context):
    raise ValueError("a\n  b\n\tc\n\n")
