#: {"log_format": "JSON"}
def handler(event, context):
    raise ValueError
