"""Log lines of user code and of errors: lambda-semantics 5.2 and 5.3."""

import json
import re
import unittest

from support import Guest, ready
from wasmlam_runtime import protocol

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z")


def redact(log):
    return TIME.sub("<time>", log)


class Text(unittest.TestCase):
    def log(self, source, **named):
        with ready(source, **named) as guest:
            guest.invoke()
            return redact(guest.log)

    def test_records(self):
        self.assertEqual(self.log("""
            import logging
            logging.warning("at %s", "import")
            def handler(e, c):
                print("printed")
                logging.info("not shown")
                logging.getLogger("svc").error("two\\nlines")
        """), "[WARNING]\t<time>\t\tat import\nprinted\n[ERROR]\t<time>\tRID\ttwo\nlines\n")

    def test_milliseconds_and_utc(self):
        with ready("import logging\ndef handler(e, c): logging.warning('x')") as guest:
            guest.invoke()
            self.assertRegex(guest.log, r"^\[WARNING\]\t\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\tRID\tx\n$")

    def test_traceback_of_a_record(self):
        log = self.log("""
            import logging
            def handler(e, c):
                try: 1 / 0
                except ZeroDivisionError: logging.exception("oops")
        """)
        self.assertRegex(log, r"^\[ERROR\]\t<time>\tRID\toops\nTraceback \(most recent call last\):\n(.*\n)+ZeroDivisionError: division by zero$")

    def test_level(self):
        source = "import logging\ndef handler(e, c):\n    logging.debug('d'); logging.info('i'); logging.error('e')"
        for level, shown in (
            ("", "e"), ("TRACE", "die"), ("DEBUG", "die"), ("INFO", "ie"), ("WARN", "e"), ("ERROR", "e"), ("FATAL", ""),
            ("NONSENSE", "e"),
        ):
            variables = {"AWS_LAMBDA_LOG_LEVEL": level} if level else {}
            log = self.log(source, variables=variables)
            self.assertEqual("".join(re.findall(r"\t(\w)\n", log)), shown, level)

    def test_basic_config_has_no_effect_and_set_level_has(self):
        self.assertEqual(self.log("""
            import logging
            logging.basicConfig(level=logging.INFO)
            def handler(e, c):
                logging.info("no")
                logging.getLogger().setLevel(logging.INFO)
                logging.info("yes")
        """), "[INFO]\t<time>\tRID\tyes\n")

    def test_one_handler_with_a_sink(self):
        import logging

        with ready("def handler(e, c): pass"):
            [handler] = logging.getLogger().handlers
            self.assertEqual(type(handler).__name__, "LambdaLoggerHandler")
            self.assertTrue(callable(handler.log_sink.log))
            self.assertEqual(logging.getLogger().level, logging.WARNING)

    def test_the_request_id_is_that_of_the_call(self):
        with ready("import logging\ndef handler(e, c): logging.warning('x')") as guest:
            guest.invoke(request_id="one")
            guest.invoke(request_id="two")
            self.assertEqual(re.findall(r"Z\t(\w+)\tx", guest.log), ["one", "two"])

    def test_records_reach_the_log_without_stdout(self):
        self.assertEqual(self.log("""
            import logging, sys
            def handler(e, c):
                sys.stdout = None
                logging.warning("still here")
        """), "[WARNING]\t<time>\tRID\tstill here\n")


class Json(unittest.TestCase):
    def lines(self, source, **named):
        with ready(source, variables={"AWS_LAMBDA_LOG_FORMAT": "JSON"}, **named) as guest:
            guest.invoke(tenant_id=named.pop("tenant_id", ""))
            return guest.log

    def test_records(self):
        log = self.lines("""
            import logging
            def handler(e, c):
                print("plain")
                log = logging.getLogger("svc")
                log.warning("hi %s", "é")
                log.error({"a": object}, extra={"order": 7, "none": None, "odd": {1}})
                log.log(45, "between")
        """)
        plain, hi, error, between = log.splitlines()
        self.assertEqual(plain, "plain")
        self.assertEqual(redact(hi), '{"timestamp": "<time>", "level": "WARNING", "message": "hi é", "logger": "svc", "requestId": "RID"}')
        self.assertRegex(hi, r'"timestamp": "\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"')
        self.assertEqual(redact(error), (
            '{"timestamp": "<time>", "level": "ERROR", "message": {"a": "<class \'object\'>"}, "logger": "svc", '
            '"requestId": "RID", "order": 7, "odd": "{1}"}'
        ))
        self.assertIn('"level": "ERROR", "message": "between"', between)

    def test_traceback_of_a_record(self):
        [line] = self.lines("""
            import logging
            def handler(e, c):
                try: 1 / 0
                except ZeroDivisionError: logging.exception("oops")
        """).splitlines()
        record = json.loads(line)
        self.assertEqual(list(record), [
            "timestamp", "level", "message", "logger", "stackTrace", "errorType", "errorMessage", "requestId", "location",
        ])
        self.assertEqual((record["errorType"], record["errorMessage"]), ("ZeroDivisionError", "division by zero"))
        self.assertRegex(record["location"], r"^.*/app\.py:handler:4$")
        self.assertIn("line 3, in handler\n    try: 1 / 0\n", record["stackTrace"][0])

    def test_tenant(self):
        source = "import logging\ndef handler(e, c): logging.warning('x')"
        with ready(source, variables={"AWS_LAMBDA_LOG_FORMAT": "JSON"}) as guest:
            guest.invoke(tenant_id="blue")
            self.assertEqual(list(json.loads(guest.log))[-2:], ["requestId", "tenantId"])

    def test_unhandled_error(self):
        with ready('def handler(d, c):\n    return d["k"]', variables={"AWS_LAMBDA_LOG_FORMAT": "JSON"}) as guest:
            self.assertEqual(guest.invoke()[0], protocol.RAISED)
            self.assertEqual(redact(guest.log).replace(guest.task, "/var/task"), (
                '{"timestamp": "<time>", "level": "ERROR", "errorMessage": "\'k\'", "errorType": "KeyError", '
                '"requestId": "RID", "stackTrace": ["  File \\"/var/task/app.py\\", line 2, in handler\\n'
                '    return d[\\"k\\"]\\n"]}'
            ))

    def test_error_of_init(self):
        with Guest(handler="app", variables={"AWS_LAMBDA_LOG_FORMAT": "JSON"}) as guest:
            guest.init()
            warning, error = map(json.loads, guest.log.splitlines())
            self.assertEqual((warning["level"], warning["requestId"]), ("WARNING", ""))
            self.assertTrue(warning["message"].startswith("LAMBDA_WARNING: Unhandled exception. "))
            self.assertEqual((error["level"], error["errorType"]), ("ERROR", "Runtime.MalformedHandlerName"))


if __name__ == "__main__":
    unittest.main()
