#: {"texts": ["{\n \"a\": 1,\n \"b\": x\n}", "[\r\n1,\r\n}", "[\"é\", \"😀\", x]", "\n\n\n{", "{\"a\": [1, 2, {\"b\": tru}]}"]}
def handler(event, context):
    return event
