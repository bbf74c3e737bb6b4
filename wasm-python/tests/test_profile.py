"""The guest's half of `wasmlam bench --profile` (src/bench/profile.py): who called whom, how often."""

import sys
import types
import unittest
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src/bench/profile.py"


def work(n):
    return sum(i for i in range(n))


def fails():
    raise ValueError("no")


def profiled(event, context):
    if event == "raise":
        fails()
    work(3)
    work(4)
    try:
        fails()
    except ValueError:
        return len("ab")


class Profile(unittest.TestCase):
    def setUp(self):
        sys.modules["profiled_module"] = module = types.ModuleType("profiled_module")
        module.profiled = profiled
        self.addCleanup(sys.modules.pop, "profiled_module")
        self.names = {"__name__": "wasmlam_profile"}
        exec(
            compile(SOURCE.read_text().replace("{{HANDLER}}", "profiled_module.profiled"), str(SOURCE), "exec"),
            self.names,
        )

    def test_the_tree_says_who_called_whom_and_how_often(self):
        told = self.names["handler"]({}, None)
        names, nodes = told["names"], told["nodes"]
        self.assertEqual(nodes[0][:3], [-1, -1, 0])

        def path(i):
            return path(nodes[i][0]) + [names[nodes[i][1]].split(" ")[0]] if i else []

        calls = {"/".join(path(i)): node[2] for i, node in enumerate(nodes) if i}
        expected = {
            "profiled": 1,
            "profiled/work": 2,
            "profiled/work/builtins.sum": 2,
            "profiled/fails": 1,
            "profiled/builtins.len": 1,
            # Each number, and the end, is a call of the generator.
            "profiled/work/builtins.sum/work.<locals>.<genexpr>": 9,
        }
        self.assertEqual(calls, expected)
        self.assertTrue(all(node[3] >= 0 for node in nodes))
        self.assertIsNone(sys.getprofile())

    def test_an_exception_goes_through_and_the_profile_ends(self):
        with self.assertRaisesRegex(ValueError, "no"):
            self.names["handler"]("raise", None)
        self.assertIsNone(sys.getprofile())

    def test_a_tree_that_is_too_large_is_cut(self):
        self.names["MAX_NODES"] = 3
        told = self.names["handler"]({}, None)
        self.assertEqual(len(told["nodes"]), 3)


if __name__ == "__main__":
    unittest.main()
