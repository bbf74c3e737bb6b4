//! A zip file's entries, each checked before and after it is inflated.
//!
//! The central directory alone says what is in the zip; of a local header only the place where the data starts is used.
//! Accepted is what Lambda's own tools write: stored and deflated entries, zip64, data descriptors, links, and bytes after
//! the end record. Refused is what gives two readers two views (data before the archive, another end record behind the first
//! or in its comment, a name twice or another one in the local header, entries over one another), what cannot be read
//! (passwords, other methods, several disks), and every declared number that proves wrong. What is read is what Python's
//! `zipfile` reads.

use super::contents::Contents;
use super::error::shown;
use super::{EntryProblem, PackageError, PathProblem};
use std::collections::BTreeMap;
use std::io::{Cursor, ErrorKind, Read};
use zip::read::{ArchiveOffset, Config, ZipFile, ZipFileEntry};
use zip::result::ZipError;
// Said to be unstable, but the one reader that tells the number of entries before it keeps any, and that keeps two of one
// name apart: `ZipArchive` indexes everything first, by name.
use zip::unstable::read::ZipIterable;
use zip::{CompressionMethod, ZipReadOptions};

/// What deflate can make of one byte at the very best: 258 bytes out of two bits. A legitimate file, say of zeros, comes
/// close to it, so this is no bound on taste; [`super::MAX_UNZIPPED_BYTES`] bounds the damage. Who declares more lies.
const MAX_EXPANSION: u64 = 1032;

/// The first bytes of a local file header, and of the end record, which an empty zip begins with.
const MAGICS: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];

/// Whether a file that begins so is taken for a zip.
pub(super) fn is_zip(head: &[u8]) -> bool {
    MAGICS.iter().any(|magic| head.starts_with(magic))
}

/// Bytes of an end record without its comment, of zip64's end record, and of what leads to that.
const END: usize = 22;
const END64: usize = 56;
const LOCATOR64: usize = 20;
/// Where the end record can begin, from the end of the file: its comment has 64 KiB at most, and Python looks no further.
const END_WITHIN: usize = END + (1 << 16);
/// Info-ZIP's extra field for a name in UTF-8.
const UNICODE_PATH: u16 = 0x7075;

/// The one place that everybody takes for the zip's directory: first byte, and the one after its last.
///
/// Readers look for the last end record, each in a way of its own: by its mark from the end on, at the very end first, or
/// where the comment's length fits. So it must be the last thing with its mark, and the directory must end where it begins.
fn directory(zip: &[u8]) -> Result<(u64, u64), PackageError> {
    let ambiguous = |what: &'static str| PackageError::Ambiguous(what);
    let tail = zip.len().saturating_sub(END_WITHIN);
    let Some(at) = zip[tail..].windows(4).rposition(|mark| mark == b"PK\x05\x06").map(|at| tail + at) else {
        return Err(PackageError::Unreadable { path: String::new(), reason: "it has no end record".into() });
    };
    if zip.len() - at < END {
        return Err(ambiguous("the mark of an end record is in its comment or behind it"));
    }
    let number = |at: usize| bytes_at(zip, at as u64).map_or(0, u32::from_le_bytes);
    let long = |at: usize| bytes_at(zip, at as u64).map_or(0, u64::from_le_bytes);
    let (mut size, mut start, mut end) = (u64::from(number(at + 12)), u64::from(number(at + 16)), at);
    let locator = at.checked_sub(LOCATOR64).filter(|at| zip[*at..].starts_with(b"PK\x06\x07"));
    if let Some(locator) = locator {
        // Python takes zip64's record from right before, others from where the locator says.
        let record = locator.checked_sub(END64).filter(|at| zip[*at..].starts_with(b"PK\x06\x06"));
        let Some(record) = record.filter(|record| long(locator + 8) == *record as u64) else {
            return Err(ambiguous("zip64's end record is not where the one before the end leads"));
        };
        let (size64, start64) = (long(record + 40), long(record + 48));
        let fits = |short: u64, long: u64| short == long || short == u64::from(u32::MAX);
        if !fits(size, size64) || !fits(start, start64) {
            return Err(ambiguous("its two end records contradict each other"));
        }
        (size, start, end) = (size64, start64, record);
    }
    if start.checked_add(size) != Some(end as u64) {
        return Err(ambiguous("its directory does not end where its end record begins, as with another zip or other data in front"));
    }
    Ok((start, end as u64))
}

