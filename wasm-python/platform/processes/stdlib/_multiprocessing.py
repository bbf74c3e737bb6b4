"""Stands in for the C module `_multiprocessing`, so that `multiprocessing` and what imports it can be imported.

A semaphore between processes raises OSError with ENOSYS, as on AWS, where /dev/shm is missing: so do `Queue` and `Pool`.
"""

import errno
import os

flags = {}


class SemLock:
    SEM_VALUE_MAX = 2**31 - 1

    def __new__(cls, *_arguments, **_named):
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    _rebuild = __new__


def sem_unlink(name, /):
    raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
