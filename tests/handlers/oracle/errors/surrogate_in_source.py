#: {}
def handler(event, context):
    raise ValueError("é"); "漢字"
