//! Paths and descriptors of a guest.
//!
//! The guest sees one tree: the interpreter's library at `/`, the package at `/var/task`, layers at `/opt`, a scratch
//! file system at `/tmp`, a few devices in `/dev`. All of it is data of this process. A path is resolved name by name
//! in here and never given to the operating system, so `..` and links have nowhere to lead but this tree.

use std::collections::VecDeque;
use std::os::unix::fs::FileExt;
use std::sync::{Arc, LazyLock, OnceLock};

use crate::function::{Content, FileTree, LateTree, Node, NodeId};

use super::abi::{Errno, FileStat, FileType, MAX_PATH, OpenFlags};
use super::attempts::Attempts;
use super::clock::Entropy;
use super::scratch::{Inode, Scratch};

/// Open descriptors a guest may have: Lambda's `RLIMIT_NOFILE`.
const MAX_DESCRIPTORS: usize = 1024;
/// Links followed in one path, as on Linux.
const MAX_LINKS: usize = 40;
/// Bytes in a name, as on Linux.
const MAX_NAME: usize = 255;
/// Folders in folders: a path of `MAX_PATH` bytes cannot name more.
const MAX_DEPTH: usize = MAX_PATH / 2;
/// Names that descriptors keep in listings that are being read, but for the newest: a bound for what a guest makes the
/// host hold. A program that walks a tree holds a listing or two for each level.
const MAX_LISTED: usize = 1 << 17;
/// Time stamp of what is read-only: 1980-01-01, the first that a zip knows. Packages do not change with their unpacking.
const FIXED_TIME: u64 = 315_532_800_000_000_000;

/// Which read-only tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Tree {
    Library = 0,
    Task = 1,
    Opt = 2,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Device {
    Folder,
    Null,
    Zero,
    Random,
}

const DEVICES: [(&str, Device); 4] =
    [("null", Device::Null), ("random", Device::Random), ("urandom", Device::Random), ("zero", Device::Zero)];

/// Something that a path can lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Shared(Tree, NodeId),
    Scratch(Inode),
    Device(Device),
}

/// The read-only part of what a guest sees, shared by all sandboxes of a function.
#[derive(Debug)]
pub(crate) struct Mounts {
    library: Arc<LateTree>,
    task: Arc<FileTree>,
    opt: Arc<FileTree>,
    /// Folders of the library where something else begins.
    points: OnceLock<Vec<(NodeId, Place)>>,
    /// Folders of the library that only lead to others, with their paths: what is missing there is not the guest's.
    between: OnceLock<Vec<(NodeId, &'static str)>>,
}

/// Folders that must be in the library tree for the mounts to have a place.
pub(crate) const MOUNT_POINTS: [&str; 4] = ["var/task", "opt", "tmp", "dev"];
/// See [`Mounts::between`].
const BETWEEN: [&str; 4] = ["", "/usr", "/usr/share", "/var"];

impl Mounts {
    /// `library` has the folders of [`MOUNT_POINTS`].
    pub(crate) fn new(library: Arc<LateTree>, task: Arc<FileTree>, opt: Arc<FileTree>) -> Self {
        Self { library, task, opt, points: OnceLock::new(), between: OnceLock::new() }
    }

    fn tree(&self, tree: Tree) -> &FileTree {
        static NOTHING: LazyLock<FileTree> = LazyLock::new(FileTree::default);
        match tree {
            Tree::Library => self.library.as_ref().as_ref().unwrap_or(&NOTHING), // who made the image has told why
            Tree::Task => &self.task,
            Tree::Opt => &self.opt,
        }
    }

    fn node(&self, tree: Tree, id: NodeId) -> &Node {
        self.tree(tree).node(id)
    }

    fn points(&self) -> &[(NodeId, Place)] {
        self.points.get_or_init(|| {
            let places = [
                Place::Shared(Tree::Task, FileTree::ROOT),
                Place::Shared(Tree::Opt, FileTree::ROOT),
                Place::Scratch(Scratch::ROOT),
                Place::Device(Device::Folder),
            ];
            let library = self.tree(Tree::Library);
            MOUNT_POINTS.into_iter().zip(places).filter_map(|(path, place)| Some((find(library, path)?, place))).collect()
        })
    }

    fn between(&self) -> &[(NodeId, &'static str)] {
        self.between.get_or_init(|| {
            let library = self.tree(Tree::Library);
            BETWEEN.into_iter().filter_map(|path| Some((find(library, path)?, path))).collect()
        })
    }
}

fn find(tree: &FileTree, path: &str) -> Option<NodeId> {
    path.split('/').filter(|name| !name.is_empty()).try_fold(FileTree::ROOT, |at, name| match tree.node(at) {
        Node::Folder(entries) => entries.get(name).copied(),
        Node::File(_) | Node::Link(_) => None,
    })
}

/// One line of a folder's listing.
type Listed = (String, u64, FileType);

#[derive(Debug, Clone)]
enum Descriptor {
    /// 0: the event pipe. Numbers 0 to 2 are served by the caller; the table only knows whether they are open.
    Stdin,
    /// 1 and 2.
    Log,
    Folder {
        chain: Vec<Place>,
        listing: Option<Arc<[Listed]>>,
        is_root: bool,
    },
    File {
        place: Place,
        position: u64,
        flags: OpenFlags,
    },
}

/// What descriptors 0 to 2 are, for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    Event,
    Log,
}

/// Everything about files that belongs to one sandbox. Plain data: a clone is what a restore starts from.
#[derive(Debug, Clone)]
pub(crate) struct Files {
    mounts: Arc<Mounts>,
    scratch: Scratch,
    descriptors: Vec<Option<Descriptor>>,
    /// Not yet told in a completion. What an image's init tried is told by each sandbox made from it.
    pub(crate) attempts: Attempts,
}

struct Found {
    /// From the root to the folder that holds the name.
    chain: Vec<Place>,
    name: String,
    place: Option<Place>,
    /// The path, where it leads to nothing and out of what the guest has.
    outside: Option<String>,
}

/// A path that leads nowhere.
struct Lost {
    errno: Errno,
    /// As in [`Found`].
    outside: Option<String>,
}

impl From<Errno> for Lost {
    fn from(errno: Errno) -> Self {
        Self { errno, outside: None }
    }
}

impl From<Lost> for Errno {
    fn from(lost: Lost) -> Self {
        lost.errno
    }
}

impl Files {
    /// Descriptor 3 is `/`, the only one that is open besides the pipes.
    pub(crate) fn new(mounts: Arc<Mounts>, tmp_bytes: u64) -> Self {
        let root = Descriptor::Folder { chain: vec![Place::Shared(Tree::Library, FileTree::ROOT)], listing: None, is_root: true };
        let descriptors = vec![Some(Descriptor::Stdin), Some(Descriptor::Log), Some(Descriptor::Log), Some(root)];
        Self { mounts, scratch: Scratch::new(tmp_bytes), descriptors, attempts: Attempts::default() }
    }

