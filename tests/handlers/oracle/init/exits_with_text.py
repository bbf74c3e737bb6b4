#: {}
import sys

sys.exit("a text")
