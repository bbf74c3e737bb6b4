#: {"texts": ["t", "tru", "truee", "n", "nulll", "f", "fals", "undefined", "x", "(1)", "/", "#", "é", "😀", "\"\"\"", "`a`"]}
def handler(event, context):
    return event
