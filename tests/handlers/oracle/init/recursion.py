#: {}
def handler(event, context):
    return 1


def down():
    down()


down()
