#: {}
def handler(event, context):
    try:
        return event["k"]
    except KeyError as error:
        raise ValueError("second") from error
