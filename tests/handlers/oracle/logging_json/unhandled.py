#: {"log_format": "JSON"}
def handler(event, context):
    return event["k"]
