#: {"texts": ["NaN", "Infinity", "-Infinity", "[NaN]", "{\"a\": -Infinity}", "[\"NaN\", NaN]", "[1, -Infinity", "{\"NaN\": 1, \"b\": Infinity}", "nan", "True", "None", "nul", "-", "-I", "+1", "Infinit"]}
def handler(event, context):
    return event
