//! Whether a file of machine code still holds what was written to it.
//!
//! Hashing tens of megabytes in every run would cost more than the run. So the digest lies beside the file with a note of
//! the file for which it was last checked: device, inode, size, and times of the last change. A file that is the same by
//! these is taken as it is; any other is hashed, and trusted only if its digest is the one that was written.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::disk::{Rights, replace};
use sha2::{Digest, Sha256};

/// Bytes of a seal: a digest and six numbers.
const MAX_SEAL: u64 = 400;

/// Writes the seal of a file that was just written.
pub(super) fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    put(path, &format!("{:x}", Sha256::digest(content)), &stamp(&File::open(path)?)?)
}

/// Whether the file at this path, opened, is whole. What was hashed is noted, if that can be written.
pub(super) fn holds(path: &Path, file: &File) -> bool {
    let mut text = String::new();
    let read = File::open(beside(path)).and_then(|seal| seal.take(MAX_SEAL).read_to_string(&mut text));
    let (Ok(_), Ok(now)) = (read, stamp(file)) else { return false };
    let Some((digest, sealed)) = text.trim_end().split_once(' ') else { return false };
    if sealed == now {
        return true;
    }
    let is_whole = digest_of(file).is_ok_and(|found| found == digest);
    if is_whole {
        let _ = put(path, digest, &now); // a cache that cannot be written is checked again in the next run
    }
    is_whole
}

fn beside(path: &Path) -> PathBuf {
    path.with_added_extension("seal")
}

fn stamp(file: &File) -> io::Result<String> {
    let metadata = file.metadata()?;
    Ok(format!(
        "{} {} {} {}.{:09} {}.{:09}",
        metadata.dev(),
        metadata.ino(),
        metadata.size(),
        metadata.mtime(),
        metadata.mtime_nsec(),
        metadata.ctime(),
        metadata.ctime_nsec()
    ))
}

fn put(path: &Path, digest: &str, stamp: &str) -> io::Result<()> {
    replace(&beside(path), Rights::Kept, |file| writeln!(file, "{digest} {stamp}"))
}

fn digest_of(mut file: &File) -> io::Result<String> {
    let mut digest = Sha256::new();
    io::copy(&mut file, &mut digest)?;
    Ok(format!("{:x}", digest.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_changed_file_is_noticed_and_an_unchanged_one_is_not_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("code.cwasm");
        let holds = |path: &Path| super::holds(path, &File::open(path).expect("opens"));
        fs::write(&path, b"machine code").expect("writes");
        assert!(!holds(&path), "without a seal");
        write(&path, b"machine code").expect("seals");
        assert!(holds(&path));
        // One bit, in place.
        fs::write(&path, b"machine bode").expect("writes");
        assert!(!holds(&path) && !holds(&path));
        // The same bytes in another file, as after a copy of the cache: hashed once, then known.
        fs::remove_file(&path).expect("ours");
        fs::write(&path, b"machine code").expect("writes");
        let before = fs::read_to_string(beside(&path)).expect("a seal");
        assert!(holds(&path));
        let after = fs::read_to_string(beside(&path)).expect("a seal");
        assert_ne!(before, after);
        // Known by its stamp alone: with another digest in the seal it is still taken, so it was not read.
        let (_, stamp) = after.split_once(' ').expect("a digest and a stamp");
        fs::write(beside(&path), format!("0000 {stamp}")).expect("writes");
        assert!(holds(&path));
        for damaged in ["", "no digest", "\0"] {
            fs::write(beside(&path), damaged).expect("writes");
            assert!(!holds(&path), "{damaged:?}");
        }
    }
}
