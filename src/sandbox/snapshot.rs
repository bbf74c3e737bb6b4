//! Images: the linear memory of a guest at rest, and what else a restore needs.
//!
//! Image 0 is the module's data segments, image 1 an interpreter that has booted, image 2 a function after its init.
//! An image fits one module only (function table indices lie in memory), whichever way the module was compiled.
//!
//! Most functions' images are kept as what they have that the image of an empty function has not, in memory and on disk: see `patch`.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustix::fs::{MemfdFlags, SealFlags};
use serde::{Deserialize, Serialize};

use super::keep::{is_own, write_whole};
use super::memory::{Backing, Mapped};
use super::patch::{PAGE, Patch};

/// Bytes before the memory in an image file: the header as JSON, then zeroes.
const HEADER_SIZE: usize = 64 * 1024;
/// The same where what follows is a difference.
const PATCH_HEADER_SIZE: usize = 4096;
/// Pages in which an image that is kept as a difference may differ: each sandbox has them as pages of its own.
const MAX_PATCHED_PAGES: usize = 512;
/// Bytes of a file that is a difference, at the most: every word of these pages.
const MAX_PATCH_BYTES: u64 = 1 << 26;
/// Unit of the header's list of data.
const CHUNK: usize = 64 * 1024;
/// Entries in that list; a memory that is more scattered counts as one run.
const MAX_RUNS: usize = 2000;
/// Changes with the layout of an image file.
const FORMAT: u32 = 3;

/// A guest's memory, ready to be mapped.
#[derive(Debug, Clone)]
pub(crate) struct Image {
    backing: Arc<Backing>,
    /// The guest's `__stack_pointer` at rest, its one mutable global.
    pub(crate) stack_pointer: i32,
    /// What the guest's monotonic clock showed, which a restored guest must never see go back.
    pub(crate) clock: Duration,
    /// Of an image that was read from a file: what stands for its bytes where another one is a difference to it.
    checksum: Option<u64>,
}

/// What an image file begins with.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    format: u32,
    key: String,
    size: usize,
    stack_pointer: i32,
    clock: Duration,
    /// Where the memory is not zero: first chunk and number of chunks. A check need not look at the rest, half of it.
    data: Vec<(usize, usize)>,
    /// The checksum of the image that this one is a difference to; then a difference follows, and there is no list of data.
    base: Option<u64>,
    /// XXH3 of the data, or of the difference: notices a file that a crash left incomplete, or that rotted. Whoever can write to the cache
    /// folder can replace this program, so it need not resist forgery.
    checksum: u64,
}

impl Image {
    /// Copies a memory into a sealed memfd; pages of zeroes become holes.
    pub(crate) fn from_memory(memory: &[u8], stack_pointer: i32, clock: Duration) -> io::Result<Self> {
        let mapped = memory_file(memory, std::iter::empty(), memory.len())?;
        mapped.rest();
        Ok(Self { backing: Arc::new(Backing::whole(mapped)), stack_pointer, clock, checksum: None })
    }

    /// Keeps what a memory has that `base` has not; `None` where they differ in too much for that.
    pub(crate) fn over(base: &Self, memory: &[u8], stack_pointer: i32, clock: Duration) -> Option<Self> {
        base.checksum.filter(|_| base.backing.patch().is_none())?;
        let mapped = base.backing.mapped();
        let patch = Patch::between(mapped.bytes(), memory, MAX_PATCHED_PAGES);
        mapped.rest();
        // Without any it would be taken for the base itself, whose size may be another.
        let patch = patch.filter(|patch| !patch.is_empty())?;
        let backing = Backing::over(Arc::clone(mapped), patch, memory.len());
        Some(Self { backing: Arc::new(backing), stack_pointer, clock, checksum: base.checksum })
    }

    /// Writes a memory as an image file: complete under its name, or not there.
    pub(crate) fn store(path: &Path, key: &str, memory: &[u8], stack_pointer: i32, clock: Duration) -> io::Result<()> {
        let data = data_of(memory);
        let checksum = checksum(memory, &data).ok_or(io::ErrorKind::InvalidInput)?;
        let header = Header { format: FORMAT, key: key.to_owned(), size: memory.len(), stack_pointer, clock, data, base: None, checksum };
        let first = header.to_bytes(HEADER_SIZE)?;
        write_whole(path, |file| {
            file.write_all(&first)?;
            write_sparse(file, HEADER_SIZE as u64, memory)
        })
    }

