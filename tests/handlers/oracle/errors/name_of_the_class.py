#: {}
def handler(event, context):
    raise type("Größe.of\nmine", (Exception,), {})("text")
