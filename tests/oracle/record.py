"""Plays the platform to AWS's Python runtime client: one fresh process for each event, its answer and log recorded.

    record.py NATIVE SITE [SUBJECT...]      (record.sh calls it, as root in namespaces of its own)

A case is one file of tests/handlers/oracle/<subject>/ whose first line is `#: ` and a JSON object, or a folder with a
`case.json`, a `task/` (/var/task) and perhaps an `opt/` (/opt). The members, all optional:

    handler         default: <case>.handler
    events          JSON values, each a call of its own; default: [{}]
    texts           more events, as the text that is sent
    environment     the user's variables
    log_format, application_log_level, qualifier, client_context, cognito_identity, tenant_id, snap_start
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

HERE = Path(__file__).resolve().parent
CASES = HERE.parent / "handlers" / "oracle"
ROOT = Path("/mnt")  # of the processes: a file system that goes away with the namespace
SECONDS = 30
USER, GROUP = 993, 990

# What the test gives wasmlam too (tests/it/oracle.rs).
REQUEST_ID = "8f5d3a1c-0b7e-4c2d-9a6f-1e2d3c4b5a69"
TRACE_ID = "Root=1-65e5f0a1-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=0"
FUNCTION = "oracle"
STREAM = "2026/11/23/[$LATEST]0123456789abcdef0123456789abcdef"
API = "169.254.100.1"

# What differs from run to run: a time, with or without milliseconds; an address in a repr. The test has the same.
REDACTED = [
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"), "<time.ms>"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "<time>"),
    (re.compile(r"0x[0-9a-f]+"), "<address>"),
]
# The header of a log event: its kind, its length, the time.
FRAME = re.compile(rb"\xa5\x5a\x00[\x02\x03\x0a\x0b\x0e\x0f\x12\x13\x16\x17\x1a\x1b](.{4}).{8}", re.DOTALL)


def mount(*arguments):
    subprocess.run(["mount", *map(str, arguments)], check=True)


def make_root(native, site):
    """AWS's paths: the interpreter read-only in /var/lang, the function in /var/task and /opt, /tmp its own."""
    mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", ROOT)
    folders = "lib lib64 usr dev etc opt tmp var/task var/lang var/runtime .task .opt"
    for folder in folders.split():
        (ROOT / folder).mkdir(parents=True)
    for folder in ("/lib", "/lib64", "/usr", "/dev"):
        mount("--rbind", folder, ROOT / folder[1:])
    (ROOT / "etc/passwd").write_text(f"sbx_user1051:x:{USER}:{GROUP}::/home/sbx_user1051:/sbin/nologin\n")
    mount("--bind", native, ROOT / "var/lang")
    mount("--bind", site, ROOT / "var/lang/lib/python3.13/site-packages")
    shutil.copy(HERE / "bootstrap.py", ROOT / "var/runtime")
    mount("-t", "tmpfs", "-o", "mode=1777", "tmpfs", ROOT / "tmp")
    for folder in ("var/task", "opt"):  # filled from outside, read-only inside
        mount("--bind", ROOT / f".{Path(folder).name}", ROOT / folder)
        mount("-o", "remount,bind,ro", ROOT / folder)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["ip", "address", "add", f"{API}/32", "dev", "lo"], check=True)


def variables(case, version):
    """What a function's process finds on AWS before the runtime starts."""
    stream = STREAM.replace("$LATEST", version)
    values = {
        "LANG": "en_US.UTF-8", "TZ": ":UTC", "PWD": "/var/task", "SHLVL": "0",
        "PATH": "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
        "LD_LIBRARY_PATH":
            "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib",
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR", "AWS_XRAY_DAEMON_ADDRESS": "169.254.100.1:2000",
        "_AWS_XRAY_DAEMON_ADDRESS": "169.254.100.1", "_AWS_XRAY_DAEMON_PORT": "2000",
        **case.get("environment", {}),
        "_HANDLER": case["handler"], "AWS_LAMBDA_RUNTIME_API": f"{API}:9001",
        "LAMBDA_TASK_ROOT": "/var/task", "LAMBDA_RUNTIME_DIR": "/var/runtime",
        "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1", "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_FUNCTION_NAME": FUNCTION, "AWS_LAMBDA_FUNCTION_VERSION": version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128", "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{FUNCTION}",
        "AWS_LAMBDA_LOG_STREAM_NAME": stream,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start" if case.get("snap_start") else "on-demand",
        # wasmlam's placeholders.
        "AWS_ACCESS_KEY_ID": "AKIAWASMLAMSANDBOX00",
        "AWS_SECRET_ACCESS_KEY": "wasmlam/sandbox/credentials/open/no/door",
        "AWS_SESSION_TOKEN": "wasmlam-sandbox-session-token",
    }
    if case.get("log_format") == "JSON":
        values["AWS_LAMBDA_LOG_FORMAT"] = "JSON"
        values["AWS_LAMBDA_LOG_LEVEL"] = case.get("application_log_level", "INFO")
    return values


