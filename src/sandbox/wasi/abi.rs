//! WASI preview 1 in numbers: error codes, file types, record layouts; and the guest's memory, bounds-checked.
//!
//! Numbers are those of the `wasi_snapshot_preview1` specification.

use std::borrow::Cow;

/// An error code as the guest sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub(crate) enum Errno {
    Success = 0,
    AccessDenied = 2,
    Again = 6,
    BadDescriptor = 8,
    Exists = 20,
    Fault = 21,
    FileTooBig = 22,
    Invalid = 28,
    InputOutput = 29,
    IsDirectory = 31,
    Loop = 32,
    TooManyFiles = 33,
    NameTooLong = 37,
    NotFound = 44,
    NoMemory = 48,
    NoSpace = 51,
    NotDirectory = 54,
    NotEmpty = 55,
    NotSocket = 57,
    NotSupported = 58,
    NotPermitted = 63,
    BrokenPipe = 64,
    ReadOnly = 69,
    NotSeekable = 70,
    CrossDevice = 75,
}

/// Kind of a file, as in `filetype`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum FileType {
    /// The pipes: preview 1 has no type for one, and libc takes a character device for a terminal.
    Unknown = 0,
    CharacterDevice = 2,
    Directory = 3,
    RegularFile = 4,
    SymbolicLink = 7,
}

/// What `stat` tells. Times are nanoseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileStat {
    pub(crate) device: u64,
    pub(crate) inode: u64,
    pub(crate) file_type: FileType,
    pub(crate) links: u64,
    /// Permission bits, without the type.
    pub(crate) mode: u32,
    pub(crate) user: u32,
    pub(crate) group: u32,
    pub(crate) size: u64,
    pub(crate) accessed: u64,
    pub(crate) modified: u64,
    pub(crate) changed: u64,
}

impl FileStat {
    /// `filestat`: 64 bytes.
    pub(crate) fn to_bytes(self) -> [u8; 64] {
        let mut out = [0; 64];
        out[0..8].copy_from_slice(&self.device.to_le_bytes());
        out[8..16].copy_from_slice(&self.inode.to_le_bytes());
        out[16] = self.file_type as u8;
        out[24..32].copy_from_slice(&self.links.to_le_bytes());
        out[32..40].copy_from_slice(&self.size.to_le_bytes());
        out[40..48].copy_from_slice(&self.accessed.to_le_bytes());
        out[48..56].copy_from_slice(&self.modified.to_le_bytes());
        out[56..64].copy_from_slice(&self.changed.to_le_bytes());
        out
    }
}

/// How a path is opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct OpenFlags {
    pub(crate) create: bool,
    pub(crate) directory: bool,
    pub(crate) exclusive: bool,
    pub(crate) truncate: bool,
    pub(crate) read: bool,
    pub(crate) write: bool,
    pub(crate) append: bool,
    /// Follow a link that is the path's last name.
    pub(crate) follow: bool,
}

/// Right to read, in `rights`.
pub(crate) const RIGHT_READ: u64 = 1 << 1;
/// Right to write, in `rights`.
pub(crate) const RIGHT_WRITE: u64 = 1 << 6;
/// Every right that preview 1 has; what is allowed is decided at each call.
pub(crate) const ALL_RIGHTS: u64 = (1 << 30) - 1;
/// Bytes in a path, as on Linux.
pub(crate) const MAX_PATH: usize = 4096;
/// `fdflags.append`.
pub(crate) const FLAG_APPEND: u16 = 1;

/// The character that stands for the byte 0 where a name is not UTF-8; the other bytes follow.
const FIRST_BYTE: u32 = 0x10_FF00;

/// The text that stands for a name. On Linux a name is any bytes. Those that are not UTF-8 become characters at the end of
/// the last plane for private use, and so do the bytes of such characters themselves, so that [`bytes_of`] is exact.
pub(crate) fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    let stands_for_itself = |text: &str| text.chars().all(|c| u32::from(c) < FIRST_BYTE);
    if let Ok(text) = std::str::from_utf8(bytes)
        && stands_for_itself(text)
    {
        return Cow::Borrowed(text);
    }
    let escape = |bytes: &[u8], out: &mut String| out.extend(bytes.iter().filter_map(|byte| char::from_u32(FIRST_BYTE + u32::from(*byte))));
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if u32::from(c) < FIRST_BYTE { out.push(c) } else { escape(c.encode_utf8(&mut [0; 4]).as_bytes(), &mut out) }
        }
        escape(chunk.invalid(), &mut out);
    }
    Cow::Owned(out)
}

