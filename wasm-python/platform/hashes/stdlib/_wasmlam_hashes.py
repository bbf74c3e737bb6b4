"""The hashes that `hashlib` has from OpenSSL alone, and OpenSSL's names for all of them. The algorithms are in Python, so
they are slow. The runtime puts `new` and the lists of names into `hashlib`.

SHA-512/t is FIPS 180-4, RIPEMD-160 is by Dobbertin, Bosselaers and Preneel (1996), SM3 is GB/T 32905.
"""

import hashlib
import math
import struct

_M32, _M64 = 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF


def _first_primes(count):
    primes = []
    candidate = 2
    while len(primes) < count:
        if all(candidate % prime for prime in primes):
            primes.append(candidate)
        candidate += 1
    return primes


def _cube_root(number):
    """The whole part of the cube root."""
    low, high = 0, 1 << (number.bit_length() // 3 + 1)
    while low < high:
        middle = (low + high + 1) // 2
        if middle**3 <= number:
            low = middle
        else:
            high = middle - 1
    return low


# First 64 bits of what is behind the point in the cube roots of the first 80 primes.
_SHA512_K = [_cube_root(prime << 192) & _M64 for prime in _first_primes(80)]


def _sha512_block(state, block):
    words = list(struct.unpack(">16Q", block))
    for i in range(16, 80):
        a, b = words[i - 15], words[i - 2]
        s0 = (a >> 1 | a << 63) ^ (a >> 8 | a << 56) ^ a >> 7
        s1 = (b >> 19 | b << 45) ^ (b >> 61 | b << 3) ^ b >> 6
        words.append(words[i - 16] + (s0 & _M64) + words[i - 7] + (s1 & _M64) & _M64)
    a, b, c, d, e, f, g, h = state
    for k, word in zip(_SHA512_K, words):
        s1 = ((e >> 14 | e << 50) ^ (e >> 18 | e << 46) ^ (e >> 41 | e << 23)) & _M64
        t1 = h + s1 + (e & f ^ ~e & g) + k + word
        s0 = ((a >> 28 | a << 36) ^ (a >> 34 | a << 30) ^ (a >> 39 | a << 25)) & _M64
        t2 = s0 + (a & b ^ a & c ^ b & c)
        h, g, f, e, d, c, b, a = g, f, e, d + t1 & _M64, c, b, a, t1 + t2 & _M64
    return tuple(old + new & _M64 for old, new in zip(state, (a, b, c, d, e, f, g, h)))


# RIPEMD-160: for each of the 80 steps of either line which word is taken and by how much is turned, as hexadecimal digits.
_LEFT_WORDS = "0123456789abcdef74d1a6f3c0952eb83ae49f812706db5c19ba08c4d37fe56240597c2ae138b6fd"
_RIGHT_WORDS = "5e7092b4d6f81a3c6b370d5aef8c4912f5137e69b8c2a04d86413bf05c2d97aecfa4158762de039b"
_LEFT_TURNS = "befc5879bdef6798768db97f7cf9b7dcbd67e9dfe8d65c75bcefef989e56865c9f5b68dc5cdeb856"
_RIGHT_TURNS = "899bdff5778beec69df7c89b77c76fdb97fb866ecd5edd75f58bee6e69c9c5f885c9c5e68d65fdbb"
_LEFT_K = (0, 0x5A827999, 0x6ED9EBA1, 0x8F1BBCDC, 0xA953FD4E)
_RIGHT_K = (0x50A28BE6, 0x5C4DD124, 0x6D703EF3, 0x7A6D76E9, 0)
_ROUNDS = (
    lambda x, y, z: x ^ y ^ z,
    lambda x, y, z: x & y | ~x & z,
    lambda x, y, z: (x | ~y) ^ z,
    lambda x, y, z: x & z | y & ~z,
    lambda x, y, z: x ^ (y | ~z),
)


def _steps(words, turns, constants, rounds):
    return [(int(words[i], 16), int(turns[i], 16), constants[i // 16], rounds[i // 16]) for i in range(80)]


_LEFT = _steps(_LEFT_WORDS, _LEFT_TURNS, _LEFT_K, _ROUNDS)
_RIGHT = _steps(_RIGHT_WORDS, _RIGHT_TURNS, _RIGHT_K, _ROUNDS[::-1])


def _turn(value, by):
    value &= _M32
    return value << by & _M32 | value >> (32 - by)


def _ripemd160_block(state, block):
    words = struct.unpack("<16I", block)
    lines = []
    for steps in (_LEFT, _RIGHT):
        a, b, c, d, e = state
        for word, by, constant, mix in steps:
            a, b, c, d, e = e, _turn(a + mix(b, c, d) + words[word] + constant, by) + e & _M32, b, _turn(c, 10), d
        lines.append((a, b, c, d, e))
    (a, b, c, d, e), (v, w, x, y, z) = lines
    h0, h1, h2, h3, h4 = state
    return tuple(sum_ & _M32 for sum_ in (h1 + c + y, h2 + d + z, h3 + e + v, h4 + a + w, h0 + b + x))


def _sm3_block(state, block):
    w = list(struct.unpack(">16I", block))
    for i in range(16, 68):
        x = w[i - 16] ^ w[i - 9] ^ _turn(w[i - 3], 15)
        w.append(x ^ _turn(x, 15) ^ _turn(x, 23) ^ _turn(w[i - 13], 7) ^ w[i - 6])
    a, b, c, d, e, f, g, h = state
    for i in range(64):
        constant = 0x79CC4519 if i < 16 else 0x7A879D8A
        s1 = _turn(_turn(a, 12) + e + _turn(constant, i % 32), 7)
        s2 = s1 ^ _turn(a, 12)
        if i < 16:
            mixed, chosen = a ^ b ^ c, e ^ f ^ g
        else:
            mixed, chosen = a & b | a & c | b & c, e & f | ~e & g
        t1 = mixed + d + s2 + (w[i] ^ w[i + 4]) & _M32
        t2 = chosen + h + s1 + w[i] & _M32
        a, b, c, d, e, f, g, h = t1, a, _turn(b, 9), c, t2 ^ _turn(t2, 9) ^ _turn(t2, 17), e, _turn(f, 19), g
    return tuple(old ^ new for old, new in zip(state, (a, b, c, d, e, f, g, h)))


class _Hash:
    """Blocks one after the other, and a last one with the length: how all three are built."""

    def __init__(self, data=b""):
        self._state, self._rest, self._length = self._start, b"", 0
        self.update(data)

    def update(self, data, /):
        if isinstance(data, str):
            raise TypeError("Strings must be encoded before hashing")
        data = bytes(memoryview(data))
        self._length += len(data)
        self._state, self._rest = self._feed(self._state, self._rest + data)

    def _feed(self, state, data):
        size, block = self.block_size, type(self)._block
        whole = len(data) - len(data) % size
        for at in range(0, whole, size):
            state = block(state, data[at : at + size])
        return state, data[whole:]

    def digest(self):
        size = self.block_size
        length = (self._length * 8).to_bytes(size // 8, self._order)
        padding = b"\x80" + bytes(-(len(self._rest) + 1 + len(length)) % size)
        state, _ = self._feed(self._state, self._rest + padding + length)
        word = 8 if size == 128 else 4
        return b"".join(value.to_bytes(word, self._order) for value in state)[: self.digest_size]

    def hexdigest(self):
        return self.digest().hex()

    def copy(self):
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        return twin

    def __repr__(self):
        return f"<{self.name} _hashlib.HASH object @ {id(self):#x}>"


class _Sha512(_Hash):
    block_size, _order, _block = 128, "big", staticmethod(_sha512_block)


def _sha512_start(bits):
    """What SHA-512/t begins with: the standard makes it by a SHA-512 of the name, whose own beginning is changed."""
    roots = [math.isqrt(prime << 128) & _M64 for prime in _first_primes(8)]
    changed = tuple(root ^ 0xA5A5A5A5A5A5A5A5 for root in roots)
    name = f"SHA-512/{bits}".encode()
    block = name + b"\x80" + bytes(128 - len(name) - 1 - 16) + (len(name) * 8).to_bytes(16, "big")
    return _sha512_block(changed, block)


class _Sha512For256(_Sha512):
    name, digest_size, _start = "sha512_256", 32, _sha512_start(256)


class _Sha512For224(_Sha512):
    name, digest_size, _start = "sha512_224", 28, _sha512_start(224)


class _Ripemd160(_Hash):
    name, digest_size, block_size, _order = "ripemd160", 20, 64, "little"
    _block = staticmethod(_ripemd160_block)
    _start = (0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0)


class _Sm3(_Hash):
    name, digest_size, block_size, _order = "sm3", 32, 64, "big"
    _block = staticmethod(_sm3_block)
    _start = (0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E)


class _Md5Sha1(_Hash):
    """Both, one behind the other, as old TLS signs."""

    name, digest_size, block_size = "md5-sha1", 36, 64

    def __init__(self, data=b""):
        self._both = hashlib.md5(data), hashlib.sha1(data)

    def update(self, data, /):
        for half in self._both:
            half.update(data)

    def digest(self):
        return b"".join(half.digest() for half in self._both)

    def copy(self):
        twin = super().copy()
        twin._both = tuple(half.copy() for half in self._both)
        return twin


_OWN = {kind.name: kind for kind in (_Sha512For256, _Sha512For224, _Ripemd160, _Sm3, _Md5Sha1)}
# OpenSSL's other names, in capitals.
_OTHER_NAMES = {
    "MD5": "md5", "SSL3-MD5": "md5", "SHA1": "sha1", "SHA-1": "sha1", "SSL3-SHA1": "sha1", "MD5-SHA1": "md5-sha1",
    **{f"{prefix}{bits}": f"sha{bits}" for bits in (224, 256, 384, 512) for prefix in ("SHA", "SHA-", "SHA2-")},
    **{f"{prefix}{bits}": f"sha512_{bits}" for bits in (224, 256) for prefix in ("SHA512-", "SHA-512/", "SHA2-512/")},
    **{f"SHA3-{bits}": f"sha3_{bits}" for bits in (224, 256, 384, 512)},
    **{f"SHAKE{dash}{bits}": f"shake_{bits}" for bits in (128, 256) for dash in ("", "-")},
    "BLAKE2B512": "blake2b", "BLAKE2B-512": "blake2b", "BLAKE2S256": "blake2s", "BLAKE2S-256": "blake2s",
    "RIPEMD160": "ripemd160", "RIPEMD-160": "ripemd160", "RIPEMD": "ripemd160", "RMD160": "ripemd160", "SM3": "sm3",
}  # fmt: skip

_new = hashlib.new


def new(name, data=b"", **options):
    """As hashlib.new(), for OpenSSL's hashes and names too."""
    try:
        return _new(name, data, **options)
    except ValueError:
        known = None
        if isinstance(name, str):
            known = name if name in _OWN else _OTHER_NAMES.get(name.upper())
        if known is None:
            raise
    kind = _OWN.get(known)
    return _new(known, data, **options) if kind is None else kind(data)
