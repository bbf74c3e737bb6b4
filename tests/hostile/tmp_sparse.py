"""A file of sixteen terabytes, most of it nothing."""


def handler(event, context):
    with open("/tmp/sparse", "wb") as file:
        file.truncate(1 << 44)
        file.seek((1 << 44) - 1)
        file.write(b"x")
        file.truncate(1 << 62)
