"""Makes a package and a suite out of fetched files: convert.py doctests|unittests FILES OUTPUT.

A case is one doctest of a package, or one method of a unittest.TestCase. Which there are is found by importing the
modules here; what must come out follows from the kind of case alone and was never run. With `--native PACKAGE SUITE` it
runs the suite in this Python, each case in a process of its own, and prints those that do not come out: the control.
"""

import importlib
import json
import os
import pkgutil
import re
import signal
import sys
import tarfile
import unittest
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
# The handlers' modules are imported here as well.
sys.path.insert(0, str(HERE))
TIMEOUT = 60


def doctests(files: Path, package: Path):
    for wheel in sorted(files.glob("*.whl")):
        zipfile.ZipFile(wheel).extractall(package)
    sys.path.insert(0, str(package))
    names = [module.name for module in pkgutil.walk_packages([str(package)]) if ".tests" not in module.name]
    (package / "modules.json").write_text("[]")
    finder = load_handler("doctests", package)
    modules = []
    for name in names:
        try:
            tests = finder.tests_of(name)
        except ImportError as error:
            print(f"left out: {name}: {error}")
            continue
        modules += [name] if tests else []
        for test in tests.values():
            expected = {"examples": len(test.examples), "failed": 0}
            event = {"module": name, "test": test.name}
            yield {"name": f"{name}: {test.name}", "event": event, "expect": {"subset": expected}}
    (package / "modules.json").write_text(json.dumps(modules))


def unittests(files: Path, package: Path):
    (package / "modules.json").write_text("{}")
    finder = load_handler("unittests", package)
    projects = {}
    for archive in sorted(files.glob("*.tar.gz")):
        tarfile.open(archive).extractall(package, filter="data")
    for root in sorted(path for path in package.iterdir() if path.is_dir()):
        project = re.sub(r"-[\d.]+$", "", root.name)
        root = root.rename(package / project)
        modules = []
        for path in sorted(root.rglob("test_*.py")):
            name = ".".join(path.relative_to(root).with_suffix("").parts)
            try:
                tests = finder.tests_of(project, [name])
            except (ImportError, unittest.SkipTest) as error:
                print(f"left out: {project}: {name}: {error}")
                continue
            modules += [name] if tests else []
            for test in tests:
                yield {
                    "name": f"{project}: {test}",
                    "event": {"project": project, "test": test},
                    "expect": {"subset": {"ran": 1, "failed": 0}},
                }
        projects[project] = modules
    (package / "modules.json").write_text(json.dumps(projects))


def load_handler(kind: str, package: Path):
    (package / f"{kind}.py").write_bytes((HERE / f"{kind}.py").read_bytes())
    sys.path.insert(0, str(package))
    sys.path.remove(str(HERE))
    return importlib.import_module(kind)


def convert(kind: str, files: Path, output: Path) -> None:
    package = output / "package"
    package.mkdir(parents=True)
    cases = list({"doctests": doctests, "unittests": unittests}[kind](files, package))
    with open(output / "suite.jsonl", "w", encoding="utf-8") as suite:
        suite.writelines(json.dumps(case) + "\n" for case in cases)
    with zipfile.ZipFile(output / "package.zip", "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
        for path in sorted(path for path in package.rglob("*") if path.is_file()):
            archive.write(path, path.relative_to(package))
    print(f"{kind}: {len(cases)} cases")


def native(package: Path, suite: Path) -> None:
    """A fork for each case stands for its sandbox."""
    sys.path.insert(0, str(package))
    kind = next(name for name in ("doctests", "unittests") if (package / f"{name}.py").is_file())
    os.chdir(package)
    handler = importlib.import_module(kind).handler
    os.environ["PYTHONPATH"] = os.pathsep.join(sys.path)  # for tests that start this Python once more
    total = failed = 0
    for line in open(suite, encoding="utf-8"):
        case = json.loads(line)
        reading, writing = os.pipe()
        sys.stdout.flush()
        if (child := os.fork()) == 0:
            os.close(reading)
            signal.alarm(TIMEOUT)
            for descriptor in (1, 2):
                os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)
            with open(writing, "w") as answer:
                json.dump(handler(case["event"], None), answer)
                answer.flush()
                os._exit(0)
        os.close(writing)
        with open(reading) as answer:
            text = answer.read()
        _, status = os.waitpid(child, 0)
        total += 1
        result = json.loads(text) if text else {}
        expected = case["expect"]["subset"]
        if status or any(result.get(key) != value for key, value in expected.items()):
            failed += 1
            print(f"{case['name']}: status {status}: {text[-1500:]}")
    print(f"{total - failed} of {total} natively")


if __name__ == "__main__":
    if sys.argv[1] == "--native":
        native(*(Path(argument).resolve() for argument in sys.argv[2:]))
    else:
        convert(sys.argv[1], *(Path(argument).resolve() for argument in sys.argv[2:]))
