#: {}
def handler(event, context):
    raise ExceptionGroup("several", [ValueError("a"), TypeError("b")])