class Platform(HTTPServer):
    """The Runtime API for one process and one event."""

    allow_reuse_address = True

    def __init__(self):
        super().__init__((API, 9001), Calls)
        self.timeout = 0.02

    def run(self, case, event, version):
        self.case, self.event, self.answer, self.init_size, self.done = case, event, None, None, False
        self.arn = f"arn:aws:lambda:us-east-1:123456789012:function:{FUNCTION}"
        if "qualifier" in case:
            self.arn += ":" + case["qualifier"]
        with tempfile.TemporaryFile() as log:
            self.log = log
            self.process = process = subprocess.Popen(
                ["/var/lang/bin/python3.13", "/var/runtime/bootstrap.py"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=[log.fileno()], preexec_fn=enter,
                env={**variables(case, version), "_LAMBDA_TELEMETRY_LOG_FD": str(log.fileno())},
            )
            deadline = time.monotonic() + SECONDS
            while not self.done and process.poll() is None:
                self.handle_request()
                if time.monotonic() > deadline:
                    process.kill()
                    raise SystemExit(f"{case['handler']}: no answer after {SECONDS} s")
            status = process.wait()
            log.seek(0)
            written = log.read()
        answer = self.answer or {"exited": status}
        init_size = len(written) if self.init_size is None else self.init_size
        return answer | {"init_log": log_text(written[:init_size]), "log": log_text(written[init_size:])}


def enter():
    """In the new process, before the interpreter: AWS's root, folder and user."""
    os.chroot(ROOT)
    os.chdir("/var/task")
    os.setgroups([])
    os.setgid(GROUP)
    os.setuid(USER)


class Calls(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.close_connection = True
        server = self.server
        if self.path.endswith("/restore/next"):
            return self.reply(200, b"")
        if server.init_size is not None:
            server.done = True  # it asks for the next event: all that it had to log is logged
            return server.process.kill()
        server.init_size = server.log.seek(0, os.SEEK_END)
        headers = {
            "Lambda-Runtime-Aws-Request-Id": REQUEST_ID, "Lambda-Runtime-Invoked-Function-Arn": server.arn,
            "Lambda-Runtime-Trace-Id": TRACE_ID, "Lambda-Runtime-Deadline-Ms": int(time.time() * 1000) + 3000,
            "Lambda-Runtime-Client-Context": server.case.get("client_context"),
            "Lambda-Runtime-Cognito-Identity": server.case.get("cognito_identity"),
            "Lambda-Runtime-Aws-Tenant-Id": server.case.get("tenant_id"),
        }
        return self.reply(200, server.event, headers)

    def do_POST(self):
        self.close_connection = True
        body = text(self.rfile.read(int(self.headers["Content-Length"])))
        kind = {"response": "returned", "error": "raised"}[self.path.rsplit("/", 1)[1]]
        if "/init/" in self.path or "/restore/" in self.path:
            kind = "init_failed" if "/init/" in self.path else "restore_failed"
        self.server.answer = {kind: body}
        self.reply(202, b'{"status":"OK"}\n')

    def reply(self, status, body, headers=()):
        self.send_response(status)
        fixed = {"Content-Type": "application/json", "Content-Length": len(body), "Connection": "close"}
        for name, value in {**fixed, **dict(headers)}.items():
            if value is not None:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments):
        pass


def log_text(written):
    """What was written to the one file that stands for stdout, stderr and the telemetry descriptor, frames opened."""
    pieces, at = [], 0
    while frame := FRAME.search(written, at):
        end = frame.end() + int.from_bytes(frame[1], "big")
        pieces += [written[at:frame.start()], written[frame.end():end]]
        at = end
    return text(b"".join([*pieces, written[at:]]))


def text(data):
    data = data.decode("utf-8", "backslashreplace")
    for pattern, word in REDACTED:
        data = pattern.sub(word, data)
    return data


def read_case(path):
    """The case, the folder or file of /var/task, and a digest of all of it."""
    if path.is_dir():
        case = json.loads((path / "case.json").read_bytes())
        files = sorted((file for file in path.rglob("*") if file.is_file()), key=str)
        read = b"".join(str(file.relative_to(path)).encode() + b"\0" + file.read_bytes() + b"\0" for file in files)
    else:
        read = path.read_bytes()
        line = read.split(b"\n", 1)[0]
        if not line.startswith(b"#: "):
            raise SystemExit(f"{path}: the first line is not `#: ` and a JSON object")
        case = json.loads(line[3:])
    case.setdefault("handler", f"{path.stem}.handler")
    return case, hashlib.sha256(read).hexdigest()[:16]


def lay_out(path):
    """Puts the function of a case into the root."""
    for folder in (ROOT / ".task", ROOT / ".opt", ROOT / "tmp"):
        for entry in folder.iterdir():
            shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
    if path.is_dir():
        for source, target in ((path / "task", ".task"), (path / "opt", ".opt")):
            if source.is_dir():
                shutil.copytree(source, ROOT / target, dirs_exist_ok=True)
    else:
        shutil.copy(path, ROOT / ".task")


def record(path, platform):
    case, digest = read_case(path)
    lay_out(path)
    events = [json.dumps(event, ensure_ascii=False) for event in case.pop("events", [] if "texts" in case else [{}])]
    events += case.pop("texts", [])
    version = case["qualifier"] if case.get("qualifier", "").isdigit() else "$LATEST"
    calls = [{"event": event, **platform.run(case, event.encode(), version)} for event in events]
    return {"digest": digest, **case, "calls": calls}


def main(native, site, *subjects):
    make_root(native, site)
    # Nothing that runs here may add to what it runs.
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    platform = Platform()
    for folder in sorted(CASES.iterdir()):
        if subjects and folder.name not in subjects:
            continue
        paths = sorted(path for path in folder.iterdir() if path.name != "__pycache__")
        answers = {path.stem: record(path, platform) for path in paths}
        target = HERE / "answers" / f"{folder.name}.json"
        target.write_text(json.dumps(answers, indent=1, ensure_ascii=False) + "\n")
        print(f"{folder.name}: {len(answers)} cases, {sum(len(answer['calls']) for answer in answers.values())} calls")


main(*sys.argv[1:])
