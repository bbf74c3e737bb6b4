#: {}
def handler(event, context):
    print("\udcff")
