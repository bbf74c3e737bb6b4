#: {}
undefined_name


def handler(event, context):
    return 1
