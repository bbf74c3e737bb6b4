//! A package's zip with some files changed: what an editor saves.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::error::shown;
use super::{Package, PackageError};

/// Files by their path: their new bytes, or `None` for those that go.
pub type Changes = BTreeMap<String, Option<Vec<u8>>>;

/// Mode of a file that the editor made: everyone may read it, as the function's user must.
const MODE: u32 = 0o644;

/// A zip with the files of `zip` and these changes, or a new one where `zip` is `None`. What does not change is copied as it
/// is, compressed and with its mode. The result is a package that [`Package::from_zip_bytes`] takes.
///
/// # Errors
/// When the zip is not a package, or would not be one any more: a path that leaves it, too many bytes.
pub fn edit(zip: Option<&[u8]>, changes: &Changes) -> Result<Vec<u8>, PackageError> {
    let failed = |error: zip::result::ZipError| PackageError::Read { path: shown("package"), error: std::io::Error::other(error) };
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let mut modes = BTreeMap::new();
    if let Some(zip) = zip {
        // Two readers must not see two packages: what ours refuses is not edited.
        Package::from_zip_bytes("package", zip.to_vec())?;
        let mut archive = ZipArchive::new(Cursor::new(zip)).map_err(failed)?;
        let mut kept = BTreeSet::new();
        for index in 0..archive.len() {
            let file = archive.by_index_raw(index).map_err(failed)?;
            let name = String::from_utf8_lossy(file.name_raw()).into_owned();
            let mode = file.unix_mode();
            if changes.contains_key(&name) {
                modes.insert(name, mode);
            } else if kept.insert(name) {
                writer.raw_copy_file(file).map_err(failed)?;
            }
        }
    }
    for (path, bytes) in changes {
        let Some(bytes) = bytes else { continue };
        let mode = modes.get(path).copied().flatten().map_or(MODE, |mode| mode & 0o777);
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).unix_permissions(mode);
        writer.start_file(path.as_str(), options).map_err(failed)?;
        writer.write_all(bytes).map_err(|error| PackageError::Read { path: shown(path), error })?;
    }
    let zip = writer.finish().map_err(failed)?.into_inner();
    Package::from_zip_bytes("package", zip.clone())?;
    Ok(zip)
}

impl Package {
    /// Paths and sizes of the files, in the order of a listing, and for links their target's text in place of a size.
    pub fn listing(&self) -> Vec<(String, u64)> {
        let mut found = Vec::new();
        let mut folders = vec![(String::new(), crate::function::FileTree::ROOT)];
        while let Some((path, id)) = folders.pop() {
            match self.files.node(id) {
                crate::function::Node::Folder(entries) => {
                    let inside =
                        entries.iter().map(|(name, id)| (if path.is_empty() { name.clone() } else { format!("{path}/{name}") }, *id));
                    folders.extend(inside.rev());
                }
                crate::function::Node::File(content) => found.push((path, content.size())),
                crate::function::Node::Link(target) => found.push((path, target.len() as u64)),
            }
        }
        found
    }

    /// The bytes of a file; `None` for folders, links and what is not there.
    ///
    /// # Errors
    /// When the host's file that it is a part of cannot be read.
    pub fn file(&self, path: &str) -> std::io::Result<Option<Vec<u8>>> {
        let Some(crate::function::Node::File(content)) = self.files.get(path) else { return Ok(None) };
        match content {
            crate::function::Content::Bytes(bytes) => Ok(Some(bytes.to_vec())),
            crate::function::Content::Range { file, offset, size } => {
                let mut file = file.try_clone()?;
                std::io::Seek::seek(&mut file, std::io::SeekFrom::Start(*offset))?;
                let mut bytes = Vec::new();
                file.take(*size).read_to_end(&mut bytes)?;
                Ok(Some(bytes))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(list: &[(&str, Option<&str>)]) -> Changes {
        list.iter().map(|(path, text)| ((*path).to_owned(), text.map(|text| text.as_bytes().to_vec()))).collect()
    }

    #[test]
    fn what_changes_is_new_and_the_rest_is_as_it_was() {
        let first = edit(None, &changes(&[("app.py", Some("x = 1")), ("lib/a.py", Some("a")), ("lib/b.py", Some("b"))])).expect("a zip");
        let second = edit(Some(&first), &changes(&[("app.py", Some("x = 2")), ("lib/b.py", None), ("new.txt", Some(""))])).expect("a zip");
        let package = Package::from_zip_bytes("p", second).expect("a package");
        let names: Vec<_> = package.listing();
        assert_eq!(names, [("app.py".to_owned(), 5), ("lib/a.py".to_owned(), 1), ("new.txt".to_owned(), 0)]);
        assert_eq!(package.file("app.py").expect("in memory").as_deref(), Some(&b"x = 2"[..]));
        assert_eq!(package.file("lib").expect("a folder"), None);
    }

    #[test]
    fn what_would_not_be_a_package_is_refused() {
        for path in ["../out.py", "/etc/passwd", "a/../../b"] {
            assert!(edit(None, &changes(&[(path, Some("x"))])).is_err(), "{path}");
        }
        assert!(edit(Some(b"not a zip"), &Changes::new()).is_err());
    }
}
