"""A few bytes that ask for a dictionary of gigabytes."""

import lzma


def handler(event, context):
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1536 << 20}]
    return len(lzma.LZMACompressor(lzma.FORMAT_RAW, filters=filters).compress(b"x"))
