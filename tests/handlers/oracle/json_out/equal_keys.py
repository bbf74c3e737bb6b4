#: {}
def handler(event, context):
    return {"1": "text", 1: "number"}