    /// Whether nothing is open but the pipes and `/`, `/tmp` is empty and nothing is to be told: then an image of the memory
    /// is all there is.
    pub(crate) fn is_pristine(&self) -> bool {
        let usual = [Stream::Event, Stream::Log, Stream::Log].map(Some);
        let pipes = (0..3).map(|fd| self.stream(fd).ok().flatten()).eq(usual);
        pipes
            && self.is_preopened(3) == Ok(true)
            && self.descriptors.iter().flatten().count() == 4
            && self.scratch.is_empty()
            && self.attempts.is_empty()
    }

    /// Descriptors that the guest opened and did not close: how many, and the first `most` of them with their paths.
    pub(crate) fn left_open(&self, most: usize) -> (usize, Vec<(u32, String)>) {
        let path = |place: Place| match place {
            Place::Shared(tree, id) => {
                let mount = ["", "var/task", "opt"][tree as usize];
                let path = self.mounts.tree(tree).path_of(id).unwrap_or_default();
                format!("/{mount}{}{path}", if mount.is_empty() || path.is_empty() { "" } else { "/" })
            }
            Place::Scratch(inode) => {
                self.scratch.path_of(inode).map_or("a file of /tmp that is unlinked".into(), |path| format!("/tmp{path}"))
            }
            Place::Device(device) => {
                DEVICES.iter().find(|(_, known)| *known == device).map_or("/dev".into(), |(name, _)| format!("/dev/{name}"))
            }
        };
        let opened = |(fd, descriptor): (usize, &Option<Descriptor>)| {
            let place = match descriptor.as_ref()? {
                Descriptor::Stdin | Descriptor::Log | Descriptor::Folder { is_root: true, .. } => return None,
                Descriptor::Folder { chain, .. } => *chain.last()?,
                Descriptor::File { place, .. } => *place,
            };
            Some((u32::try_from(fd).ok()?, place))
        };
        let opened: Vec<(u32, Place)> = self.descriptors.iter().enumerate().filter_map(opened).collect();
        (opened.len(), opened.into_iter().take(most).map(|(fd, place)| (fd, path(place))).collect())
    }

    /// Writes a file of the host's, `path` being below `/tmp`, in place of whatever the guest has there.
    pub(crate) fn place(&mut self, path: &str, bytes: &[u8], now: u64) -> Result<(), Errno> {
        self.scratch.place(path, bytes, now)
    }

    fn get(&self, fd: u32) -> Result<&Descriptor, Errno> {
        self.descriptors.get(fd as usize).and_then(Option::as_ref).ok_or(Errno::BadDescriptor)
    }

    fn get_mut(&mut self, fd: u32) -> Result<&mut Descriptor, Errno> {
        self.descriptors.get_mut(fd as usize).and_then(Option::as_mut).ok_or(Errno::BadDescriptor)
    }

    /// Whether a descriptor is one of the pipes.
    pub(crate) fn stream(&self, fd: u32) -> Result<Option<Stream>, Errno> {
        Ok(match self.get(fd)? {
            Descriptor::Stdin => Some(Stream::Event),
            Descriptor::Log => Some(Stream::Log),
            Descriptor::Folder { .. } | Descriptor::File { .. } => None,
        })
    }

    /// Whether a descriptor is a folder that the guest was started with, so that libc finds `/` there.
    pub(crate) fn is_preopened(&self, fd: u32) -> Result<bool, Errno> {
        Ok(matches!(self.get(fd)?, Descriptor::Folder { is_root: true, .. }))
    }

    fn put(&mut self, descriptor: Descriptor) -> Result<u32, Errno> {
        let free = self.descriptors.iter().position(Option::is_none).unwrap_or(self.descriptors.len());
        if free >= MAX_DESCRIPTORS {
            return Err(Errno::TooManyFiles);
        }
        if free == self.descriptors.len() {
            self.descriptors.push(None);
        }
        self.descriptors[free] = Some(descriptor);
        u32::try_from(free).map_err(|_| Errno::TooManyFiles)
    }

    fn place_type(&self, place: Place) -> Result<FileType, Errno> {
        Ok(match place {
            Place::Shared(tree, id) => match self.mounts.node(tree, id) {
                Node::Folder(_) => FileType::Directory,
                Node::File(_) => FileType::RegularFile,
                Node::Link(_) => FileType::SymbolicLink,
            },
            Place::Scratch(inode) => self.scratch.file_type(inode)?,
            Place::Device(Device::Folder) => FileType::Directory,
            Place::Device(Device::Null | Device::Zero | Device::Random) => FileType::CharacterDevice,
        })
    }

    fn child(&self, folder: Place, name: &str) -> Result<Option<Place>, Errno> {
        if self.place_type(folder)? != FileType::Directory {
            return Err(Errno::NotDirectory);
        }
        Ok(match folder {
            Place::Shared(tree, id) if !self.mounts.tree(tree).is_searchable(id) => return Err(Errno::AccessDenied),
            Place::Shared(tree, id) => match self.mounts.node(tree, id) {
                Node::Folder(entries) => entries.get(name).map(|id| self.mounted(tree, *id)),
                Node::File(_) | Node::Link(_) => None,
            },
            Place::Scratch(inode) => self.scratch.lookup(inode, name).map(Place::Scratch),
            Place::Device(_) => DEVICES.iter().find(|(known, _)| *known == name).map(|(_, device)| Place::Device(*device)),
        })
    }

    /// The place itself, or what is mounted there.
    fn mounted(&self, tree: Tree, id: NodeId) -> Place {
        let point = (tree == Tree::Library).then(|| self.mounts.points().iter().find(|(at, _)| *at == id)).flatten();
        point.map_or(Place::Shared(tree, id), |(_, place)| *place)
    }

