def handler(event, context):
    kind, kept = event, []
    while True:
        if kind == "list":
            kept.append([None] * 1000)
        elif kind == "bytes":
            kept.append(bytearray(1 << 20))
        elif kind == "str":
            kept = [(kept or ["x"])[0] * 2]
        elif kind == "dict":
            kept.append({i: i for i in range(1000)})
        elif kind == "one":
            kept.append(bytearray(1 << 30))
        else:
            sorted(range(10**9))
