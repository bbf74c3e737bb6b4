#: {}
from urllib.parse import parse_qs, quote, urlsplit


def handler(event, context):
    return [quote("é a/b"), parse_qs("a=1&a=2&b="), list(urlsplit("https://u@h:1/p?q#f"))]