    /// Walks a path from an open folder. The last name need not exist; all before it must.
    fn resolve(&self, folder: u32, path: &str, follow_last: bool) -> Result<Found, Lost> {
        let Descriptor::Folder { chain, .. } = self.get(folder)? else { return Err(Errno::NotDirectory.into()) };
        if path.is_empty() {
            return Err(Errno::NotFound.into());
        }
        if path.len() > MAX_PATH {
            return Err(Errno::NameTooLong.into());
        }
        let wants_folder = path.ends_with('/') || path.ends_with("/.");
        let mut chain = if path.starts_with('/') { chain[..1].to_vec() } else { chain.clone() };
        let mut names: VecDeque<String> = path.split('/').map(str::to_owned).collect();
        let mut links = 0;
        while let Some(name) = names.pop_front() {
            match name.as_str() {
                "" | "." => continue,
                ".." => {
                    if chain.len() > 1 {
                        chain.pop();
                    }
                    continue;
                }
                _ => {}
            }
            if name.len() > MAX_NAME {
                return Err(Errno::NameTooLong.into());
            }
            if chain.len() > MAX_DEPTH {
                return Err(Errno::NameTooLong.into());
            }
            let here = *chain.last().ok_or(Errno::NotFound)?;
            let is_last = names.iter().all(|name| name.is_empty() || name == ".");
            match self.child(here, &name)? {
                None if is_last => return Ok(Found { outside: self.outside(here, &name, &names), chain, name, place: None }),
                None => return Err(Lost { errno: Errno::NotFound, outside: self.outside(here, &name, &names) }),
                Some(place) => match self.place_type(place)? {
                    FileType::SymbolicLink if !is_last || follow_last || wants_folder => {
                        links += 1;
                        if links > MAX_LINKS {
                            return Err(Errno::Loop.into());
                        }
                        let target = self.link_target(place)?;
                        if target.starts_with('/') {
                            chain.truncate(1);
                        }
                        for name in target.split('/').rev() {
                            names.push_front(name.to_owned());
                        }
                    }
                    kind if is_last => {
                        if wants_folder && kind != FileType::Directory {
                            return Err(Errno::NotDirectory.into());
                        }
                        return Ok(Found { chain, name, place: Some(place), outside: None });
                    }
                    FileType::SymbolicLink
                    | FileType::Directory
                    | FileType::RegularFile
                    | FileType::CharacterDevice
                    | FileType::Unknown => {
                        chain.push(place);
                    }
                },
            }
        }
        // The path ended in `/`, `.` or `..`: it names a folder that was walked through.
        let place = chain.last().copied();
        Ok(Found { chain, name: ".".into(), place, outside: None })
    }

    /// The path to what is missing in `here`, if that is out of what the guest has.
    fn outside(&self, here: Place, name: &str, rest: &VecDeque<String>) -> Option<String> {
        let folder = match here {
            Place::Shared(Tree::Library, id) => self.mounts.between().iter().find(|(at, _)| *at == id)?.1,
            Place::Device(_) => "/dev",
            Place::Shared(Tree::Task | Tree::Opt, _) | Place::Scratch(_) => return None,
        };
        let rest = rest.iter().filter(|name| !name.is_empty() && *name != ".");
        Some(rest.fold(format!("{folder}/{name}"), |path, name| path + "/" + name))
    }

    fn existing(&self, folder: u32, path: &str, follow: bool) -> Result<Place, Errno> {
        self.resolve(folder, path, follow)?.place.ok_or(Errno::NotFound)
    }

    /// The scratch folder in which a name is to be changed. Anywhere else it is read-only, and `path` was an attempt; but
    /// not if it is `/tmp`, which programs clean up with what is in it.
    fn scratch_parent(&mut self, found: &Found, path: &str) -> Result<Inode, Errno> {
        if found.name == "." {
            return Err(Errno::Invalid);
        }
        if let Some(Place::Scratch(inode)) = found.chain.last() {
            return Ok(*inode);
        }
        if found.place != Some(Place::Scratch(Scratch::ROOT)) {
            self.attempts.note_change(path);
        }
        Err(Errno::ReadOnly)
    }

    fn link_target(&self, place: Place) -> Result<String, Errno> {
        match place {
            Place::Shared(tree, id) => match self.mounts.node(tree, id) {
                Node::Link(target) => Ok(target.clone()),
                Node::Folder(_) | Node::File(_) => Err(Errno::Invalid),
            },
            Place::Scratch(inode) => self.scratch.link_target(inode).map(str::to_owned),
            Place::Device(_) => Err(Errno::Invalid),
        }
    }

    fn place_stat(&self, place: Place) -> Result<FileStat, Errno> {
        let fixed = |device, inode, size| -> Result<FileStat, Errno> {
            let file_type = self.place_type(place)?;
            Ok(FileStat { device, inode, file_type, links: 1, size, accessed: FIXED_TIME, modified: FIXED_TIME, changed: FIXED_TIME })
        };
        match place {
            Place::Shared(tree, id) => {
                let size = match self.mounts.node(tree, id) {
                    Node::Folder(_) => 4096,
                    Node::File(content) => content.size(),
                    Node::Link(target) => target.len() as u64,
                };
                fixed(10 + tree as u64, u64::from(id) + 1, size)
            }
            Place::Scratch(inode) => self.scratch.stat(inode),
            Place::Device(device) => fixed(3, device as u64 + 1, 0),
        }
    }

