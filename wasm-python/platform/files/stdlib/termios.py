"""Stands in for the C module `termios`. The sandbox has no terminal: every call says so. Numbers are Linux's."""

import errno

import _wasmlam_numbers


class error(Exception):
    """termios.error, whose arguments are an errno and a text."""


globals().update(_wasmlam_numbers.of("termios"))


def _no_terminal(*_arguments):
    raise error(errno.ENOTTY, "wasmlam: the sandbox has no terminal")


tcgetattr = tcsetattr = tcsendbreak = tcdrain = tcflush = tcflow = tcgetwinsize = tcsetwinsize = _no_terminal
