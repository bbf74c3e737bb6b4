"""Bytecode that writes to a local far outside of its frame."""

import opcode


def handler(event, context):
    names = ("EXTENDED_ARG", "LOAD_CONST", "STORE_FAST", "RETURN_VALUE")
    ext, const, store, end = (opcode.opmap[name] for name in names)
    code = bytes([const, 0, ext, 127, ext, 255, ext, 255, store, 255, const, 0, end, 0])
    return eval((lambda: None).__code__.replace(co_code=code))
