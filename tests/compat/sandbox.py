"""What packages.py and cpython.py share: where things are, and one run of many events in the sandbox."""

import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CACHE = Path(os.environ.get("WASMLAM_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "wasmlam"))
PROGRAM = Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target", "release", "wasmlam")


def make_layer(folder: Path) -> None:
    """Makes `layer.zip` of the folder's `python`: one file is read faster than thousands."""
    with zipfile.ZipFile(folder / "layer.zip", "w", zipfile.ZIP_DEFLATED) as layer:
        for path in sorted(Path(folder, "python").rglob("*")):
            layer.write(path, path.relative_to(folder))


def make_once(folder: Path, make) -> Path:
    """Lets `make(scratch)` fill the folder, unless it is there."""
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
            make(Path(scratch))
            os.rename(scratch, folder)
            os.mkdir(scratch)  # for the end of the block to remove
    return folder


def run(handler: Path, layer: Path, events: list, *options: str):
    """Runs `handler.py`'s handler on each event in a sandbox of its own, on all cores; gives the documents as they come."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.writelines(json.dumps(event) + "\n" for event in events)
        file.flush()
        command = [PROGRAM, "run", handler, "--handler", f"{handler.stem}.handler", "--layer", layer, "--events", file.name]
        options = ["--concurrency", str(os.cpu_count()), "--memory-size", "1024", "--output", "json", *options]
        with subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True) as program:
            count = 0
            for count, line in enumerate(program.stdout, 1):
                yield json.loads(line)
    if count != len(events):
        sys.exit(f"wasmlam printed {count} lines for {len(events)} events")


def reason(answer: dict) -> str:
    """One line that says why there is no result."""
    error = answer.get("error") or {}
    text = str(error.get("errorMessage", answer["status"])).strip().splitlines() or [""]
    return f"{error.get('errorType', '')}: {text[0]}"[:140]
