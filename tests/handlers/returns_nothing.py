def handler(event, context):
    print("called")
