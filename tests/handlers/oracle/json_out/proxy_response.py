#: {}
def handler(event, context):
    return {"statusCode": 200, "headers": {"Content-Type": "text/plain"}, "body": "é", "isBase64Encoded": False}
