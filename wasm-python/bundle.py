"""Puts an interpreter bundle together: python.wasm, library.bin with library.index, and manifest.json.

The library is everything of the guest's file system that is the same for all functions: var/lang/lib/python3.13
(standard library, AWS SDK), var/runtime (guest runtime), usr/share/zoneinfo. library.bin is its files one after the other;
library.index has a line `OFFSET SIZE PATH` for each, sorted by path. The host opens one file and reads ranges of it.
"""

import argparse
import hashlib
import json
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from compile import compile_tree  # noqa: E402  (`-I` keeps the script's folder out of sys.path)

ZONEINFO_LEFT_OUT = {"posix", "right", "localtime", "posixrules", "leapseconds", "leap-seconds.list"}


def tree_files(root: Path, guest_path: str, left_out=frozenset()):
    for path in sorted(root.rglob("*")):
        if path.is_file() and not set(path.relative_to(root).parts) & left_out:
            yield f"{guest_path}/{path.relative_to(root).as_posix()}", path.read_bytes()


def gather(runtime: Path, platform: Path, target: Path) -> None:
    """Puts what lies by subject together by where the guest has it: modules of the runtime, and of the standard library."""
    shutil.copytree(runtime, target / "runtime", ignore=shutil.ignore_patterns("stdlib", "__pycache__"))
    for module in platform.glob("*/*.py"):
        shutil.copy(module, target / "runtime")
    for modules in [runtime / "stdlib", *platform.glob("*/stdlib")]:
        shutil.copytree(modules, target / "stdlib", dirs_exist_ok=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("module", "stdlib", "runtime", "platform", "packages", "sysconfig", "etc", "zoneinfo", "tzdata", "version", "output"):
        parser.add_argument(f"--{name}", required=True)
    args = parser.parse_args()
    output = Path(args.output)
    tag = "python" + ".".join(args.version.split(".")[:2])
    stdlib_path = f"/var/lang/lib/{tag}"

    with tempfile.TemporaryDirectory() as scratch:
        runtime = Path(scratch) / "runtime"
        shims = Path(scratch) / "shims"
        gather(Path(args.runtime), Path(args.platform), Path(scratch) / "source")
        compile_tree(Path(scratch) / "source/runtime", runtime / "wasmlam_runtime", "/var/runtime/wasmlam_runtime", stdlib=False)
        compile_tree(Path(scratch) / "source/stdlib", shims, stdlib_path, stdlib=False)
        sysconfig = Path(scratch) / "sysconfig"
        (Path(scratch) / "sysconfig-source").mkdir()
        for data in Path(args.sysconfig).glob("_sysconfigdata_*.py"):
            shutil.copy(data, Path(scratch) / "sysconfig-source")
        compile_tree(Path(scratch) / "sysconfig-source", sysconfig, stdlib_path, stdlib=False)

        # sys.executable names a file: `platform` opens it.
        files = {f"var/lang/bin/{tag}": b""}
        # A shim takes the place of a module that the standard library cannot offer here.
        for root, guest, left_out in (
            (Path(args.stdlib), stdlib_path, frozenset()),
            (sysconfig, stdlib_path, frozenset()),
            (shims, stdlib_path, frozenset()),
            (Path(args.packages), f"{stdlib_path}/site-packages", frozenset()),
            (runtime, "/var/runtime", frozenset()),
            (Path(args.etc), "/etc", frozenset()),
            (Path(args.zoneinfo), "/usr/share/zoneinfo", ZONEINFO_LEFT_OUT),
        ):
            files.update((name.lstrip("/"), data) for name, data in tree_files(root, guest, left_out))

    if "usr/share/zoneinfo/UTC" in files:
        files["etc/localtime"] = files["usr/share/zoneinfo/UTC"]
    library, index, offset = output / "library.bin", [], 0
    with library.open("wb") as out:
        for name in sorted(files):
            index.append(f"{offset} {len(files[name])} {name}\n")
            offset += out.write(files[name])
    (output / "library.index").write_text("".join(index))

    shutil.copy(args.module, output / "python.wasm")
    manifest = {
        "format": 1,
        "runtime": tag,
        "python_version": args.version,
        "tzdata": args.tzdata,
        "module": {"file": "python.wasm", "sha256": digest(output / "python.wasm")},
        "library": {"file": "library.bin", "index": "library.index", "sha256": digest(library), "files": len(files)},
    }
    (output / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    sizes = [len(data) for name, data in files.items() if "/site-packages/" in name]
    print(f"library.bin: {len(files)} files, {offset >> 20} MiB; of that in site-packages: {len(sizes)}, {sum(sizes) >> 20} MiB")


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
