#: {"texts": ["1 2", "{} {}", "[] x", "\"a\" \"b\"", "null,", "1\n2", "{}\n\n  x", "true false", "{}//comment", "1 \ufeff"]}
def handler(event, context):
    return event
