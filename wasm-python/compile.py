"""Copies a tree of Python source and compiles it: `compile.py SOURCE TARGET GUEST_PATH [stdlib]`.

Runs under the native CPython of the same version. Source stays beside the bytecode, because tracebacks (so the error
documents of functions) quote source lines and `inspect` reads them; the bytecode is of the unchecked-hash kind, so the
interpreter never looks at the source to decide. File names inside the code objects are the guest's.
"""

import compileall
import py_compile
import shutil
import sys
from pathlib import Path

# Not for a handler: GUI, tests, installers, build tools. `lib2to3` and friends left CPython already.
LEFT_OUT_OF_STDLIB = {
    "test", "tests", "idlelib", "tkinter", "turtledemo", "turtle.py", "ensurepip", "venv", "pydoc_data", "__phello__",
    "_aix_support.py", "_ios_support.py", "_android_support.py", "_apple_support.py", "__hello__.py", "antigravity.py", "idle_test",
    "curses", "dbm_tests", "__pycache__",
}


def compile_tree(source: Path, target: Path, guest_path: str, *, stdlib: bool) -> int:
    """Returns the number of modules compiled; a module that does not compile is an error."""
    left_out = LEFT_OUT_OF_STDLIB if stdlib else {"__pycache__"}
    shutil.copytree(source, target, ignore=lambda _folder, names: [n for n in names if n in left_out])
    # Byte for byte the same on every build: hash-based, no time stamps inside.
    ok = compileall.compile_dir(
        target, quiet=1, workers=0, stripdir=str(target), prependdir=guest_path,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH, maxlevels=32,
    )
    if not ok:
        raise SystemExit(f"{source} has modules that do not compile")
    return sum(1 for _ in target.rglob("*.pyc"))


if __name__ == "__main__":
    source, target, guest_path, *rest = sys.argv[1:]
    count = compile_tree(Path(source), Path(target), guest_path, stdlib=rest == ["stdlib"])
    print(f"{count} modules of {source} compiled for {guest_path}")