    pub(crate) fn open(&mut self, folder: u32, path: &str, flags: OpenFlags, now: u64) -> Result<u32, Errno> {
        if self.attempts.is_told(path) {
            return Err(Errno::NotFound);
        }
        let found = match self.resolve(folder, path, flags.follow) {
            Ok(found) => found,
            Err(lost) => {
                self.attempts.note_outside(lost.outside.as_deref());
                return Err(lost.errno);
            }
        };
        let place = match found.place {
            Some(_) if flags.create && flags.exclusive => return Err(Errno::Exists),
            Some(place) => place,
            None if flags.create && flags.directory => return Err(Errno::Invalid),
            None if flags.create && path.ends_with('/') => return Err(Errno::IsDirectory),
            None if flags.create => {
                let parent = self.scratch_parent(&found, path)?;
                Place::Scratch(self.scratch.create_file(parent, &found.name, now)?)
            }
            None => {
                self.attempts.note_outside(found.outside.as_deref());
                return Err(Errno::NotFound);
            }
        };
        let changes = flags.write || flags.truncate;
        if let Place::Shared(tree, id) = place
            && !self.mounts.tree(tree).is_readable(id)
        {
            return Err(Errno::AccessDenied);
        }
        let descriptor = match self.place_type(place)? {
            FileType::SymbolicLink => return Err(Errno::Loop),
            FileType::Unknown => return Err(Errno::NotSupported), // a pipe has no path
            FileType::Directory if changes || flags.create => return Err(Errno::IsDirectory),
            FileType::Directory => {
                let mut chain = found.chain;
                if found.name != "." {
                    chain.push(place);
                }
                Descriptor::Folder { chain, listing: None, is_root: false }
            }
            FileType::RegularFile | FileType::CharacterDevice if flags.directory => return Err(Errno::NotDirectory),
            FileType::RegularFile if changes && matches!(place, Place::Shared(..)) => {
                self.attempts.note_change(path);
                return Err(Errno::ReadOnly);
            }
            FileType::RegularFile | FileType::CharacterDevice => Descriptor::File { place, position: 0, flags },
        };
        let fd = self.put(descriptor)?;
        if let Place::Scratch(inode) = place {
            self.scratch.open(inode);
            if flags.truncate {
                self.scratch.set_size(inode, 0, now)?;
            }
        }
        Ok(fd)
    }

    /// Closes any descriptor, the pipes and `/` included.
    pub(crate) fn close(&mut self, fd: u32) -> Result<(), Errno> {
        let closed = self.descriptors.get_mut(fd as usize).and_then(Option::take).ok_or(Errno::BadDescriptor)?;
        self.release(&closed);
        Ok(())
    }

    fn release(&mut self, descriptor: &Descriptor) {
        let place = match descriptor {
            Descriptor::File { place, .. } => Some(*place),
            Descriptor::Folder { chain, .. } => chain.last().copied(),
            Descriptor::Stdin | Descriptor::Log => None,
        };
        // `/tmp` itself is mounted, not opened by a name; its count does not matter because it is never freed.
        if let Some(Place::Scratch(inode)) = place {
            self.scratch.close(inode);
        }
    }

    /// `dup2` without the original: `to` becomes what `from` was.
    pub(crate) fn renumber(&mut self, from: u32, to: u32) -> Result<(), Errno> {
        self.get(from)?;
        self.get(to)?;
        if from != to {
            let replaced = self.descriptors[to as usize].take();
            self.descriptors[to as usize] = self.descriptors[from as usize].take();
            if let Some(replaced) = replaced {
                self.release(&replaced);
            }
        }
        Ok(())
    }

    /// Reads at `offset`, or at the descriptor's own position and moves it.
    pub(crate) fn read(&mut self, fd: u32, buffer: &mut [u8], offset: Option<u64>, entropy: &mut Entropy) -> Result<usize, Errno> {
        let Descriptor::File { place, position, flags } = self.get(fd)? else { return Err(Errno::IsDirectory) };
        if !flags.read {
            return Err(Errno::BadDescriptor);
        }
        let (place, at) = (*place, offset.unwrap_or(*position));
        let count = match place {
            Place::Shared(tree, id) => match self.mounts.node(tree, id) {
                Node::File(content) => read_content(content, at, buffer)?,
                Node::Folder(_) | Node::Link(_) => return Err(Errno::IsDirectory),
            },
            Place::Scratch(inode) => self.scratch.read(inode, at, buffer)?,
            Place::Device(Device::Null | Device::Folder) => 0,
            Place::Device(Device::Zero) => {
                buffer.fill(0);
                buffer.len()
            }
            Place::Device(Device::Random) => {
                entropy.fill(buffer)?;
                buffer.len()
            }
        };
        if offset.is_none()
            && let Descriptor::File { position, .. } = self.get_mut(fd)?
        {
            *position += count as u64;
        }
        Ok(count)
    }

    /// Writes at `offset`, or at the descriptor's own position and moves it.
    pub(crate) fn write(&mut self, fd: u32, bytes: &[u8], offset: Option<u64>, now: u64) -> Result<usize, Errno> {
        let Descriptor::File { place, position, flags } = self.get(fd)? else { return Err(Errno::BadDescriptor) };
        if !flags.write {
            return Err(Errno::BadDescriptor);
        }
        let (place, append, mut at) = (*place, flags.append, offset.unwrap_or(*position));
        let count = match place {
            Place::Scratch(inode) => {
                if append {
                    at = self.scratch.stat(inode)?.size; // Linux appends even in `pwrite`
                }
                self.scratch.write(inode, at, bytes, now)?
            }
            Place::Device(_) => bytes.len(),
            Place::Shared(..) => return Err(Errno::ReadOnly),
        };
        if offset.is_none()
            && let Descriptor::File { position, .. } = self.get_mut(fd)?
        {
            *position = at + count as u64;
        }
        Ok(count)
    }

    /// Moves the position: `whence` is 0 from the start, 1 from here, 2 from the end.
    pub(crate) fn seek(&mut self, fd: u32, offset: i64, whence: u8) -> Result<u64, Errno> {
        let (place, position) = match self.get(fd)? {
            Descriptor::File { place, position, .. } => (*place, *position),
            Descriptor::Stdin | Descriptor::Log => return Err(Errno::NotSeekable),
            Descriptor::Folder { .. } => return Err(Errno::BadDescriptor),
        };
        let base = match whence {
            0 => 0,
            1 => position,
            2 => self.place_stat(place)?.size,
            _ => return Err(Errno::Invalid),
        };
        let new = base.checked_add_signed(offset).filter(|new| i64::try_from(*new).is_ok()).ok_or(Errno::Invalid)?;
        if let Descriptor::File { position, .. } = self.get_mut(fd)? {
            *position = new;
        }
        Ok(new)
    }

    fn descriptor_place(&self, fd: u32) -> Result<Option<Place>, Errno> {
        Ok(match self.get(fd)? {
            Descriptor::File { place, .. } => Some(*place),
            Descriptor::Folder { chain, .. } => chain.last().copied(),
            Descriptor::Stdin | Descriptor::Log => None,
        })
    }

    pub(crate) fn stat(&self, fd: u32) -> Result<FileStat, Errno> {
        match self.descriptor_place(fd)? {
            Some(place) => self.place_stat(place),
            None => Ok(FileStat {
                device: 4,
                inode: u64::from(fd) + 1,
                file_type: FileType::Unknown,
                links: 1,
                size: 0,
                accessed: 0,
                modified: 0,
                changed: 0,
            }),
        }
    }

