#: {"handler": "/var/task/absolute_path.handler"}
def handler(event, context):
    return 1
