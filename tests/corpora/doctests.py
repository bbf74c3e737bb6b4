"""Runs one doctest of a package. The event says which; the result is what failed of it."""

import doctest
import importlib
import io
import json
import os

FINDER = doctest.DocTestFinder()


def tests_of(module):
    """By name; the same name may stand for several, then the first one with examples counts."""
    found = {}
    for test in FINDER.find(importlib.import_module(module)):
        if test.examples:
            found.setdefault(test.name, test)
    return found


# At init, so that each case finds them in the image.
with open(os.path.join(os.path.dirname(__file__), "modules.json"), encoding="utf-8") as file:
    TESTS = {module: tests_of(module) for module in json.load(file)}


def handler(event, context):
    report = io.StringIO()
    test = TESTS[event["module"]][event["test"]]
    results = doctest.DocTestRunner(verbose=False).run(test, out=report.write)
    return {"examples": len(test.examples), "failed": results.failed, "report": report.getvalue()[-2000:]}
