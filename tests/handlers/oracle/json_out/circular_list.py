#: {}
def handler(event, context):
    items = []
    items.append(items)
    return items
