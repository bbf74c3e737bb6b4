"""What a program asks its machine and its process for."""

import datetime
import errno
import os
import platform
import resource
import signal
import socket
import sys
import time


def text(path):
    with open(path) as file:
        return file.read()


def fields(path):
    return dict(line.split(":", 1) for line in text(path).splitlines() if ":" in line)


def handler(event, context):
    when = datetime.datetime(2024, 3, 5, 17, 8, 9)
    formats = ("%l:%M %P", "%k:%M", "%^b %d", "100%", "Q%q", "%Y-%m-%d %H:%M:%S %P")
    keep = bytearray(50 << 20)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    del keep
    try:
        open("/tmp/nothing")
    except OSError as error:
        missing = [error.errno, str(error)]
    memory = fields("/proc/meminfo")
    status = fields("/proc/self/status")
    uuids = [text(f"/proc/sys/kernel/random/{name}").strip() for name in ("uuid", "uuid", "boot_id", "boot_id")]
    with open("/tmp/open", "w") as opened:
        link = os.readlink(f"/proc/self/fd/{opened.fileno()}")
    try:
        open("/proc/self/status", "w")
    except OSError as error:
        refused = errno.errorcode[error.errno]
    return {
        "platform": [sys.platform, os.name, platform.system(), platform.machine(), os.uname().release == platform.release()],
        "libc": platform.libc_ver(),
        "errors": missing + [os.strerror(number) for number in (1, 11, 38, 110, 111, 999)],
        "signals": [signal.SIGALRM, signal.SIGRTMIN, signal.SIGRTMAX, len(signal.valid_signals()), signal.strsignal(15)],
        "strftime": [when.strftime(form) for form in formats] + [datetime.date(476, 9, 4).strftime("%Y")],
        "usage": [usage.ru_maxrss > 50 << 10, resource.getpagesize()],
        "limits": [resource.getrlimit(resource.RLIMIT_NOFILE), os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")],
        "clocks": [time.clock_gettime(time.CLOCK_PROCESS_CPUTIME_ID) >= 0, time.CLOCK_MONOTONIC, time.clock_getres(time.CLOCK_REALTIME) > 0],
        "host": socket.gethostname() == os.uname().nodename == text("/proc/sys/kernel/hostname").strip(),
        "memory": [memory["MemTotal"].strip(), 0 < int(memory["MemFree"].split()[0]) < int(memory["MemTotal"].split()[0])],
        "processors": [text("/sys/devices/system/cpu/online"), text("/proc/cpuinfo").count("processor\t:"), os.cpu_count(), len(os.sched_getaffinity(0))],
        "process": [status["Pid"].strip() == str(os.getpid()) == os.readlink("/proc/self"), status["Uid"].split()[0] == str(os.getuid())],
        "command": text("/proc/self/cmdline").split("\0")[0] == sys.executable == os.readlink("/proc/self/exe"),
        "environment": "AWS_LAMBDA_FUNCTION_NAME=linux_machine\0" in text("/proc/self/environ"),
        "random": [uuids[0] != uuids[1], uuids[2] == uuids[3], [len(part) for part in uuids[0].split("-")]],
        "link": link,
        "refused": refused,
        "distribution": platform.freedesktop_os_release()["PRETTY_NAME"],
        "folders": [sorted(os.listdir("/sys/devices/system/cpu")), "self" in os.listdir("/proc")],
        "umask": [os.umask(0o022)],
        "missing": [
            name for name in (
                "chown", "dup2", "fchmod", "get_terminal_size", "getloadavg", "getrandom", "lockf", "nice", "readv",
                "sched_getaffinity", "sync", "writev", "pipe2", "fchdir", "wait", "waitpid", "killpg", "getpgid",
            ) if not hasattr(os, name)
        ],
    }
