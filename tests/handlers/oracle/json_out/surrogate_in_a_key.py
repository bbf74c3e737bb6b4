#: {}
def handler(event, context):
    return {"\udcff": 1}
