//! What every source fills: a tree of files under bounds. All bounds of a package and all rules for paths and links are
//! here, so that a folder cannot have what a zip of it could not.

use super::error::shown;
use super::{EntryProblem, LinkProblem, Package, PackageError, PathProblem, native};
use crate::function::{Content, FileTree, Node, NodeId, TreeError};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// AWS's quota on the unzipped size, code and layers together. Exactly this much is accepted here, although the sentence
/// AWS refuses more with says "smaller than".
pub const MAX_UNZIPPED_BYTES: u64 = 262_144_000;

/// Most files, folders and links in one package, folders that only paths imply included. Ours: AWS names no number. Even
/// an empty file costs the host some hundred bytes, which no bound on the sizes would see.
pub const MAX_ENTRIES: usize = 100_000;

/// Where a function's code is on Lambda.
const TASK: &str = "/var/task";
/// Where its layers are.
const OPT: &str = "/opt";

/// The bounds of one package. A parameter, so that tests can come close to them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Bytes of the zip file itself. AWS takes 52 428 800 in a request and up to the unzipped bound through S3; here there
    /// is no S3, so the larger one counts.
    pub archive_bytes: u64,
    /// Bytes of all files and link targets.
    pub unzipped_bytes: u64,
    /// Files, folders and links.
    pub entries: usize,
    /// Bytes of a path or a link target. A quarter of Linux's PATH_MAX, which leaves room for `/var/task` and more.
    pub path_bytes: usize,
    /// Bytes of one name, as in Linux.
    pub name_bytes: usize,
    /// Names in a path, the file's own included. Ours: bounds the recursion over a tree.
    pub depth: usize,
}

impl Bounds {
    /// What [`Package::open`] applies.
    pub(super) const LAMBDA: Self = Self {
        archive_bytes: MAX_UNZIPPED_BYTES,
        unzipped_bytes: MAX_UNZIPPED_BYTES,
        entries: MAX_ENTRIES,
        path_bytes: 1024,
        name_bytes: 255,
        depth: 64,
    };
}

/// A package in the making.
pub(super) struct Contents {
    bounds: Bounds,
    tree: FileTree,
    bytes: u64,
    /// Paths that the function's user may not read by their mode, and the mode.
    closed: Vec<(String, u32)>,
    /// Paths whose mode is not what most have, and the mode; those of `closed` among them.
    unusual: Vec<(String, u32)>,
    modes: Modes,
}

/// What the modes of a package's files mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Modes {
    /// They go to AWS as they are: a zip.
    Count,
    /// A zip would have them: a folder, or a module of its own.
    WouldCount,
}

impl Contents {
    pub(super) fn new(bounds: Bounds, modes: Modes) -> Self {
        Self { bounds, tree: FileTree::default(), bytes: 0, closed: Vec::new(), unusual: Vec::new(), modes }
    }

    /// Notes the Unix mode of a file or folder that was added. On Lambda a function's code belongs to another user, so what
    /// the last digit does not allow is not possible. A mode without any permission is none: some tools write no mode.
    pub(super) fn note_mode(&mut self, path: &str, mode: u32, is_folder: bool) {
        let needed = if is_folder { 0o005 } else { 0o004 };
        let usual = if is_folder { 0o755 } else { 0o644 };
        if mode & 0o777 == 0 || path.is_empty() {
            return;
        }
        if mode & needed != needed {
            self.closed.push((path.to_owned(), mode & 0o777));
        }
        if mode & 0o777 != usual {
            self.unusual.push((path.to_owned(), mode & 0o777));
        }
    }

    pub(super) fn bounds(&self) -> &Bounds {
        &self.bounds
    }

