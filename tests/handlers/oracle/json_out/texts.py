#: {}
def handler(event, context):
    return ["é漢字😀", "\x00\x01\x1f\x7f\x80", "\u2028\u2029", '"\\/', "\b\f\n\r\t", "<script>&'", "\ufeff", "\uffff"]
