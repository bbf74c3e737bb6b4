#: {}
def handler(event, context):
    print("before")
    print("\ud800")
