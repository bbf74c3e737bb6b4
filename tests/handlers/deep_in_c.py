import re


def handler(event, context):
    if event == "regex":
        re.match(r"(a+)+$", "a" * 50 + "b")
    if event == "power":
        10 ** 10**8
    if event == "sum":
        sum(range(10**12))
    if event == "digits":
        str(10**3_000_000)
    if event == "copy":
        block = bytearray(60 << 20)
        while True:
            bytes(block)
