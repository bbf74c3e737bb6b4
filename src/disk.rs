//! Files of ours on disk: written whole under their name, or not at all.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;

/// What the name of a file that is being written begins with.
pub const UNFINISHED: &str = "writing-";

/// Who may do what with a file that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rights {
    /// Nobody may write: what is mapped must not change.
    ReadOnly,
    /// Those of the file that is replaced; without one, its owner alone.
    Kept,
}

/// Writes a file beside its place and moves it there when it is complete: a reader finds the old one or the new one, never a
/// part of it. Its folder must exist.
///
/// # Errors
/// When it cannot be written; then nothing has changed.
pub fn replace(path: &Path, rights: Rights, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    replace_if(path, rights, write, |_| Ok(true)).map(drop)
}

/// The same if what was written passes, given the path at which it is until then, with the same extension; whether it did.
///
/// # Errors
/// As [`replace`].
pub fn replace_if(
    path: &Path,
    rights: Rights,
    write: impl FnOnce(&mut File) -> io::Result<()>,
    passes: impl FnOnce(&Path) -> io::Result<bool>,
) -> io::Result<bool> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let suffix = path.extension().map(|extension| format!(".{}", extension.to_string_lossy())).unwrap_or_default();
    let mut file = tempfile::Builder::new().prefix(UNFINISHED).suffix(&suffix).tempfile_in(folder)?;
    write(file.as_file_mut())?;
    if !passes(file.path())? {
        return Ok(false);
    }
    let permissions = match rights {
        Rights::ReadOnly => Some(Permissions::from_mode(0o444)),
        Rights::Kept => fs::metadata(path).ok().map(|metadata| metadata.permissions()),
    };
    if let Some(permissions) = permissions {
        file.as_file().set_permissions(permissions)?;
    }
    file.persist(path)?;
    Ok(true)
}

/// Whether a file can be written at this path, before minutes are spent on its content. It is not changed, and not made.
///
/// # Errors
/// The file system's reason why not.
pub fn check_writable(path: &Path) -> io::Result<()> {
    let is_new = !path.exists();
    File::options().append(true).create(true).open(path)?;
    if is_new {
        let _ = fs::remove_file(path); // it was made only to see whether it can be
    }
    Ok(())
}

/// Makes a folder for its owner only, with those above it, unless it is there: what is kept there is executed or mapped later.
///
/// # Errors
/// When it cannot be made.
pub fn private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn whether_a_file_can_be_written_is_seen_without_writing_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        check_writable(&path).expect("it can");
        assert!(!path.exists());
        fs::write(&path, "kept").expect("writes");
        check_writable(&path).expect("it can");
        assert_eq!(fs::read(&path).expect("there"), b"kept");
        assert!(check_writable(folder.path()).is_err() && check_writable(&folder.path().join("none/file")).is_err());
    }

    #[test]
    fn a_file_is_replaced_whole_or_not_at_all() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        replace(&path, Rights::Kept, |file| file.write_all(b"one")).expect("writes");
        assert_eq!((fs::read(&path).expect("there"), mode(&path)), (b"one".to_vec(), 0o600));
        fs::set_permissions(&path, Permissions::from_mode(0o640)).expect("sets");
        replace(&path, Rights::Kept, |file| file.write_all(b"two")).expect("writes");
        assert_eq!((fs::read(&path).expect("there"), mode(&path)), (b"two".to_vec(), 0o640));
        let error =
            replace(&path, Rights::ReadOnly, |file| file.write_all(b"thr").and(Err(io::Error::other("full")))).expect_err("refused");
        assert_eq!((error.to_string().as_str(), fs::read(&path).expect("there")), ("full", b"two".to_vec()));
        replace(&path, Rights::ReadOnly, |file| file.write_all(b"three")).expect("writes");
        assert_eq!((fs::read(&path).expect("there"), mode(&path)), (b"three".to_vec(), 0o444));
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "nothing is left beside it");
    }
}
