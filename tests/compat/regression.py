"""What cpython.py runs in the sandbox: one module of CPython's own tests."""

import io
import logging
import os
import re
import sys
import time
import unittest

# What the sandbox has on purpose not, in the words of its errors; and modules in C that only CPython's own tests use.
REFUSED = re.compile("wasmlam: (the sandbox has no|native libraries cannot)")
TEST_MODULE = re.compile("ModuleNotFoundError: (No module named '_(test|xxtest|interp|android_support|apple_support).*)")


class Result(unittest.TestResult):
    def __init__(self):
        super().__init__(io.StringIO(), verbosity=0)
        self.passed = 0
        self.refused = set()
        self.slowest = (0.0, "")

    def addError(self, test, err):
        if not self._is_refused(test, err[1]):
            super().addError(test, err)

    def addFailure(self, test, err):
        if not self._is_refused(test, err[1]):
            super().addFailure(test, err)

    def addSubTest(self, test, subtest, err):
        if not (err and self._is_refused(test, err[1])):
            super().addSubTest(test, subtest, err)

    def _is_refused(self, test, error):
        while error is not None:
            if REFUSED.search(str(error)):
                self.refused.add(test.id())
                return True
            error = error.__cause__ or error.__context__
        return False

    def startTest(self, test):
        super().startTest(test)
        os.write(2, f"== {test.id()}\n".encode())  # for a module that does not come to its end
        self.began = time.monotonic()

    def addSuccess(self, test):
        self.passed += 1

    def stopTest(self, test):
        super().stopTest(test)
        self.slowest = max(self.slowest, (time.monotonic() - self.began, test.id()))


def handler(event, context):
    os.chdir("/tmp")
    from test import support
    from test.support import threading_helper

    threading_helper.can_start_thread = True  # it takes any WASI for one without threads
    logging.getLogger().handlers.clear()  # Lambda's; the tests want to see the standard library's own
    support.verbose, support.SHORT_TIMEOUT, support.LONG_TIMEOUT = 0, 2.0, 5.0  # a wait that nobody ends costs less
    sys.modules["_multiprocessing"] = None  # ours imports and refuses; what wants processes asks this, and skips itself
    support.use_resources = []
    result = Result()
    try:
        suite = unittest.defaultTestLoader.loadTestsFromName(f"test.{event}")
        suite.run(result)
    except unittest.SkipTest as skip:
        return {"passed": 0, "failed": 0, "refused": 0, "skipped": 1, "why": [f"skipped: {skip}"]}
    bad = result.failures + result.errors
    if len(bad) == 1 and (missing := TEST_MODULE.search(bad[0][1])):
        return {"passed": 0, "failed": 0, "refused": 0, "skipped": 1, "why": [f"skipped: {missing[1]}"]}
    failed = {test.id().partition(" (")[0] for test, _ in bad}  # a test with five bad subtests is one
    why = [f"{test.id().removeprefix(f'test.{event}.')}: {text.strip().splitlines()[-1]}" for test, text in bad]
    if not result.passed and not result.refused and not why:
        why = [f"skipped: {reason}" for _, reason in result.skipped[:1]]
    return {
        "passed": result.passed, "failed": len(failed) + len(result.unexpectedSuccesses), "refused": len(result.refused),
        "skipped": len(result.skipped),
        "why": [line[:200] for line in why], "slowest": result.slowest,
    }
