#: {}
def handler(event, context):
    context.log("without a newline")
    context.log("with one\n")
    context.log(5)
    context.log(None)
    print("printed")
