"""Tests that are run inside a function by plain `pytest.main()`: what they print, files of their own, signals, a fixture."""

import contextlib
import io
import pathlib

import pytest

TESTS = '''
import logging, os, signal, sys, time
import pytest

def test_passes(): assert sorted([2, 1]) == [1, 2]
def test_fails(): assert {"a": 1} == {"a": 2}
@pytest.mark.skip(reason="not today")
def test_is_skipped(): raise AssertionError
@pytest.mark.xfail(raises=ZeroDivisionError)
def test_is_expected_to_fail(): 1 / 0
@pytest.mark.parametrize("text", ["a", "ä", ""])
def test_texts(text): assert text.encode().decode() == text

def test_files_of_its_own(tmp_path):
    (tmp_path / "x").write_text("y")
    assert tmp_path.stat().st_uid == os.getuid() and tmp_path.stat().st_mode & 0o777 == 0o700

def test_what_a_descriptor_gets(capfd):
    os.write(1, b"raw\\n"); print("text"); print("error", file=sys.stderr)
    assert capfd.readouterr() == ("raw\\ntext\\n", "error\\n")

def test_logs(caplog):
    logging.getLogger("shop").warning("sold out")
    assert caplog.messages == ["sold out"]

def test_a_patch(monkeypatch):
    monkeypatch.setenv("STAGE", "test"); monkeypatch.setattr(time, "time", lambda: 1.0)
    assert (os.environ["STAGE"], time.time()) == ("test", 1.0)

def test_an_alarm():
    def ring(number, frame): raise TimeoutError
    signal.signal(signal.SIGALRM, ring); signal.setitimer(signal.ITIMER_REAL, 0.01)
    with pytest.raises(TimeoutError): time.sleep(60)
'''


class Results:
    def __init__(self):
        self.outcomes = {}

    def pytest_runtest_logreport(self, report):
        if report.when == "call" or report.skipped:
            self.outcomes[report.nodeid.partition("::")[2]] = report.outcome


def handler(event, context):
    folder = pathlib.Path("/tmp/tests")
    folder.mkdir()
    (folder / "test_shop.py").write_text(TESTS)
    results, text = Results(), io.StringIO()
    with contextlib.redirect_stdout(text):
        status = pytest.main([str(folder)], plugins=[results])
    summary = text.getvalue().rstrip().rpartition("\n")[2].strip("= ").partition(" in ")[0]
    return {
        "status": int(status), "outcomes": results.outcomes, "summary": summary,
        "says why": "assert {'a': 1} == {'a': 2}" in text.getvalue(), "keeps a cache": (folder / ".pytest_cache").is_dir(),
    }
