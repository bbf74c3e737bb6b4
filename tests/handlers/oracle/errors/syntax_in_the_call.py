#: {}
def handler(event, context):
    exec("x = = 1")
