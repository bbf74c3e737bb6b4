#: {}
import sys


def handler(event, context):
    print("a", "b", sep="-")
    print("no newline", end="")
    print()
    print("to stderr", file=sys.stderr)
    print("é 漢字 😀")
    print("carriage\rreturn")
    print("two\nlines")
    print()
    print(1, None, [1.5])
