#: {}
def handler(event, context):
    return {1: 1, 1.5: 2, True: 3, None: 4, "s": 5, -1: 6, float("nan"): 7, 10**30: 8, b"b": 9}
