#: {}
def handler(event, context):
    names = [name for name in dir(context) if not name.startswith("__")]
    return [names, {name: [type(value).__name__, str(value)] for name, value in vars(context).items() if "deadline" not in name}]
