#!/usr/bin/env python3
"""Runs CPython's own regression tests in the sandbox, each module in one of its own.

    cpython.py [--report FILE.md] [--details FILE.json] [MODULE...]

Prints a line for each module and a summary. What does not count: a test that skips itself, and one that is refused: it
ends with our error that says what the sandbox does not have (processes, a network, pipes, native libraries). The tests
are those of the source that wasm-python/build.sh builds; take CARGO_TARGET_DIR and WASMLAM_CACHE as cargo and wasmlam do.
Takes about ten minutes on two cores.
"""

import argparse
import hashlib
import inspect
import json
import tarfile
from pathlib import Path

from sandbox import CACHE, HERE, ROOT, make_layer, make_once, reason, run

TIMEOUT = "90"  # seconds for a module
# Not about the language or its library, or of no use without what the sandbox cannot have.
LEFT_OUT = {
    "test_idle", "test_tkinter", "test_ttk", "test_tcl", "test_turtle", "test_ttk_textonly",  # no GUI
    "test_gdb", "test_regrtest", "test_test_support", "test_tools", "test_peg_generator", "test_c_locale_coercion",
    "test_ensurepip", "test_venv", "test_distutils", "test_launcher", "test_winapi", "test_pydoc",
    "test_ctypes",  # there is nothing to load
}


def versions() -> dict:
    lines = (ROOT / "wasm-python/versions.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def fetch() -> Path:
    version = versions()
    source = CACHE / "build/sources" / version["CPYTHON_FILE"]

    def unpack(scratch: Path) -> None:
        with tarfile.open(source) as archive:
            for member in archive:
                inside = member.name.partition("/Lib/test/")[2]
                if inside:
                    member.name = f"python/test/{inside}"
                    archive.extract(member, scratch, filter="data")
        make_layer(scratch)

    key = hashlib.sha256((version["CPYTHON_SHA256"] + inspect.getsource(unpack)).encode()).hexdigest()[:16]
    return make_once(CACHE / "test-packages" / f"cpython-tests-{key}", unpack)


def last_test(log: str) -> str:
    _, mark, test = log.rpartition("== ")
    return f"in {test.partition(chr(10))[0]}: " if mark else ""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--report", type=Path)
    parser.add_argument("--details", type=Path)
    parser.add_argument("modules", nargs="*")
    args = parser.parse_args()
    folder = fetch()
    found = {path.stem for path in Path(folder, "python/test").glob("test_*") if path.suffix == ".py" or path.is_dir()}
    modules = args.modules or sorted(found - LEFT_OUT)

    rows, details, passed, failed, refused, whole, unfinished = [], {}, 0, 0, 0, 0, 0
    for module, answer in zip(modules, run(HERE / "regression.py", folder / "layer.zip", modules, "--timeout", TIMEOUT)):
        details[module] = answer
        seconds = answer["metrics"]["duration_us"] / 1e6
        if answer["status"] != "ok":
            unfinished += 1
            rows.append(f"| {module} | | | | | {seconds:.1f} | {last_test(answer['log'])}{reason(answer)} |")
        else:
            result = answer["result"]
            passed, failed, refused = passed + result["passed"], failed + result["failed"], refused + result["refused"]
            whole += result["failed"] == 0
            why = "; ".join(result["why"])[:160].replace("|", "\\|").replace("\n", " ")
            counts = " | ".join(str(result[kind]) for kind in ("passed", "failed", "refused", "skipped"))
            rows.append(f"| {module} | {counts} | {seconds:.1f} | {why} |")
        print(rows[-1], flush=True)
    summary = (
        f"{passed} of {passed + failed} tests pass ({100 * passed / max(1, passed + failed):.2f} %); "
        f"{refused} more were refused. "
        f"Of {len(modules)} modules {whole} have no failure and {unfinished} did not come to an end."
    )
    print(summary)
    if args.details:
        args.details.write_text(json.dumps(details, indent=1))
    if args.report:
        head = f"# CPython's own tests in the sandbox\n\n`tests/compat/cpython.py` on CPython {versions()['CPYTHON_VERSION']}.\n"
        table = "| module | passed | failed | refused | skipped | s | why |\n|---|---|---|---|---|---|---|\n" + "\n".join(rows)
        args.report.write_text(f"{head}\n{summary}\n\n{table}\n")


if __name__ == "__main__":
    main()
