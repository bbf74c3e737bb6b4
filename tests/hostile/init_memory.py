"""Takes all memory when it is imported."""

everything = []
while True:
    everything.append(bytearray(1 << 20))


def handler(event, context):
    pass