    /// Writes this image as an image file: a difference where it is one.
    pub(crate) fn keep(&self, path: &Path, key: &str) -> io::Result<()> {
        let Some(patch) = self.backing.patch() else {
            return Self::store(path, key, self.backing.mapped().bytes(), self.stack_pointer, self.clock);
        };
        let bytes = patch.to_bytes();
        let header = Header {
            format: FORMAT,
            key: key.to_owned(),
            size: self.size(),
            stack_pointer: self.stack_pointer,
            clock: self.clock,
            data: Vec::new(),
            base: self.checksum,
            checksum: xxhash_rust::xxh3::xxh3_64(&bytes),
        };
        let first = header.to_bytes(PATCH_HEADER_SIZE)?;
        write_whole(path, |file| file.write_all(&first).and_then(|()| file.write_all(&bytes)))
    }

    /// Opens an image file for mapping; `base` is asked for where it is a difference. `None` when it is missing, was made for another
    /// key or another base, or may have been written by somebody else; then it is made again, and replaced.
    pub(crate) fn open<'a>(path: &Path, key: &str, base: impl FnOnce() -> Option<&'a Self>) -> Option<Self> {
        let mut file = File::open(path).ok().filter(is_own)?;
        let mut first = Vec::new();
        Read::by_ref(&mut file).take(HEADER_SIZE as u64).read_to_end(&mut first).ok()?;
        let text = first.split(|byte| *byte == 0).next()?;
        let header: Header = serde_json::from_slice(text).ok()?;
        if header.format != FORMAT || header.key != key || header.size == 0 || !header.size.is_multiple_of(PAGE) {
            return None;
        }
        if let Some(wanted) = header.base {
            return Self::open_patch(&mut file, &first, &header, base().filter(|base| base.checksum == Some(wanted))?);
        }
        if file.metadata().ok()?.len() != (HEADER_SIZE + header.size) as u64 {
            return None;
        }
        let mapped = Mapped::new(file.into(), HEADER_SIZE as u64, header.size).ok()?;
        if checksum(mapped.bytes(), &header.data) != Some(header.checksum) || !is_zero_elsewhere(&mapped, &header.data) {
            return None;
        }
        mapped.rest();
        let Header { stack_pointer, clock, checksum, .. } = header;
        Some(Self { backing: Arc::new(Backing::whole(mapped)), stack_pointer, clock, checksum: Some(checksum) })
    }

    /// The rest of a file whose begin is `first`.
    fn open_patch(file: &mut File, first: &[u8], header: &Header, base: &Self) -> Option<Self> {
        let mut bytes = first.get(PATCH_HEADER_SIZE..)?.to_vec();
        file.take(MAX_PATCH_BYTES).read_to_end(&mut bytes).ok()?;
        if xxhash_rust::xxh3::xxh3_64(&bytes) != header.checksum || base.backing.patch().is_some() {
            return None;
        }
        let patch = Patch::from_bytes(&bytes, header.size).ok().filter(|patch| !patch.is_empty())?;
        let backing = Backing::over(Arc::clone(base.backing.mapped()), patch, header.size);
        Some(Self { backing: Arc::new(backing), stack_pointer: header.stack_pointer, clock: header.clock, checksum: header.base })
    }

    /// For mapping.
    pub(crate) fn backing(&self) -> &Arc<Backing> {
        &self.backing
    }

    /// Bytes of linear memory.
    pub(crate) fn size(&self) -> usize {
        self.backing.size()
    }
}

impl Header {
    /// As a file begins.
    fn to_bytes(&self, size: usize) -> io::Result<Vec<u8>> {
        let mut first = serde_json::to_vec(self)?;
        if first.len() >= size {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the image's key is too long"));
        }
        first.resize(size, 0);
        Ok(first)
    }
}

