#: {}
def handler(event, context):
    raise ValueError("first line\n  second line\r\nthird\x0bline\u2028fourth")
