"""Takes the place of the standard `ctypes` package, whose C half WebAssembly cannot have: no native library can be
loaded or called.

Data types work, with the sizes of wasm32: programs define structures when they are imported, and some only pack and
unpack bytes with them. Loading a library raises OSError. An address is a made-up number: it can be compared and passed
around, not followed, except by what made it.
"""

import os as _os
import struct as _struct
import sys as _sys
import types as _types

__version__ = "1.1.0"
DEFAULT_MODE = RTLD_LOCAL = 0
RTLD_GLOBAL = 0x100
_NO_LIBRARIES = "wasmlam: native libraries cannot load in WebAssembly"
_ORDER = "<"  # of wasm32
_POINTER_SIZE = 4
_LONG_SIZE = 4
_WCHAR_SIZE = 4


class ArgumentError(Exception):
    """An argument of a foreign function has the wrong type."""


class _Memory:
    """What one object and the views into it share: the bytes, and the Python objects its pointers lead to."""

    __slots__ = ("bytes", "targets", "owner")

    def __init__(self, data, owner=None):
        self.bytes = memoryview(data)
        self.targets = {}
        self.owner = owner


class _DataType(type):
    """Type of all types here: `c_int * 3` is an array type, and `_fields_` may be assigned after the class is made."""

    def __new__(meta, name, bases, namespace, **named):
        cls = super().__new__(meta, name, bases, namespace, **named)
        if "_fields_" in namespace:
            cls._lay_out(namespace["_fields_"])
        return cls

    def __setattr__(cls, name, value):
        super().__setattr__(name, value)
        if name == "_fields_":
            cls._lay_out(value)

    def __mul__(cls, length):
        if length < 0:
            raise ValueError("Array length must be >= 0, not %d" % length)
        key = cls, length
        if key not in _array_types:
            namespace = {"_type_": cls, "_length_": length, "_size_": cls._size_ * length, "_align_": cls._align_}
            _array_types[key] = _DataType(f"{cls.__name__}_Array_{length}", (Array,), namespace)
        return _array_types[key]

    __rmul__ = __mul__

    def from_buffer(cls, source, offset=0):
        view = memoryview(source).cast("B")
        if view.readonly:
            raise TypeError("underlying buffer is not writable")
        return cls._view(_Memory(cls._part(view, offset), source), 0)

    def from_buffer_copy(cls, source, offset=0):
        return cls._view(_Memory(bytearray(cls._part(memoryview(source).cast("B"), offset))), 0)

    def _part(cls, view, offset):
        if offset < 0:
            raise ValueError("offset cannot be negative")
        if cls._size_ > len(view) - offset:
            raise ValueError(f"Buffer size too small ({len(view)} instead of at least {cls._size_ + offset} bytes)")
        return view[offset:offset + cls._size_]

    def from_address(cls, address):
        raise ValueError("wasmlam: an address cannot be followed in WebAssembly")

    def in_dll(cls, library, name):
        raise ValueError(_NO_LIBRARIES)

    def from_param(cls, value):
        return value if isinstance(value, cls) else cls(value)


_array_types = {}
_pointer_type_cache = {None: None}


class _Data(metaclass=_DataType):
    _size_ = 0
    _align_ = 1
    _b_base_ = None

    def __new__(cls, *_arguments, **_named):
        return cls._view(_Memory(bytearray(cls._size_)), 0)

    @classmethod
    def _view(cls, memory, offset):
        self = object.__new__(cls)
        self._memory, self._offset = memory, offset
        return self

    def _bytes(self):
        return self._memory.bytes[self._offset:self._offset + self._size_]

    def __buffer__(self, flags, /):
        return self._bytes()

    def __reduce__(self):
        return _rebuild, (type(self), bytes(self._bytes()))

    def _load(self):
        """What a field or an item of this type reads as."""
        return self

    def _store(self, value):
        if not isinstance(value, type(self)):
            value = type(self)(*value) if isinstance(value, tuple) else type(self)(value)
        _copy(value, self)


def _rebuild(cls, data):
    return cls.from_buffer_copy(data)


