//! Where a package comes from: a zip file, a folder, one module, or the bytes of an API call.

use super::contents::{Bounds, Contents, Modes};
use super::error::shown;
use super::{EntryProblem, Package, PackageError, PathProblem, archive};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, DirEntry, MetadataExt, OpenOptions, OpenOptionsExt};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// What a folder has beside the function, at any depth: git's own files, and byte code of the host's interpreter, which is
/// as large as the sources and would change the digest with every run. A zip is taken as it is.
const SKIPPED: [&str; 2] = [".git", "__pycache__"];

/// How much of a file is read to see what it is: enough for a tar's magic, which is furthest in.
const HEAD_BYTES: u64 = 512;

/// How files are opened: somebody may put a pipe in a file's place between the look at it and its opening, and opening a pipe
/// waits for a writer. So it is not waited, and the open file is asked what it is.
const NOT_BLOCKING: i32 = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();

/// What metadata call neither file nor folder nor link. Never opened: opening a pipe would wait for a writer.
const NOT_A_FILE: &str = "a pipe, a socket or a device";

impl Package {
    /// Reads a package, or a layer, which differs only in where the guest finds it. What a file is, its content says: a
    /// zip need not be called so. A file named `*.py` that is no zip is a package of one module. A folder is taken as it
    /// is, without `.git` and `__pycache__`.
    pub fn open(path: &Path) -> Result<Self, PackageError> {
        open_within(path, Bounds::LAMBDA)
    }

    /// Reads a layer: as [`Package::open`], but a single module is none.
    pub fn open_layer(path: &Path) -> Result<Self, PackageError> {
        let given = &*path.to_string_lossy();
        let not_a_layer = |what| PackageError::NotALayer { path: shown(given), what };
        if fs::metadata(path).is_ok_and(|metadata| metadata.is_file()) {
            let mut head = Vec::new();
            File::open(path).and_then(|file| file.take(HEAD_BYTES).read_to_end(&mut head)).map_err(unreadable(given))?;
            if !archive::is_zip(&head) {
                return Err(not_a_layer(if path.extension() == Some(OsStr::new("py")) { "a single module" } else { what_is(&head) }));
            }
        }
        Self::open(path).map_err(|error| {
            if let PackageError::NotAPackage { what, .. } = error {
                return not_a_layer(what);
            }
            error
        })
    }

    /// Reads a zip that is in memory already. `name` is the package's, and stands for a path in messages.
    pub fn from_zip_bytes(name: &str, bytes: Vec<u8>) -> Result<Self, PackageError> {
        zip_within(name, name, &bytes, Bounds::LAMBDA)
    }
}

fn open_within(path: &Path, bounds: Bounds) -> Result<Package, PackageError> {
    let given = &*path.to_string_lossy();
    let metadata = fs::metadata(path).map_err(unreadable(given))?;
    if metadata.is_dir() {
        open_folder(path, given, bounds)
    } else if metadata.is_file() {
        open_file(path, given, metadata.len(), bounds)
    } else {
        Err(PackageError::NotAPackage { path: shown(given), what: NOT_A_FILE })
    }
}

fn open_folder(path: &Path, given: &str, bounds: Bounds) -> Result<Package, PackageError> {
    // The one use of ambient authority: from here on everything is below this folder.
    let dir = Dir::open_ambient_dir(path, ambient_authority()).map_err(unreadable(given))?;
    let mut contents = Contents::new(bounds, Modes::WouldCount);
    read_folder(&dir, &mut contents)?;
    // Of a path such as `.` or `a/..` only the real one has a name.
    let real = path.canonicalize().map_err(unreadable(given))?;
    contents.finish(&lossy(real.file_name()))
}