/// A sealed memfd of `size` bytes with a memory from its begin on, and some pages in place of the memory's own; zeroes become holes.
pub(super) fn memory_file<'a>(memory: &[u8], pages: impl Iterator<Item = (usize, &'a [u8])>, size: usize) -> io::Result<Mapped> {
    let fd = rustix::fs::memfd_create("wasmlam-image", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
    let mut file = File::from(fd);
    write_sparse(&mut file, 0, &memory[..memory.len().min(size)])?;
    file.set_len(size as u64)?;
    for (number, page) in pages {
        file.seek(SeekFrom::Start((number * PAGE) as u64))?;
        file.write_all(page)?;
    }
    // Mapped memory must never change or go away under a guest.
    rustix::fs::fcntl_add_seals(file.as_fd(), SealFlags::SHRINK | SealFlags::GROW | SealFlags::WRITE | SealFlags::SEAL)?;
    Mapped::new(file.into(), 0, size)
}

/// The runs of pieces of `unit` bytes that are not all zero, as byte ranges.
fn runs(memory: &[u8], unit: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
    let zeroes = vec![0; unit];
    let mut pieces = memory.chunks(unit).map(move |piece| piece != &zeroes[..piece.len()]).enumerate().peekable();
    std::iter::from_fn(move || {
        let (first, _) = pieces.find(|(_, has_data)| *has_data)?;
        let mut count = 1;
        while pieces.next_if(|(_, has_data)| *has_data).is_some() {
            count += 1;
        }
        Some(first * unit..((first + count) * unit).min(memory.len()))
    })
}

/// The header's list for a memory.
fn data_of(memory: &[u8]) -> Vec<(usize, usize)> {
    let runs: Vec<_> = runs(memory, CHUNK).map(|run| (run.start / CHUNK, run.len().div_ceil(CHUNK))).collect();
    if runs.len() > MAX_RUNS { vec![(0, memory.len().div_ceil(CHUNK))] } else { runs }
}

/// `None` when the list does not fit the memory.
fn checksum(memory: &[u8], data: &[(usize, usize)]) -> Option<u64> {
    let mut hasher = xxhash_rust::xxh3::Xxh3::new();
    for &(first, count) in data {
        let start = first.checked_mul(CHUNK)?;
        let end = count.checked_mul(CHUNK)?.checked_add(start)?.min(memory.len());
        hasher.update(memory.get(start..end)?);
    }
    Some(hasher.digest())
}

/// Whether the memory is zero outside of these runs of chunks. What is a hole of the file needs no look: so this costs a
/// few system calls for each run.
fn is_zero_elsewhere(mapped: &Mapped, data: &[(usize, usize)]) -> bool {
    let memory = mapped.bytes();
    let mut gap = 0;
    for &(first, count) in data.iter().chain([&(memory.len().div_ceil(CHUNK), 0)]) {
        let end = (first * CHUNK).min(memory.len());
        let mut at = gap;
        while at < end {
            let (from, to) = data_in(mapped, at, end);
            if memory[from..to].iter().any(|byte| *byte != 0) {
                return false;
            }
            at = to.max(at + 1);
        }
        gap = end.max((first + count) * CHUNK);
    }
    true
}

/// The first range of the memory between these places that the file has bytes for; all of it where the file system knows
/// no holes, and an empty one at the end where there is none.
fn data_in(mapped: &Mapped, from: usize, to: usize) -> (usize, usize) {
    use rustix::fs::{SeekFrom, seek};
    let in_memory = |place: u64| usize::try_from(place).unwrap_or(usize::MAX).saturating_sub(HEADER_SIZE).clamp(from, to);
    match seek(mapped.file(), SeekFrom::Data((HEADER_SIZE + from) as u64)) {
        Ok(start) => match seek(mapped.file(), SeekFrom::Hole(start)) {
            Ok(end) => (in_memory(start), in_memory(end)),
            Err(_) => (from, to),
        },
        Err(rustix::io::Errno::NXIO) => (to, to),
        Err(_) => (from, to),
    }
}

fn write_sparse(file: &mut File, offset: u64, memory: &[u8]) -> io::Result<()> {
    file.set_len(offset + memory.len() as u64)?;
    for run in runs(memory, PAGE) {
        file.seek(SeekFrom::Start(offset + run.start as u64))?;
        file.write_all(&memory[run])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<u8> {
        let mut memory = vec![0; 40 * PAGE];
        memory[0] = 1;
        memory[7 * PAGE - 1] = 2;
        memory[9 * PAGE..12 * PAGE].fill(3);
        memory[40 * PAGE - 1] = 4;
        memory
    }

    #[test]
    fn zero_pages_become_holes_and_nothing_is_lost() {
        let image = Image::from_memory(&sample(), 5, Duration::ZERO).expect("an image");
        let blocks = rustix::fs::fstat(image.backing.mapped().file()).expect("stat").st_blocks * 512;
        assert_eq!(blocks, 6 * 4096, "only the pages that are not zero take memory");
        assert!(image.backing.mapped().bytes() == sample());
        assert_eq!(image.size(), 40 * PAGE);
    }

    #[test]
    fn a_stored_image_opens_for_its_key_only_and_only_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("image");
        Image::store(&path, "key", &sample(), 77, Duration::from_secs(5)).expect("stores");
        let image = Image::open(&path, "key", || None).expect("opens");
        assert!(image.backing.mapped().bytes() == sample());
        assert_eq!((image.stack_pointer, image.clock), (77, Duration::from_secs(5)));
        assert!(Image::open(&path, "other", || None).is_none());
        assert!(Image::open(&folder.path().join("missing"), "key", || None).is_none());
        let bytes = std::fs::read(&path).expect("reads");
        for size in [0, 100, HEADER_SIZE, bytes.len() - 1] {
            let cut = folder.path().join(format!("cut-{size}"));
            std::fs::write(&cut, &bytes[..size]).expect("writes");
            assert!(Image::open(&cut, "key", || None).is_none(), "cut at {size}");
        }
        // A page that a crash left empty, and one bit.
        for (at, byte) in [(HEADER_SIZE, 0), (HEADER_SIZE + 9 * PAGE + 5, 2)] {
            let mut changed = bytes.clone();
            changed[at] = byte;
            let rotten = folder.path().join(format!("rotten-{at}"));
            std::fs::write(&rotten, &changed).expect("writes");
            assert!(Image::open(&rotten, "key", || None).is_none(), "changed at {at}");
        }
    }

    #[test]
    fn a_difference_opens_over_its_base_only_and_only_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        let store = |name: &str, memory: &[u8]| {
            Image::store(&at(name), "base", memory, 0, Duration::ZERO).expect("stores");
            Image::open(&at(name), "base", || None).expect("opens")
        };
        let mut memory = sample();
        let base = store("base", &memory);
        memory[20 * PAGE] = 1;
        let other = store("other", &memory);
        memory[30 * PAGE..31 * PAGE].fill(7);
        let image = Image::over(&base, &memory, 77, Duration::from_secs(5)).expect("few pages");
        image.keep(&at("image"), "key").expect("keeps");
        let size = std::fs::metadata(at("image")).expect("there").len();
        assert_eq!(size, (PATCH_HEADER_SIZE + 8 + 2 * 8 + 8 + PAGE) as u64, "two runs: a word and a page");
        let opened = Image::open(&at("image"), "key", || Some(&base)).expect("opens");
        assert_eq!((opened.size(), opened.stack_pointer, opened.clock), (memory.len(), 77, Duration::from_secs(5)));
        assert_eq!(opened.backing.patch(), image.backing.patch());
        assert!(Image::open(&at("image"), "other", || Some(&base)).is_none());
        assert!(Image::open(&at("image"), "key", || None).is_none());
        assert!(Image::open(&at("image"), "key", || Some(&other)).is_none(), "the base was made again");
        assert!(Image::open(&at("image"), "key", || Some(&opened)).is_none(), "a difference is no base");
        assert!(Image::over(&opened, &memory, 0, Duration::ZERO).is_none());
        let bytes = std::fs::read(at("image")).expect("reads");
        for size in [0, 100, PATCH_HEADER_SIZE, PATCH_HEADER_SIZE + 9, bytes.len() - 1] {
            std::fs::write(at(&format!("cut-{size}")), &bytes[..size]).expect("writes");
            assert!(Image::open(&at(&format!("cut-{size}")), "key", || Some(&base)).is_none(), "cut at {size}");
        }
        let mut changed = bytes;
        *changed.last_mut().expect("not empty") ^= 1;
        std::fs::write(at("rotten"), &changed).expect("writes");
        assert!(Image::open(&at("rotten"), "key", || Some(&base)).is_none());
        memory = (0..(MAX_PATCHED_PAGES + 41) * PAGE).map(|_| 9).collect();
        assert!(Image::over(&base, &memory, 0, Duration::ZERO).is_none(), "too different");
    }

    #[test]
    fn what_was_zero_must_still_be_zero() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("image");
        let mut memory = vec![0; 100 * CHUNK + 5 * PAGE];
        memory[3 * CHUNK] = 1;
        memory[50 * CHUNK..53 * CHUNK].fill(2);
        Image::store(&path, "key", &memory, 0, Duration::ZERO).expect("stores");
        assert!(Image::open(&path, "key", || None).is_some());
        let bytes = std::fs::read(&path).expect("reads");
        let copy = folder.path().join("copy");
        std::fs::write(&copy, &bytes).expect("writes");
        assert!(Image::open(&copy, "key", || None).is_some(), "a copy without holes has zeroes there");
        for at in [0, CHUNK - 1, 2 * CHUNK, 4 * CHUNK, 49 * CHUNK + 7, 53 * CHUNK, 99 * CHUNK, memory.len() - 1] {
            std::fs::copy(&path, &copy).expect("copies");
            let mut permissions = std::fs::metadata(&copy).expect("there").permissions();
            std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o644);
            std::fs::set_permissions(&copy, permissions).expect("ours");
            let file = std::fs::OpenOptions::new().write(true).open(&copy).expect("opens");
            std::os::unix::fs::FileExt::write_all_at(&file, &[1], (HEADER_SIZE + at) as u64).expect("writes");
            assert!(Image::open(&copy, "key", || None).is_none(), "changed at {at}");
        }
    }
}