def _copy(source, target):
    size = min(source._size_, target._size_)
    target._bytes()[:size] = bytes(source._bytes()[:size])
    for at, value in list(source._memory.targets.items()):
        if source._offset <= at < source._offset + size:
            target._memory.targets[at - source._offset + target._offset] = value


class _SimpleCData(_Data):
    _type_ = None
    _format_ = None

    def __init__(self, value=None):
        if value is not None:
            self.value = value

    def __init_subclass__(cls, **named):
        super().__init_subclass__(**named)
        if "_type_" in vars(cls):
            code = {"l": "i", "L": "I", "P": "I", "z": "I", "Z": "I", "O": "I", "v": "h", "g": "d", "u": "I"}.get(cls._type_, cls._type_)
            cls._format_ = _ORDER + code
            cls._size_ = cls._align_ = _struct.calcsize(cls._format_)

    @property
    def value(self):
        raw = _struct.unpack_from(self._format_, self._bytes())[0]
        if self._type_ in "PzZO":
            if raw and self._type_ == "P":
                return raw
            return self._memory.targets.get(self._offset) if raw or self._type_ == "O" else None
        if self._type_ == "u":
            return chr(raw)
        return bool(raw) if self._type_ in "?v" else raw

    @value.setter
    def value(self, value):
        kind = self._type_
        if kind in "bBhHiIlLqQ":
            bits = 8 * self._size_
            value = _index(value) & ((1 << bits) - 1)
            if kind.islower() and value >> (bits - 1):
                value -= 1 << bits
        elif kind in "fdg":
            if not isinstance(value, (int, float)):
                raise TypeError("must be real number, not " + type(value).__name__)
            value = float(value)
        elif kind == "c":
            value = _one_char(value)
        elif kind == "u":
            if not isinstance(value, str) or len(value) != 1:
                raise TypeError("one character unicode string expected")
            value = ord(value)
        elif kind in "?v":
            value = bool(value)
        else:
            value = self._point(value)
        _struct.pack_into(self._format_, self._bytes(), 0, value)

    def _point(self, value):
        """Keeps the object a pointer leads to; returns its made-up address."""
        kind = self._type_
        if kind == "P":
            if isinstance(value, _Data):
                value = addressof(value)
            return 0 if value is None else _index(value) & 0xFFFFFFFF
        if kind == "z" and not isinstance(value, (bytes, int, type(None))):
            raise TypeError(f"bytes or integer address expected instead of {type(value).__name__} instance")
        if kind == "Z" and not isinstance(value, (str, int, type(None))):
            raise TypeError(f"unicode string or integer address expected instead of {type(value).__name__} instance")
        self._memory.targets[self._offset] = value
        return 0 if value is None else id(value) & 0xFFFFFFFF or 1

    def _load(self):
        # A subclass of a simple type is not turned into a Python value.
        return self.value if _SimpleCData in type(self).__bases__ else self

    def _store(self, value):
        self.value = value.value if isinstance(value, _SimpleCData) else value

    def __bool__(self):
        return bool(self.value)

    def __repr__(self):
        if _SimpleCData not in type(self).__bases__:
            return object.__repr__(self)
        return "py_object(<NULL>)" if self._type_ == "O" and self.value is None else f"{type(self).__name__}({self.value!r})"


def _index(value):
    if not isinstance(value, int):
        if not hasattr(value, "__index__"):
            raise TypeError(f"an integer is required (got type {type(value).__name__})")
        value = value.__index__()
    return value


def _one_char(value):
    if isinstance(value, (bytes, bytearray)) and len(value) == 1:
        return bytes(value)
    if isinstance(value, int) and 0 <= value < 256:
        return bytes((value,))
    raise TypeError("one character bytes, bytearray, or an integer in range(256) expected")


