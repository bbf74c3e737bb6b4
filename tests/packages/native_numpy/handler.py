"""numpy cannot work: it is a native module. It wraps the first error in a long text of its own."""


def handler(event, context):
    import numpy

    return numpy.arange(3).tolist()
