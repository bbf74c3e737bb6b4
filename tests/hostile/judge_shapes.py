"""Returns six megabytes of JSON in a shape that costs whoever compares it the most."""

SIZE = 6_000_000
SHAPES = {
    "zeroes": lambda: b"[" + b"0," * (SIZE // 2 - 1) + b"0]",
    "empty arrays": lambda: b"[" + b"[]," * (SIZE // 3 - 1) + b"[]]",
    "empty objects": lambda: b"[" + b"{}," * (SIZE // 3 - 1) + b"{}]",
    "small objects": lambda: b"[" + b'{"":0},' * (SIZE // 7 - 1) + b"{}]",
    "strings": lambda: b"[" + b'"a",' * (SIZE // 4 - 1) + b'""]',
    "escapes": lambda: b"[" + b'"\\u00e9",' * (SIZE // 9 - 1) + b'""]',
    "floats": lambda: b"[" + b"1e9," * (SIZE // 4 - 1) + b"0]",
    "large exponents": lambda: b"[" + b"1e999999999," * (SIZE // 12 - 1) + b"0]",
    "one number": lambda: b"9" * SIZE,
    "one fraction": lambda: b"0." + b"9" * SIZE,
    "many numbers": lambda: b"[" + b",".join([b"1" * (SIZE // 3)] * 2) + b"]",
    "one string": lambda: b'"' + b"x" * SIZE + b'"',
    "one key": lambda: b'{"' + b"k" * SIZE + b'":1}',
    "key above many": lambda: b'{"' + b"k" * (SIZE // 2) + b'":[' + b"0," * (SIZE // 4) + b"0]}",
    "members": lambda: b"{" + b",".join(b'"%d":0' % i for i in range(SIZE // 11)) + b"}",
    "one name": lambda: b"{" + b'"a":0,' * (SIZE // 6 - 1) + b'"a":1}',
    "deep": lambda: b'{"a":' * 120 + b"[" + b"0," * (SIZE // 2 - 500) + b"0]" + b"}" * 120,
    "too deep": lambda: b"[" * (SIZE // 2) + b"]" * (SIZE // 2),
    "half characters": lambda: b"[" + b'"\\ud800",' * (SIZE // 9 - 1) + b'""]',
    "lines": lambda: b'"' + b"\\n" * (SIZE // 2 - 1) + b'"',
    "spaces": lambda: b" " * (SIZE - 10) + b"0",
    "marks": lambda: b'{"$serde_json::private::Number": "42"}',
    "raw marks": lambda: b'{"$serde_json::private::RawValue": "{\\"total\\": 42}"}',
    "answer": lambda: {"statusCode": 200, "body": "[" + "0," * (SIZE // 2 - 100) + "0]"},
    "headers": lambda: b'{"statusCode":200,"headers":{' + b",".join(b'"%d":0' % i for i in range(SIZE // 11)) + b"}}",
    "alike": lambda: [1.0] * 2500 + ["x"] * 2500,
    "nothing": lambda: None,
    "no items": lambda: {"items": []},
    "items without": lambda: {"items": [{}, {"x": 1}, 5]},
    "items in words": lambda: {"items": "nope"},
}


def handler(event, context):
    return SHAPES[event]()