class c_byte(_SimpleCData): _type_ = "b"
class c_ubyte(_SimpleCData): _type_ = "B"
class c_short(_SimpleCData): _type_ = "h"
class c_ushort(_SimpleCData): _type_ = "H"
class c_int(_SimpleCData): _type_ = "i"
class c_uint(_SimpleCData): _type_ = "I"
class c_long(_SimpleCData): _type_ = "l"
class c_ulong(_SimpleCData): _type_ = "L"
class c_longlong(_SimpleCData): _type_ = "q"
class c_ulonglong(_SimpleCData): _type_ = "Q"
class c_float(_SimpleCData): _type_ = "f"
class c_double(_SimpleCData): _type_ = "d"
class c_longdouble(_SimpleCData): _type_ = "g"
class c_bool(_SimpleCData): _type_ = "?"
class c_char(_SimpleCData): _type_ = "c"
class c_wchar(_SimpleCData): _type_ = "u"
class c_char_p(_SimpleCData): _type_ = "z"
class c_wchar_p(_SimpleCData): _type_ = "Z"
class c_void_p(_SimpleCData): _type_ = "P"
class py_object(_SimpleCData): _type_ = "O"


c_voidp = c_void_p
c_int8, c_uint8, c_int16, c_uint16, c_int32, c_uint32, c_int64, c_uint64 = (
    c_byte, c_ubyte, c_short, c_ushort, c_int, c_uint, c_longlong, c_ulonglong,
)
c_size_t, c_ssize_t, c_time_t = c_uint, c_int, c_longlong
SIZEOF_TIME_T = 8


class Array(_Data):
    _type_ = None
    _length_ = 0
    __class_getitem__ = classmethod(_types.GenericAlias)

    def __init__(self, *items):
        if len(items) > self._length_:
            raise IndexError("invalid index")
        for index, item in enumerate(items):
            self[index] = item

    def __init_subclass__(cls, **named):
        super().__init_subclass__(**named)
        if "_type_" in vars(cls) and "_length_" in vars(cls) and "_size_" not in vars(cls):
            cls._size_, cls._align_ = cls._type_._size_ * cls._length_, cls._type_._align_

    def __len__(self):
        return self._length_

    def _item(self, index):
        index = _index(index)
        if index < 0:
            index += self._length_
        if not 0 <= index < self._length_:
            raise IndexError("invalid index")
        return self._type_._view(self._memory, self._offset + index * self._type_._size_)

    def __getitem__(self, key):
        if isinstance(key, slice):
            items = [self[index] for index in range(*key.indices(self._length_))]
            return b"".join(items) if self._type_ is c_char else "".join(items) if self._type_ is c_wchar else items
        return self._item(key)._load()

    def __setitem__(self, key, value):
        if isinstance(key, slice):
            indices = range(*key.indices(self._length_))
            if len(indices) != len(value):
                raise ValueError("Can only assign sequence of same size")
            for index, item in zip(indices, value):
                self[index] = item
        else:
            self._item(key)._store(value)

    def _load(self):
        return self.value if self._type_ in (c_char, c_wchar) else self

    def _store(self, value):
        if self._type_ in (c_char, c_wchar) and isinstance(value, (bytes, str)):
            self.value = value
        else:
            super()._store(value)

    # Arrays of characters read as one text.
    @property
    def value(self):
        if self._type_ is c_char:
            return bytes(self._bytes()).partition(b"\0")[0]
        if self._type_ is c_wchar:
            return self[:].partition("\0")[0]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute 'value'")

    @value.setter
    def value(self, value):
        if self._type_ not in (c_char, c_wchar):
            raise AttributeError(f"'{type(self).__name__}' object has no attribute 'value'")
        if not isinstance(value, bytes if self._type_ is c_char else str):
            raise TypeError(f"{'bytes' if self._type_ is c_char else 'unicode string'} expected instead of {type(value).__name__} instance")
        if len(value) > self._length_:
            raise ValueError("byte string too long" if self._type_ is c_char else "string too long")
        for index, item in enumerate(value):
            self[index] = item
        if len(value) < self._length_:
            self[len(value)] = b"\0" if self._type_ is c_char else "\0"

    @property
    def raw(self):
        return bytes(self._bytes())

    @raw.setter
    def raw(self, value):
        if len(value) > self._size_:
            raise ValueError("byte string too long")
        self._bytes()[:len(value)] = bytes(value)