/// Reads all of a zip into `contents`.
pub(super) fn read(zip: &[u8], contents: &mut Contents) -> Result<(), PackageError> {
    let (directory_start, directory_end) = directory(zip)?;
    // Known(0) also means that nothing is searched for: the directory is where the end record says.
    let config = Config { archive_offset: ArchiveOffset::Known(0) };
    let mut directory = ZipIterable::try_new(Cursor::new(zip), config).map_err(unreadable)?;
    let (declared, bound) = (directory.len(), contents.bounds().entries);
    if declared > bound {
        return Err(PackageError::TooManyEntries { count: declared, bound });
    }
    let mut entries = Entries { zip, contents, directory_start, taken: BTreeMap::new() };
    let mut end = directory_start;
    for entry in directory.files().map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        if entry.central_header_start() != end {
            return Err(PackageError::Ambiguous("its directory does not begin where its end record says"));
        }
        end = directory_entry_end(zip, end).unwrap_or(end);
        let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
        entries.read(entry).map_err(|problem| problem.of(&name))?;
        entries.contents.check_count()?;
    }
    if end != directory_end {
        return Err(PackageError::HiddenEntries(declared));
    }
    Ok(())
}

/// The state of reading one zip.
struct Entries<'a> {
    zip: &'a [u8],
    contents: &'a mut Contents,
    directory_start: u64,
    /// Where each entry before this one started, where it ended, and its path.
    taken: BTreeMap<u64, (u64, String)>,
}

impl Entries<'_> {
    fn read(&mut self, entry: ZipFileEntry<'static>) -> Result<(), EntryProblem> {
        let name = self.one_name(&entry)?;
        let path = self.contents.clean(&name)?;
        let kind = kind(&entry, name.ends_with('/'))?;
        let mode = entry.unix_mode().unwrap_or(0);
        if entry.encrypted() {
            return Err(EntryProblem::Encrypted);
        }
        if ![CompressionMethod::Stored, CompressionMethod::Deflated].contains(&entry.compression()) {
            let method = bytes_at(self.zip, entry.central_header_start() + 10).map_or(0, u16::from_le_bytes);
            return Err(EntryProblem::Method(CompressionMethod::name_from_u16(method), method));
        }
        let (declared, packed) = (entry.size(), entry.compressed_size());
        if declared > packed.saturating_mul(MAX_EXPANSION) {
            return Err(EntryProblem::Expansion { declared, packed, bound: MAX_EXPANSION });
        }
        self.contents.reserve(declared)?;

        let directory_start = self.directory_start;
        let mut body = Cursor::new(self.zip);
        let mut file =
            entry.with_reader(&mut body, ZipReadOptions::new()).map_err(|error| EntryProblem::Damaged(shown(&error.to_string())))?;
        let end = file.data_start().unwrap_or(directory_start).saturating_add(packed);
        let header = file.header_start();
        if slice(self.zip, header + 30, bytes_at(self.zip, header + 26).map(u16::from_le_bytes)) != Some(name.as_bytes()) {
            return Err(EntryProblem::OtherName("its local header"));
        }
        self.take(header, end, &path, directory_start)?;
        let bytes = inflate(&mut file, declared)?;
        match kind {
            EntryKind::File => self.contents.add_file(&path, bytes)?,
            EntryKind::Link => self.contents.add_link(&path, &bytes)?,
            EntryKind::Folder if bytes.is_empty() => self.contents.add_folder(&path)?,
            EntryKind::Folder => return Err(EntryProblem::FolderWithContent(declared)),
        }
        if !matches!(kind, EntryKind::Link) {
            self.contents.note_mode(&path, mode, matches!(kind, EntryKind::Folder));
        }
        Ok(())
    }

    /// The name that every reader sees. The zip crate, and some others, let an extra field have another one.
    fn one_name(&self, entry: &ZipFileEntry<'static>) -> Result<String, EntryProblem> {
        let start = entry.central_header_start();
        let length = |at: u64| bytes_at(self.zip, start + at).map(u16::from_le_bytes);
        let name = slice(self.zip, start + 46, length(28)).ok_or(EntryProblem::OtherName("the directory"))?;
        let mut extra = slice(self.zip, start + 46 + name.len() as u64, length(30)).unwrap_or_default();
        while let [a, b, c, d, rest @ ..] = extra {
            let size = usize::from(u16::from_le_bytes([*c, *d])).min(rest.len());
            let (field, next) = rest.split_at(size);
            // A version, the checksum of the name that it stands for, and the name.
            if u16::from_le_bytes([*a, *b]) == UNICODE_PATH && field.get(5..) != Some(name) {
                return Err(EntryProblem::OtherName("an extra field"));
            }
            extra = next;
        }
        Ok(str::from_utf8(name).map_err(|_| PathProblem::NotUtf8)?.to_owned())
    }

    /// Claims an entry's bytes, from its local header to the end of its data, for it alone.
    fn take(&mut self, start: u64, end: u64, path: &str, directory_start: u64) -> Result<(), EntryProblem> {
        if end > directory_start {
            return Err(EntryProblem::Overlap("the directory".to_owned()));
        }
        // Those taken are apart from one another, so the last that starts before our end is the one that could reach in.
        if let Some((_, (other_end, other))) = self.taken.range(..end).next_back()
            && *other_end > start
        {
            return Err(EntryProblem::Overlap(format!("'{}'", shown(other))));
        }
        self.taken.insert(start, (end, path.to_owned()));
        Ok(())
    }
}

