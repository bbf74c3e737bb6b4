#: {}
def handler(*arguments, **named):
    return [len(arguments), named]
