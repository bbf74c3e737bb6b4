#: {"texts": [" \t\r\n{ \"a\" :\t[ 1 ,\n2 ] } \n", "\u00a01", "\f1", "1\u000b"]}
def handler(event, context):
    return event