/// What an entry becomes in the tree.
#[derive(Clone, Copy)]
enum EntryKind {
    File,
    Folder,
    Link,
}

/// By the trailing slash and the Unix mode. Many tools write no mode, or one without a type.
fn kind(entry: &ZipFileEntry<'_>, slash: bool) -> Result<EntryKind, EntryProblem> {
    let special = |what| Err(EntryProblem::Special(what));
    match (entry.unix_mode().unwrap_or(0) & 0o170_000, slash) {
        (0o040_000, _) | (0 | 0o100_000, true) => Ok(EntryKind::Folder),
        (0 | 0o100_000, false) => Ok(EntryKind::File),
        (0o120_000, false) => Ok(EntryKind::Link),
        (0o120_000, true) => special("a link with the name of a folder"),
        (0o010_000, _) => special("a pipe"),
        (0o140_000, _) => special("a socket"),
        (0o020_000 | 0o060_000, _) => special("a device"),
        _ => special("of an unknown type"),
    }
}

/// An entry's content: exactly the bytes it declares, their checksum compared. Memory grows with what is really there.
fn inflate(file: &mut ZipFile<'_, Cursor<&[u8]>>, declared: u64) -> Result<Vec<u8>, EntryProblem> {
    let mut bytes = Vec::new();
    let read = file.take(declared).read_to_end(&mut bytes);
    // One byte more shows whether the file ends here, and at its end the reader compares the checksum.
    let end = read.and_then(|_| file.read(&mut [0]));
    let actual = bytes.len() as u64;
    match end {
        Ok(_) if actual == declared => Ok(bytes),
        Ok(_) => Err(EntryProblem::Shorter { declared, actual }),
        Err(error) if error.kind() != ErrorKind::InvalidData => Err(EntryProblem::Damaged(error.to_string())),
        Err(_) if actual < declared => Err(EntryProblem::Shorter { declared, actual }),
        // A wrong checksum and a byte too many are of the same kind; only the words differ.
        Err(error) if error.to_string().contains("checksum") => Err(EntryProblem::Checksum),
        Err(_) => Err(EntryProblem::Longer { declared, at_least: declared.saturating_add(1) }),
    }
}

/// Where the directory entry that starts at `start` ends. The zip crate has parsed it, but does not say.
fn directory_entry_end(zip: &[u8], start: u64) -> Option<u64> {
    let lengths = [28, 30, 32].map(|at| bytes_at(zip, start + at).map(u16::from_le_bytes));
    lengths.into_iter().try_fold(start + 46, |end, length| Some(end + u64::from(length?)))
}

fn slice(bytes: &[u8], at: u64, length: Option<u16>) -> Option<&[u8]> {
    let at = usize::try_from(at).ok()?;
    bytes.get(at..at.checked_add(length?.into())?)
}

fn bytes_at<const N: usize>(zip: &[u8], at: u64) -> Option<[u8; N]> {
    zip.get(usize::try_from(at).ok()?..)?.first_chunk().copied()
}

