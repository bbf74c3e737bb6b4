"""Bytecode that jumps to itself."""

import opcode


def handler(event, context):
    loop = (lambda: None).__code__
    code = bytes([opcode.opmap["RESUME"], 0, opcode.opmap["NOP"], 0, opcode.opmap["JUMP_BACKWARD"], 3, 0, 0])
    return eval(loop.replace(co_code=code))
