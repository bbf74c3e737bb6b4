def handler(event, context):
    for i in range(event["lines"]):
        print("x" * (event["bytes"] - 1))
    print("the last line")
