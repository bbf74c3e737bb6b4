#: {}
import platform
import sys


def handler(event, context):
    return [
        sys.version_info[:3], sys.implementation.name, platform.python_implementation(), sys.executable, sys.prefix, sys.base_prefix,
        sys.exec_prefix, sys.byteorder, sys.flags.optimize, sys.flags.dev_mode, sys.flags.hash_randomization,
    ]