fn open_file(path: &Path, given: &str, size: u64, bounds: Bounds) -> Result<Package, PackageError> {
    let mut options = File::options();
    let mut file = options.read(true).custom_flags(NOT_BLOCKING).open(path).map_err(unreadable(given))?;
    if !file.metadata().map_err(unreadable(given))?.is_file() {
        return Err(PackageError::NotAPackage { path: shown(given), what: NOT_A_FILE });
    }
    let mut bytes = Vec::new();
    file.by_ref().take(HEAD_BYTES).read_to_end(&mut bytes).map_err(unreadable(given))?;
    let is_zip = archive::is_zip(&bytes);
    if !is_zip && path.extension() != Some(OsStr::new("py")) {
        return Err(PackageError::NotAPackage { path: shown(given), what: what_is(&bytes) });
    }
    let bound = bounds.archive_bytes;
    if size > bound {
        return Err(PackageError::FileTooLarge { path: shown(given), size, bound });
    }
    file.take(size).read_to_end(&mut bytes).map_err(unreadable(given))?;
    if bytes.len() as u64 != size {
        return Err(EntryProblem::Changed.of(given));
    }
    let stem = lossy(path.file_stem());
    if is_zip {
        zip_within(given, &stem, &bytes, bounds)
    } else {
        let mode = file_mode(path).map_err(unreadable(given))?;
        module(&stem, bytes, mode, bounds)
    }
}

fn file_mode(path: &Path) -> io::Result<u32> {
    Ok(std::os::unix::fs::MetadataExt::mode(&fs::metadata(path)?))
}

/// A package of one file. Names as people give them to what they hand in (`Smith, Jo.py`, `task 1.2.py`) cannot be those of
/// modules that a handler names, so what stands in the way becomes `_`; the package keeps its name.
fn module(stem: &str, bytes: Vec<u8>, mode: u32, bounds: Bounds) -> Result<Package, PackageError> {
    let file_name = format!("{stem}.py");
    let mut contents = Contents::new(bounds, Modes::WouldCount);
    let add = || {
        let path = contents.clean(&file_name)?;
        let path = format!("{}.py", path.strip_suffix(".py").unwrap_or(&path).replace(|c: char| c == '.' || c.is_whitespace(), "_"));
        contents.reserve(bytes.len() as u64)?;
        contents.add_file(&path, bytes)?;
        contents.note_mode(&path, mode, false);
        Ok(())
    };
    add().map_err(|problem: EntryProblem| problem.of(&file_name))?;
    contents.finish(stem)
}

fn zip_within(path: &str, name: &str, bytes: &[u8], bounds: Bounds) -> Result<Package, PackageError> {
    let (size, bound) = (bytes.len() as u64, bounds.archive_bytes);
    if size > bound {
        return Err(PackageError::FileTooLarge { path: shown(path), size, bound });
    }
    if !archive::is_zip(bytes) {
        return Err(PackageError::NotAPackage { path: shown(path), what: what_is(bytes) });
    }
    let mut contents = Contents::new(bounds, Modes::Count);
    archive::read(bytes, &mut contents).map_err(|error| {
        if let PackageError::Unreadable { reason, .. } = error {
            return PackageError::Unreadable { path: format!("'{}' ", shown(path)), reason };
        }
        error
    })?;
    contents.finish(name)
}

/// Reads a folder and all below. No link is followed, and nothing but files is opened.
fn read_folder(root: &Dir, contents: &mut Contents) -> Result<(), PackageError> {
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        let here = if folder.is_empty() { "." } else { &folder };
        for entry in root.read_dir(here).map_err(unreadable(here))? {
            let entry = entry.map_err(unreadable(here))?;
            let name = entry.file_name();
            if SKIPPED.iter().any(|skipped| name == *skipped) {
                continue;
            }
            let path = format!("{folder}{}{}", if folder.is_empty() { "" } else { "/" }, name.to_string_lossy());
            if read_entry(root, &entry, &path, contents).map_err(|problem| problem.of(&path))? {
                folders.push(path);
            }
            contents.check_count()?;
        }
    }
    Ok(())
}

