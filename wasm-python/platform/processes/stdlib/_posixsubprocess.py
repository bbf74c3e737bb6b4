"""Stands in for the C module `_posixsubprocess`, which `subprocess` and `multiprocessing` import on Linux. The sandbox has
one process; platform/machine/platform_fixes.py refuses to start another one before it comes to this."""

import errno


def fork_exec(*_arguments):
    raise PermissionError(errno.EPERM, "wasmlam: the sandbox has no processes")
