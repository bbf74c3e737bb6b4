#: {}
def handler(event, context):
    exec("def inner():\n    raise ValueError('inner')\ninner()")
