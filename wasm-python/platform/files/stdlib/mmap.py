"""Stands in for the C module `mmap`: a map is a copy of the file in memory, written back by flush() and close().

What differs from a real map: another map of the file, or a read of it, sees changes only after flush(); the copy takes
memory as large as the map at once.
"""

import errno
import fcntl
import os

ACCESS_DEFAULT, ACCESS_READ, ACCESS_WRITE, ACCESS_COPY = range(4)
MAP_SHARED, MAP_PRIVATE, MAP_ANON = 1, 2, 32
MAP_ANONYMOUS = MAP_ANON
MAP_32BIT, MAP_DENYWRITE, MAP_EXECUTABLE, MAP_NORESERVE, MAP_POPULATE, MAP_STACK = 64, 2048, 4096, 16384, 32768, 131072
PROT_READ, PROT_WRITE, PROT_EXEC = 1, 2, 4
MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL, MADV_WILLNEED, MADV_DONTNEED = range(5)
MADV_FREE, MADV_REMOVE, MADV_DONTFORK, MADV_DOFORK, MADV_MERGEABLE, MADV_UNMERGEABLE, MADV_HUGEPAGE, MADV_NOHUGEPAGE = range(8, 16)
MADV_DONTDUMP, MADV_DODUMP, MADV_HWPOISON = 16, 17, 100
ALLOCATIONGRANULARITY = PAGESIZE = 4096  # what is aligned to it on Linux is here too

error = OSError


