def handler(event, context):
    raise ValueError("nothing but the runtime's name")
