#!/usr/bin/env python3
"""Which packages from PyPI work in the sandbox: imports each of smoke.py's MODULES, uses each of its SMOKE.

    packages.py [--report FILE.md] [NAME...]

Prints a line for each package and a summary; exit status 1 if fewer than 95 of 100 can be imported or a result is not
what it must be. The same functions run on the native CPython of the same source, with the packages' native modules, so
that an expectation that is wrong is not taken for a fault of the sandbox.
Takes CARGO_TARGET_DIR and WASMLAM_CACHE as cargo and wasmlam do; packages are downloaded once.
"""

import argparse
import hashlib
import json
import subprocess
import sys
from pathlib import Path

import smoke
from sandbox import CACHE, HERE, ROOT, make_layer, make_once, reason, run

PIP_OPTIONS = """
    --quiet --no-input --disable-pip-version-check --root-user-action=ignore --require-hashes --no-deps --no-compile
    --only-binary=:all: --implementation cp --python-version 3.13 --platform manylinux2014_x86_64 --platform manylinux_2_28_x86_64
""".split()
NATIVE = """
import json, sys
sys.path[:0] = sys.argv[2:]
import smoke
print(json.dumps(smoke.handler(json.loads(sys.argv[1]), None)))
"""


def fetch() -> Path:
    """A folder with the installed packages, as the machines of Lambda would have them: `python`, and as `layer.zip`; and
    with what the runtime has itself, for the native run: `runtime`."""
    requirements = {"python": HERE / "packages.txt", "runtime": ROOT / "wasm-python/site-packages.txt"}
    key = hashlib.sha256(b"".join(path.read_bytes() for path in requirements.values())).hexdigest()[:16]

    def install(scratch: Path) -> None:
        for name, path in requirements.items():
            subprocess.run([sys.executable, "-m", "pip", "install", *PIP_OPTIONS, "--target", scratch / name, "-r", path], check=True)
        make_layer(scratch)

    return make_once(CACHE / "test-packages" / f"compat-{key}", install)


def natively(folder: Path, event: dict):
    native = subprocess.run([ROOT / "wasm-python/build.sh", "--native"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    command = [f"{native}/bin/python3", "-I", "-c", NATIVE, json.dumps(event), HERE, folder / "python", folder / "runtime"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    return json.loads(done.stdout) if done.returncode == 0 else f"natively: {done.stderr.strip().splitlines()[-1]}"


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--report", type=Path)
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    names = args.names or list(smoke.MODULES)
    used = [name for name in names if name in smoke.SMOKE]
    folder = fetch()
    events = [{"import": name} for name in names] + [{"smoke": name} for name in used]
    answers = list(run(HERE / "smoke.py", folder / "layer.zip", events, "--timeout", "120"))
    imported = dict(zip(names, answers))
    results = dict(zip(used, answers[len(names):]))

    rows, importable, wrong = [], 0, 0
    for name in names:
        importable += imported[name]["status"] == "ok"
        done = "ok" if imported[name]["status"] == "ok" else reason(imported[name])
        call = ""
        if name in used:
            expected = smoke.SMOKE[name][1]
            answer = results[name]
            native = natively(folder, {"smoke": name})
            if native != expected:
                call = f"the expectation is wrong: {native!r}"
            elif answer["status"] != "ok":
                call = reason(answer)
            else:
                call = "ok" if answer["result"] == expected else f"gave {answer['result']!r}"
            wrong += call != "ok"
        milliseconds = imported[name]["metrics"]["duration_us"] // 1000
        rows.append(f"| {name} | {done} | {milliseconds} | {call} |")
        print(rows[-1], flush=True)
    summary = f"{importable} of {len(names)} can be imported; {len(used) - wrong} of {len(used)} calls give the expected result."
    print(summary)
    if args.report:
        head = "# Packages in the sandbox\n\n`tests/compat/packages.py` on CPython 3.13.5; versions in `tests/compat/packages.txt`.\n"
        table = "| package | import | ms | call |\n|---|---|---|---|\n" + "\n".join(rows)
        args.report.write_text(f"{head}\n{summary}\n\n{table}\n")
    return 0 if importable >= 0.95 * len(names) and not wrong else 1


if __name__ == "__main__":
    sys.exit(main())
