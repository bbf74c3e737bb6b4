#: {}
def handler(event, context):
    return ["Straße".upper(), "İ".lower(), "ǆ".title(), "é".encode("utf-16-le").hex(), "ß".casefold(), "\N{SNOWMAN}", ascii("é"), "١".isdigit()]
