#: {}
def handler(event, context):
    print("no newline before the block", end="")
    raise ValueError("text")
