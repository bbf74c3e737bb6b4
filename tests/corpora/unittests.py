"""Runs one unit test of a package. The event says which; the result is what failed of it."""

import importlib
import json
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
# The modules named `tests` of each project: all have the same names, so only those of one can be in sys.modules.
MODULES = {}


def tests_of(project, modules):
    """By id."""
    root = os.path.join(HERE, project)
    sys.path[:0] = [root, os.path.join(root, "src")]
    before = set(sys.modules)
    found = {}

    def add(suite):
        for test in suite:
            if isinstance(test, unittest.TestSuite):
                add(test)
            else:
                found[test.id()] = test

    try:
        for module in modules:
            add(unittest.defaultTestLoader.loadTestsFromModule(importlib.import_module(module)))
    finally:
        own = [name for name in set(sys.modules) - before if name.split(".")[0] == "tests"]
        MODULES.setdefault(project, {}).update((name, sys.modules.pop(name)) for name in own)
    return found


# At init, so that each case finds them in the image.
with open(os.path.join(HERE, "modules.json"), encoding="utf-8") as file:
    TESTS = {project: tests_of(project, modules) for project, modules in json.load(file).items()}


def handler(event, context):
    result = unittest.TestResult()
    sys.modules.update(MODULES[event["project"]])  # some import each other when they run
    TESTS[event["project"]][event["test"]].run(result)
    problems = [text[-2000:] for _, text in result.failures + result.errors]
    problems += ["succeeded, but should have failed"] * len(result.unexpectedSuccesses)
    skipped = [reason for _, reason in result.skipped]
    report = "\n".join(problems + skipped)
    return {"ran": result.testsRun, "failed": len(problems), "skipped": len(skipped), "report": report}
