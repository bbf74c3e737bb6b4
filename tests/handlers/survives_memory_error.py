import sys


def handler(event, context):
    kept = []
    try:
        while True:
            kept.append(bytearray(1 << 20))
    except MemoryError:
        count = len(kept)
        kept.clear()
    if event == "exit":
        sys.exit(3)
    return count
