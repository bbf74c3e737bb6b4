#: {}
import warnings

warnings.warn("careful")
warnings.warn("old", DeprecationWarning)


def handler(event, context):
    warnings.warn("in the call", UserWarning)
    return 1
