"""Calls: results (lambda-semantics 2), error documents (1.2), what ends the process (1.3)."""

import json
import unittest

from support import Guest, ready
from wasmlam_runtime import json_codec, protocol
from wasmlam_runtime.faults import Fault

HEADER = """
import collections, dataclasses, datetime, decimal, enum, uuid
class Number(enum.IntEnum): THREE = 3
class Word(enum.Enum): A = 1
Point = collections.namedtuple("Point", "x y")
class WithAsDict:
    def _asdict(self): return {"z": 1}
class ForJson:
    def for_json(self): return 1
class Text(str): pass
class Whole(int):
    def __repr__(self): return "no"
@dataclasses.dataclass
class Data: x: int = 1
def endless():
    x = []; x.append(x); return x
def raises():
    raise ValueError("from _asdict")
class Broken:
    def _asdict(self): raises()
def handler(event, context):
    return eval(event)
"""


class Results(unittest.TestCase):
    def setUp(self):
        self.guest = Guest(HEADER)
        self.addCleanup(self.guest.close)
        self.assertEqual(self.guest.init()[0], protocol.READY)

    def returned(self, expression):
        kind, head, body = self.guest.invoke(json.dumps(expression).encode())
        self.assertEqual(kind, protocol.RETURNED, body)
        return head, body

    def test_values(self):
        for expression, expected in {
            "None": "null", "True": "true", "'x'": '"x"', "1.0": "1.0", "1e22": "1e+22", "1e-7": "1e-07",
            "float('nan')": "NaN", "[float('inf'), -float('inf')]": "[Infinity, -Infinity]",
            "{'b': 1, 'a': [1, 'x', None]}": '{"b": 1, "a": [1, "x", null]}', "()": "[]", "{}": "{}", "[]": "[]",
            "(1, (2,))": "[1, [2]]", "[[], {}, '']": '[[], {}, ""]',
            "Point(1, Point(2, 3))": '{"x": 1, "y": {"x": 2, "y": 3}}', "[Point(1, 2)]": '[{"x": 1, "y": 2}]',
            "WithAsDict()": '{"z": 1}', "{'a': WithAsDict()}": '{"a": {"z": 1}}',
            "decimal.Decimal('1.10')": "1.10", "[decimal.Decimal('NaN')]": "[NaN]", "decimal.Decimal('1E+5')": "1E+5",
            "Number.THREE": "3", "{Number.THREE: Number.THREE}": '{"3": 3}', "[Whole(5), Text('t')]": '[5, "t"]',
            "[b'ab']": '["ab"]', "{b'k': b'\\xc3\\xa9'}": '{"k": "é"}',
            "{1: 1, 1.5: 1, False: 1, None: 1}": '{"1": 1, "1.5": 1, "false": 1, "null": 1}',
            "{True: 1, float('nan'): 2}": '{"true": 1, "NaN": 2}',
            "'é\\u2028\\x7f'": '"é\u2028\x7f"', "'\"\\\\\\n\\x01'": '"\\"\\\\\\n\\u0001"',
            "10 ** 30": "1" + "0" * 30, "collections.OrderedDict(b=1, a=2)": '{"b": 1, "a": 2}',
            "[collections.defaultdict(list, a=[1])]": '[{"a": [1]}]',
        }.items():
            with self.subTest(expression):
                self.assertEqual(self.returned(expression), (b"application/json", expected.encode()))

    def test_top_level_bytes_are_sent_raw(self):
        self.assertEqual(self.returned(r"b'\x00\xff'"), (b"application/unknown", b"\x00\xff"))

    def test_values_that_are_refused(self):
        cases = {
            f: f"Object of type {name} is not JSON serializable"
            for f, name in {
                "datetime.datetime(2026, 1, 1)": "datetime", "datetime.date(2026, 1, 1)": "date", "{1}": "set",
                "(x for x in ())": "generator", "Word.A": "Word", "uuid.UUID(int=1)": "UUID", "Data()": "Data",
                "range(3)": "range", "{}.keys()": "dict_keys", "object()": "object", "[1, [object()]]": "object",
                "ForJson()": "ForJson", "[bytearray(b'x')]": "bytearray",
            }.items()
        }
        cases |= {
            "{(1,): 1}": "keys must be str, int, float, bool or None, not tuple",
            "{decimal.Decimal(1): 1}": "keys must be str, int, float, bool or None, not Decimal",
            "endless()": "Circular reference detected",
            "[b'\\xff']": "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte",
            "[Broken()]": "from _asdict",
        }
        for expression, text in cases.items():
            with self.subTest(expression):
                answer = self.guest.invoke(json.dumps(expression).encode())
                self.assertEqual(answer, (protocol.RAISED, b"", json.dumps({
                    "errorMessage": f"Unable to marshal response: {text}", "errorType": "Runtime.MarshalError",
                    "requestId": "RID", "stackTrace": [],
                }).encode()))
        # The encoder is as good as new after all that.
        self.assertEqual(self.returned("{'a': [1]}")[1], b'{"a": [1]}')

    def test_a_lone_surrogate_ends_the_process(self):
        with self.assertRaises(UnicodeEncodeError):
            self.guest.invoke(json.dumps(r"'\ud800'").encode())

    def test_the_whole_encoder_agrees_with_itself(self):
        # Plain values take the C encoder, all others the one written out: same text where both can do it.
        for value in ([1, "é\"", None, True, 1.5, float("nan")], {"a": {"b": [[], {}, ()]}}, "x", 5, {1: 2, None: 3}):
            self.assertEqual(json_codec.dumps(value), json_codec._exact(value))


