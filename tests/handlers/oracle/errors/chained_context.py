#: {}
def handler(event, context):
    try:
        return event["k"]
    except KeyError:
        raise ValueError("second")
