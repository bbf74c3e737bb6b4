#: {}
def handler(event, context):
    try:
        return event["k"]
    except KeyError as error:
        error.args = ("changed",)
        raise
