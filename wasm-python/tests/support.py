"""What the tests of the guest runtime share: the package under its guest name, and a function to run in it.

    python3 -m unittest discover -s wasm-python/tests

runs on an ordinary Python, without WebAssembly. `runtime/` and the modules of `platform/` are put together as bundle.py
does, and imported as the package `wasmlam_runtime`; paths that are fixed in the guest point to a temporary folder here.
"""

import contextlib
import gc
import importlib.util
import io
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_gathered = tempfile.TemporaryDirectory(prefix="wasmlam-guest-")
RUNTIME = Path(_gathered.name) / "runtime"
SHIMS = Path(_gathered.name) / "stdlib"

sys.dont_write_bytecode = True


def gather():
    spec = importlib.util.spec_from_file_location("bundle", ROOT / "bundle.py")
    bundle = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bundle)
    bundle.gather(ROOT / "runtime", ROOT / "platform", Path(_gathered.name))


def load_runtime():
    """Makes `import wasmlam_runtime` find the folder `runtime`."""
    if "wasmlam_runtime" not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            "wasmlam_runtime", RUNTIME / "__init__.py", submodule_search_locations=[str(RUNTIME)]
        )
        package = importlib.util.module_from_spec(spec)
        sys.modules["wasmlam_runtime"] = package
        spec.loader.exec_module(package)


gather()
load_runtime()
# The shims that the runtime itself asks for by name.
sys.path.append(str(SHIMS))
import _wasmlam_attempts  # noqa: E402, F401
import snapshot_restore_py  # noqa: E402

sys.path.remove(str(SHIMS))
from wasmlam_runtime import bootstrap, environment, logs, protocol  # noqa: E402

FUNCTION = {
    "AWS_LAMBDA_FUNCTION_NAME": "fn", "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
    "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/fn", "AWS_LAMBDA_LOG_STREAM_NAME": "2026/11/23/[$LATEST]0123",
}

def reseed(log_stream=""):
    """A restore, after which the host has sent this."""
    bootstrap.EVENT_DESCRIPTOR, host = os.pipe()
    os.write(host, log_stream.encode())
    os.close(host)
    try:
        bootstrap.reseed()
    finally:
        os.close(bootstrap.EVENT_DESCRIPTOR)
        bootstrap.EVENT_DESCRIPTOR = 0


WITH_SHIMS = f"""
import sys
from importlib.machinery import PathFinder
sys.dont_write_bytecode = True
sys.path.insert(0, {str(SHIMS)!r})
class Shims:
    def find_spec(name, path=None, target=None):
        return PathFinder.find_spec(name, sys.path[:1]) if path is None else None
sys.meta_path.insert(0, Shims)

# The C module of the network door, as it is where nothing may be reached.
import threading, types
net, changed = types.ModuleType("_wasmlam_net"), threading.Condition()
def wait(entries, seconds):
    with changed: changed.wait(min(seconds if seconds is not None else 0.05, 0.05))  # a wake may have come before: look again
    return []
def wake():
    with changed: changed.notify_all()
net.call = net.fetch = net.fetch_into = lambda op, *_: 0 if op == 0 else -101
net.wait, net.wake = wait, wake
sys.modules["_wasmlam_net"] = net
"""


