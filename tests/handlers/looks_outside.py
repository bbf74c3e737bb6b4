import errno
import os

READ = ["/etc/shadow", "/etc/machine-id", "/proc/1/environ", "/proc/1/cmdline", "/root", "/home", "/sys/kernel", "/srv",
        "../../../../../../etc/shadow", "/var/task/../../etc/shadow", "/tmp/link", "/tmp/../etc/shadow", "/dev/mem", "/dev/tty"]
WRITE = ["/var/task/new", "/var/task/looks_outside.py", "/opt/new", "/new", "/var/lang/lib/python3.13/os.py", "/var/runtime/new",
         "/dev/new", "/usr/share/zoneinfo/UTC"]


def attempt(path, mode):
    try:
        with open(path, mode) as file:
            return f"opened: {file.read()[:20] if mode == 'r' else 'for writing'}"
    except OSError as error:
        return errno.errorcode[error.errno]


def handler(event, context):
    os.symlink("../../../../etc/shadow", "/tmp/link")
    return {
        "read": {path: attempt(path, "r") for path in READ},
        "write": {path: attempt(path, "a") for path in WRITE},
        "folders": {path: sorted(os.listdir(path)) for path in ["/", "/var", "/var/task", "/opt", "/tmp", "/dev"]},
        "walked": sum(len(files) for _, _, files in os.walk("/", onerror=None)) > 1000,
    }
