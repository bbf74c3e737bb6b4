#: {"handler": "../task/parent_folder.handler"}
def handler(event, context):
    return 1