    /// Whether writes go to the end, for `fcntl(F_GETFL)`.
    pub(crate) fn is_append(&self, fd: u32) -> Result<bool, Errno> {
        Ok(matches!(self.get(fd)?, Descriptor::File { flags: OpenFlags { append: true, .. }, .. }))
    }

    pub(crate) fn set_append(&mut self, fd: u32, append: bool) -> Result<(), Errno> {
        if let Descriptor::File { flags, .. } = self.get_mut(fd)? {
            flags.append = append;
        }
        Ok(())
    }

    fn writable_scratch(&self, fd: u32) -> Result<Inode, Errno> {
        match self.get(fd)? {
            Descriptor::File { place: Place::Scratch(inode), flags, .. } if flags.write => Ok(*inode),
            Descriptor::File { .. } => Err(Errno::Invalid),
            Descriptor::Stdin | Descriptor::Log | Descriptor::Folder { .. } => Err(Errno::BadDescriptor),
        }
    }

    pub(crate) fn set_size(&mut self, fd: u32, size: u64, now: u64) -> Result<(), Errno> {
        let inode = self.writable_scratch(fd)?;
        self.scratch.set_size(inode, size, now)
    }

    /// `posix_fallocate`: the range is there afterwards. Its blocks are taken when they are written, so `ENOSPC` comes
    /// then and not here.
    pub(crate) fn allocate(&mut self, fd: u32, offset: u64, length: u64, now: u64) -> Result<(), Errno> {
        let inode = self.writable_scratch(fd)?;
        let end = offset.checked_add(length).ok_or(Errno::FileTooBig)?;
        if end > self.scratch.stat(inode)?.size { self.scratch.set_size(inode, end, now) } else { Ok(()) }
    }

    fn set_place_times(&mut self, place: Option<Place>, accessed: Option<u64>, modified: Option<u64>, now: u64) -> Result<(), Errno> {
        match place {
            Some(Place::Scratch(inode)) => self.scratch.set_times(inode, accessed, modified, now),
            Some(Place::Shared(..)) => Err(Errno::ReadOnly),
            Some(Place::Device(_)) | None => Err(Errno::NotPermitted),
        }
    }

    pub(crate) fn set_times(&mut self, fd: u32, accessed: Option<u64>, modified: Option<u64>, now: u64) -> Result<(), Errno> {
        self.set_place_times(self.descriptor_place(fd)?, accessed, modified, now)
    }

    /// The listing of a folder from `cookie` on: (cookie of the next, name, inode, type). It is taken when cookie 0 is
    /// asked for, so deleting while listing skips nothing.
    pub(crate) fn list(&mut self, fd: u32, cookie: u64) -> Result<(Arc<[Listed]>, usize), Errno> {
        let Descriptor::Folder { chain, listing, .. } = self.get(fd)? else { return Err(Errno::NotDirectory) };
        let listing = match listing {
            Some(listing) if cookie > 0 => Arc::clone(listing),
            _ => {
                if self.listed_elsewhere(fd) > MAX_LISTED {
                    return Err(Errno::NoMemory);
                }
                let here = *chain.last().ok_or(Errno::NotFound)?;
                let above = chain.len().checked_sub(2).map_or(here, |i| chain[i]);
                let mut all = vec![
                    (".".to_owned(), self.place_stat(here)?.inode, FileType::Directory),
                    ("..".to_owned(), self.place_stat(above)?.inode, FileType::Directory),
                ];
                all.extend(self.list_place(here)?);
                all.into()
            }
        };
        if let Descriptor::Folder { listing: kept, .. } = self.get_mut(fd)? {
            *kept = Some(Arc::clone(&listing));
        }
        let start = usize::try_from(cookie).unwrap_or(usize::MAX).min(listing.len());
        Ok((listing, start))
    }

    /// Names in the listings that other descriptors keep.
    fn listed_elsewhere(&self, fd: u32) -> usize {
        let kept = |(number, descriptor): (usize, &Option<Descriptor>)| match descriptor {
            Some(Descriptor::Folder { listing: Some(listing), .. }) if number != fd as usize => listing.len(),
            Some(Descriptor::Folder { .. } | Descriptor::File { .. } | Descriptor::Stdin | Descriptor::Log) | None => 0,
        };
        self.descriptors.iter().enumerate().map(kept).sum()
    }

    fn list_place(&self, place: Place) -> Result<Vec<Listed>, Errno> {
        match place {
            Place::Scratch(inode) => self.scratch.list(inode),
            Place::Device(_) => {
                Ok(DEVICES.iter().map(|(name, device)| ((*name).to_owned(), *device as u64 + 1, FileType::CharacterDevice)).collect())
            }
            Place::Shared(tree, id) => match self.mounts.node(tree, id) {
                Node::Folder(entries) => entries
                    .iter()
                    .map(|(name, id)| {
                        let stat = self.place_stat(self.mounted(tree, *id))?;
                        Ok((name.clone(), stat.inode, stat.file_type))
                    })
                    .collect(),
                Node::File(_) | Node::Link(_) => Err(Errno::NotDirectory),
            },
        }
    }

    pub(crate) fn path_stat(&self, folder: u32, path: &str, follow: bool) -> Result<FileStat, Errno> {
        self.place_stat(self.existing(folder, path, follow)?)
    }

    pub(crate) fn path_set_times(
        &mut self,
        folder: u32,
        path: &str,
        follow: bool,
        times: (Option<u64>, Option<u64>),
        now: u64,
    ) -> Result<(), Errno> {
        let place = self.existing(folder, path, follow)?;
        self.set_place_times(Some(place), times.0, times.1, now)
    }

    pub(crate) fn read_link(&self, folder: u32, path: &str) -> Result<String, Errno> {
        self.link_target(self.existing(folder, path, false)?)
    }

    pub(crate) fn create_folder(&mut self, folder: u32, path: &str, now: u64) -> Result<(), Errno> {
        let found = self.resolve(folder, path, false)?;
        if found.place.is_some() {
            return Err(Errno::Exists);
        }
        let parent = self.scratch_parent(&found, path)?;
        self.scratch.create_folder(parent, &found.name, now)
    }

