#: {}
def handler(event, context):
    class Broken:
        x = 1 / 0
