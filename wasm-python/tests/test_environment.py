"""What a function finds: variables, sys.path, its own modules before the standard ones. lambda-semantics 4."""

import ctypes
import os
import sys
import unittest

from support import Guest, ready
from wasmlam_runtime import environment, preload


TAG = f"python{sys.version_info[0]}.{sys.version_info[1]}"


def c_getenv(name):
    libc = ctypes.CDLL(None)
    libc.getenv.restype = ctypes.c_char_p
    return libc.getenv(name)


class Variables(unittest.TestCase):
    def test_replace_everything(self):
        with ready("def handler(e, c): pass", variables={"A": "b", "É": "ü", "LC_CTYPE": "C"}) as guest:
            given = guest.settings["environment"]
            self.assertEqual(dict(os.environ), {**given, "PYTHONPATH": "/var/runtime", "LC_CTYPE": "C.UTF-8"})
            self.assertEqual(c_getenv(b"A"), b"b")
            self.assertIsNone(c_getenv(b"PATH"))

    def test_python_path_for_child_processes(self):
        with ready("def handler(e, c): pass"):
            self.assertEqual(os.environ["PYTHONPATH"], "/var/runtime")

    def test_trace_id_of_the_call(self):
        with ready("import os\ndef handler(e, c): return os.environ.get('_X_AMZN_TRACE_ID')") as guest:
            self.assertNotIn("_X_AMZN_TRACE_ID", os.environ)
            self.assertEqual(guest.invoke(trace_id="Root=1;Sampled=0")[2], b'"Root=1;Sampled=0"')
            self.assertEqual(guest.invoke()[2], b"null")

    def test_folder_and_argv(self):
        with ready("def handler(e, c): pass") as guest:
            self.assertEqual(os.path.realpath(os.getcwd()), os.path.realpath(guest.task))
            self.assertEqual(sys.argv, ["/var/runtime/bootstrap.py"])


class Path(unittest.TestCase):
    def setUp(self):
        self.before = list(sys.path)
        self.addCleanup(lambda: sys.path.__setitem__(slice(None), self.before))
        layers, standard = environment.LAYER_PATHS, environment.STANDARD_PATHS
        self.assertEqual(layers, [f"/opt/python/lib/{TAG}/site-packages", "/opt/python"])

    standard = [
        f"/var/lang/lib/{TAG.replace('.', '')}.zip", f"/var/lang/lib/{TAG}", f"/var/lang/lib/{TAG}/lib-dynload",
        f"/var/lang/lib/{TAG}/site-packages",
    ]
    layers = [f"/opt/python/lib/{TAG}/site-packages", "/opt/python"]

    def check(self, expected):
        """site.addsitedir names folders that do not exist once more at the end; on AWS that can be seen too."""
        self.assertEqual(sys.path[:len(expected)], expected)
        self.assertLessEqual(set(sys.path[len(expected):]), {"/var/task", *self.layers})

    def test_order(self):
        own = environment.set_path(None, "/var/task")
        self.check(["/var/task", *self.layers, environment.SITE_PACKAGES, "/var/runtime", *self.standard])
        self.assertEqual(own, ["/var/task", *self.layers])

    def test_python_path_counts_even_if_it_says_nothing(self):
        for given, entries in (("", []), ("/var/runtime", ["/var/runtime"])):
            self.assertEqual(environment.set_path(given, "/var/task"), ["/var/task", *entries])
            self.check(["/var/task", "/var/runtime", *entries, *self.standard])

    def test_python_path_of_the_user_takes_the_place_of_layers(self):
        own = environment.set_path("/var/task/lib:/mnt/x", "/var/task")
        self.check(["/var/task", "/var/runtime", "/var/task/lib", "/mnt/x", *self.standard])
        self.assertEqual(own, ["/var/task", "/var/task/lib", "/mnt/x"])

    def test_layers_come_after_the_package(self):
        files = {"layer/both.py": "WHERE = 'layer'", "layer/only.py": "WHERE = 'layer'", "both.py": "WHERE = 'task'"}
        source = "import both, only\ndef handler(e, c): return [both.WHERE, only.WHERE]"
        with ready(source, files=files) as guest:
            self.assertEqual(guest.invoke()[2], b'["task", "layer"]')

    def test_pth_files_are_run(self):
        files = {
            "layer/more.pth": "extra\nimport sys; sys.from_pth = 'ran'\n", "layer/extra/inside.py": "X = 1",
            "mine.pth": "vendored\n", "vendored/there.py": "Y = 2",
        }
        source = "import sys, inside, there\ndef handler(e, c): return [sys.from_pth, inside.X, there.Y]"
        with ready(source, files=files) as guest:
            self.assertEqual(guest.invoke()[2], b'["ran", 1, 2]')
            self.assertEqual(sys.path[:2], [guest.task, guest.layer])
            self.assertTrue(sys.path[-1].endswith("extra"))
        del sys.from_pth


class Shadowing(unittest.TestCase):
    def imported(self, files, source):
        with ready(source, files=files) as guest:
            return guest.invoke()[2]

    def test_a_file_of_the_package_hides_a_standard_module(self):
        result = self.imported({"uuid.py": "MINE = 1"}, "import uuid\ndef handler(e, c): return getattr(uuid, 'MINE', 0)")
        self.assertEqual(result, b"1")

    def test_a_package_and_its_submodules(self):
        files = {"email/__init__.py": "", "email/parser.py": "MINE = 1"}
        self.assertEqual(self.imported(files, "import email.parser as p\ndef handler(e, c): return p.MINE"), b"1")

    def test_a_layer_too(self):
        result = self.imported({"layer/uuid.py": "MINE = 1"}, "import uuid\ndef handler(e, c): return uuid.MINE")
        self.assertEqual(result, b"1")

    def test_not_what_the_runtime_of_aws_has_imported(self):
        result = self.imported({"json.py": "MINE = 1"}, "import json\ndef handler(e, c): return hasattr(json, 'MINE')")
        self.assertEqual(result, b"false")

    def test_not_by_a_folder_of_data(self):
        files = {"uuid/readme.txt": "", "email/data.json": ""}
        self.assertEqual(self.imported(files, "import uuid\ndef handler(e, c): return hasattr(uuid, 'uuid4')"), b"true")

    def test_the_runtime_goes_on_without_its_standard_modules(self):
        files = {f"{name}.py": "raise ImportError" for name in ("tempfile", "random", "uuid", "hashlib")}
        with ready("def handler(e, c): return e", files=files) as guest:
            guest.reseed()
            self.assertEqual(guest.invoke(b"[1]")[2], b"[1]")

    def test_the_list(self):
        for name in ("uuid", "random", "asyncio", "datetime", "hashlib", "email", "socket", "ssl", "dataclasses"):
            self.assertIn(name, preload.NOT_IMPORTED_BY_AWS)
        for name in ("json", "logging", "os", "decimal", "sys", "re", "time", "math", "wasmlam_runtime"):
            self.assertNotIn(name, preload.NOT_IMPORTED_BY_AWS)


if __name__ == "__main__":
    unittest.main()
