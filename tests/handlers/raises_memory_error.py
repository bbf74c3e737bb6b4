def handler(event, context):
    raise MemoryError("of my own")
