#: {}
def handler(event, context):
    members = {"a": {}}
    members["a"]["b"] = members
    return members
