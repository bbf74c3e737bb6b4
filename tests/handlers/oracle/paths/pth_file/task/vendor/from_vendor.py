import sys

assert sys.path_was_read
