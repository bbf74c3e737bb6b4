#: {}
def handler(event, context):
    context.log(b"raw\n")
