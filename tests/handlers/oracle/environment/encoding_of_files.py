#: {}
def handler(event, context):
    with open("/tmp/text", "w") as file:
        file.write("é")
    with open("/tmp/text", "rb") as file:
        return list(file.read())
