#: {"handler": "colon:handler"}
def handler(event, context):
    return 1
