"""Bytecode that writes to a local far outside of its frame."""

import opcode


def handler(event, context):
    ext, const = opcode.opmap["EXTENDED_ARG"], opcode.opmap["LOAD_CONST"]
    code = bytes([const, 0, ext, 127, ext, 255, ext, 255, opcode.opmap["STORE_FAST"], 255, const, 0, opcode.opmap["RETURN_VALUE"], 0])
    return eval((lambda: None).__code__.replace(co_code=code))
