from lib import bootstrap


def handler(event, context):
    return bootstrap.run()