fn unreadable(error: ZipError) -> PackageError {
    PackageError::Unreadable { path: String::new(), reason: shown(&error.to_string()) }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::contents::Bounds;
    use super::super::{LinkProblem, Package};
    use super::*;
    use crate::function::{Content, FileTree, Node};
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;
    use std::collections::BTreeMap;
    use std::io::Write;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    /// A zip of these files, as an honest tool writes it.
    pub(in crate::package) fn zip_of<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (number, (path, bytes)) in files.into_iter().enumerate() {
            let method = if number % 2 == 0 { CompressionMethod::Deflated } else { CompressionMethod::Stored };
            let large = number % 3 == 2; // zip64
            zip.start_file(path, SimpleFileOptions::default().compression_method(method).large_file(large)).expect("a fresh name");
            zip.write_all(bytes).expect("memory");
        }
        zip.finish().expect("memory").into_inner()
    }

    /// One entry, every field of it free to be wrong.
    #[derive(Clone)]
    struct Raw {
        name: Vec<u8>,
        /// As in the file, compressed or not.
        data: Vec<u8>,
        method: u16,
        flags: u16,
        crc: u32,
        packed: u32,
        size: u32,
        mode: u32,
        made_by: u16,
        /// Added to where the directory says that the local header is.
        shift: i64,
        extra: Vec<u8>,
    }

    fn stored(name: impl AsRef<[u8]>, data: impl AsRef<[u8]>) -> Raw {
        let data = data.as_ref().to_vec();
        let size = u32::try_from(data.len()).expect("small");
        let (crc, name) = (crc32(&data), name.as_ref().to_vec());
        Raw { name, data, method: 0, flags: 0, crc, packed: size, size, mode: 0o100_644, made_by: 3 << 8, shift: 0, extra: vec![] }
    }

    /// Deflated, as one block that says its bytes as they are.
    fn deflated(name: impl AsRef<[u8]>, data: impl AsRef<[u8]>) -> Raw {
        let raw = stored(name, data);
        let length = u16::try_from(raw.data.len()).expect("small");
        let block = [&[1][..], &length.to_le_bytes(), &(!length).to_le_bytes(), &raw.data].concat();
        Raw { method: 8, packed: raw.packed + 5, data: block, ..raw }
    }

    fn link(name: &str, target: &str) -> Raw {
        Raw { mode: 0o120_777, ..stored(name, target) }
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes
            .iter()
            .fold(!0, |crc, &byte| (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg())))
    }

    /// The lowest bytes of a number, as a zip field of that width has them.
    fn low<const N: usize>(number: u64) -> [u8; N] {
        *number.to_le_bytes().first_chunk().expect("at most 8")
    }

    /// The end of a zip, free to be wrong as well.
    #[derive(Default)]
    struct End {
        disk: u16,
        /// Added to the number of entries.
        count_off: i64,
        zip64: bool,
        comment: Vec<u8>,
    }

    fn zip(entries: &[Raw]) -> Vec<u8> {
        zip_with(entries, &End::default())
    }

    fn zip_with(entries: &[Raw], end: &End) -> Vec<u8> {
        let (mut zip, mut directory) = (Vec::new(), Vec::new());
        for entry in entries {
            let at = (zip.len() as u64).wrapping_add_signed(entry.shift);
            let common = |out: &mut Vec<u8>, extra: usize| {
                for field in [20, entry.flags, entry.method, 0, 0x21] {
                    out.extend(field.to_le_bytes());
                }
                for field in [entry.crc, entry.packed, entry.size] {
                    out.extend(field.to_le_bytes());
                }
                out.extend([low::<2>(entry.name.len() as u64), low(extra as u64)].concat());
            };
            directory.extend(b"PK\x01\x02");
            directory.extend(entry.made_by.to_le_bytes());
            common(&mut directory, entry.extra.len());
            directory.extend([0; 6]); // comment, disk, internal attributes
            directory.extend((entry.mode << 16).to_le_bytes());
            directory.extend(low::<4>(at));
            directory.extend(&entry.name);
            directory.extend(&entry.extra);
            zip.extend(b"PK\x03\x04");
            common(&mut zip, 0);
            zip.extend(&entry.name);
            zip.extend(&entry.data);
        }
        let (start, size) = (zip.len() as u64, directory.len() as u64);
        let count = (entries.len() as u64).wrapping_add_signed(end.count_off);
        zip.extend(directory);
        if end.zip64 {
            let at = zip.len() as u64;
            zip.extend(b"PK\x06\x06");
            zip.extend(44_u64.to_le_bytes());
            zip.extend([45, 3, 45, 0]);
            zip.extend([0; 8]); // disks
            for field in [count, count, size, start] {
                zip.extend(field.to_le_bytes());
            }
            zip.extend(b"PK\x06\x07\0\0\0\0");
            zip.extend(at.to_le_bytes());
            zip.extend(1_u32.to_le_bytes());
        }
        let most = |number: u64| if end.zip64 { u64::MAX } else { number };
        zip.extend(b"PK\x05\x06");
        zip.extend([end.disk.to_le_bytes(), end.disk.to_le_bytes(), low(most(count)), low(most(count))].concat());
        zip.extend([low::<4>(most(size)), low(most(start))].concat());
        zip.extend(low::<2>(end.comment.len() as u64));
        zip.extend(&end.comment);
        zip
    }

    fn open_within(zip: &[u8], bounds: Bounds) -> Result<Package, PackageError> {
        let mut contents = Contents::new(bounds, super::super::contents::Modes::Count);
        read(zip, &mut contents)?;
        contents.finish("test")
    }

    fn open(zip: &[u8]) -> Result<Package, PackageError> {
        open_within(zip, Bounds::LAMBDA)
    }

    fn problem(result: Result<Package, PackageError>) -> EntryProblem {
        match result {
            Err(PackageError::Entry { problem, .. }) => problem,
            other => panic!("not refused for an entry: {other:?}"),
        }
    }

    /// All files and links; a link's content is its target after `-> `.
    pub(in crate::package) fn files(package: &Package) -> BTreeMap<String, Vec<u8>> {
        fn below(tree: &FileTree, id: u32, path: &str, found: &mut BTreeMap<String, Vec<u8>>) {
            match tree.node(id) {
                Node::Folder(entries) => entries.iter().for_each(|(name, &id)| below(tree, id, &format!("{path}/{name}"), found)),
                Node::File(Content::Bytes(bytes)) => drop(found.insert(path[1..].to_owned(), bytes.to_vec())),
                Node::File(Content::Range { .. }) => panic!("{path} is a range"),
                Node::Link(target) => drop(found.insert(path[1..].to_owned(), format!("-> {target}").into_bytes())),
            }
        }
        let mut found = BTreeMap::new();
        below(&package.files, FileTree::ROOT, "", &mut found);
        found
    }

    #[test]
    fn what_honest_tools_write() {
        let entries = [
            stored("a.py", "a"),
            deflated("d/b.py", "bb"),
            Raw { mode: 0o040_755, ..stored("e/", "") },
            Raw { mode: 0, made_by: 0, ..stored("f/", "") },
            Raw { mode: 0o040_755, ..stored("e/", "") },
            stored("./g//h.py", ""),
            Raw { flags: 1 << 11, ..stored("ü.txt", "flagged") },
            stored("ö.txt", "not flagged"),
            Raw { flags: 1 << 3, ..deflated("streamed", "has a data descriptor") },
            Raw { mode: 0, ..stored("no mode", "x") },
            link("d/l", "../a.py"),
            link("dangling", "nowhere"),
            stored("lib.so", b"\x7fELF..."),
        ];
        let package = open(&zip(&entries)).expect("all fine");
        let expected = [
            ("a.py", "a"),
            ("d/b.py", "bb"),
            ("d/l", "-> ../a.py"),
            ("dangling", "-> nowhere"),
            ("g/h.py", ""),
            ("lib.so", "\x7fELF..."),
            ("no mode", "x"),
            ("streamed", "has a data descriptor"),
            ("ö.txt", "not flagged"),
            ("ü.txt", "flagged"),
        ];
        assert_eq!(files(&package), expected.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec())).into());
        assert!(matches!(package.files.get("e"), Some(Node::Folder(entries)) if entries.is_empty()));
        assert!(matches!(package.files.get("f"), Some(Node::Folder(_))));
        assert_eq!(package.native_modules, ["lib.so"]);
        assert_eq!(package.unzipped_bytes, entries.iter().map(|entry| u64::from(entry.size)).sum::<u64>());
    }

    #[test]
    fn zip64_with_small_numbers_is_fine() {
        let sizes = |size: u64, packed: u64| [&[1, 0, 16, 0][..], &size.to_le_bytes(), &packed.to_le_bytes()].concat();
        let entry = |extra| Raw { size: u32::MAX, packed: u32::MAX, extra, ..stored("a.py", "abc") };
        let end = End { zip64: true, ..End::default() };
        let open = |extra| open(&zip_with(&[entry(extra)], &end));
        assert_eq!(files(&open(sizes(3, 3)).expect("right"))["a.py"], b"abc");
        let refused = |size, packed| problem(open(sizes(size, packed)));
        assert!(matches!(refused(4, 3), EntryProblem::Shorter { declared: 4, actual: 3 }));
        assert!(matches!(refused(2, 3), EntryProblem::Longer { declared: 2, at_least: 3 }));
        assert!(matches!(refused(u64::MAX, 3), EntryProblem::Expansion { declared: u64::MAX, packed: 3, .. }));
        assert!(matches!(refused(u64::MAX, u64::MAX), EntryProblem::UnzippedTooLarge { size: u64::MAX, .. }));
        assert!(matches!(refused(3, u64::MAX), EntryProblem::Damaged(_)));
        assert!(matches!(refused(3, 1 << 40), EntryProblem::Overlap(_)));
        assert!(open(vec![]).is_err(), "sizes of 4 GiB without zip64's own");
    }

    /// What a stranger may try, and what is said to it.
    #[test]
    fn hostile_packages() {
        let plain = || stored("a.py", "abc");
        let named = |name: &str| stored(name, "abc");
        let mode = |mode| Raw { mode, ..plain() };
        let method = |method| Raw { method, ..plain() };
        let deflated = || deflated("a.py", "abc");
        let with_path = |path: &str| {
            let crc = crc32(b"a.py").to_le_bytes();
            let size = low::<2>(path.len() as u64 + 5);
            Raw { extra: [&[0x75, 0x70][..], &size, &[1], &crc, path.as_bytes()].concat(), ..plain() }
        };
        assert!(open(&zip(&[with_path("a.py")])).is_ok(), "the same name again");
        let special = |what: &str| format!("'a.py' is {what}; only files, folders and links are accepted");
        let methods = |what: &str| format!("'a.py' is compressed with {what}, but only stored and deflated entries are accepted");
        let long = |start: &str| format!("'{}...'", start.repeat(120 / start.len()));
        let cases: Vec<(&str, Vec<Raw>, String)> = vec![
            ("parent", vec![named("../a")], "'../a' has '..' in its path".into()),
            ("parent inside", vec![named("a/../../b")], "'a/../../b' has '..' in its path".into()),
            ("absolute", vec![named("/etc/passwd")], "'/etc/passwd' has an absolute path".into()),
            (
                "backslash",
                vec![named("a\\b")],
                "'a\\b' has a backslash in its path\nhint: zip the package with a tool that writes '/' between folders".into(),
            ),
            ("drive", vec![named("C:/a")], "'C:/a' has a drive letter in its path".into()),
            ("NUL", vec![named("a.py\0.txt")], "'a.py\\0.txt' has a control character in its path".into()),
            ("escape", vec![named("\u{1b}[31m")], "'\\u{1b}[31m' has a control character in its path".into()),
            ("no name", vec![named("")], "'' has an empty path".into()),
            ("root as file", vec![named(".")], "'.' has an empty path".into()),
            ("latin-1", vec![stored(b"\xfc.py", "")], "'\u{fffd}.py' has a path that is not UTF-8".into()),
            ("long", vec![named(&"a".repeat(256))], long("a") + " has a name of 256 bytes in its path, but at most 255 are allowed"),
            ("deep", vec![named(&["a"; 65].join("/"))], long("a/") + " has a path of 65 names, but at most 64 are allowed"),
            ("twice", vec![plain(), plain()], "'a.py' is in the package twice".into()),
            ("twice when cleaned", vec![plain(), named(".//a.py")], "'.//a.py' is in the package twice".into()),
            ("file, then folder", vec![named("a"), stored("a/", "")], "'a/' is in the package twice".into()),
            ("folder, then file", vec![stored("a/", ""), named("a")], "'a' is in the package twice".into()),
            ("below a file", vec![named("a"), named("a/b")], "'a/b' lies inside 'a', which is not a folder".into()),
            ("below a link", vec![link("d", "e"), named("d/a")], "'d/a' lies inside 'd', which is not a folder".into()),
            ("folder with bytes", vec![named("d/")], "'d/' is a folder, but has 3 bytes of content".into()),
            ("the same by mode", vec![mode(0o040_755)], "'a.py' is a folder, but has 3 bytes of content".into()),
            ("link out", vec![link("d/l", "../../x")], "'d/l' is a link to '../../x', which leaves the package".into()),
            (
                "absolute link",
                vec![link("l", "/etc/passwd")],
                "'l' is a link to '/etc/passwd', which is absolute and neither in /var/task nor in /opt".into(),
            ),
            ("link over a link", vec![link("l", "d/../x")], "'l' is a link to 'd/../x', which has '..' after a name".into()),
            (
                "link with a slash",
                vec![link("l/", "d")],
                "'l/' is a link with the name of a folder; only files, folders and links are accepted".into(),
            ),
            ("pipe", vec![mode(0o010_644)], special("a pipe")),
            ("socket", vec![mode(0o140_644)], special("a socket")),
            ("character device", vec![mode(0o020_644)], special("a device")),
            ("block device", vec![mode(0o060_644)], special("a device")),
            ("no such type", vec![mode(0o150_644)], special("of an unknown type")),
            ("encrypted", vec![Raw { flags: 1, ..plain() }], "'a.py' is encrypted\nhint: zip the package again without a password".into()),
            ("bzip2", vec![method(12)], methods("Bzip2 (method 12)")),
            ("zstd", vec![method(93)], methods("Zstd (method 93)")),
            ("AES", vec![method(99)], methods("Aes (method 99)")),
            ("unknown method", vec![method(4711)], methods("Unknown (method 4711)")),
            ("longer, stored", vec![Raw { size: 2, ..plain() }], "'a.py' declares 2 bytes, but holds 3 or more".into()),
            ("longer, deflated", vec![Raw { size: 0, ..deflated() }], "'a.py' declares 0 bytes, but holds 1 or more".into()),
            ("shorter, stored", vec![Raw { size: 4, ..plain() }], "'a.py' declares 4 bytes, but holds 3".into()),
            ("shorter, deflated", vec![Raw { size: 400, ..deflated() }], "'a.py' declares 400 bytes, but holds 3".into()),
            ("shorter, other sum", vec![Raw { size: 4, crc: 0, ..plain() }], "'a.py' declares 4 bytes, but holds 3".into()),
            ("checksum", vec![Raw { crc: 0, ..plain() }], "'a.py' is damaged: its checksum does not match its content".into()),
            ("checksum, deflated", vec![Raw { crc: 0, ..deflated() }], "'a.py' is damaged: its checksum does not match its content".into()),
            ("no deflate", vec![Raw { data: vec![7; 8], ..deflated() }], "'a.py' is damaged: corrupt deflate stream".into()),
            ("half a deflate", vec![Raw { packed: 6, ..deflated() }], "'a.py' is damaged: incomplete deflate stream".into()),
            ("other name", vec![with_path("zzz.py")], "'zzz.py' has another name in an extra field of the zip".into()),
            (
                "no local header",
                vec![Raw { shift: 1, ..plain() }],
                "'a.py' is damaged: invalid Zip archive: Invalid local file header".into(),
            ),
            ("into the directory", vec![Raw { packed: 4, size: 4, ..plain() }], "'a.py' overlaps the directory in the zip".into()),
            (
                "two over one",
                vec![plain(), Raw { shift: -37, ..named("b.py") }],
                "'b.py' has another name in its local header of the zip".into(),
            ),
            (
                "one over the next",
                vec![named("b.py"), Raw { shift: -37, packed: 40, ..plain() }],
                "'a.py' has another name in its local header of the zip".into(),
            ),
        ];
        for (what, entries, expected) in cases {
            let error = open(&zip(&entries)).expect_err(what);
            assert_eq!(error.to_string(), expected, "{what}");
        }
    }

    #[test]
    fn an_entry_in_another_ones_data_is_found() {
        // As in the zip bomb that grows with the square. Each of the two is right on its own, checksum included.
        let kernel = stored("kernel", "k");
        let outer = stored("outer", &zip(std::slice::from_ref(&kernel))[..37]);
        let error = open(&zip(&[outer, Raw { shift: -37, ..kernel }])).expect_err("kernel is in outer");
        assert_eq!(error.to_string(), "'kernel' overlaps 'outer' in the zip");
    }

    #[test]
    fn hostile_ends() {
        let entries = [stored("a.py", "abc"), stored("b.py", "abc")];
        let message = |end: End| open(&zip_with(&entries, &end)).expect_err("refused").to_string();
        assert_eq!(message(End { count_off: -1, ..End::default() }), "the zip declares 1 entries, but its directory lists more");
        assert!(message(End { count_off: 1, ..End::default() }).contains("is cut off or damaged: "));
        assert!(message(End { disk: 1, ..End::default() }).contains("Multi-disk"));
        assert!(message(End { count_off: i64::MAX - 2, zip64: true, ..End::default() }).contains("is cut off or damaged: "));
        assert!(open(&zip_with(&entries, &End { comment: b"a comment".to_vec(), ..End::default() })).is_ok());
        // Python finds the end record that begins in the comment, and gives up.
        let comment = b"PK\x05\x06 and more".to_vec();
        assert!(message(End { comment, ..End::default() }).contains("the mark of an end record is in its comment or behind it"));
        let other = zip(&[stored("other.py", "abc")]);
        assert!(
            message(End { comment: other.clone(), ..End::default() })
                .starts_with("the zip can be read in two ways: its directory does not end")
        );
        let zip = zip(&entries);
        for two in [[&zip[..], &other].concat(), [&other[..], &zip].concat()] {
            assert!(open(&two).expect_err("which one").to_string().starts_with("the zip can be read in two ways"));
        }
        for cut in 0..zip.len() {
            assert!(open(&zip[..cut]).is_err(), "cut to {cut}");
        }
        assert!(open(&[&zip[..], b"and more"].concat()).is_ok(), "bytes after the end");
        assert!(open(&[b"#!", &zip[..]].concat()).is_err(), "bytes before the start");
        assert!(matches!(open(&zip_with(&[], &End::default())), Err(PackageError::Empty(_))));
        assert!(matches!(open(&zip_with(&[stored("d/", "")], &End::default())), Err(PackageError::Empty(_))));
    }

    #[test]
    fn bounds_below_at_and_above() {
        let zip = zip(&[stored("a.py", [0; 60]), deflated("b.py", [0; 40])]);
        for (unzipped_bytes, ok) in [(99, false), (100, true), (101, true)] {
            let result = open_within(&zip, Bounds { unzipped_bytes, ..Bounds::LAMBDA });
            assert_eq!(result.is_ok(), ok, "{unzipped_bytes} bytes");
        }
        for (entries, ok) in [(1, false), (2, true), (3, true)] {
            assert_eq!(open_within(&zip, Bounds { entries, ..Bounds::LAMBDA }).is_ok(), ok, "{entries} entries");
        }
        let error = open_within(&zip, Bounds { unzipped_bytes: 99, ..Bounds::LAMBDA }).expect_err("one above");
        assert_eq!(
            error.to_string(),
            "'b.py' brings the package to 100 bytes: Unzipped size must be smaller than 99 bytes\n\
             hint: leave out what the function does not import"
        );
        let error = open_within(&zip, Bounds { entries: 1, ..Bounds::LAMBDA }).expect_err("one above");
        assert_eq!(error.to_string(), "the package has 2 or more files and folders, but at most 1 are allowed");
    }

    #[test]
    fn expansion_below_at_and_above() {
        // Eight bytes of deflate that hold three.
        for (size, ratio) in [(8 * 1032 - 1, true), (8 * 1032, true), (8 * 1032 + 1, false)] {
            let problem = problem(open(&zip(&[Raw { size, ..deflated("a.py", "abc") }])));
            assert_eq!(matches!(problem, EntryProblem::Shorter { .. }), ratio, "{size}: {problem}");
            assert_eq!(matches!(problem, EntryProblem::Expansion { .. }), !ratio, "{size}: {problem}");
        }
        let zeros = vec![0; 4 << 20];
        let zip = zip_of([("zeros", zeros.as_slice())]);
        assert!(zip.len() < zeros.len() / 900, "{} bytes", zip.len());
        assert_eq!(open(&zip).expect("legitimate").unzipped_bytes, 4 << 20);
    }

    #[test]
    fn a_link_target_needs_utf8() {
        let entry = Raw { mode: 0o120_777, ..stored("l", b"\xff") };
        assert!(matches!(problem(open(&zip(&[entry]))), EntryProblem::Link { problem: LinkProblem::NotUtf8, .. }));
    }

    fn some_files() -> impl Strategy<Value = BTreeMap<String, Vec<u8>>> {
        // Folders and files are told apart by their first letter, so no file is where a folder must be.
        let path = ("(d[a-zé. -]{0,3}/){0,3}", "f[A-Zß_.~]{0,4}").prop_map(|(folders, file)| folders + &file);
        prop::collection::btree_map(path, prop::collection::vec(any::<u8>(), 0..300), 1..12)
    }

    /// Whatever is in a package, it is inside it.
    fn assert_safe(package: &Package, zip: &[u8]) {
        let files = files(package);
        for path in files.keys() {
            assert!(path.split('/').all(|name| !["", ".", ".."].contains(&name)), "{path:?}");
            assert!(!path.contains(['\\', '\0']), "{path:?}");
        }
        assert!(package.unzipped_bytes <= zip.len() as u64 * MAX_EXPANSION);
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 128,
            rng_seed: RngSeed::Fixed(1),
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn what_was_zipped_is_read(written in some_files()) {
            let zip = zip_of(written.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())));
            let package = Package::from_zip_bytes("test", zip).expect("an honest zip");
            prop_assert_eq!(package.unzipped_bytes, written.values().map(|bytes| bytes.len() as u64).sum::<u64>());
            prop_assert_eq!(files(&package), written);
        }

        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            for zip in [bytes.clone(), [b"PK\x03\x04", &bytes[..]].concat(), [&bytes[..], b"PK\x05\x06", &[0; 18]].concat()] {
                if let Ok(package) = open(&zip) {
                    assert_safe(&package, &zip);
                }
            }
        }

        /// From the end, where the directory is, since a change of the data only ever is a wrong checksum.
        #[test]
        fn any_change_of_a_zip_is_survived(
            written in some_files(),
            changes in prop::collection::vec((0_usize..1000, any::<u8>()), 0..6),
            cut in prop_oneof![3 => Just(0_usize), 1 => 0_usize..300],
        ) {
            let mut zip = zip_of(written.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())));
            for (from_end, byte) in changes {
                let at = zip.len().saturating_sub(1 + from_end);
                zip[at] = byte;
            }
            zip.truncate(zip.len().saturating_sub(cut));
            if let Ok(package) = open(&zip) {
                assert_safe(&package, &zip);
            }
        }
    }
}
