"""Takes the place of the standard `ctypes.util`: there are no libraries to find."""


def find_library(name):
    return None


def find_msvcrt():
    return None


def dllist():
    return []
