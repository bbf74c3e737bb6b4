#: {"events": [10, 100, 500]}
def handler(event, context):
    value = []
    for _ in range(event):
        value = [value]
    return value
