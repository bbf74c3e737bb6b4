while True:
    pass


def handler(event, context):
    return "never"
