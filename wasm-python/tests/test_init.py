"""Finding the handler, and every way that fails: lambda-semantics 1.1 and 1.2."""

import json
import sys
import unittest

from support import Guest, ready
from wasmlam_runtime import bootstrap, protocol

WARNING = bootstrap.LAMBDA_WARNING.rstrip("\r")
NATIVE = (
    "was built for Linux and cannot load in WebAssembly; hint: package a release or a library "
    "without native code, for instance pydantic<2, jsonschema<4.18, pg8000 for psycopg2)"
)


def document(message, kind, stack=()):
    """An error document of init, byte for byte."""
    return json.dumps(
        {"errorMessage": message, "errorType": kind, "requestId": "", "stackTrace": list(stack)}, ensure_ascii=False
    ).encode()


class Found(unittest.TestCase):
    def test_forms_of_a_handler(self):
        files = {
            "pkg/__init__.py": "", "pkg/mod.py": "def handler(e, c): return 'pkg.mod'",
            "with-dash.py": "def handler(e, c): return 'dash'",
        }
        cases = {
            "app.handler": b'"app"', "pkg.mod.handler": b'"pkg.mod"', "pkg/mod.handler": b'"pkg.mod"',
            "with-dash.handler": b'"dash"',
        }
        for handler, result in cases.items():
            with self.subTest(handler), ready("def handler(e, c): return 'app'", handler=handler, files=files) as guest:
                self.assertEqual(guest.invoke()[2], result)

    def test_nothing_about_the_attribute_is_checked(self):
        for source in ("handler = 1", "def handler(): pass"):
            with self.subTest(source), ready(source) as guest:
                kind, _, body = guest.invoke()
                report = json.loads(body)
                self.assertEqual((kind, report["errorType"]), (protocol.RAISED, "TypeError"))
                self.assertEqual(len(report["stackTrace"]), 1)
                self.assertRegex(report["stackTrace"][0], r'awslambdaric/bootstrap\.py", line \d+, in handle_event_request\n')


class Failed(unittest.TestCase):
    def check(self, handler, expected, source="def handler(e, c): pass", files=None):
        with Guest(source, handler=handler, files=files) as guest:
            answer = guest.init()
            if callable(expected):
                expected = expected(guest)
            self.assertEqual(answer, (protocol.INIT_FAILED, b"", expected))
            return guest.log

    def test_bad_handler_names(self):
        for handler in ("app", "", "app:handler"):
            with self.subTest(handler):
                message = f"Bad handler '{handler}': not enough values to unpack (expected 2, got 1)"
                log = self.check(handler, document(message, "Runtime.MalformedHandlerName"))
                self.assertTrue(log.endswith(
                    f"[ERROR] Runtime.MalformedHandlerName: {message}\nTraceback (most recent call last):"
                ))

    def test_built_in_module(self):
        for handler, module in (("sys.handler", "sys"), ("time.x.handler", "time.x")):
            self.check(handler, document(
                f"Cannot use built-in module {module} as a handler module", "Runtime.BuiltInModuleConflict"
            ))

    def test_missing_modules(self):
        for handler, message in (
            ("nothere.handler", "Unable to import module 'nothere': No module named 'nothere'"),
            ("pkg/nothere.handler", "Unable to import module 'pkg/nothere': No module named 'pkg'"),
            ("app.A.handler", "Unable to import module 'app.A': No module named 'app.A'; 'app' is not a package"),
        ):
            self.check(handler, document(message, "Runtime.ImportModuleError"))

    def test_import_that_fails_inside(self):
        message = "Unable to import module 'app': No module named 'no_such_module_here'"
        self.check("app.handler", document(message, "Runtime.ImportModuleError"), "import no_such_module_here")

    def test_missing_attribute(self):
        for handler, name in (("app.nope", "nope"), ("app.", "")):
            self.check(handler, document(f"Handler '{name}' missing on module 'app'", "Runtime.HandlerNotFound"))

    def test_syntax_error(self):
        def expected(guest):
            return document(
                "Syntax error in module 'app': invalid syntax (app.py, line 2)", "Runtime.UserCodeSyntaxError",
                [f'  File "{guest.task}/app.py" Line 2\n    def f(:\n'],
            )

        log = self.check("app.handler", expected, "x = 1\ndef f(:\n")
        self.assertRegex(log, "\nTraceback \\(most recent call last\\):\n\u00a0\u00a0File \".*/app.py\" Line 2\n\u00a0{4}def f\\(:$")

    def test_exception_at_import_has_the_frames_of_importlib(self):
        with Guest("raise Exception('Runtime startup fails')") as guest:
            kind, _, body = guest.init()
            report = json.loads(body)
            self.assertEqual(kind, protocol.INIT_FAILED)
            self.assertEqual(list(report), ["errorMessage", "errorType", "requestId", "stackTrace"])
            self.assertEqual(report["errorMessage"], "Runtime startup fails")
            self.assertEqual((report["errorType"], report["requestId"]), ("Exception", ""))
            first, *_, last = report["stackTrace"]
            self.assertRegex(first, r'^  File ".*/importlib/__init__\.py", line \d+, in import_module\n    return _bootstrap\._gcd_import\(.*\n$')
            self.assertRegex(report["stackTrace"][1], r'^  File "<frozen importlib._bootstrap>", line \d+, in _gcd_import\n$')
            self.assertEqual(
                last, f"  File \"{guest.task}/app.py\", line 1, in <module>\n    raise Exception('Runtime startup fails')\n"
            )

    def test_names_that_importlib_refuses(self):
        for handler, kind in ((".handler", "ValueError"), ("../w/app.ok", "TypeError")):
            with Guest(handler=handler) as guest:
                report = json.loads(guest.init()[2])
                self.assertEqual(report["errorType"], kind)
                if kind == "ValueError":
                    self.assertEqual(report["errorMessage"], "Empty module name")
                self.assertTrue(report["stackTrace"])

    def test_what_is_logged(self):
        log = self.check("app.x", document("Handler 'x' missing on module 'app'", "Runtime.HandlerNotFound"))
        self.assertRegex(log, r"^\[WARNING\]\t\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\t\t" + WARNING + "\r\n\\[ERROR\\] Runtime.Hand")

    def test_exit_passes_through(self):
        for source, kind in (("import sys; sys.exit(3)", SystemExit), ("raise KeyboardInterrupt", KeyboardInterrupt)):
            with Guest(source) as guest, self.assertRaises(kind):
                guest.init()


