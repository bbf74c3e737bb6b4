#: {"texts": ["", " ", "\n"]}
def handler(event, context):
    return event
