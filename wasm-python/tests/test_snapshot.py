"""What a restore renews, and the hooks around a snapshot: lambda-semantics 10."""

import gc
import json
import os
import unittest

from support import FUNCTION, Guest, ready
from wasmlam_runtime import bootstrap, protocol


def without_hooks(body):
    """An error document without the frames of the module that calls hooks."""
    document = json.loads(body)
    document["stackTrace"] = [entry for entry in document["stackTrace"] if "/hooks.py" not in entry]
    return document


class Reseed(unittest.TestCase):
    def test_random_numbers_differ_from_restore_to_restore(self):
        with ready("import random\nrandom.seed(1)\ndef handler(e, c): return [random.random(), random.gauss(0, 1)]") as guest:
            results = set()
            for _ in range(3):
                guest.reseed()
                results.add(guest.invoke()[2])
            self.assertEqual(len(results), 3)

    def test_names_and_nodes_are_forgotten(self):
        with ready("""
            import tempfile, uuid
            uuid.uuid1(), tempfile.mkdtemp(dir="/tmp")
            def handler(e, c):
                return [tempfile._name_sequence, uuid._node, uuid._last_timestamp]
        """) as guest:
            guest.reseed()
            self.assertEqual(guest.invoke()[2], b"[null, null, null]")
            import os
            import tempfile

            self.assertTrue(os.path.basename(tempfile.mkdtemp(dir=guest.folder)))

    def test_the_log_stream_is_that_of_the_sandbox_and_hooks_see_it(self):
        source = """
            import os, snapshot_restore_py as hooks
            name = "AWS_LAMBDA_LOG_STREAM_NAME"
            seen = [os.environ[name]]
            hooks.register_after_restore(lambda: seen.append(os.environ[name]))
            def handler(e, c): return [*seen, os.environ[name], c.log_stream_name, os.getenv(name)]
        """
        with ready(source) as guest:
            guest.reseed("2026/11/27/[7]abc")
            answer = json.loads(guest.invoke()[2])
            self.assertEqual(answer, [FUNCTION["AWS_LAMBDA_LOG_STREAM_NAME"], *["2026/11/27/[7]abc"] * 4])
            guest.reseed()
            self.assertEqual(json.loads(guest.invoke()[2])[-1], "2026/11/27/[7]abc", "none was sent")
        with ready("import os\nos.environ.clear()\ndef handler(e, c): return c.log_stream_name") as guest:
            guest.reseed("2026/11/27/[7]abc")
            self.assertEqual(guest.invoke()[2], b"null", "what the function removed stays away")

    def test_an_init_that_closed_the_descriptor_of_events_is_no_error(self):
        with ready("def handler(e, c): return 1"):
            bootstrap.EVENT_DESCRIPTOR = os.open("/dev/null", os.O_RDONLY)
            os.close(bootstrap.EVENT_DESCRIPTOR)
            try:
                bootstrap.reseed()
            finally:
                bootstrap.EVENT_DESCRIPTOR = 0

    def test_what_init_made_is_frozen(self):
        with ready("def handler(e, c): pass"):
            self.assertGreater(gc.get_freeze_count(), 1000)


class Hooks(unittest.TestCase):
    SOURCE = """
        import snapshot_restore_py as hooks
        seen = []
        @hooks.register_before_snapshot
        def first(): seen.append("before 1")
        hooks.register_before_snapshot(seen.append, "before 2")
        hooks.register_after_restore(seen.append, "after 1")
        @hooks.register_after_restore
        def last(**named): seen.append("after 2")
        def handler(e, c): return seen
    """

    def test_order(self):
        with ready(self.SOURCE) as guest:
            guest.reseed()
            self.assertEqual(json.loads(guest.invoke()[2]), ["before 2", "before 1", "after 1", "after 2"])
            guest.reseed()
            self.assertEqual(json.loads(guest.invoke()[2])[4:], ["after 1", "after 2"])

    def test_arguments_and_decorator(self):
        import snapshot_restore_py as hooks

        def function(*args, **kwargs):
            pass

        self.assertIs(hooks.register_before_snapshot(function, 1, a=2), function)
        self.assertEqual(hooks.get_before_snapshot().pop(), (function, (1,), {"a": 2}))
        self.assertIs(hooks.register_after_restore(function), function)
        self.assertEqual(hooks.get_after_restore().pop(), (function, (), {}))

    def test_before_hook_that_raises(self):
        source = "import snapshot_restore_py as h\n@h.register_before_snapshot\ndef hook(): 1 / 0\ndef handler(e, c): pass"
        with Guest(source) as guest:
            kind, head, body = guest.init()
            self.assertEqual((kind, head), (protocol.INIT_FAILED, b""))
            self.assertEqual(without_hooks(body), {
                "errorMessage": "division by zero", "errorType": "ZeroDivisionError", "requestId": "",
                "stackTrace": [f'  File "{guest.task}/app.py", line 3, in hook\n    def hook(): 1 / 0\n'],
            })
            self.assertTrue(guest.log.startswith("[ERROR] ZeroDivisionError: division by zero\nTraceback"))

    def test_after_hook_that_raises_is_the_answer_to_calls(self):
        source = "import snapshot_restore_py as h\n@h.register_after_restore\ndef hook(): 1 / 0\ndef handler(e, c): return 1"
        with ready(source) as guest:
            guest.reseed()
            kind, _, body = guest.invoke()
            self.assertEqual(kind, protocol.RAISED)
            self.assertEqual(without_hooks(body), {
                "errorMessage": "division by zero", "errorType": "ZeroDivisionError", "requestId": "",
                "stackTrace": [f'  File "{guest.task}/app.py", line 3, in hook\n    def hook(): 1 / 0\n'],
            })
            self.assertEqual(guest.invoke(), (protocol.RAISED, b"", body))

    def test_exit_in_a_hook_is_an_error_like_any(self):
        source = "import sys, snapshot_restore_py as h\nh.register_{}(sys.exit, 3)\ndef handler(e, c): pass"
        with Guest(source.format("before_snapshot")) as guest:
            self.assertEqual(json.loads(guest.init()[2])["errorType"], "SystemExit")
        with ready(source.format("after_restore")) as guest:
            guest.reseed()
            self.assertTrue(guest.log.startswith("[ERROR] SystemExit: 3\n"))
            self.assertEqual(json.loads(guest.invoke()[2])["errorType"], "SystemExit")


if __name__ == "__main__":
    unittest.main()
