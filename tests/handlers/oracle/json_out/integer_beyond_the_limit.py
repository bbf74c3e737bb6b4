#: {}
def handler(event, context):
    return 10**5000
