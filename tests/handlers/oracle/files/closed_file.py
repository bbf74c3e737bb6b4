#: {}
def handler(event, context):
    file = open("/tmp/x", "w")
    file.close()
    file.write("x")
