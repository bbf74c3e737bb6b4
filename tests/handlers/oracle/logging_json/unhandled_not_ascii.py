#: {"log_format": "JSON"}
def handler(event, context):
    raise ValueError("é \n \u2028 \x7f \"")
