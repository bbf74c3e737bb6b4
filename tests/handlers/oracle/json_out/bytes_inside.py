#: {}
def handler(event, context):
    return [b"raw", {"k": b"\xc3\xa9"}, {b"key": 1}]
