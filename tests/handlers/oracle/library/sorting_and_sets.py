#: {}
def handler(event, context):
    return [sorted(["b", "a", "C"]), sorted({3, 1, 2}), len({"a", "b"} | {"b"})]