class NativeModules(unittest.TestCase):
    def message(self, source, files):
        with Guest(source, files=files) as guest:
            report = json.loads(guest.init()[2])
            self.assertEqual(report["errorType"], "Runtime.ImportModuleError")
            return report["errorMessage"].replace(guest.task, "/var/task")

    def test_in_a_package(self):
        # ".so" must come last; this Python must not load it, so it is of another version.
        file = "_native.cpython-399-x86_64-linux-gnu.so"
        text = self.message("import pkg", {"pkg/__init__.py": "from pkg._native import x", f"pkg/{file}": ""})
        self.assertEqual(
            text, "Unable to import module 'app': No module named 'pkg._native' "
            f"(native module /var/task/pkg/{file} {NATIVE}"
        )

    def test_at_the_top(self):
        file = "_top_backend.cpython-399-x86_64-linux-gnu.so"
        text = self.message("import _top_backend", {file: ""})
        self.assertIn(f"No module named '_top_backend' (native module /var/task/{file} ", text)

    def test_behind_other_errors(self):
        files = {
            "pkg/__init__.py": """
                try:
                    import pkg._core
                except ImportError as error:
                    raise ImportError("pkg is broken") from error
            """,
            "pkg/_core.cpython-399-x86_64-linux-gnu.so": "",
        }
        self.assertIn("pkg is broken (native module /var/task/pkg/_core.", self.message("import pkg", files))

    @unittest.skipIf(sys.version_info < (3, 12), "ImportError has no name_from, the guest's Python has")
    def test_imported_from_its_package(self):
        files = {"pkg/__init__.py": "", "pkg/_core.abi3.so.txt": "", "pkg/_core.cpython-399-x86_64-linux-gnu.so": ""}
        self.assertIn(" (native module /var/task/pkg/_core.cpython-399", self.message("from pkg import _core", files))

    def test_a_folder_of_stubs_is_no_package(self):
        from wasmlam_runtime.native_modules import Finder

        files = {
            "pkg/__init__.py": "", "pkg/_rust/__init__.pyi": "", "pkg/_rust.cpython-399.so": "", "pkg/space/readme.txt": "",
        }
        with Guest("", files=files) as guest:
            folder = [f"{guest.task}/pkg"]
            self.assertIsNone(Finder.find_spec("_rust", folder))
            self.assertIsNone(Finder.find_spec("space", folder).loader)
            self.assertTrue(Finder.find_spec("pkg", [guest.task]).origin.endswith("__init__.py"))

    def test_nothing_is_said_without_one(self):
        self.assertNotIn("native", self.message("import pkg", {"pkg/__init__.py": "import pkg._other"}))

    def test_in_an_invocation_only_the_log_says_it(self):
        source = "def handler(e, c):\n    import _lazy"
        with ready(source, files={"_lazy.cpython-399-x86_64-linux-gnu.so": ""}) as guest:
            report = json.loads(guest.invoke()[2])
            self.assertEqual(report["errorMessage"], "No module named '_lazy'")
            self.assertIn(f"wasmlam: native module {guest.task}/_lazy.cpython-399", guest.log)


if __name__ == "__main__":
    unittest.main()
