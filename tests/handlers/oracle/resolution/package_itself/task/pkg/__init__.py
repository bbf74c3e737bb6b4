def handler(event, context):
    return [__name__, __file__]
