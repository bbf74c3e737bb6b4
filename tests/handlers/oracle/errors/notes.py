#: {}
def handler(event, context):
    error = ValueError("with notes")
    error.add_note("a note")
    raise error
