#: {"texts": ["\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\\ud83d\\ude00\"", "\"\\u00e9\"", "\"é漢字😀\"", "\"\\u0000\"", "\"\\/\\b\\f\\n\\r\\t\\\\\\\"\"", "\"\u2028\u007f\"", "\"\\ud83dx\"", "\"\\ud83d\\u0041\""]}
def handler(event, context):
    return ascii(event)