/// The bytes of a name whose text is [`text_of`] them.
pub(crate) fn bytes_of(text: &str) -> Cow<'_, [u8]> {
    if text.chars().all(|c| u32::from(c) < FIRST_BYTE) {
        return Cow::Borrowed(text.as_bytes());
    }
    let mut out = Vec::with_capacity(text.len());
    for c in text.chars() {
        match u32::from(c).checked_sub(FIRST_BYTE).map(u8::try_from) {
            Some(Ok(byte)) => out.push(byte),
            Some(Err(_)) | None => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Cow::Owned(out)
}

/// A name for people, who have no use for such bytes.
pub(crate) fn shown(text: &str) -> String {
    String::from_utf8_lossy(&bytes_of(text)).into_owned()
}

/// The guest's linear memory during one host call. Every access is checked; none can panic.
pub(crate) struct GuestMemory<'a>(pub(crate) &'a mut [u8]);

impl GuestMemory<'_> {
    pub(crate) fn bytes(&self, at: u32, size: u32) -> Result<&[u8], Errno> {
        self.0.get(at as usize..(at as usize).checked_add(size as usize).ok_or(Errno::Fault)?).ok_or(Errno::Fault)
    }

    pub(crate) fn bytes_mut(&mut self, at: u32, size: u32) -> Result<&mut [u8], Errno> {
        self.0.get_mut(at as usize..(at as usize).checked_add(size as usize).ok_or(Errno::Fault)?).ok_or(Errno::Fault)
    }

    pub(crate) fn write(&mut self, at: u32, bytes: &[u8]) -> Result<(), Errno> {
        let size = u32::try_from(bytes.len()).map_err(|_| Errno::Fault)?;
        self.bytes_mut(at, size)?.copy_from_slice(bytes);
        Ok(())
    }

    pub(crate) fn write_u32(&mut self, at: u32, value: u32) -> Result<(), Errno> {
        self.write(at, &value.to_le_bytes())
    }

    pub(crate) fn write_u64(&mut self, at: u32, value: u64) -> Result<(), Errno> {
        self.write(at, &value.to_le_bytes())
    }

    pub(crate) fn read_u32(&self, at: u32) -> Result<u32, Errno> {
        let bytes = self.bytes(at, 4)?.first_chunk().ok_or(Errno::Fault)?;
        Ok(u32::from_le_bytes(*bytes))
    }

    pub(crate) fn read_u64(&self, at: u32) -> Result<u64, Errno> {
        let bytes = self.bytes(at, 8)?.first_chunk().ok_or(Errno::Fault)?;
        Ok(u64::from_le_bytes(*bytes))
    }

    /// A path or the target of a link, see [`text_of`]. A longer one than any path is refused by its length: looking through
    /// a gigabyte takes longer than a deadline may be overrun.
    pub(crate) fn text(&self, at: u32, size: u32) -> Result<Cow<'_, str>, Errno> {
        if size as usize > MAX_PATH {
            return Err(Errno::NameTooLong);
        }
        Ok(text_of(self.bytes(at, size)?))
    }

    /// The buffers of a scatter or gather call: (address, size) of each. More than 1 024 is `EINVAL`, as on Linux.
    pub(crate) fn vectors(&self, at: u32, count: u32) -> Result<Vec<(u32, u32)>, Errno> {
        if count > 1024 {
            return Err(Errno::Invalid);
        }
        (0..count)
            .map(|i| {
                let at = at.checked_add(i * 8).ok_or(Errno::Fault)?;
                Ok((self.read_u32(at)?, self.read_u32(at.checked_add(4).ok_or(Errno::Fault)?)?))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accesses_end_at_the_memorys_end() {
        let mut bytes = [0_u8; 16];
        let mut memory = GuestMemory(&mut bytes);
        assert!(memory.write_u64(8, 1).is_ok());
        assert_eq!(memory.read_u64(8), Ok(1));
        for at in [9, 16, u32::MAX] {
            assert_eq!(memory.write_u64(at, 1), Err(Errno::Fault), "{at}");
            assert_eq!(memory.read_u64(at), Err(Errno::Fault), "{at}");
        }
        assert_eq!(memory.bytes(16, 0), Ok(&[][..]));
        assert_eq!(memory.bytes(17, 0), Err(Errno::Fault));
        assert_eq!(memory.bytes(0, u32::MAX), Err(Errno::Fault));
        assert_eq!(memory.vectors(0, 3), Err(Errno::Fault));
        assert_eq!(memory.vectors(0, 2).map(|v| v.len()), Ok(2));
        assert_eq!(memory.vectors(u32::MAX - 3, 1), Err(Errno::Fault));
        assert_eq!(memory.vectors(0, 1025), Err(Errno::Invalid));
    }
}
