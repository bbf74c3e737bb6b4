#: {"texts": ["{\"a\""]}
print("init")


def handler(event, context):
    print("never")