    /// The path as the tree knows it: `.`, doubled and trailing slashes are dropped, since harmless tools write them.
    /// Anything that could mean another place is refused. Empty for the root itself.
    pub(super) fn clean(&self, path: &str) -> Result<String, PathProblem> {
        let Bounds { path_bytes, name_bytes, depth, .. } = self.bounds;
        if path.is_empty() {
            return Err(PathProblem::Empty);
        }
        if path.chars().any(char::is_control) {
            return Err(PathProblem::Control);
        }
        if path.starts_with('/') {
            return Err(PathProblem::Absolute);
        }
        if path.contains('\\') {
            return Err(PathProblem::Backslash);
        }
        if matches!(path.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic()) {
            return Err(PathProblem::Drive);
        }
        let names: Vec<&str> = names(path).collect();
        if names.contains(&"..") {
            return Err(PathProblem::Parent);
        }
        if let Some(long) = names.iter().find(|name| name.len() > name_bytes) {
            return Err(PathProblem::LongName(long.len(), name_bytes));
        }
        if names.len() > depth {
            return Err(PathProblem::Deep(names.len(), depth));
        }
        let clean = names.join("/");
        if clean.len() > path_bytes {
            return Err(PathProblem::Long(clean.len(), path_bytes));
        }
        Ok(clean)
    }

    /// Counts `size` bytes before they are read, so that they are not read if they are too many.
    pub(super) fn reserve(&mut self, size: u64) -> Result<(), EntryProblem> {
        let bound = self.bounds.unzipped_bytes;
        self.bytes = self.bytes.saturating_add(size);
        if self.bytes > bound { Err(EntryProblem::UnzippedTooLarge { size: self.bytes, bound }) } else { Ok(()) }
    }

    /// Adds a file at a path from [`Self::clean`], its bytes reserved.
    pub(super) fn add_file(&mut self, path: &str, mut bytes: Vec<u8>) -> Result<(), EntryProblem> {
        bytes.shrink_to_fit();
        self.add(path, Node::File(Content::Bytes(bytes.into())))
    }

    /// Adds a link at a path from [`Self::clean`], the bytes of its target reserved. A link that leads to nothing is
    /// accepted, as by every unzip: it harms nobody until the function opens it, which then fails as on Lambda.
    pub(super) fn add_link(&mut self, path: &str, target: &[u8]) -> Result<(), EntryProblem> {
        let problem = match str::from_utf8(target) {
            Ok(target) => match self.link_problem(path, target) {
                Some(problem) => problem,
                None => return self.add(path, Node::Link(target.to_owned())),
            },
            Err(_) => LinkProblem::NotUtf8,
        };
        Err(EntryProblem::Link { target: shown(&String::from_utf8_lossy(target)), problem })
    }

    /// A tree where every link passes this has no way out: the folders a link lies in are folders, never links, so its
    /// leading `..` go where they seem to go, and from there on there are names only, each inside or a link like this one. An
    /// absolute one leads to where functions and layers are on Lambda, which only a guest follows: on the host nobody does.
    fn link_problem(&self, path: &str, target: &str) -> Option<LinkProblem> {
        let in_guest = [TASK, OPT].iter().find_map(|folder| target.strip_prefix(folder)).filter(|rest| rest.starts_with('/'));
        let above = names(target).take_while(|&name| name == "..").count();
        if target.is_empty() {
            Some(LinkProblem::Empty)
        } else if target.len() > self.bounds.path_bytes {
            Some(LinkProblem::Long(target.len(), self.bounds.path_bytes))
        } else if target.chars().any(char::is_control) {
            Some(LinkProblem::Control)
        } else if target.starts_with('/') && in_guest.is_none() {
            Some(LinkProblem::Absolute)
        } else if above > path.matches('/').count() {
            Some(LinkProblem::Leaves)
        } else if names(target).skip(above).any(|name| name == "..") {
            Some(LinkProblem::ParentAfterName)
        } else {
            None
        }
    }

    fn add(&mut self, path: &str, node: Node) -> Result<(), EntryProblem> {
        if path.is_empty() {
            return Err(PathProblem::Empty.into());
        }
        self.tree.add(path, node).map_err(|error| refused_by_tree(error, path))
    }

    /// Adds a folder at a path from [`Self::clean`]. The same folder twice is no harm and some tools write it.
    pub(super) fn add_folder(&mut self, path: &str) -> Result<(), EntryProblem> {
        if path.is_empty() {
            return Ok(());
        }
        self.tree.add_folder(path).map_err(|error| refused_by_tree(error, path))
    }

