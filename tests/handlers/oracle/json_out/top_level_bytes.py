#: {}
def handler(event, context):
    return b'\x00\xff{"not": "JSON'