class Events(unittest.TestCase):
    def test_accepted(self):
        for text, value in {
            b"{}": {}, b" [1, 2.0, 1e5] \n": [1, 2.0, 100000.0], b"null": None, b'"\\ud800"': "\ud800", b"true": True,
            b'{"a": 1, "a": 2}': {"a": 2}, b"123456789012345678901234567890": 123456789012345678901234567890,
            b"\xef\xbb\xbf{}": {}, '"é"'.encode(): "é",
        }.items():
            self.assertEqual(json_codec.loads(text), value)
        self.assertIs(type(json_codec.loads(b"1.0")), float)

    def test_refused(self):
        for text, message in {
            b"": "Expecting value: line 1 column 1 (char 0)",
            b"NaN": "Expecting value: line 1 column 1 (char 0)",
            b'["NaN", -Infinity]': "Expecting value: line 1 column 9 (char 8)",
            b'{"k": "\\"NaN",\n "b": NaN}': "Expecting value: line 2 column 7 (char 21)",
            b"1 2": "Extra data: line 1 column 3 - line 1 column 4 (char 2 - 3)",
            b"\xff": "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte",
        }.items():
            with self.subTest(text), self.assertRaises(Fault) as caught:
                json_codec.loads(text)
            self.assertEqual(caught.exception.message, f"Unable to unmarshal input: {message}")
        for text in (b"[1,]", b'"\x01"', b"[1", b'{"a"', b"nul", b"{,}"):
            with self.subTest(text), self.assertRaises(Fault):
                json_codec.loads(text)

    def test_document(self):
        with ready("def handler(e, c): pass") as guest:
            self.assertEqual(guest.invoke(b"NaN"), (protocol.RAISED, b"", (
                b'{"errorMessage": "Unable to unmarshal input: Expecting value: line 1 column 1 (char 0)", '
                b'"errorType": "Runtime.UnmarshalError", "requestId": "RID", "stackTrace": []}'
            )))


class Raised(unittest.TestCase):
    def raised(self, source, **named):
        with ready(source) as guest:
            kind, head, body = guest.invoke(**named)
            self.assertEqual((kind, head), (protocol.RAISED, b""))
            return body.decode().replace(guest.task, "/var/task"), guest.log.replace(guest.task, "/var/task")

    def test_document_and_log(self):
        document, log = self.raised('def handler(d, c):\n    return d["k"]')
        self.assertEqual(document, (
            '{"errorMessage": "\'k\'", "errorType": "KeyError", "requestId": "RID", "stackTrace": '
            '["  File \\"/var/task/app.py\\", line 2, in handler\\n    return d[\\"k\\"]\\n"]}'
        ))
        self.assertEqual(log, (
            "[ERROR] KeyError: 'k'\nTraceback (most recent call last):\n"
            "\u00a0\u00a0File \"/var/task/app.py\", line 2, in handler\n\u00a0\u00a0\u00a0\u00a0return d[\"k\"]"
        ))

    def test_no_message(self):
        document, log = self.raised("def handler(e, c):\n    raise Exception()")
        self.assertIn('{"errorMessage": "", "errorType": "Exception", ', document)
        self.assertTrue(log.startswith("[ERROR] Exception\nTraceback (most recent call last):\n"))

    def test_name_without_module_and_no_chain(self):
        document, _ = self.raised("""
            class Outer:
                class Odd(Exception): pass
            def handler(e, c):
                try:
                    1 / 0
                except ZeroDivisionError as error:
                    raise Outer.Odd("é\\n") from error
        """)
        report = json.loads(document)
        self.assertEqual((report["errorType"], report["errorMessage"]), ("Odd", "é\n"))
        self.assertEqual(len(report["stackTrace"]), 1)
        self.assertIn("é", document)  # not escaped

    def test_recursion_is_one_line(self):
        report = json.loads(self.raised("def handler(e, c):\n    return handler(e, c)")[0])
        frame = '  File "/var/task/app.py", line 2, in handler\n    return handler(e, c)\n'
        self.assertEqual(report["errorType"], "RecursionError")
        self.assertEqual(report["stackTrace"][:3], [frame] * 3)
        self.assertRegex(report["stackTrace"][3], r"^  \[Previous line repeated \d+ more times\]\n$")
        self.assertLessEqual(len(report["stackTrace"]), 5)

    def test_repetition_in_the_singular(self):
        report = json.loads(self.raised("""
            def handler(e, c):
                return f(3)
            def f(n):
                return f(n - 1) if n else 1 / 0
        """)[0])
        self.assertEqual(len(report["stackTrace"]), 5)
        self.assertEqual(report["stackTrace"][4], "  [Previous line repeated 1 more time]\n")

    def test_coroutine(self):
        document, _ = self.raised("""
            import warnings; warnings.simplefilter("ignore")
            async def handler(e, c): pass
        """)
        self.assertIn("Unable to marshal response: Object of type coroutine is not JSON serializable", document)

    def test_exits_pass_through(self):
        for source, kind in (
            ("import sys\ndef handler(e, c): sys.exit(3)", SystemExit),
            ("def handler(e, c): raise KeyboardInterrupt", KeyboardInterrupt),
            ("class Own(BaseException): pass\ndef handler(e, c): raise Own", BaseException),
        ):
            with ready(source) as guest, self.assertRaises(kind):
                guest.invoke()

    def test_globals_survive_from_call_to_call(self):
        with ready("n = 0\ndef handler(e, c):\n    global n\n    n += 1\n    return n") as guest:
            self.assertEqual([guest.invoke()[2] for _ in range(3)], [b"1", b"2", b"3"])


if __name__ == "__main__":
    unittest.main()