class _Field:
    """Descriptor of one member of a structure; `bits` is (lowest bit, number of bits) or None."""

    def __init__(self, name, kind, offset, bits, order):
        self.name, self._kind, self.offset, self._bits, self._order = name, kind, offset, bits, order
        self.size = kind._size_ if bits is None else bits[1] << 16 | bits[0]

    def __repr__(self):
        return f"<Field type={self._kind.__name__}, ofs={self.offset}, size={self.size}>"

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        item = self._kind._view(instance._memory, instance._offset + self.offset)
        if self._order is not None:
            return self._reversed(item)._load()
        if self._bits is None:
            return item._load()
        low, count = self._bits
        value = (int.from_bytes(item._bytes(), "little") >> low) & ((1 << count) - 1)
        if self._kind._type_.islower() and value >> (count - 1):
            value -= 1 << count
        return value

    def __set__(self, instance, value):
        item = self._kind._view(instance._memory, instance._offset + self.offset)
        if self._order is not None:
            other = self._kind()
            other._store(value)
            item._bytes()[:] = bytes(other._bytes())[::-1]
        elif self._bits is None:
            item._store(value)
        else:
            low, count = self._bits
            mask = ((1 << count) - 1) << low
            whole = int.from_bytes(item._bytes(), "little") & ~mask | (_index(value) << low) & mask
            item._bytes()[:] = whole.to_bytes(item._size_, "little")

    def _reversed(self, item):
        return self._kind.from_buffer_copy(bytes(item._bytes())[::-1])


