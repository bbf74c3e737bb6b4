"""Stands in for the C module `resource`: limits as on AWS, usage as far as WASI tells it."""

import time
from collections import namedtuple

error = OSError
RLIM_INFINITY = -1
RUSAGE_SELF, RUSAGE_CHILDREN, RUSAGE_THREAD = 0, -1, 1

(
    RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_DATA, RLIMIT_STACK, RLIMIT_CORE, RLIMIT_RSS, RLIMIT_NPROC, RLIMIT_NOFILE,
    RLIMIT_MEMLOCK, RLIMIT_AS, _LOCKS, RLIMIT_SIGPENDING, RLIMIT_MSGQUEUE, RLIMIT_NICE, RLIMIT_RTPRIO, RLIMIT_RTTIME,
) = range(16)
RLIMIT_OFILE = RLIMIT_NOFILE

_LIMITS = {
    RLIMIT_STACK: 8 << 20, RLIMIT_CORE: 10 << 30, RLIMIT_NPROC: 742, RLIMIT_NOFILE: 1024, RLIMIT_MEMLOCK: 64 << 10,
}

struct_rusage = namedtuple("struct_rusage", (
    "ru_utime ru_stime ru_maxrss ru_ixrss ru_idrss ru_isrss ru_minflt ru_majflt ru_nswap ru_inblock ru_oublock "
    "ru_msgsnd ru_msgrcv ru_nsignals ru_nvcsw ru_nivcsw"
))


def _checked(resource):
    if resource not in range(16):
        raise ValueError("invalid resource specified")
    return resource


def getrlimit(resource, /):
    limit = _LIMITS.get(_checked(resource), RLIM_INFINITY)
    return limit, limit


def setrlimit(resource, limits, /):
    """Setting what is set already works; WASI lets nothing be changed."""
    if tuple(limits) != getrlimit(resource):
        raise ValueError("wasmlam: limits cannot be changed in the sandbox")


def prlimit(pid, resource, limits=None, /):
    before = getrlimit(resource)
    if limits is not None:
        setrlimit(resource, limits)
    return before


def getrusage(who, /):
    """Processor time only; WASI counts nothing else."""
    if who not in (RUSAGE_SELF, RUSAGE_CHILDREN, RUSAGE_THREAD):
        raise ValueError("invalid who parameter")
    seconds = 0.0 if who == RUSAGE_CHILDREN else time.process_time()
    return struct_rusage(seconds, 0.0, *[0] * 14)


def getpagesize():
    return 65536  # of WebAssembly
