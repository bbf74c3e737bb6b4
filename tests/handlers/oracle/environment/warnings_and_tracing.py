#: {}
import sys
import tracemalloc
import warnings


def handler(event, context):
    return [sys.gettrace(), sys.getprofile(), tracemalloc.is_tracing(), sys.warnoptions, sys.dont_write_bytecode, len(warnings.filters)]
