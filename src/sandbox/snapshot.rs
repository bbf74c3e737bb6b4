//! Images: the linear memory of a guest at rest, and what else a restore needs.
//!
//! Image 0 is the module's data segments, image 1 an interpreter that has booted, image 2 a function after its init.
//! An image fits one module only (function table indices lie in memory), whichever way the module was compiled.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustix::fs::{MemfdFlags, SealFlags};
use serde::{Deserialize, Serialize};

use super::memory::Backing;

/// Bytes that are looked at together when zeroes are left out, and the size of the header of an image on disk.
const PAGE: usize = 4096;
/// Changes with the layout of an image file.
const FORMAT: u32 = 1;

/// A guest's memory, ready to be mapped.
#[derive(Debug, Clone)]
pub(crate) struct Image {
    backing: Arc<Backing>,
    /// The guest's `__stack_pointer` at rest, its one mutable global.
    pub(crate) stack_pointer: i32,
    /// What the guest's monotonic clock showed, which a restored guest must never see go back.
    pub(crate) clock: Duration,
}

/// First page of an image on disk: this as JSON, then zeroes.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    format: u32,
    key: String,
    size: usize,
    stack_pointer: i32,
    clock: Duration,
    /// XXH3 of the pages that are not zero and where they are: notices a file that was cut short by a crash or rotted.
    /// Whoever can write to the cache folder can replace this program, so it need not resist forgery.
    checksum: u64,
}

impl Image {
    /// Copies a memory into a sealed memfd; pages of zeroes become holes.
    pub(crate) fn from_memory(memory: &[u8], stack_pointer: i32, clock: Duration) -> io::Result<Self> {
        let fd = rustix::fs::memfd_create("wasmlam-image", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
        let mut file = File::from(fd);
        write_sparse(&mut file, 0, memory)?;
        // Mapped memory must never change or go away under a guest.
        rustix::fs::fcntl_add_seals(file.as_fd(), SealFlags::SHRINK | SealFlags::GROW | SealFlags::WRITE | SealFlags::SEAL)?;
        Ok(Self { backing: Arc::new(Backing::new(file.into(), 0, memory.len())?), stack_pointer, clock })
    }

    /// Writes a memory as an image file: complete under its name, or not there.
    pub(crate) fn store(path: &Path, key: &str, memory: &[u8], stack_pointer: i32, clock: Duration) -> io::Result<()> {
        let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        let header = Header { format: FORMAT, key: key.to_owned(), size: memory.len(), stack_pointer, clock, checksum: checksum(memory) };
        let mut first = serde_json::to_vec(&header)?;
        if first.len() > PAGE {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the image's key is too long"));
        }
        first.resize(PAGE, 0);
        file.write_all(&first)?;
        write_sparse(file.as_file_mut(), PAGE as u64, memory)?;
        file.as_file().set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o444))?;
        file.persist(path)?;
        Ok(())
    }

    /// Opens an image file for mapping. `None` when it is missing or was made for another key.
    pub(crate) fn open(path: &Path, key: &str) -> Option<Self> {
        let mut file = File::open(path).ok()?;
        let mut first = [0; PAGE];
        file.read_exact(&mut first).ok()?;
        let text = first.split(|byte| *byte == 0).next()?;
        let header: Header = serde_json::from_slice(text).ok()?;
        let complete = file.metadata().ok()?.len() == (PAGE + header.size) as u64;
        if header.format != FORMAT || header.key != key || header.size == 0 || !complete {
            return None;
        }
        let backing = Backing::new(file.into(), PAGE as u64, header.size).ok()?;
        if checksum(backing.bytes()) != header.checksum {
            return None;
        }
        Some(Self { backing: Arc::new(backing), stack_pointer: header.stack_pointer, clock: header.clock })
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

/// The runs of pages that are not all zero, as byte ranges.
fn runs(memory: &[u8]) -> impl Iterator<Item = std::ops::Range<usize>> {
    let is_zero = |at: usize| memory[at..(at + PAGE).min(memory.len())].iter().all(|byte| *byte == 0);
    let next = move |from: usize, zero: bool| (from..memory.len()).step_by(PAGE).find(|at| is_zero(*at) == zero);
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = next(at, false)?;
        at = next(start, true).unwrap_or(memory.len());
        Some(start..at)
    })
}

fn checksum(memory: &[u8]) -> u64 {
    let mut hasher = xxhash_rust::xxh3::Xxh3::new();
    for run in runs(memory) {
        hasher.update(&(run.start as u64).to_le_bytes());
        hasher.update(&memory[run]);
    }
    hasher.digest()
}

fn write_sparse(file: &mut File, offset: u64, memory: &[u8]) -> io::Result<()> {
    file.set_len(offset + memory.len() as u64)?;
    for run in runs(memory) {
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
        let blocks = rustix::fs::fstat(image.backing.file()).expect("stat").st_blocks * 512;
        assert_eq!(blocks, 6 * 4096, "only the pages that are not zero take memory");
        assert!(image.backing.bytes() == sample());
        assert_eq!(image.size(), 40 * PAGE);
    }

    #[test]
    fn a_stored_image_opens_for_its_key_only_and_only_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("image");
        Image::store(&path, "key", &sample(), 77, Duration::from_secs(5)).expect("stores");
        let image = Image::open(&path, "key").expect("opens");
        assert!(image.backing.bytes() == sample());
        assert_eq!((image.stack_pointer, image.clock), (77, Duration::from_secs(5)));
        assert!(Image::open(&path, "other").is_none());
        assert!(Image::open(&folder.path().join("missing"), "key").is_none());
        let bytes = std::fs::read(&path).expect("reads");
        for size in [0, 100, PAGE, bytes.len() - 1] {
            let cut = folder.path().join(format!("cut-{size}"));
            std::fs::write(&cut, &bytes[..size]).expect("writes");
            assert!(Image::open(&cut, "key").is_none(), "cut at {size}");
        }
        // A page that a crash left empty, and one bit.
        for (at, byte) in [(PAGE, 0), (PAGE + 9 * PAGE + 5, 2)] {
            let mut changed = bytes.clone();
            changed[at] = byte;
            let rotten = folder.path().join(format!("rotten-{at}"));
            std::fs::write(&rotten, &changed).expect("writes");
            assert!(Image::open(&rotten, "key").is_none(), "changed at {at}");
        }
    }
}
