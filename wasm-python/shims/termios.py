"""Stands in for the C module `termios`. The sandbox has no terminal: every call says so. Numbers are Linux's."""

import errno


class error(Exception):
    """termios.error, whose arguments are an errno and a text."""


TCSANOW, TCSADRAIN, TCSAFLUSH = range(3)
TCIFLUSH, TCOFLUSH, TCIOFLUSH = range(3)
TCOOFF, TCOON, TCIOFF, TCION = range(4)
BRKINT, INPCK, ISTRIP, ICRNL, IXON = 0o2, 0o20, 0o40, 0o400, 0o2000
OPOST = 0o1
CSIZE, CS8, PARENB = 0o60, 0o60, 0o400
ISIG, ICANON, ECHO, ECHOE, ECHOK, ECHONL, IEXTEN = 0o1, 0o2, 0o10, 0o20, 0o40, 0o100, 0o100000
VINTR, VQUIT, VERASE, VKILL, VEOF, VTIME, VMIN = range(7)
TIOCGWINSZ, TIOCSWINSZ, FIONREAD, TIOCGPGRP = 0x5413, 0x5414, 0x541B, 0x540F
NCCS = 32


def _no_terminal(*_arguments):
    raise error(errno.ENOTTY, "wasmlam: the sandbox has no terminal")


tcgetattr = tcsetattr = tcsendbreak = tcdrain = tcflush = tcflow = tcgetwinsize = tcsetwinsize = _no_terminal