    /// To be asked after each entry. One path can imply dozens of folders, so the tree is counted and not the entries.
    pub(super) fn check_count(&self) -> Result<(), PackageError> {
        let (count, bound) = (self.tree.len() - 1, self.bounds.entries);
        if count > bound { Err(PackageError::TooManyEntries { count, bound }) } else { Ok(()) }
    }

    /// The package, if there is a file in it.
    pub(super) fn finish(mut self, name: &str) -> Result<Package, PackageError> {
        let mut files = 0;
        let mut digest = Sha256::new();
        let warnings = self.mode_warning().into_iter().collect();
        self.unusual.sort_unstable();
        if self.modes == Modes::Count {
            for (path, mode) in &self.unusual {
                self.tree.set_mode(path, *mode);
                digest.update(b"m");
                digest.update((path.len() as u64).to_le_bytes());
                digest.update(path);
                digest.update(mode.to_le_bytes());
            }
        }
        let mut native_modules = Vec::new();
        visit(&self.tree, FileTree::ROOT, "", &mut |path, node| {
            let (kind, content) = match node {
                Node::Folder(_) => (b'd', [].as_slice()),
                Node::Link(target) => (b'l', target.as_bytes()),
                Node::File(Content::Bytes(bytes)) => (b'f', bytes.as_slice()),
                Node::File(Content::Range { .. }) => return, // never in a package
            };
            // Lengths first, so that no two trees give the same bytes.
            digest.update([kind]);
            digest.update((path.len() as u64).to_le_bytes());
            digest.update((content.len() as u64).to_le_bytes());
            digest.update(path);
            digest.update(content);
            if kind == b'f' {
                files += 1;
                if native::is_native(path, content) {
                    native_modules.push(path.to_owned());
                }
            }
        });
        if files == 0 {
            return Err(PackageError::Empty(shown(name)));
        }
        Ok(Package {
            name: name.to_owned(),
            files: Arc::new(self.tree),
            digest: format!("{:x}", digest.finalize()),
            native_modules,
            warnings,
            unzipped_bytes: self.bytes,
        })
    }

    fn mode_warning(&self) -> Option<String> {
        // What is read first decides how it fails: a file in the root.
        let (path, mode) = self.closed.iter().min_by_key(|(path, _)| (path.matches('/').count(), path.clone()))?;
        let more = match self.closed.len() - 1 {
            0 => String::new(),
            more => format!(" (and {more} more like it)"),
        };
        let meaning = match self.modes {
            Modes::Count => "so the function cannot read it, as on AWS",
            Modes::WouldCount => "which is ignored here, but in a zip on AWS the function could not read it",
        };
        Some(format!(
            "'{}' has mode {mode:04o}{more}, {meaning}\nhint: chmod 644 for files and 755 for folders before they are zipped",
            shown(path)
        ))
    }
}

/// The names in a path that say where it leads.
fn names(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|name| !name.is_empty() && *name != ".")
}

fn refused_by_tree(error: TreeError, path: &str) -> EntryProblem {
    match error {
        TreeError::ParentIsNoFolder(_, parent) if parent != path => EntryProblem::ParentIsNoFolder(shown(&parent)),
        TreeError::ParentIsNoFolder(..) | TreeError::Duplicate(_) => EntryProblem::Duplicate,
    }
}

