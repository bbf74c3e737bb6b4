#: {}
def handler(event, context):
    raise GeneratorExit("text")