    pub(crate) fn remove_folder(&mut self, folder: u32, path: &str, now: u64) -> Result<(), Errno> {
        let found = self.resolve(folder, path, false)?;
        found.place.ok_or(Errno::NotFound)?;
        let parent = self.scratch_parent(&found, path)?;
        self.scratch.remove_folder(parent, &found.name, now)
    }

    pub(crate) fn unlink(&mut self, folder: u32, path: &str, now: u64) -> Result<(), Errno> {
        let found = self.resolve(folder, path, false)?;
        found.place.ok_or(Errno::NotFound)?;
        let parent = self.scratch_parent(&found, path)?;
        self.scratch.unlink(parent, &found.name, now)
    }

    pub(crate) fn symlink(&mut self, target: &str, folder: u32, path: &str, now: u64) -> Result<(), Errno> {
        if target.is_empty() || target.len() > MAX_PATH {
            return Err(if target.is_empty() { Errno::NotFound } else { Errno::NameTooLong });
        }
        let found = self.resolve(folder, path, false)?;
        if found.place.is_some() {
            return Err(Errno::Exists);
        }
        let parent = self.scratch_parent(&found, path)?;
        self.scratch.create_link(parent, &found.name, target, now)
    }

    pub(crate) fn hard_link(&mut self, from: (u32, &str, bool), to: (u32, &str), now: u64) -> Result<(), Errno> {
        let place = self.existing(from.0, from.1, from.2)?;
        let found = self.resolve(to.0, to.1, false)?;
        if found.place.is_some() {
            return Err(Errno::Exists);
        }
        let parent = self.scratch_parent(&found, to.1)?;
        match place {
            Place::Scratch(inode) => self.scratch.hard_link(inode, parent, &found.name, now),
            Place::Shared(..) | Place::Device(_) => Err(Errno::CrossDevice),
        }
    }

