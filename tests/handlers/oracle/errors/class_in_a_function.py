#: {}
def handler(event, context):
    class Local(LookupError):
        pass

    raise Local("local")
