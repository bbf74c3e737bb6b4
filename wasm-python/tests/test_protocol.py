"""Frame kinds and heads."""

import re
import unittest

import support
from wasmlam_runtime import bootstrap, protocol


class Protocol(unittest.TestCase):
    def test_the_numbers_stand_on_lines_of_their_own(self):
        # A Rust test reads the file and compares.
        text = (support.RUNTIME / "protocol.py").read_text()
        numbers = dict(re.findall(r"^([A-Z_]+) = (\d+)$", text, re.MULTILINE))
        self.assertEqual(numbers, {
            "VERSION": "1", "INIT": "1", "INVOKE": "2", "READY": "3", "INIT_FAILED": "4", "RETURNED": "5", "RAISED": "6",
        })

    def test_an_invoke_head_is_seven_fields(self):
        fields = ["id", "1", "arn", "Root=1", '{"custom": {}}', "", "tenant é"]
        self.assertEqual(protocol.read_invoke_head("\0".join(fields).encode()), fields)

    def test_another_number_of_fields_is_refused(self):
        for head in (b"", b"\0" * 5, b"\0" * 7):
            with self.assertRaisesRegex(ValueError, "fields, not 7"):
                protocol.read_invoke_head(head)

    def test_a_frame_of_another_kind_is_refused(self):
        with self.assertRaisesRegex(RuntimeError, "kind 2"):
            bootstrap.init(protocol.INVOKE, b"", b"{}")
        with self.assertRaisesRegex(RuntimeError, "kind 1"):
            bootstrap.invoke(protocol.INIT, b"", b"{}")


if __name__ == "__main__":
    unittest.main()