    pub(crate) fn rename(&mut self, from: (u32, &str), to: (u32, &str), now: u64) -> Result<(), Errno> {
        let source = self.resolve(from.0, from.1, false)?;
        source.place.ok_or(Errno::NotFound)?;
        let target = self.resolve(to.0, to.1, false)?;
        if source.place == Some(Place::Scratch(Scratch::ROOT)) || target.place == Some(Place::Scratch(Scratch::ROOT)) {
            return Err(Errno::NotPermitted);
        }
        let parents = (self.scratch_parent(&source, from.1)?, self.scratch_parent(&target, to.1)?);
        self.scratch.rename((parents.0, &source.name), (parents.1, &target.name), now)
    }
}

fn read_content(content: &Content, at: u64, buffer: &mut [u8]) -> Result<usize, Errno> {
    let count = usize::try_from(content.size().saturating_sub(at)).unwrap_or(usize::MAX).min(buffer.len());
    let buffer = &mut buffer[..count];
    match content {
        Content::Bytes(bytes) => {
            let at = usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
            buffer.copy_from_slice(&bytes[at..at + count]);
        }
        Content::Range { file, offset, .. } => file.read_exact_at(buffer, offset.saturating_add(at)).map_err(|_| Errno::InputOutput)?,
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::function::Attempt;

    const ROOT: u32 = 3;
    const READ: OpenFlags = OpenFlags {
        read: true,
        follow: true,
        create: false,
        directory: false,
        exclusive: false,
        truncate: false,
        write: false,
        append: false,
    };
    const CREATE: OpenFlags = OpenFlags { write: true, create: true, ..READ };

    fn files() -> Files {
        let mut library = FileTree::default();
        library.add("var/lang/os.py", Node::File(Content::Bytes(b"library".to_vec().into()))).expect("new");
        for folder in MOUNT_POINTS {
            library.add_folder(folder).expect("new");
        }
        let mut task = FileTree::default();
        task.add("app.py", Node::File(Content::Bytes(b"handler".to_vec().into()))).expect("new");
        task.add("sub/x", Node::File(Content::Bytes(b"x".to_vec().into()))).expect("new");
        task.add("link", Node::Link("sub/x".into())).expect("new");
        task.add("out", Node::Link("../../../../../../etc/passwd".into())).expect("new");
        task.add("loop", Node::Link("loop".into())).expect("new");
        task.add("private.py", Node::File(Content::Bytes(b"secret".to_vec().into()))).expect("new");
        task.set_mode("private.py", 0o640);
        task.add("shut/x", Node::File(Content::Bytes(b"x".to_vec().into()))).expect("new");
        task.set_mode("shut", 0o700);
        task.add("unlisted/x", Node::File(Content::Bytes(b"x".to_vec().into()))).expect("new");
        task.set_mode("unlisted", 0o711);
        let library = LateTree::new(Box::new(|| Ok(library)));
        Files::new(Arc::new(Mounts::new(library.into(), task.into(), FileTree::default().into())), 1 << 20)
    }

    fn read_all(files: &mut Files, path: &str) -> Result<String, Errno> {
        let fd = files.open(ROOT, path, READ, 0)?;
        let mut buffer = [0; 64];
        let count = files.read(fd, &mut buffer, None, &mut Entropy::Real);
        files.close(fd)?;
        Ok(String::from_utf8_lossy(&buffer[..count?]).into_owned())
    }

    #[test]
    fn the_package_is_at_var_task() {
        let mut files = files();
        for path in ["/var/task/app.py", "var/task/app.py", "/var/../var/./task//app.py", "/../../var/task/sub/../app.py"] {
            assert_eq!(read_all(&mut files, path).as_deref(), Ok("handler"), "{path}");
        }
        assert_eq!(read_all(&mut files, "/var/task/link").as_deref(), Ok("x"));
        assert_eq!(read_all(&mut files, "/var/lang/os.py").as_deref(), Ok("library"));
    }

    #[test]
    fn modes_are_those_of_the_package() {
        let mut files = files();
        assert_eq!(read_all(&mut files, "/var/task/private.py"), Err(Errno::AccessDenied));
        assert!(files.path_stat(ROOT, "/var/task/private.py", true).is_ok(), "it can be seen, as on Linux");
        assert_eq!(read_all(&mut files, "/var/task/shut/x"), Err(Errno::AccessDenied));
        assert_eq!(read_all(&mut files, "/var/task/shut/y"), Err(Errno::AccessDenied));
        assert_eq!(read_all(&mut files, "/var/task/unlisted/x").as_deref(), Ok("x"));
        let folder = OpenFlags { directory: true, ..READ };
        for (path, error) in [("/var/task/shut", true), ("/var/task/unlisted", true), ("/var/task/sub", false)] {
            assert_eq!(files.open(ROOT, path, folder, 0).is_err(), error, "{path}");
        }
    }

    #[test]
    fn nothing_outside_exists() {
        let mut files = files();
        for path in
            ["/etc/passwd", "/proc/self/environ", "../../../../etc/passwd", "/var/task/out", "/root", "/dev/tty", "/dev/../etc/passwd"]
        {
            assert_eq!(read_all(&mut files, path), Err(Errno::NotFound), "{path}");
        }
        assert_eq!(read_all(&mut files, "/var/task/loop"), Err(Errno::Loop));
        assert_eq!(read_all(&mut files, "/var/task/app.py/"), Err(Errno::NotDirectory));
        assert_eq!(read_all(&mut files, "/var/task/app.py/x"), Err(Errno::NotDirectory));
        assert_eq!(read_all(&mut files, ""), Err(Errno::NotFound));
        assert_eq!(read_all(&mut files, &"x".repeat(256)), Err(Errno::NameTooLong));
        assert_eq!(read_all(&mut files, &"x/".repeat(2049)), Err(Errno::NameTooLong));
    }

    #[test]
    fn only_tmp_can_be_written() {
        let mut files = files();
        let write = OpenFlags { write: true, ..READ };
        for path in ["/var/task/app.py", "/var/lang/os.py"] {
            assert_eq!(files.open(ROOT, path, write, 0), Err(Errno::ReadOnly), "{path}");
            assert_eq!(files.open(ROOT, path, OpenFlags { truncate: true, ..READ }, 0), Err(Errno::ReadOnly), "{path}");
            assert_eq!(files.unlink(ROOT, path, 0), Err(Errno::ReadOnly), "{path}");
            assert_eq!(files.rename((ROOT, path), (ROOT, "/tmp/x"), 0), Err(Errno::ReadOnly), "{path}");
            assert_eq!(files.hard_link((ROOT, path, true), (ROOT, "/tmp/x"), 0), Err(Errno::CrossDevice), "{path}");
            assert_eq!(files.path_set_times(ROOT, path, true, (Some(1), None), 0), Err(Errno::ReadOnly), "{path}");
        }
        for path in ["/new", "/var/task/new", "/opt/new", "/dev/new", "/var/lang/new"] {
            assert_eq!(files.open(ROOT, path, CREATE, 0), Err(Errno::ReadOnly), "{path}");
            assert_eq!(files.create_folder(ROOT, path, 0), Err(Errno::ReadOnly), "{path}");
            assert_eq!(files.symlink("x", ROOT, path, 0), Err(Errno::ReadOnly), "{path}");
        }
        assert_eq!(files.remove_folder(ROOT, "/tmp", 0), Err(Errno::ReadOnly));
        assert_eq!(files.rename((ROOT, "/tmp"), (ROOT, "/x"), 0), Err(Errno::NotPermitted));
        let fd = files.open(ROOT, "/var/task/app.py", READ, 0).expect("readable");
        assert_eq!(files.write(fd, b"x", None, 0), Err(Errno::BadDescriptor));
        assert_eq!(files.set_size(fd, 0, 0), Err(Errno::Invalid));
    }

    #[test]
    fn looking_outside_and_writing_outside_of_tmp_are_attempts() {
        let mut files = files();
        files.symlink("../../etc/shadow", ROOT, "/tmp/link", 0).expect("new");
        files.symlink("/nothing", ROOT, "/tmp/to-nothing", 0).expect("new");
        for (path, outside) in [
            ("/etc/passwd", Some("/etc/passwd")),
            ("/etc", Some("/etc")),
            ("../../../etc/./passwd", Some("/etc/passwd")),
            ("/var/task/out", Some("/etc/passwd")),
            ("/tmp/link", Some("/etc/shadow")),
            ("/tmp/../proc/self/", Some("/proc/self")),
            ("/tmp/to-nothing/x", Some("/nothing/x")),
            ("/var/log/messages", Some("/var/log/messages")),
            ("/dev/mem", Some("/dev/mem")),
            ("/dev/null/x", None),
            ("/dev/wasmlam-attempt/x", Some("/dev/wasmlam-attempt/x")),
            ("/var/task/missing", None),
            ("/var/lang/lib/missing", None),
            ("/opt/missing/x", None),
            ("/../../tmp/missing", None),
            ("/tmp/missing/x", None),
            ("/", None),
            ("/../var/task/app.py", None),
            ("", None),
        ] {
            let _ = files.open(ROOT, path, READ, 0);
            let _ = files.path_stat(ROOT, path, true);
            let wanted: Vec<Attempt> = outside.map(|path| Attempt::File(path.into())).into_iter().collect();
            assert_eq!(files.attempts.take(), wanted, "{path}");
        }
        let task = files.open(ROOT, "/var/task", OpenFlags { directory: true, ..READ }, 0).expect("opens");
        for (path, folder) in [("/var/task/app.py", ROOT), ("sub/x", task), ("/new", ROOT)] {
            let _ = files.open(folder, path, CREATE, 0);
            let _ = files.create_folder(folder, path, 0);
            let _ = files.unlink(folder, path, 0);
            let _ = files.rename((folder, path), (ROOT, "/tmp/x"), 0);
            let wanted = Attempt::File(format!("change /{}", path.trim_start_matches('/')));
            assert_eq!(files.attempts.take(), [wanted], "{path}");
        }
        let _ = files.remove_folder(ROOT, "/tmp", 0);
        let _ = files.create_folder(ROOT, "/tmp/new", 0);
        let _ = files.create_folder(ROOT, "/var", 0);
        assert!(files.attempts.is_empty());
    }

    #[test]
    fn what_was_tried_is_more_than_an_image_holds() {
        let mut files = files();
        assert!(files.is_pristine());
        let _ = files.open(ROOT, "/etc/passwd", READ, 0);
        assert!(!files.is_pristine());
        assert_eq!(files.clone().attempts.take().len(), 1);
        files.attempts.take();
        assert!(files.is_pristine());
    }

    #[test]
    fn tmp_is_a_file_system() {
        let mut files = files();
        let fd = files.open(ROOT, "/tmp/a", CREATE, 7).expect("created");
        assert_eq!(files.write(fd, b"hello", None, 8), Ok(5));
        assert_eq!(files.seek(fd, -4, 2), Ok(1));
        let mut buffer = [0; 9];
        assert_eq!(files.read(fd, &mut buffer, None, &mut Entropy::Real), Ok(4));
        assert_eq!(&buffer[..4], b"ello");
        assert_eq!(files.seek(fd, -10, 1), Err(Errno::Invalid));
        assert_eq!(files.write(fd, b"J", Some(0), 9), Ok(1));
        files.close(fd).expect("open");
        assert_eq!(files.close(fd), Err(Errno::BadDescriptor));
        assert_eq!(read_all(&mut files, "/tmp/a").as_deref(), Ok("Jello"));
        assert_eq!(files.open(ROOT, "/tmp/a", OpenFlags { exclusive: true, ..CREATE }, 0), Err(Errno::Exists));
        let append = files.open(ROOT, "/tmp/a", OpenFlags { append: true, ..CREATE }, 0).expect("opens");
        assert_eq!(files.write(append, b"!", Some(0), 0), Ok(1));
        assert_eq!(read_all(&mut files, "/tmp/a").as_deref(), Ok("Jello!"));
        files.symlink("/tmp/a", ROOT, "/tmp/l", 0).expect("new");
        assert_eq!(read_all(&mut files, "/tmp/l").as_deref(), Ok("Jello!"));
        assert_eq!(files.read_link(ROOT, "/tmp/l").as_deref(), Ok("/tmp/a"));
        files.symlink("/var/task/app.py", ROOT, "/tmp/t", 0).expect("new");
        assert_eq!(files.open(ROOT, "/tmp/t", OpenFlags { write: true, ..READ }, 0), Err(Errno::ReadOnly), "through a link");
        files.create_folder(ROOT, "/tmp/d", 0).expect("new");
        let folder = files.open(ROOT, "/tmp/d", OpenFlags { directory: true, ..READ }, 0).expect("opens");
        files.open(folder, "inside", CREATE, 0).expect("relative to the folder");
        let (listing, start) = files.list(folder, 0).expect("lists");
        let names: Vec<&str> = listing[start..].iter().map(|(name, ..)| name.as_str()).collect();
        assert_eq!(names, [".", "..", "inside"]);
        files.unlink(folder, "inside", 0).expect("there");
        assert_eq!(files.list(folder, 2).expect("lists").0[2].0, "inside", "a listing is of the moment it began");
        assert_eq!(files.list(folder, 0).expect("lists").0.len(), 2);
    }

    #[test]
    fn descriptors_are_bounded_and_the_lowest_free_one_is_used() {
        let mut files = files();
        for expected in 4..1024 {
            assert_eq!(files.open(ROOT, "/dev/null", READ, 0), Ok(expected));
        }
        assert_eq!(files.open(ROOT, "/dev/null", READ, 0), Err(Errno::TooManyFiles));
        assert!(!files.is_pristine());
        files.close(500).expect("open");
        assert_eq!(files.open(ROOT, "/dev/null", READ, 0), Ok(500));
        files.close(1).expect("even the log can be closed");
        assert_eq!(files.stream(1), Err(Errno::BadDescriptor));
    }

    #[test]
    fn positions_at_the_end_of_numbers_are_no_trouble() {
        let mut files = files();
        let shared = files.open(ROOT, "/var/task/app.py", READ, 0).expect("opens");
        let scratch = files.open(ROOT, "/tmp/a", CREATE, 0).expect("opens");
        for fd in [shared, scratch] {
            assert_eq!(files.read(fd, &mut [0; 4], Some(u64::MAX), &mut Entropy::Real), Ok(0));
            assert_eq!(files.seek(fd, i64::MIN, 1), Err(Errno::Invalid));
            assert_eq!(files.seek(fd, i64::MAX, 0), Ok(i64::MAX.unsigned_abs()));
            assert_eq!(files.seek(fd, i64::MAX, 1), Err(Errno::Invalid));
            assert_eq!(files.read(fd, &mut [0; 4], None, &mut Entropy::Real), Ok(0));
        }
        assert_eq!(files.write(scratch, b"x", Some(u64::MAX), 0), Err(Errno::FileTooBig));
        assert_eq!(files.write(scratch, b"x", Some((1 << 44) - 1), 0), Ok(1), "the last byte a file can have");
        assert_eq!(files.write(scratch, b"x", Some(1 << 44), 0), Err(Errno::FileTooBig));
        assert_eq!(files.set_size(scratch, u64::MAX, 0), Err(Errno::FileTooBig));
        assert_eq!(files.allocate(scratch, u64::MAX, u64::MAX, 0), Err(Errno::FileTooBig));
        let folder = files.open(ROOT, "/tmp", OpenFlags { directory: true, ..READ }, 0).expect("opens");
        files.list(folder, 0).expect("lists");
        let (listing, start) = files.list(folder, u64::MAX).expect("lists");
        assert_eq!(start, listing.len());
    }

    #[test]
    fn listings_that_are_being_read_are_bounded() {
        let mounts = files().mounts;
        let mut files = Files::new(mounts, 1 << 30);
        for i in 0..MAX_LISTED / 4 {
            files.create_folder(ROOT, &format!("/tmp/{i}"), 0).expect("new");
        }
        let folder = OpenFlags { directory: true, ..READ };
        let opened: Vec<u32> = (0..5).map(|_| files.open(ROOT, "/tmp", folder, 0).expect("opens")).collect();
        for fd in &opened[..4] {
            files.list(*fd, 0).expect("lists");
            files.list(*fd, 0).expect("the same one once more");
        }
        assert_eq!(files.list(opened[4], 0).err(), Some(Errno::NoMemory));
        assert!(files.list(opened[0], 5).is_ok(), "one that is being read goes on");
        files.close(opened[0]).expect("open");
        assert!(files.list(opened[4], 0).is_ok());
    }

    #[test]
    fn devices() {
        let mut files = files();
        let fd = files.open(ROOT, "/dev/null", OpenFlags { write: true, ..READ }, 0).expect("opens");
        assert_eq!((files.write(fd, b"abc", None, 0), files.read(fd, &mut [1; 4], None, &mut Entropy::Real)), (Ok(3), Ok(0)));
        let fd = files.open(ROOT, "/dev/zero", READ, 0).expect("opens");
        let mut buffer = [1; 4];
        assert_eq!((files.read(fd, &mut buffer, None, &mut Entropy::Real), buffer), (Ok(4), [0; 4]));
    }
}
