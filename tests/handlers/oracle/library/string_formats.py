#: {}
import string


def handler(event, context):
    return [f"{'é':>5}|{1234567:,}|{0.5:%}|{255:#x}|{-5:+d}|{'a'!r}", "%s %5.2f %x" % ("a", 1.5, 255), string.Template("$a").substitute(a=1)]