class Structure(_Data):
    _overlap = False
    _order_ = None  # ">" where simple members are big-endian
    _names_ = ()

    @classmethod
    def _lay_out(cls, fields):
        """Gives each field its place, by the rules of C."""
        pack = getattr(cls, "_pack_", 0)
        parent = cls.__mro__[1]
        end, align = (parent._size_, parent._align_) if getattr(parent, "_names_", ()) else (0, 1)
        names, size = list(getattr(parent, "_names_", ())), end
        bit_type = bit_at = bit_end = None
        for name, kind, *bits in fields:
            field_align = min(kind._align_, pack) if pack else kind._align_
            align = max(align, field_align)
            if bits and bit_type is kind and bit_end + bits[0] <= 8 * kind._size_ and not cls._overlap:
                offset, low = bit_at, bit_end
            else:
                offset, low = (0 if cls._overlap else -(-end // field_align) * field_align), 0
            bit_type, bit_at, bit_end = (kind, offset, low + bits[0]) if bits else (None, None, None)
            swap = cls._order_ if issubclass(kind, _SimpleCData) and kind._size_ > 1 and not bits else None
            type.__setattr__(cls, name, _Field(name, kind, offset, (low, bits[0]) if bits else None, swap))
            names.append(name)
            end = offset + kind._size_
            size = max(size, end)
            if name in getattr(cls, "_anonymous_", ()):
                for inner in kind._names_:
                    type.__setattr__(cls, inner, _Through(name, inner))
        cls._names_ = tuple(names)
        cls._size_, cls._align_ = -(-size // align) * align, align

    def __init__(self, *values, **named):
        if len(values) > len(self._names_):
            raise TypeError("too many initializers")
        for name, value in zip(self._names_, values):
            if name in named:
                raise TypeError(f"duplicate values for field {name!r}")
            setattr(self, name, value)
        for name, value in named.items():
            setattr(self, name, value)


class _Through:
    """A member of an anonymous member."""

    def __init__(self, outer, name):
        self._outer, self._name = outer, name

    def __get__(self, instance, owner=None):
        return self if instance is None else getattr(getattr(instance, self._outer), self._name)

    def __set__(self, instance, value):
        setattr(getattr(instance, self._outer), self._name, value)


class Union(Structure):
    _overlap = True


class BigEndianStructure(Structure):
    _order_ = ">"


class BigEndianUnion(Union):
    _order_ = ">"


class LittleEndianStructure(Structure):
    pass


class LittleEndianUnion(Union):
    pass


class _Pointer(_Data):
    _type_ = None
    _size_ = _align_ = _POINTER_SIZE

    def __init__(self, target=None):
        if target is not None:
            self.contents = target

    @property
    def contents(self):
        target = self._memory.targets.get(self._offset)
        if target is None:
            raise ValueError("NULL pointer access")
        return target

    @contents.setter
    def contents(self, target):
        if not isinstance(target, self._type_):
            raise TypeError(f"expected {self._type_.__name__} instead of {type(target).__name__}")
        self._memory.targets[self._offset] = target
        self._bytes()[:] = (addressof(target) or 1).to_bytes(_POINTER_SIZE, "little")

    def _at(self, index):
        target = self.contents
        at = target._offset + index * self._type_._size_
        if not 0 <= at <= len(target._memory.bytes) - self._type_._size_:
            raise IndexError("wasmlam: the pointer leads outside of the object it was made from")
        return self._type_._view(target._memory, at)

    def __getitem__(self, key):
        if isinstance(key, slice):
            items = [self[index] for index in range(key.start or 0, key.stop, key.step or 1)]
            return b"".join(items) if self._type_ is c_char else items
        return self._at(key)._load()

    def __setitem__(self, key, value):
        self._at(key)._store(value)

    def __bool__(self):
        return self._memory.targets.get(self._offset) is not None

    def _store(self, value):
        if value is None:
            self._memory.targets.pop(self._offset, None)
            self._bytes()[:] = bytes(_POINTER_SIZE)
        elif isinstance(value, Array) and value._type_ is self._type_:
            self.contents = self._type_._view(value._memory, value._offset)
        else:
            super()._store(value)


def POINTER(kind, /):
    if kind is None:
        return c_void_p
    if kind not in _pointer_type_cache:
        if isinstance(kind, str):
            return _DataType(f"LP_{kind}", (_Pointer,), {})
        _pointer_type_cache[kind] = _DataType(f"LP_{kind.__name__}", (_Pointer,), {"_type_": kind})
    return _pointer_type_cache[kind]


def SetPointerType(pointer, cls):
    pointer._type_ = cls
    _pointer_type_cache[cls] = pointer


def pointer(target, /):
    return POINTER(type(target))(target)


def byref(target, offset=0, /):
    return pointer(target)


def sizeof(thing, /):
    if isinstance(thing, _Data) or isinstance(thing, _DataType):
        return thing._size_
    raise TypeError("this type has no size")


def alignment(thing, /):
    if isinstance(thing, _Data) or isinstance(thing, _DataType):
        return thing._align_
    raise TypeError("no alignment info")


def addressof(thing, /):
    if not isinstance(thing, _Data):
        raise TypeError("invalid type")
    return (id(thing._memory) + thing._offset) & 0xFFFFFFFF


def resize(thing, size, /):
    if size < type(thing)._size_:
        raise ValueError(f"minimum size is {type(thing)._size_}")
    grown = bytearray(size)
    grown[:thing._size_] = thing._bytes()
    thing._memory.bytes, thing._offset, thing._size_ = memoryview(grown), 0, size


def cast(thing, kind):
    """Only views the same object as another type; an address cannot be followed."""
    if issubclass(kind, _Pointer):
        if isinstance(thing, _Pointer):
            thing = thing.contents
        if isinstance(thing, _SimpleCData) and thing._type_ == "z" and thing.value is not None:
            thing = create_string_buffer(thing.value)
        if isinstance(thing, _Data) and not (isinstance(thing, _SimpleCData) and thing._type_ in "PzZO"):
            result = kind()
            result.contents = kind._type_._view(thing._memory, thing._offset)
            return result
    elif kind is c_void_p:
        return c_void_p(addressof(thing) if isinstance(thing, _Data) else thing)
    elif kind is c_char_p and isinstance(thing, Array):
        return c_char_p(bytes(thing._bytes()).partition(b"\0")[0])
    raise ArgumentError("wasmlam: an address cannot be followed in WebAssembly")


def create_string_buffer(init, size=None):
    if isinstance(init, bytes):
        buffer = (c_char * (len(init) + 1 if size is None else size))()
        buffer.value = init
        return buffer
    if isinstance(init, int):
        return (c_char * init)()
    raise TypeError(init)


def create_unicode_buffer(init, size=None):
    if isinstance(init, str):
        buffer = (c_wchar * (len(init) + 1 if size is None else size))()
        buffer.value = init
        return buffer
    if isinstance(init, int):
        return (c_wchar * init)()
    raise TypeError(init)


c_buffer = create_string_buffer


def ARRAY(kind, length):
    return kind * length


def _target(thing):
    if isinstance(thing, _Pointer):
        thing = thing.contents
    if not isinstance(thing, _Data):
        raise ArgumentError("wasmlam: an address cannot be followed in WebAssembly")
    return thing._memory.bytes[thing._offset:]


def memmove(dst, src, count):
    data = bytes(src[:count] if isinstance(src, (bytes, bytearray)) else _target(src)[:count])
    _target(dst)[:count] = data
    return 0


def memset(dst, c, count):
    _target(dst)[:count] = bytes((c & 0xFF,)) * count
    return 0


def string_at(ptr, size=-1):
    data = ptr if isinstance(ptr, bytes) else ptr.value if isinstance(ptr, c_char_p) else bytes(_target(ptr))
    return data[:size] if size >= 0 else data.partition(b"\0")[0]


def wstring_at(ptr, size=-1):
    text = ptr if isinstance(ptr, str) else ptr.value
    return text[:size] if size >= 0 else text.partition("\0")[0]


_errno = 0


def get_errno():
    return _errno


def set_errno(value, /):
    global _errno
    before, _errno = _errno, value
    return before


class _Function:
    """A function of no library: can be described, as programs do at import; a call says why there is none."""

    restype = c_int
    argtypes = errcheck = None

    def __init__(self, name="a native function"):
        self.__name__ = name

    def __call__(self, *_arguments, **_named):
        raise OSError(f"{_NO_LIBRARIES} (call of {self.__name__})")


_CFuncPtr = _Function


def CFUNCTYPE(restype, *argtypes, use_errno=False, use_last_error=False):
    """Type of callbacks. One can be made from a Python function and called from Python."""

    class CFunctionType(_Data):
        _size_ = _align_ = _POINTER_SIZE
        _restype_, _argtypes_ = restype, argtypes

        def __init__(self, function=None):
            if function is not None and not callable(function):
                raise OSError(_NO_LIBRARIES)
            self._function = function

        def __call__(self, *arguments):
            if self._function is None:
                raise ValueError("NULL pointer access")
            return self._function(*arguments)

        def __bool__(self):
            return self._function is not None

    return CFunctionType


PYFUNCTYPE = CFUNCTYPE


class CDLL:
    def __init__(self, name, mode=DEFAULT_MODE, handle=None, use_errno=False, use_last_error=False, winmode=None):
        raise OSError(f"{_NO_LIBRARIES} ({_os.fspath(name) if name else 'the program itself'})")


class PyDLL(CDLL):
    pass


class LibraryLoader:
    __class_getitem__ = classmethod(_types.GenericAlias)

    def __init__(self, dlltype):
        self._dlltype = dlltype

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return self._dlltype(name)

    def __getitem__(self, name):
        return self._dlltype(name)

    def LoadLibrary(self, name):
        return self._dlltype(name)


class _PythonApi:
    """`ctypes.pythonapi`: its functions can be named and described, not called."""

    _name = None

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        function = self.__dict__[name] = _Function(name)
        return function

    __getitem__ = __getattr__


cdll = LibraryLoader(CDLL)
pydll = LibraryLoader(PyDLL)
pythonapi = _PythonApi()


def _dlopen(name, flags=0):
    raise OSError(_NO_LIBRARIES)


assert _sys.byteorder == "little" and _LONG_SIZE == _POINTER_SIZE == _WCHAR_SIZE == 4
