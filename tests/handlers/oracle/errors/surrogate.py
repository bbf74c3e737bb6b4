#: {}
def handler(event, context):
    raise ValueError("\ud800")