class Guest:
    """A function in this process. Everything init changes is put back by close()."""

    def __init__(self, source="", handler="app.handler", files=None, variables=None, **settings):
        self.folder = tempfile.mkdtemp(prefix="wasmlam-test-")
        self.task, self.layer = os.path.join(self.folder, "task"), os.path.join(self.folder, "layer")
        for folder in (self.task, self.layer):
            os.mkdir(folder)
        for name, text in {"app.py": source, **(files or {})}.items():
            path = Path(self.folder, name) if name.startswith("layer/") else Path(self.task, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
        self.settings = {"environment": {"_HANDLER": handler, **FUNCTION, **(variables or {})}, **settings}
        self._log = tempfile.TemporaryFile()
        self._before = {
            "environ": dict(os.environ), "path": list(sys.path), "argv": list(sys.argv), "cwd": os.getcwd(),
            "modules": dict(sys.modules), "converter": logging.Formatter.converter,
            "recursion": sys.getrecursionlimit(),
            "constants": (bootstrap.TASK_ROOT, environment.LAYER_PATHS, environment.STANDARD_PATHS),
        }
        bootstrap.TASK_ROOT, environment.LAYER_PATHS = self.task, [self.layer]
        environment.STANDARD_PATHS = list(sys.path)
        root = logging.getLogger()
        self._logging = root.handlers[:], root.level
        root.handlers[:] = []

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.close()

    def close(self):
        before = self._before
        os.environ.clear()
        os.environ.update(before["environ"])
        sys.path[:], sys.argv[:] = before["path"], before["argv"]
        os.chdir(before["cwd"])
        for name in set(sys.modules) - set(before["modules"]):
            del sys.modules[name]
        sys.modules.update(before["modules"])
        logging.Formatter.converter = before["converter"]
        sys.setrecursionlimit(before["recursion"])
        bootstrap.TASK_ROOT, environment.LAYER_PATHS, environment.STANDARD_PATHS = before["constants"]
        bootstrap._restore_fault = None
        logs.request_id, logs.tenant_id = "", None
        root = logging.getLogger()
        root.handlers[:], level = self._logging
        root.setLevel(level)
        snapshot_restore_py._before_snapshot.clear()
        snapshot_restore_py._after_restore.clear()
        gc.unfreeze()
        self._log.close()
        shutil.rmtree(self.folder)

    def init(self):
        with self._logged():
            return bootstrap.init(protocol.INIT, b"", json.dumps(self.settings).encode())

    def invoke(self, event=b"{}", *, request_id="RID", deadline_ms="4000000000000", arn="ARN", trace_id="",
               client_context="", cognito_identity="", tenant_id=""):
        head = "\0".join((request_id, deadline_ms, arn, trace_id, client_context, cognito_identity, tenant_id))
        with self._logged():
            return bootstrap.invoke(protocol.INVOKE, head.encode(), event)

    def reseed(self, log_stream=""):
        with self._logged():
            reseed(log_stream)

    @contextlib.contextmanager
    def _logged(self):
        """Descriptors 1 and 2 lead to the log, as do the streams that print() uses."""
        sys.stdout.flush()
        sys.stderr.flush()
        kept = os.dup(1), os.dup(2)
        streams = sys.stdout, sys.stderr
        os.dup2(self._log.fileno(), 1)
        os.dup2(self._log.fileno(), 2)
        sys.stdout = sys.stderr = io.TextIOWrapper(io.FileIO(1, "w", closefd=False), "utf-8", write_through=True)
        try:
            yield
        finally:
            sys.stdout, sys.stderr = streams
            for copy, descriptor in zip(kept, (1, 2)):
                os.dup2(copy, descriptor)
                os.close(copy)

    @property
    def log(self):
        self._log.seek(0)
        return self._log.read().decode()


@contextlib.contextmanager
def ready(source="", **named):
    """A Guest whose init succeeded."""
    with Guest(source, **named) as guest:
        answer = guest.init()
        if answer != (protocol.READY, b"", b""):
            raise AssertionError(f"init failed: {answer}\n{guest.log}")
        yield guest


def run_apart(script, *arguments, shims=False):
    """Runs a script in a process of its own: (exit status, stdout, stderr). `runtime` in it is this module.

    With `shims`, the folder of the shims comes first on sys.path, as if it were laid over the standard library, and its
    modules win even over those that this Python has built in (Debian's has more of them than others).
    """
    start = WITH_SHIMS if shims else f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\nimport support\n"
    done = subprocess.run(
        [sys.executable, "-I", "-c", start + textwrap.dedent(script), *arguments],
        capture_output=True, text=True, timeout=60, env={"PYTHONIOENCODING": "utf-8"},
    )
    return done.returncode, done.stdout, done.stderr
