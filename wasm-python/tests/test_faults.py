"""Exceptions that do their worst, and handlers that break what the runtime stands on."""

import json
import sys
import unittest

from support import ready, run_apart
from wasmlam_runtime import faults, protocol


class Hostile(unittest.TestCase):
    def report(self, source):
        with ready(source) as guest:
            kind, _, body = guest.invoke()
            self.assertEqual(kind, protocol.RAISED)
            # The next call is answered as if nothing had been.
            self.assertEqual(guest.invoke(b'"again"')[:1], (protocol.RETURNED,))
            return json.loads(body)

    def source(self, body):
        lines = "\n".join("    " + line for line in body.strip("\n").splitlines())
        return f"import sys\ndef handler(event, context):\n    if event == 'again': return 1\n{lines}\n"

    def test_texts_that_raise_end_the_process(self):
        for method, kind in (
            ("raise ValueError", ValueError), ("raise SystemExit(1)", SystemExit), ("return 5", TypeError),
            ("return self.__str__()", RecursionError),
        ):
            source = self.source(f"class Bad(Exception):\n    def __str__(self): {method}\nraise Bad")
            with ready(source) as guest, self.assertRaises(kind):
                guest.invoke()

    def test_text_of_a_class_of_its_own(self):
        report = self.report(self.source(
            "class Text(str):\n    def __len__(self): raise ValueError\n    __getitem__ = __str__ = __len__\n"
            "class Bad(Exception):\n    def __str__(self): return Text('fine')\nraise Bad"
        ))
        self.assertEqual(report["errorMessage"], "fine")

    def test_class_that_lies(self):
        report = self.report(self.source(
            "class Meta(type):\n    __name__ = property(lambda cls: 1 / 0)\n    def __repr__(cls): raise ValueError\n"
            "    def __instancecheck__(cls, x): raise ValueError\n"
            "class Bad(Exception, metaclass=Meta):\n    __class__ = property(lambda self: MemoryError)\n"
            "    __traceback__ = property(lambda self: 1 / 0)\n"
            "    def __getattribute__(self, name): raise KeyError(name)\nraise Bad('x')"
        ))
        self.assertEqual(report["errorType"], "Bad")
        self.assertEqual(len(report["stackTrace"]), 1)

    def test_surrogates_end_the_process(self):
        with ready(self.source("raise Exception('\\ud800')")) as guest, self.assertRaises(UnicodeEncodeError):
            guest.invoke()

    def test_huge_message(self):
        report = self.report(self.source("raise Exception('x' * 3_000_000)"))
        self.assertEqual(len(report["errorMessage"]), faults.MESSAGE_LIMIT + len("... (2000000 more characters left out)"))
        self.assertTrue(report["errorMessage"].endswith("x... (2000000 more characters left out)"))
        exact = self.report(self.source(f"raise Exception('x' * {faults.MESSAGE_LIMIT})"))
        self.assertEqual(exact["errorMessage"], "x" * faults.MESSAGE_LIMIT)

    def test_deep_context(self):
        report = self.report(self.source(
            "error = None\nfor n in range(20000):\n    new = ValueError(n); new.__context__ = error; error = new\nraise error"
        ))
        self.assertEqual(report["errorMessage"], "19999")

    def test_mutual_recursion_is_bounded(self):
        report = self.report(self.source(
            "sys.setrecursionlimit(20000)\n" + "def even(n): return odd(n - 1)\ndef odd(n): return even(n - 1)\n" * 1 + "even(0)"
        ))
        self.assertEqual(report["errorType"], "RecursionError")
        self.assertLess(len(json.dumps(report["stackTrace"])), 1.3 * faults.STACK_LIMIT)
        left_out = [entry for entry in report["stackTrace"] if entry.startswith("  [")]
        self.assertEqual(len(left_out), 1)
        self.assertRegex(left_out[0], r"^  \[\d+ frames left out\]\n$")

    def test_long_lines_are_cut(self):
        report = self.report(self.source("x = '" + "x" * 50_000 + "'; 1 / 0"))
        self.assertLess(len(report["stackTrace"][0]), faults.ENTRY_LIMIT + 10)

    def test_memory_error(self):
        report = self.report(self.source("x = [0] * 1000\nraise MemoryError"))
        self.assertEqual((report["errorType"], report["errorMessage"]), ("MemoryError", ""))

    def test_frames_are_let_go(self):
        # What filled the memory is freed before the document is made.
        with ready("""
            import weakref
            class Big: pass
            def handler(e, c):
                global seen
                if e: return seen() is None
                big = Big(); seen = weakref.ref(big)
                raise MemoryError
        """) as guest:
            guest.invoke()
            self.assertEqual(guest.invoke(b"1")[2], b"true")

    def test_recursion_limit_that_is_too_low(self):
        report = self.report(self.source("sys.setrecursionlimit(60)\nraise ValueError('x')"))
        self.assertEqual(report["errorMessage"], "x")

    def test_stack_at_its_bound(self):
        entry = "x" * 1000
        fits = [entry] * (faults.STACK_LIMIT // 1000)
        self.assertEqual(faults._shorten(fits, 0, []), fits)
        cut = faults._shorten(fits, 0, [entry])
        self.assertEqual(cut, [entry] * 100 + ["  [1 frames left out]\n"] + [entry] * 100)

    def test_a_bootstrap_file_of_the_user_is_left_out_as_on_aws(self):
        with ready(handler="app.handler", source="import bootstrap\ndef handler(e, c): bootstrap.f()",
                   files={"bootstrap.py": "def f(): 1 / 0"}) as guest:
            report = json.loads(guest.invoke()[2])
            self.assertEqual(len(report["stackTrace"]), 2)
            self.assertIn("app.py", report["stackTrace"][0])


class Sabotage(unittest.TestCase):
    """The handler breaks a name; its own call and the next are answered."""

    BREAKS = [
        "import json; json.dumps = json.loads = json.JSONEncoder = None",
        "import json.encoder as e; e.c_make_encoder = e.encode_basestring = e.JSONEncoder.default = None",
        "import builtins; builtins.print = builtins.len = builtins.str = builtins.isinstance = builtins.type = None",
        "import builtins; builtins.__import__ = builtins.Exception = builtins.BaseException = builtins.getattr = None",
        "import builtins; builtins.__dict__.clear()",
        "import traceback, linecache; traceback.extract_tb = linecache.getline = linecache.lazycache = None",
        "import linecache; linecache.cache = None",
        "import sys; sys.stdout = sys.stderr = None",
        "import sys; sys.stdout.close(); sys.exc_info = None",
        "import sys; sys.modules.clear()",
        "import time; time.time = time.gmtime = time.strftime = None",
        "import os; os.write = os.environ = os.listdir = None",
        "import os; os.close(1)",
        "import os; os.environ.clear()",
        "import logging; logging.Formatter = logging.getLogger = logging.warning = None",
        "import logging; logging.root.handlers.clear(); logging.shutdown(); logging.disable(100)",
        "import re, decimal, collections; re.compile = decimal.Decimal = collections.deque = None",
        "import gc; gc.disable()",
        "import random, tempfile, uuid; del random.seed, tempfile._name_sequence, uuid._node",
    ]

    def test_all(self):
        script = """
            import os, sys, json
            from support import Guest, bootstrap, protocol
            source, fails = sys.argv[1], sys.argv[2] == "fails"
            guest = Guest(f'''
            def handler(e, c):
                if e: return {{"n": [e, 1.5]}}
                {source}
                {"1 / 0" if fails else "return {'fine': 1}"}
            ''')
            out = os.dup(1)
            assert guest.init()[0] == protocol.READY
            write, exit, head, raised, returned = os.write, os._exit, b"RID" + bytes(6), protocol.RAISED, protocol.RETURNED
            bootstrap.EVENT_DESCRIPTOR = os.open("/dev/null", os.O_RDONLY)
            head = b"RID\\0" + b"4000000000000" + b"\\0" * 5
            first = bootstrap.invoke(protocol.INVOKE, head, b"null")
            bootstrap.reseed()
            second = bootstrap.invoke(protocol.INVOKE, head, b"7")
            write(out, b"%d " % first[0] + first[2] + b"\\n" + b"%d " % second[0] + second[2])
            exit(0)
        """
        for source in self.BREAKS:
            for fails in ("", "fails"):
                with self.subTest(source, fails=fails):
                    status, out, err = run_apart(script, source, fails)
                    self.assertEqual(status, 0, out + err)
                    *_, first, second = out.splitlines()
                    if fails:
                        self.assertTrue(first.endswith('"}') or first.endswith("]}"), first)
                        self.assertIn('6 {"errorMessage": "division by zero", "errorType": "ZeroDivisionError", "requestId": "RID", "stackTrace": [', first)
                    else:
                        self.assertTrue(first.endswith('5 {"fine": 1}'), first)
                    self.assertEqual(second, '5 {"n": [7, 1.5]}')


@unittest.skipIf(sys.version_info < (3, 12), "the guest's Python counts recursion in C apart")
class Nesting(unittest.TestCase):
    def test_deep_results_and_events_are_faults(self):
        with ready("def handler(e, c):\n    x = []\n    for _ in range(200_000): x = [x]\n    return x") as guest:
            report = json.loads(guest.invoke()[2])
            self.assertEqual(report["errorType"], "Runtime.MarshalError")
            report = json.loads(guest.invoke(b"[" * 200_000)[2])
            self.assertEqual(report["errorType"], "Runtime.UnmarshalError")


if __name__ == "__main__":
    unittest.main()
