#: {}
def handler(event, context):
    raise ValueError("é ß 漢字 \U0001f600 \x00 \x7f \x1b[0m")
