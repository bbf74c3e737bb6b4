"""Catches each MemoryError and asks again."""


def handler(event, context):
    everything = []
    while True:
        try:
            everything.append(bytearray(1 << 20))
        except MemoryError:
            pass
