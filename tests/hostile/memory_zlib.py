"""Data that unpacks to a thousand times its size."""

import zlib


def handler(event, context):
    compressor = zlib.compressobj(1)
    bomb = b"".join(compressor.compress(bytes(1 << 20)) for _ in range(130)) + compressor.flush()
    return len(zlib.decompress(bomb))
