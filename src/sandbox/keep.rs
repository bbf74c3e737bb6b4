//! Files that are kept between runs: written whole or not at all, and used only where nobody else can have written them.
//!
//! A file that is being written has a name of its own kind, and whoever writes holds a lock that goes with the process,
//! however that ends. So a later run knows what nobody will finish any more.

use std::fs::{self, File, Metadata, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::SandboxError;
use crate::disk::{Rights, UNFINISHED, private_folder, replace};

/// Locked, shared, by whoever writes in its folder.
const LOCK: &str = "lock";
/// Locked by whoever makes in its folder what others stand on.
const MAKING: &str = "making";

/// Waits until no other process makes in this folder what others stand on, and keeps them waiting until the answer is dropped. What
/// was missing before may be there by then.
pub(crate) fn make_alone(folder: &Path) -> io::Result<File> {
    private_folder(folder)?;
    let lock = File::options().create(true).truncate(false).write(true).open(folder.join(MAKING))?;
    lock.lock()?;
    Ok(lock)
}

/// Writes a file under its name, read-only, with whatever `write` puts into it; its folder is made if it is missing.
pub(crate) fn write_whole(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    private_folder(folder)?;
    let lock = File::options().create(true).truncate(false).write(true).open(folder.join(LOCK))?;
    lock.lock_shared()?;
    replace(path, Rights::ReadOnly, write)
}

/// Removes what a process began to write and did not live to finish. Nothing while another one writes.
///
/// # Errors
/// When the folder cannot be read or changed. That it is not there is none.
pub fn remove_unfinished(folder: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let unfinished = |entry: &fs::DirEntry| entry.file_name().to_string_lossy().starts_with(UNFINISHED);
    let found: Vec<fs::DirEntry> = entries.filter_map(Result::ok).filter(unfinished).collect();
    if found.is_empty() {
        return Ok(());
    }
    let lock = File::options().create(true).truncate(false).write(true).open(folder.join(LOCK))?;
    match lock.try_lock() {
        Ok(()) => found.iter().try_for_each(|entry| remove(&entry.path())),
        Err(TryLockError::WouldBlock) => Ok(()),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Removes a file, if it is still there: another process may have been faster.
pub fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

/// What is wrong with a file or folder that others may have written, and the command that makes it right.
fn problem(metadata: &Metadata, path: &Path) -> Option<(String, String)> {
    let (owner, mode) = (metadata.uid(), metadata.mode());
    let me = rustix::process::geteuid().as_raw();
    if owner != me && owner != 0 {
        return Some((format!("belongs to user {owner}"), format!("chown -R {me} '{}'", path.display())));
    }
    // A group of the same number is its owner's alone, as most distributions set users up.
    let open = if metadata.gid() == owner { 0o002 } else { 0o022 };
    (mode & open != 0).then(|| {
        let who = if mode & 0o002 != 0 { "everybody" } else { "its group" };
        (format!("can be written by {who}"), format!("chmod -R go-w '{}'", path.display()))
    })
}

/// Refuses a file or folder of our own that somebody else can write: what is in it is mapped as machine code. Nothing is wrong
/// with one that is not there.
pub(crate) fn require_own(path: &Path) -> Result<(), SandboxError> {
    match fs::metadata(path) {
        Ok(metadata) => match problem(&metadata, path) {
            Some((what, command)) => Err(SandboxError::NotOurs { path: path.to_owned(), what, command }),
            None => Ok(()),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Whether an open file is ours alone.
pub(crate) fn is_own(file: &File) -> bool {
    file.metadata().is_ok_and(|metadata| problem(&metadata, Path::new("")).is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::os::unix::fs::PermissionsExt;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn what_nobody_finishes_is_removed_and_what_is_being_written_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("sub/file");
        let sub = folder.path().join("sub");
        write_whole(&path, |file| {
            assert_eq!(names(&sub).len(), 2, "the lock and the file that is being written");
            remove_unfinished(&sub)?;
            assert_eq!(names(&sub).len(), 2, "somebody writes");
            file.write_all(b"whole")
        })
        .expect("writes");
        assert_eq!(names(&sub), ["file", "lock"]);
        assert_eq!(fs::read(&path).expect("reads"), b"whole");
        assert!(write_whole(&path, |_| Err(io::ErrorKind::StorageFull.into())).is_err());
        assert_eq!(fs::read(&path).expect("reads"), b"whole", "not half of another one");
        // As after kill -9.
        fs::write(sub.join("writing-abc"), "half").expect("writes");
        remove_unfinished(&sub).expect("removes");
        assert_eq!(names(&sub), ["file", "lock"]);
        remove_unfinished(&folder.path().join("missing")).expect("nothing to do");
        remove(&sub.join("missing")).expect("nothing to do");
    }

    #[test]
    fn what_others_can_write_is_refused_with_what_makes_it_right() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("it");
        fs::write(&path, "x").expect("writes");
        for (mode, ok) in [(0o700, true), (0o755, true), (0o444, true), (0o777, false), (0o702, false)] {
            fs::set_permissions(&path, PermissionsExt::from_mode(mode)).expect("ours");
            assert_eq!(require_own(&path).is_ok(), ok, "{mode:o}");
            assert_eq!(is_own(&File::open(&path).expect("opens")), ok, "{mode:o}");
        }
        let error = require_own(&path).expect_err("open to all").to_string();
        assert!(error.contains("can be written by everybody") && error.contains("chmod -R go-w '"), "{error}");
        assert!(require_own(&folder.path().join("missing")).is_ok());
    }
}