/// Calls `see` with every file, link and empty folder below, in the tree's order.
fn visit(tree: &FileTree, id: NodeId, path: &str, see: &mut impl FnMut(&str, &Node)) {
    match tree.node(id) {
        Node::Folder(entries) if !entries.is_empty() => {
            for (name, &child) in entries {
                let path = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
                visit(tree, child, &path, see);
            }
        }
        node @ (Node::Folder(_) | Node::File(_) | Node::Link(_)) => see(path, node),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contents(bounds: Bounds) -> Contents {
        Contents::new(bounds, Modes::Count)
    }

    fn with_files(files: &[(&str, &str)]) -> Contents {
        let mut contents = contents(Bounds::LAMBDA);
        for (path, text) in files {
            contents.reserve(text.len() as u64).expect("in bounds");
            contents.add_file(path, text.as_bytes().to_vec()).expect("new");
        }
        contents
    }

    #[test]
    fn the_bounds_are_these() {
        let Bounds { archive_bytes, unzipped_bytes, entries, path_bytes, name_bytes, depth } = Bounds::LAMBDA;
        assert_eq!((archive_bytes, unzipped_bytes, entries), (262_144_000, 262_144_000, 100_000));
        assert_eq!((path_bytes, name_bytes, depth), (1024, 255, 64));
    }

    #[test]
    fn paths_are_cleaned_or_refused() {
        let contents = contents(Bounds::LAMBDA);
        for (path, clean) in [
            ("a.py", "a.py"),
            ("./a//b/./c.py", "a/b/c.py"),
            ("a/b/", "a/b"),
            ("./", ""),
            ("...", "..."),
            ("a/..b", "a/..b"),
            ("aé b:c", "aé b:c"),
            ("1:x", "1:x"),
        ] {
            assert_eq!(contents.clean(path).as_deref(), Ok(clean), "{path}");
        }
        for (path, problem) in [
            ("", PathProblem::Empty),
            ("/etc/passwd", PathProblem::Absolute),
            ("//a", PathProblem::Absolute),
            ("..", PathProblem::Parent),
            ("../a", PathProblem::Parent),
            ("a/../b", PathProblem::Parent),
            ("a/b/..", PathProblem::Parent),
            ("a\\b", PathProblem::Backslash),
            ("..\\a", PathProblem::Backslash),
            ("C:", PathProblem::Drive),
            ("c:/windows", PathProblem::Drive),
            ("a\0.py", PathProblem::Control),
            ("a\n.py", PathProblem::Control),
            ("a\u{1b}[2J", PathProblem::Control),
            ("a\u{9b}2J", PathProblem::Control),
        ] {
            assert_eq!(contents.clean(path), Err(problem), "{path:?}");
        }
    }

    #[test]
    fn path_bounds_below_at_and_above() {
        let contents = contents(Bounds::LAMBDA);
        for (length, ok) in [(254, true), (255, true), (256, false)] {
            assert_eq!(contents.clean(&format!("a/{}", "é".repeat(length / 2) + &"x".repeat(length % 2))).is_ok(), ok, "name of {length}");
        }
        for (length, ok) in [(1023, true), (1024, true), (1025, false)] {
            let path: String = "a".repeat(99).chars().chain("/".chars()).cycle().take(length - 1).chain("a".chars()).collect();
            assert_eq!((path.len(), contents.clean(&path).is_ok()), (length, ok), "path of {length}");
        }
        for (depth, ok) in [(63, true), (64, true), (65, false)] {
            assert_eq!(contents.clean(&vec!["a"; depth].join("/")).is_ok(), ok, "depth {depth}");
        }
    }

    #[test]
    fn links_stay_inside() {
        let contents = contents(Bounds::LAMBDA);
        for (path, target, problem) in [
            ("l", "a.py", None),
            ("l", "./d/a.py", None),
            ("l", ".", None),
            ("l", "not/there", None),
            ("l", "l", None),
            ("d/l", "../a.py", None),
            ("d/e/l", "../..", None),
            ("d/e/l", ".././../x/", None),
            ("l", "", Some(LinkProblem::Empty)),
            ("l", "/opt/python/kit.py", None),
            ("d/l", "/var/task//d/./a.py", None),
            ("l", "/etc/passwd", Some(LinkProblem::Absolute)),
            ("l", "/var/taskforce/a.py", Some(LinkProblem::Absolute)),
            ("l", "/opt", Some(LinkProblem::Absolute)),
            ("l", "/opt/../etc/passwd", Some(LinkProblem::ParentAfterName)),
            ("l", "//opt/a.py", Some(LinkProblem::Absolute)),
            ("l", "..", Some(LinkProblem::Leaves)),
            ("l", "../a", Some(LinkProblem::Leaves)),
            ("d/l", "../../etc", Some(LinkProblem::Leaves)),
            ("l", "d/../..", Some(LinkProblem::ParentAfterName)),
            ("d/l", "../m/../x", Some(LinkProblem::ParentAfterName)),
            ("l", "a\u{1b}", Some(LinkProblem::Control)),
        ] {
            assert_eq!(contents.link_problem(path, target), problem, "{path} -> {target:?}");
        }
        for (length, ok) in [(1024, true), (1025, false)] {
            assert_eq!(contents.link_problem("l", &"a".repeat(length)).is_none(), ok, "target of {length}");
        }
    }

    #[test]
    fn implied_folders_count() {
        let mut contents = contents(Bounds { entries: 6, ..Bounds::LAMBDA });
        contents.add_file("a/b/c", vec![]).expect("three nodes");
        contents.add_folder("a/b").expect("there already");
        contents.add_link("a/l", b"b").expect("four nodes");
        contents.add_file("x/y", vec![]).expect("six nodes");
        assert!(contents.check_count().is_ok());
        contents.add_folder("z").expect("new");
        assert!(matches!(contents.check_count(), Err(PackageError::TooManyEntries { count: 7, bound: 6 })));
    }

    #[test]
    fn a_path_is_there_once_and_inside_folders_only() {
        let mut contents = with_files(&[("a/b", "1")]);
        assert!(matches!(contents.add_file("a/b", vec![]), Err(EntryProblem::Duplicate)));
        assert!(matches!(contents.add_file("a", vec![]), Err(EntryProblem::Duplicate)));
        assert!(matches!(contents.add_link("a", b"x"), Err(EntryProblem::Duplicate)));
        assert!(matches!(contents.add_folder("a/b"), Err(EntryProblem::Duplicate)));
        assert!(matches!(contents.add_file("a/b/c", vec![]), Err(EntryProblem::ParentIsNoFolder(parent)) if parent == "a/b"));
        assert!(matches!(contents.add_folder("a/b/c"), Err(EntryProblem::ParentIsNoFolder(parent)) if parent == "a/b"));
        assert!(matches!(contents.add_file("", vec![]), Err(EntryProblem::Path(PathProblem::Empty))));
    }

    #[test]
    fn a_package_has_a_file() {
        let mut contents = contents(Bounds::LAMBDA);
        contents.add_folder("a").expect("new");
        contents.add_link("l", b"a").expect("new");
        let error = contents.finish("none").expect_err("no file");
        assert_eq!(error.to_string(), "Uploaded file must be a non-empty zip: no file is in 'none'");
    }

    #[test]
    fn the_digest_is_of_the_content() {
        let digest = |contents: Contents| contents.finish("any").expect("has a file").digest;
        let base = || with_files(&[("a", "1"), ("b/c", "2")]);
        assert_eq!(digest(base()), digest(with_files(&[("b/c", "2"), ("a", "1")])), "order does not count");
        assert_eq!(
            digest(with_files(&[("a", "")])),
            "1503db649f7812e6e7dcf35240f89bff7a65cd7dd585dba541cf26d54d9aacfe",
            "by Python's hashlib"
        );
        let mut others = vec![
            digest(base()),
            digest(with_files(&[("a", "1"), ("b/c", "3")])),
            digest(with_files(&[("a", "1"), ("bc", "2")])),
            digest(with_files(&[("a", "1b/c2")])),
        ];
        let mut with_folder = base();
        with_folder.add_folder("b").expect("there already");
        assert_eq!(digest(with_folder), others[0], "a folder with something in it is implied");
        let mut with_empty_folder = base();
        with_empty_folder.add_folder("e").expect("new");
        others.push(digest(with_empty_folder));
        let mut with_link = with_files(&[("a", "1")]);
        with_link.add_link("b/c", b"2").expect("new");
        others.push(digest(with_link));
        others.sort();
        others.dedup();
        assert_eq!(others.len(), 6);
    }
}
