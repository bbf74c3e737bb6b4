"""hashlib's key derivations, which the standard library takes from OpenSSL alone. Here in Python, so they are slow:
the runtime puts these functions into `hashlib`."""

import hashlib
import struct

# More than this and the call would only end by the function's timeout or memory.
SCRYPT_DEFAULT_MEMORY = 32 << 20

_FLIP_INNER = bytes(byte ^ 0x36 for byte in range(256))
_FLIP_OUTER = bytes(byte ^ 0x5C for byte in range(256))


def pbkdf2_hmac(hash_name, password, salt, iterations, dklen=None):
    """Password based key derivation function 2 (PKCS #5 v2.0, RFC 8018) with HMAC."""
    if not isinstance(hash_name, str):
        raise TypeError(f"pbkdf2_hmac() argument 'hash_name' must be str, not {type(hash_name).__name__}")
    empty = hashlib.new(hash_name)
    if iterations < 1:
        raise ValueError("iteration value must be greater than 0.")
    if dklen is None:
        dklen = empty.digest_size
    if dklen < 1:
        raise ValueError("key length must be greater than 0.")
    password, salt = bytes(password), bytes(salt)
    if len(password) > empty.block_size:
        password = hashlib.new(hash_name, password).digest()
    password = password.ljust(empty.block_size, b"\0")
    # HMAC starts both its hashes with the same block each time; a copy of the state after it saves half of the work.
    inner_start = hashlib.new(hash_name, password.translate(_FLIP_INNER)).copy
    outer_start = hashlib.new(hash_name, password.translate(_FLIP_OUTER)).copy

    def hmac(message):
        inner, outer = inner_start(), outer_start()
        inner.update(message)
        outer.update(inner.digest())
        return outer.digest()

    from_bytes = int.from_bytes
    derived = b""
    for block in range(1, -(-dklen // empty.digest_size) + 1):
        step = hmac(salt + block.to_bytes(4, "big"))
        total = from_bytes(step, "big")
        for _ in range(iterations - 1):
            step = hmac(step)
            total ^= from_bytes(step, "big")
        derived += total.to_bytes(empty.digest_size, "big")
    return derived[:dklen]


def scrypt(password, *, salt, n, r, p, maxmem=0, dklen=64):
    """scrypt password-based key derivation function (RFC 7914)."""
    if n < 2 or n & (n - 1):
        raise ValueError("n must be a power of 2.")
    if r < 1 or p < 1 or dklen < 1:
        raise ValueError("r, p and dklen must be positive.")
    if 128 * r * (n + p + 2) > (maxmem or SCRYPT_DEFAULT_MEMORY):
        raise ValueError("Invalid parameter combination for n, r, p, maxmem.")
    blocks = pbkdf2_hmac("sha256", password, salt, 1, p * 128 * r)
    size = 128 * r
    mixed = b"".join(_mix(blocks[start:start + size], n, r) for start in range(0, len(blocks), size))
    return pbkdf2_hmac("sha256", password, mixed, 1, dklen)


def _mix(block, n, r):
    """scryptROMix: fills a table of n states, then walks it in an order the states decide."""
    words = list(struct.unpack(f"<{32 * r}I", block))
    table = []
    for _ in range(n):
        table.append(words)
        words = _mix_block(words, r)
    for _ in range(n):
        other = table[words[-16] & (n - 1)]
        words = _mix_block([a ^ b for a, b in zip(words, other)], r)
    return struct.pack(f"<{32 * r}I", *words)


def _mix_block(words, r):
    last = words[-16:]
    mixed = []
    for start in range(0, 32 * r, 16):
        last = _salsa20_8([a ^ b for a, b in zip(last, words[start:start + 16])])
        mixed.append(last)
    return [word for block in mixed[::2] + mixed[1::2] for word in block]


# One double round of Salsa20: (target, first, second, shift), columns and then rows.
_QUARTERS = [
    step
    for a, b, c, d in (
        (0, 4, 8, 12), (5, 9, 13, 1), (10, 14, 2, 6), (15, 3, 7, 11), (0, 1, 2, 3), (5, 6, 7, 4), (10, 11, 8, 9), (15, 12, 13, 14),
    )
    for step in ((b, a, d, 7), (c, b, a, 9), (d, c, b, 13), (a, d, c, 18))
]


def _salsa20_8(start):
    x = list(start)
    for _ in range(4):
        for target, first, second, shift in _QUARTERS:
            total = (x[first] + x[second]) & 0xFFFFFFFF
            x[target] ^= ((total << shift) | (total >> (32 - shift))) & 0xFFFFFFFF
    return [(a + b) & 0xFFFFFFFF for a, b in zip(x, start)]
