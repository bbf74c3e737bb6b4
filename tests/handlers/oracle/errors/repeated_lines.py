#: {}
def down(n):
    if not n:
        raise ValueError("end")
    return down(n - 1)


def handler(event, context):
    return down(event)