class mmap:
    """Behaves as a file and as a bytearray of fixed length."""

    def __init__(self, fileno, length, flags=MAP_SHARED, prot=PROT_READ | PROT_WRITE, access=ACCESS_DEFAULT, offset=0):
        if length < 0:
            raise OverflowError("memory mapped length must be positive")
        if offset < 0 or offset % ALLOCATIONGRANULARITY:
            raise ValueError("mmap offset must be a multiple of ALLOCATIONGRANULARITY and not negative")
        if access != ACCESS_DEFAULT and (flags != MAP_SHARED or prot != PROT_READ | PROT_WRITE):
            raise ValueError("mmap can't specify both access and flags, prot.")
        self._writable = access != ACCESS_READ and bool(prot & PROT_WRITE)
        self._file = None  # descriptor of its own, which flush() writes to
        self._changed = False
        self._offset = offset
        self._position = 0
        if fileno == -1:
            self._data = bytearray(length)
            return
        size = os.fstat(fileno).st_size
        if length == 0:
            length = size - offset
            if length <= 0:
                raise ValueError("cannot mmap an empty file" if size == 0 else "mmap offset is greater than file size")
        elif offset + length > size:
            raise ValueError("mmap length is greater than file size")
        self._data = _read(fileno, length, offset)
        if self._writable and access != ACCESS_COPY and flags & MAP_SHARED:
            if _access(fileno) != os.O_RDWR:
                self._data = None
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
            self._file = os.dup(fileno)

    def _open(self):
        if self._data is None:
            raise ValueError("mmap closed or invalid")
        return self._data

    def _writable_data(self):
        data = self._open()
        if not self._writable:
            raise TypeError("mmap can't modify a readonly memory map.")
        self._changed = True
        return data

    @property
    def closed(self):
        return self._data is None

    def close(self):
        if self._data is not None:
            try:
                self.flush()
            finally:
                file, self._data, self._file = self._file, None, None
                if file is not None:
                    os.close(file)

    def flush(self, offset=0, size=None, /):
        data = self._open()
        if self._file is not None and self._changed:
            end = len(data) if size is None else offset + size
            _write(self._file, memoryview(data)[offset:end], self._offset + offset)

    def __enter__(self):
        self._open()
        return self

    def __exit__(self, *_error):
        self.close()

    def __del__(self):
        if getattr(self, "_data", None) is not None:
            try:
                self.close()
            except OSError:
                pass

    def __len__(self):
        return len(self._open())

    def size(self):
        """Of the file, if there is one."""
        self._open()
        return len(self._data) if self._file is None else os.fstat(self._file).st_size

    def __getitem__(self, key):
        value = self._open()[key]
        return bytes(value) if isinstance(key, slice) else value

    def __setitem__(self, key, value):
        data = self._writable_data()
        if isinstance(key, slice) and len(data[key]) != len(value):
            raise IndexError("mmap slice assignment is wrong size")
        data[key] = value

    def __iter__(self):
        return (bytes((byte,)) for byte in self._open())

    def __contains__(self, value):
        return value in self._open()

    def __buffer__(self, flags, /):
        # flags 0 asks only to read (regular expressions, write()); a memoryview may be written through.
        if flags == 0 or not self._writable:
            return memoryview(self._open()).toreadonly()
        return memoryview(self._writable_data())

    def tell(self):
        self._open()
        return self._position

    def seek(self, pos, whence=0, /):
        position = pos + (0, self._position, len(self._open()))[whence]
        if not 0 <= position <= len(self._data):
            raise ValueError("seek out of range")
        self._position = position
        return position

    def seekable(self):
        return True

    def read(self, n=None, /):
        end = len(self._open()) if n is None or n < 0 else self._position + n
        data = bytes(self._data[self._position:end])
        self._position += len(data)
        return data

    def read_byte(self):
        if self._position >= len(self._open()):
            raise ValueError("read byte out of range")
        self._position += 1
        return self._data[self._position - 1]

    def readline(self):
        end = self._open().find(b"\n", self._position) + 1
        return self.read(end - self._position if end else None)

    def write(self, bytes, /):
        data = self._writable_data()
        end = self._position + len(bytes)
        if end > len(data):
            raise ValueError("data out of range")
        data[self._position:end] = bytes
        self._position = end
        return len(bytes)

    def write_byte(self, byte, /):
        self.write(byte.to_bytes(1, "little"))

    def find(self, view, start=None, end=None, /):
        return self._open().find(view, self._position if start is None else start, end)

    def rfind(self, view, start=None, end=None, /):
        return self._open().rfind(view, self._position if start is None else start, end)

    def move(self, dest, src, count, /):
        data = self._writable_data()
        if min(dest, src, count) < 0 or max(dest, src) + count > len(data):
            raise ValueError("source, destination, or count out of range")
        data[dest:dest + count] = data[src:src + count]

    def resize(self, newsize, /):
        data = self._writable_data()
        if newsize < 0:
            raise ValueError("new size out of range")
        if self._file is not None:
            os.ftruncate(self._file, self._offset + newsize)
        if newsize < len(data):
            del data[newsize:]
        else:
            data.extend(bytes(newsize - len(data)))

    def madvise(self, option, start=0, length=None, /):
        if start < 0 or start >= len(self._open()):
            raise ValueError("madvise start out of bounds")
        if length is not None and length < 0:
            raise ValueError("madvise length invalid")
        if start % PAGESIZE:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))

    def __repr__(self):
        if self._data is None:
            return "<mmap.mmap closed=True>"
        return f"<mmap.mmap closed=False, length={len(self._data)}, pos={self._position}, offset={self._offset}>"


def _access(fileno):
    return fcntl.fcntl(fileno, fcntl.F_GETFL) & os.O_ACCMODE


def _read(fileno, length, offset):
    before = os.lseek(fileno, 0, os.SEEK_CUR)
    try:
        os.lseek(fileno, offset, os.SEEK_SET)
        data = bytearray()
        while len(data) < length:
            part = os.read(fileno, length - len(data))
            if not part:
                raise ValueError("mmap length is greater than file size")
            data += part
        return data
    finally:
        os.lseek(fileno, before, os.SEEK_SET)


def _write(fileno, view, offset):
    before = os.lseek(fileno, 0, os.SEEK_CUR)
    try:
        os.lseek(fileno, offset, os.SEEK_SET)
        while view:
            view = view[os.write(fileno, view):]
    finally:
        os.lseek(fileno, before, os.SEEK_SET)