/// Adds what is at `path`. Whether it is a folder, whose content is still to be read.
fn read_entry(root: &Dir, entry: &DirEntry, path: &str, contents: &mut Contents) -> Result<bool, EntryProblem> {
    if entry.file_name().to_str().is_none() {
        return Err(PathProblem::NotUtf8.into());
    }
    let path = contents.clean(path)?;
    let metadata = entry.metadata()?;
    if metadata.is_dir() {
        contents.add_folder(&path)?;
    } else if metadata.is_symlink() {
        let target = root.read_link_contents(&path)?.into_os_string();
        contents.reserve(target.len() as u64)?;
        contents.add_link(&path, target.as_encoded_bytes())?;
    } else if metadata.is_file() {
        contents.reserve(metadata.len())?;
        let mut bytes = Vec::new();
        let file = entry.open_with(OpenOptions::new().read(true).custom_flags(NOT_BLOCKING))?;
        if !file.metadata()?.is_file() {
            return Err(EntryProblem::Special(NOT_A_FILE));
        }
        file.take(metadata.len() + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 != metadata.len() {
            return Err(EntryProblem::Changed);
        }
        contents.add_file(&path, bytes)?;
    } else {
        return Err(EntryProblem::Special(NOT_A_FILE));
    }
    if !metadata.is_symlink() {
        contents.note_mode(&path, metadata.mode(), metadata.is_dir());
    }
    Ok(metadata.is_dir())
}

fn unreadable(path: &str) -> impl Fn(io::Error) -> PackageError {
    move |error| PackageError::Read { path: shown(path), error }
}

fn lossy(name: Option<&OsStr>) -> String {
    name.unwrap_or_default().to_string_lossy().into_owned()
}

/// A guess from a file's first bytes, for people who took the wrong one.
fn what_is(head: &[u8]) -> &'static str {
    const KNOWN: [(&[u8], &str); 9] = [
        (b"PK\x07\x08", "one part of a split zip"),
        (b"\x1f\x8b", "a gzip file"),
        (b"BZh", "a bzip2 file"),
        (b"\xfd7zXZ\0", "an xz file"),
        (b"\x28\xb5\x2f\xfd", "a zstd file"),
        (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
        (b"Rar!", "a rar archive"),
        (b"\x7fELF", "a Linux program or library"),
        (b"\0asm", "a WebAssembly module"),
    ];
    if head.is_empty() {
        return "an empty file";
    }
    if head.get(257..262) == Some(b"ustar") {
        return "a tar archive";
    }
    KNOWN.iter().find(|(magic, _)| head.starts_with(magic)).map_or("a file of another kind", |(_, what)| what)
}

#[cfg(test)]
mod tests {
    use super::super::LinkProblem;
    use super::super::archive::tests::{files, zip_of};
    use super::*;
    use std::os::unix::ffi::OsStringExt;
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;
    use std::path::PathBuf;
    use tempfile::TempDir;

    fn folder(files: &[(&str, &str)]) -> TempDir {
        let folder = tempfile::Builder::new().prefix("wasmlam-package-").tempdir().expect("a temporary folder");
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("inside")).expect("writable");
            fs::write(path, text).expect("writable");
        }
        folder
    }

    fn refused(path: &Path) -> String {
        Package::open(path).expect_err("refused").to_string()
    }

    #[test]
    fn a_folder_and_its_zip_are_the_same_package() {
        let list = [("app.py", "x = 1"), ("lib/a.py", ""), ("lib/b.so", "\x7fELF")];
        let folder = folder(&list);
        for skipped in [".git/HEAD", "__pycache__/app.cpython-313.pyc", "lib/__pycache__/a.pyc"] {
            let path = folder.path().join(skipped);
            fs::create_dir_all(path.parent().expect("inside")).expect("writable");
            fs::write(path, "skipped").expect("writable");
        }
        let from_folder = Package::open(folder.path()).expect("a package");
        let from_zip = Package::from_zip_bytes("x", zip_of(list.map(|(path, text)| (path, text.as_bytes())))).expect("a package");
        assert_eq!(from_folder.digest, from_zip.digest);
        assert_eq!(from_folder.unzipped_bytes, from_zip.unzipped_bytes);
        assert_eq!(from_folder.native_modules, ["lib/b.so"]);
        assert_eq!(files(&from_folder), files(&from_zip));
        assert_eq!(from_folder.name, folder.path().file_name().expect("has one").to_string_lossy());
        let around = folder.path().join("lib/..");
        assert_eq!(Package::open(&around).expect("the same").name, from_folder.name, "a name although the path ends in '..'");
    }

    #[test]
    fn modes_count_in_a_zip_and_warn_in_a_folder() {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (path, mode) in [("app.py", 0o600), ("lib/a.py", 0o640), ("ok.py", 0o644), ("none.py", 0)] {
            zip.start_file(path, zip::write::SimpleFileOptions::default().unix_permissions(mode)).expect("a fresh name");
        }
        zip.add_directory("shut/", zip::write::SimpleFileOptions::default().unix_permissions(0o700)).expect("a fresh name");
        let zip = zip.finish().expect("memory").into_inner();
        let package = Package::from_zip_bytes("x", zip).expect("a package");
        let readable = |package: &Package, path: &str| {
            let tree = &package.files;
            tree.is_readable((0..).take(tree.len()).find(|id| tree.path_of(*id).as_deref() == Some(path)).expect(path))
        };
        let all = ["app.py", "lib/a.py", "ok.py", "none.py", "lib", "shut"].map(|path| readable(&package, path));
        assert_eq!(all, [false, false, true, true, true, false]);
        assert_eq!(
            package.warnings,
            ["'app.py' has mode 0600 (and 2 more like it), so the function cannot read it, as on AWS\n\
              hint: chmod 644 for files and 755 for folders before they are zipped"]
        );
        let open = zip_of(["app.py", "lib/a.py", "ok.py", "none.py"].map(|path| (path, b"".as_slice())));
        assert_ne!(package.digest, Package::from_zip_bytes("x", open).expect("a package").digest, "its image is another");

        let folder = folder(&[("app.py", "x = 1")]);
        let plain = Package::open(folder.path()).expect("a package");
        assert_eq!(plain.warnings, [""; 0]);
        fs::set_permissions(folder.path().join("app.py"), fs::Permissions::from_mode(0o600)).expect("ours");
        for path in [folder.path().to_owned(), folder.path().join("app.py")] {
            let package = Package::open(&path).expect("a package");
            assert!(readable(&package, "app.py"));
            assert_eq!(package.digest, plain.digest);
            assert!(
                package.warnings[0].starts_with("'app.py' has mode 0600, which is ignored here, but in a zip on AWS"),
                "{:?}",
                package.warnings
            );
        }
    }

    #[test]
    fn a_file_may_have_any_name_that_people_give_it() {
        let source = "def handler(event, context): pass";
        let folder = folder(&["Smith, Jo.py", "a.b.py", "ann b.py", "my-app.py", "é.py"].map(|name| (name, source)));
        for (name, package_name, handler) in [
            ("Smith, Jo.py", "Smith, Jo", "Smith,_Jo.handler"),
            ("a.b.py", "a.b", "a_b.handler"),
            ("ann b.py", "ann b", "ann_b.handler"),
            ("my-app.py", "my-app", "my-app.handler"),
            ("é.py", "é", "é.handler"),
        ] {
            let package = Package::open(&folder.path().join(name)).expect(name);
            assert_eq!((package.name.as_str(), package.find_handler().expect(name).as_str()), (package_name, handler));
        }
    }

    #[test]
    fn a_layer_is_a_zip_or_a_folder() {
        let folder = folder(&[("app.py", "x = 1"), ("layer.zip", "no zip"), ("python/kit.py", "")]);
        fs::write(folder.path().join("good.zip"), zip_of([("python/kit.py", b"x".as_slice())])).expect("writable");
        let open = |name: &str| Package::open_layer(&folder.path().join(name)).map(drop).map_err(|error| error.to_string());
        assert_eq!((open("good.zip"), open(".")), (Ok(()), Ok(())));
        let inside = |name: &str| folder.path().join(name).display().to_string();
        assert_eq!(open("app.py"), Err(format!("the layer '{}' is a single module, but must be a zip or a folder", inside("app.py"))));
        assert_eq!(
            open("layer.zip"),
            Err(format!("the layer '{}' is a file of another kind, but must be a zip or a folder", inside("layer.zip")))
        );
        assert!(open("gone").is_err_and(|error| error.contains("cannot read")));
    }

    #[test]
    fn content_decides_and_not_the_name() {
        let folder =
            folder(&[("greet.py", "def handler(event, context): pass"), ("notes.txt", "x"), ("empty", ""), ("a.tar.gz", "\x1f\u{8b}")]);
        let inside = |name: &str| folder.path().join(name);
        for name in ["function.zip", "layer.whl", "zipped.py"] {
            fs::write(inside(name), zip_of([("app.py", b"x".as_slice())])).expect("writable");
            let package = Package::open(&inside(name)).expect("a zip");
            assert_eq!(package.name, name.split('.').next().expect("a stem"));
            assert_eq!(files(&package).into_keys().collect::<Vec<_>>(), ["app.py"]);
        }
        let module = Package::open(&inside("greet.py")).expect("a module");
        assert_eq!((module.name.as_str(), files(&module).len()), ("greet", 1));
        assert_eq!(module.find_handler().expect("one").as_str(), "greet.handler");
        let hint = "which is no package\nhint: accepted are a zip file, a folder and a single .py file";
        assert_eq!(refused(&inside("notes.txt")), format!("'{}' is a file of another kind, {hint}", inside("notes.txt").display()));
        assert_eq!(refused(&inside("empty")), format!("'{}' is an empty file, {hint}", inside("empty").display()));
        assert!(refused(Path::new("/dev/null")).contains("is a pipe, a socket or a device"));
        assert!(refused(&inside("missing")).contains("No such file"));
        let error = Package::from_zip_bytes("upload", b"\x1f\x8b".to_vec()).expect_err("gzip").to_string();
        assert_eq!(error, format!("'upload' is a gzip file, {hint}"));
        assert!(Package::from_zip_bytes("upload", vec![]).is_err());
    }

    #[test]
    fn links_are_kept_if_they_stay() {
        let folder = folder(&[("a.py", "x"), ("d/b.py", "x")]);
        let link = |target: &str, name: &str| symlink(target, folder.path().join(name)).expect("writable");
        link("a.py", "l");
        link("../a.py", "d/l");
        link("d", "folder");
        link("nowhere", "dangling");
        let package = Package::open(folder.path()).expect("all inside");
        let files = files(&package);
        assert_eq!(files["d/l"], b"-> ../a.py");
        assert_eq!(files["folder"], b"-> d", "not followed");
        assert_eq!(files["dangling"], b"-> nowhere");
        link("../../etc/passwd", "d/out");
        assert_eq!(refused(folder.path()), "'d/out' is a link to '../../etc/passwd', which leaves the package");
        fs::remove_file(folder.path().join("d/out")).expect("writable");
        let absolute = folder.path().join("a.py");
        link(&absolute.to_string_lossy(), "absolute");
        let error = Package::open(folder.path()).expect_err("absolute, although inside");
        assert!(matches!(error, PackageError::Entry { problem: EntryProblem::Link { problem: LinkProblem::Absolute, .. }, .. }), "{error}");
    }

    #[test]
    fn special_files_are_refused_unopened() {
        let pipe = |folder: &TempDir| {
            let path = folder.path().join("pipe");
            rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU, 0).expect("a pipe");
            path
        };
        let with_pipe = folder(&[("a.py", "x")]);
        let path = pipe(&with_pipe);
        assert_eq!(refused(with_pipe.path()), "'pipe' is a pipe, a socket or a device; only files, folders and links are accepted");
        assert!(refused(&path).contains("is a pipe, a socket or a device"));
        let with_socket = folder(&[("a.py", "x")]);
        let _listener = UnixListener::bind(with_socket.path().join("socket")).expect("a socket");
        assert!(refused(with_socket.path()).starts_with("'socket' is"));
    }

    /// Whoever can write to the folder may put a pipe where a file was, between the look at it and its opening.
    #[test]
    fn a_file_that_becomes_a_pipe_is_not_waited_for() {
        use rustix::fs::{CWD, FileType, Mode, RenameFlags, mknodat, renameat_with};
        use std::sync::atomic::{AtomicBool, Ordering};
        let folder = folder(&[("app.py", "x"), ("module/p", "p")]);
        let (inside, outside) = (folder.path().join("module/p"), folder.path().join(".git"));
        mknodat(CWD, &outside, FileType::Fifo, Mode::RWXU, 0).expect("a pipe");
        let is_done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !is_done.load(Ordering::Relaxed) {
                    renameat_with(CWD, &inside, CWD, &outside, RenameFlags::EXCHANGE).expect("both are there");
                }
            });
            for _ in 0..2000 {
                for path in [folder.path().to_owned(), inside.clone()] {
                    let opened = Package::open(&path);
                    assert!(opened.is_ok() || opened.as_ref().is_err_and(|error| !error.to_string().is_empty()), "it comes back");
                }
            }
            is_done.store(true, Ordering::Relaxed);
        });
    }

    #[test]
    fn names_of_a_folder_obey_the_same_rules() {
        let not_utf8 = folder(&[("a.py", "x")]);
        let name = PathBuf::from(std::ffi::OsString::from_vec(b"\xff.py".to_vec()));
        fs::write(not_utf8.path().join(name), "x").expect("writable");
        assert_eq!(refused(not_utf8.path()), "'\u{fffd}.py' has a path that is not UTF-8");
        let escape = folder(&[("\u{1b}[2J.py", "x")]);
        assert_eq!(refused(escape.path()), "'\\u{1b}[2J.py' has a control character in its path");
        assert!(refused(&escape.path().join("\u{1b}[2J.py")).contains("control character in its path"), "a single module too");
        let mut path = vec!["d"; 64].join("/");
        let deep = folder(&[(&path, "x")]);
        assert!(Package::open(deep.path()).is_ok(), "64 names");
        path.push_str("e/f");
        let deeper = folder(&[(&path, "x")]);
        assert!(refused(deeper.path()).contains("has a path of 65 names"), "65 names");
    }

    #[test]
    fn bounds_below_at_and_above() {
        let folder = folder(&[("a.py", "12345"), ("d/b.py", "12345")]);
        for (unzipped_bytes, ok) in [(9, false), (10, true), (11, true)] {
            assert_eq!(open_within(folder.path(), Bounds { unzipped_bytes, ..Bounds::LAMBDA }).is_ok(), ok, "{unzipped_bytes} bytes");
        }
        for (entries, ok) in [(2, false), (3, true), (4, true)] {
            assert_eq!(open_within(folder.path(), Bounds { entries, ..Bounds::LAMBDA }).is_ok(), ok, "{entries} entries");
        }
        let zip = zip_of([("app.py", b"x".as_slice())]);
        let path = folder.path().join("function.zip");
        fs::write(&path, &zip).expect("writable");
        let size = zip.len() as u64;
        for (archive_bytes, ok) in [(size - 1, false), (size, true), (size + 1, true)] {
            let bounds = Bounds { archive_bytes, ..Bounds::LAMBDA };
            assert_eq!(open_within(&path, bounds).is_ok(), ok, "{archive_bytes} bytes");
            assert_eq!(zip_within("upload", "upload", &zip, bounds).is_ok(), ok, "{archive_bytes} bytes uploaded");
        }
        let error = open_within(&path, Bounds { archive_bytes: 1, ..Bounds::LAMBDA }).expect_err("above").to_string();
        assert_eq!(error, format!("'{}' has {size} bytes, but at most 1 are allowed", path.display()));
    }

    /// The real bound, on a file that takes no room on disk and of which no byte is read.
    #[test]
    fn a_file_above_the_bound_is_not_read() {
        let folder = folder(&[]);
        let huge = File::create(folder.path().join("huge")).expect("writable");
        huge.set_len(262_144_001).expect("sparse");
        assert!(
            refused(folder.path())
                .starts_with("'huge' brings the package to 262144001 bytes: Unzipped size must be smaller than 262144000 bytes\n")
        );
    }
}
