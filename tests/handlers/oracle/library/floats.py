#: {}
def handler(event, context):
    return [str(0.1 + 0.2), f"{1/3:.20f}", f"{1e300:g}", round(2.675, 2), float("1e-320"), (0.1).hex(), repr(1e16), str(float("nan"))]
