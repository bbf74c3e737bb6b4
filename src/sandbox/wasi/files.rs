//! Paths and descriptors of a guest.
//!
//! The guest sees one tree: the interpreter's library at `/`, the package at `/var/task`, layers at `/opt`, a scratch
//! file system at `/tmp`, a few devices in `/dev`. All of it is data of this process. A path is resolved name by name
//! in here and never given to the operating system, so `..` and links have nowhere to lead but this tree.

use std::collections::{BTreeMap, VecDeque};
use std::os::unix::fs::FileExt;
use std::sync::{Arc, LazyLock, OnceLock};

use crate::function::{Content, FileTree, LateTree, Node, NodeId};

use super::abi::{Errno, FileStat, FileType, MAX_PATH, OpenFlags, bytes_of, shown};
use super::attempts::Attempts;
use super::clock::Entropy;
use super::machine::{self, Generated, Machine};
use super::scratch::{GROUP, Inode, Scratch, USER};

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
    /// In `/proc` or `/sys`.
    Generated(Generated),
    /// The link for a descriptor in `/proc/self/fd`.
    Link(u32),
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
pub(crate) const MOUNT_POINTS: [&str; 6] = ["var/task", "opt", "tmp", "dev", "proc", "sys"];
/// See [`Mounts::between`].
const BETWEEN: [&str; 5] = ["", "/etc", "/usr", "/usr/share", "/var"];

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
                machine::root("/proc").map_or(Place::Device(Device::Folder), Place::Generated),
                machine::root("/sys").map_or(Place::Device(Device::Folder), Place::Generated),
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

/// Inode of the first pipe; those behind descriptors 0 to 2 come before.
const FIRST_PIPE_INODE: u64 = 8000;
/// Bytes that a pipe holds, as on Linux.
const PIPE_SIZE: usize = 1 << 16;
/// Linux's flags of an open descriptor, as far as they mean something here.
const O_WRONLY: u32 = 0o1;
const O_RDWR: u32 = 0o2;
const O_APPEND: u32 = 0o2000;
const O_NONBLOCK: u32 = 0o4000;

/// A number that the guest has for something that is open; several can lead to the same.
#[derive(Debug, Clone, Copy)]
struct Handle {
    open: usize,
    close_on_exec: bool,
}

/// What Linux calls an open file description.
#[derive(Debug, Clone)]
struct Open {
    descriptor: Descriptor,
    handles: usize,
    is_blocking: bool,
    /// What `flock` took: shared, or for itself.
    lock: Option<Lock>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lock {
    Shared,
    Exclusive,
}

/// A pipe between descriptors of the guest.
#[derive(Debug, Clone, Default)]
struct Pipe {
    bytes: VecDeque<u8>,
    readers: usize,
    writers: usize,
}

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
    PipeEnd {
        pipe: u64,
        writes: bool,
    },
    /// A file of [`machine`], as it was when it was opened.
    Generated {
        file: Generated,
        content: Arc<[u8]>,
        position: u64,
    },
}

/// What can be done with a descriptor without a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ready {
    /// Bytes that can be moved at least; 0 for a pipe at its end.
    pub(crate) bytes: usize,
    /// Whether the other end of a pipe is gone.
    pub(crate) hung_up: bool,
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
    pub(crate) machine: Machine,
    /// The random number that the kernel draws when it boots, once somebody asks.
    boot: Option<[u8; 16]>,
    handles: Vec<Option<Handle>>,
    open: Vec<Option<Open>>,
    pipes: BTreeMap<u64, Pipe>,
    next_pipe: u64,
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
    pub(crate) fn new(mounts: Arc<Mounts>, tmp_bytes: u64, machine: Machine) -> Self {
        let root = Descriptor::Folder { chain: vec![Place::Shared(Tree::Library, FileTree::ROOT)], listing: None, is_root: true };
        let mut files = Self {
            mounts,
            scratch: Scratch::new(tmp_bytes),
            machine,
            boot: None,
            handles: Vec::new(),
            open: Vec::new(),
            pipes: BTreeMap::new(),
            next_pipe: 1,
            attempts: Attempts::default(),
        };
        for (number, descriptor) in [Descriptor::Stdin, Descriptor::Log, Descriptor::Log, root].into_iter().enumerate() {
            files.open.push(Some(Open { descriptor, handles: 1, is_blocking: true, lock: None }));
            files.handles.push(Some(Handle { open: number, close_on_exec: number == 3 }));
        }
        files
    }

    /// Whether nothing is open but the pipes and `/`, `/tmp` is empty and nothing is to be told: then an image of the memory
    /// is all there is.
    pub(crate) fn is_pristine(&self) -> bool {
        let usual = [Stream::Event, Stream::Log, Stream::Log].map(Some);
        let pipes = (0..3).map(|fd| self.stream(fd).ok().flatten()).eq(usual);
        pipes
            && self.is_preopened(3) == Ok(true)
            && self.handles.iter().flatten().count() == 4
            && self.open.iter().flatten().all(|open| open.is_blocking && open.lock.is_none())
            && self.scratch.is_empty()
            && self.attempts.is_empty()
    }

    /// Descriptors that the guest opened and did not close: how many, and the first `most` of them with their paths.
    pub(crate) fn left_open(&self, most: usize) -> (usize, Vec<(u32, String)>) {
        let path = |place: Place| self.path_of(place);
        let opened = |fd: usize| {
            let fd = u32::try_from(fd).ok()?;
            let place = match self.get(fd).ok()? {
                Descriptor::Stdin | Descriptor::Log | Descriptor::Folder { is_root: true, .. } => return None,
                Descriptor::Folder { chain, .. } => Some(*chain.last()?),
                Descriptor::File { place, .. } => Some(*place),
                Descriptor::Generated { file, .. } => Some(Place::Generated(*file)),
                Descriptor::PipeEnd { .. } => None,
            };
            Some((fd, place))
        };
        let opened: Vec<(u32, Option<Place>)> = (0..self.handles.len()).filter_map(opened).collect();
        (
            opened.len(),
            opened.into_iter().take(most).map(|(fd, place)| (fd, place.map_or("a pipe".into(), |place| shown(&path(place))))).collect(),
        )
    }

    /// The path to a place, for people and for links. Looks through all of `/tmp`, or all of a tree.
    fn path_of(&self, place: Place) -> String {
        match place {
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
            Place::Generated(file) => machine::path(file).into(),
            Place::Link(fd) => format!("/proc/self/fd/{fd}"),
        }
    }

    /// Writes a file of the host's, `path` being below `/tmp`, in place of whatever the guest has there.
    pub(crate) fn place(&mut self, path: &str, bytes: &[u8], now: u64) -> Result<(), Errno> {
        self.scratch.place(path, bytes, now)
    }

    fn handle(&self, fd: u32) -> Result<Handle, Errno> {
        self.handles.get(fd as usize).copied().flatten().ok_or(Errno::BadDescriptor)
    }

    fn description(&self, fd: u32) -> Result<&Open, Errno> {
        self.open.get(self.handle(fd)?.open).and_then(Option::as_ref).ok_or(Errno::BadDescriptor)
    }

    fn description_mut(&mut self, fd: u32) -> Result<&mut Open, Errno> {
        let open = self.handle(fd)?.open;
        self.open.get_mut(open).and_then(Option::as_mut).ok_or(Errno::BadDescriptor)
    }

    fn get(&self, fd: u32) -> Result<&Descriptor, Errno> {
        Ok(&self.description(fd)?.descriptor)
    }

    fn get_mut(&mut self, fd: u32) -> Result<&mut Descriptor, Errno> {
        Ok(&mut self.description_mut(fd)?.descriptor)
    }

    /// Whether a descriptor is one of the pipes.
    pub(crate) fn stream(&self, fd: u32) -> Result<Option<Stream>, Errno> {
        Ok(match self.get(fd)? {
            Descriptor::Stdin => Some(Stream::Event),
            Descriptor::Log => Some(Stream::Log),
            Descriptor::Folder { .. } | Descriptor::File { .. } | Descriptor::PipeEnd { .. } | Descriptor::Generated { .. } => None,
        })
    }

    /// Whether a descriptor is a folder that the guest was started with, so that libc finds `/` there.
    pub(crate) fn is_preopened(&self, fd: u32) -> Result<bool, Errno> {
        Ok(matches!(self.get(fd)?, Descriptor::Folder { is_root: true, .. }))
    }

    fn put(&mut self, descriptor: Descriptor) -> Result<u32, Errno> {
        let fd = self.free_number(0)?;
        let open = self.open.iter().position(Option::is_none).unwrap_or(self.open.len());
        if open == self.open.len() {
            self.open.push(None);
        }
        self.open[open] = Some(Open { descriptor, handles: 1, is_blocking: true, lock: None });
        self.put_handle(fd, Handle { open, close_on_exec: false });
        Ok(fd)
    }

    /// The lowest number from `least` that is free.
    fn free_number(&self, least: u32) -> Result<u32, Errno> {
        let least = least as usize;
        let free = self.handles.iter().enumerate().skip(least).find(|(_, handle)| handle.is_none());
        let free = free.map_or(self.handles.len().max(least), |(number, _)| number);
        if free >= MAX_DESCRIPTORS {
            return Err(Errno::TooManyFiles);
        }
        u32::try_from(free).map_err(|_| Errno::TooManyFiles)
    }

    fn put_handle(&mut self, fd: u32, handle: Handle) {
        let at = fd as usize;
        if at >= self.handles.len() {
            self.handles.resize(at + 1, None);
        }
        self.handles[at] = Some(handle);
    }

    /// `dup`: a further number for what `fd` is, the lowest from `least`, or exactly that one, which is closed before.
    pub(crate) fn duplicate(&mut self, fd: u32, least: u32, exactly: bool, close_on_exec: bool) -> Result<u32, Errno> {
        let open = self.handle(fd)?.open;
        if least as usize >= MAX_DESCRIPTORS {
            return Err(if exactly { Errno::BadDescriptor } else { Errno::Invalid });
        }
        let to = if exactly { least } else { self.free_number(least)? };
        if to == fd {
            return Ok(fd);
        }
        if let Some(description) = self.open.get_mut(open).and_then(Option::as_mut) {
            description.handles += 1;
        }
        if self.handle(to).is_ok() {
            self.close(to)?;
        }
        self.put_handle(to, Handle { open, close_on_exec });
        Ok(to)
    }

    /// `pipe`: the end to read from and the end to write to. `flags` are Linux's.
    pub(crate) fn pipe(&mut self, flags: u32, close_on_exec: bool) -> Result<(u32, u32), Errno> {
        let pipe = self.next_pipe;
        let reader = self.put(Descriptor::PipeEnd { pipe, writes: false })?;
        let writer = match self.put(Descriptor::PipeEnd { pipe, writes: true }) {
            Ok(writer) => writer,
            Err(errno) => {
                self.pipes.insert(pipe, Pipe { readers: 1, ..Pipe::default() });
                self.close(reader)?;
                return Err(errno);
            }
        };
        self.next_pipe += 1;
        self.pipes.insert(pipe, Pipe { bytes: VecDeque::new(), readers: 1, writers: 1 });
        for fd in [reader, writer] {
            self.description_mut(fd)?.is_blocking = flags & O_NONBLOCK == 0;
            self.set_close_on_exec(fd, close_on_exec)?;
        }
        Ok((reader, writer))
    }

    pub(crate) fn close_on_exec(&self, fd: u32) -> Result<bool, Errno> {
        Ok(self.handle(fd)?.close_on_exec)
    }

    pub(crate) fn set_close_on_exec(&mut self, fd: u32, close_on_exec: bool) -> Result<(), Errno> {
        let handle = self.handles.get_mut(fd as usize).and_then(Option::as_mut).ok_or(Errno::BadDescriptor)?;
        handle.close_on_exec = close_on_exec;
        Ok(())
    }

    /// `F_GETFL`, in Linux's numbers.
    pub(crate) fn status(&self, fd: u32) -> Result<u32, Errno> {
        let open = self.description(fd)?;
        let access = match &open.descriptor {
            Descriptor::Stdin | Descriptor::Folder { .. } | Descriptor::Generated { .. } | Descriptor::PipeEnd { writes: false, .. } => 0,
            Descriptor::Log | Descriptor::PipeEnd { writes: true, .. } => O_WRONLY,
            Descriptor::File { flags, .. } => {
                let append = if flags.append { O_APPEND } else { 0 };
                append
                    | match (flags.read, flags.write) {
                        (_, false) => 0,
                        (false, true) => O_WRONLY,
                        (true, true) => O_RDWR,
                    }
            }
        };
        Ok(access | if open.is_blocking { 0 } else { O_NONBLOCK })
    }

    /// `F_SETFL`: what can be changed of it.
    pub(crate) fn set_status(&mut self, fd: u32, flags: u32) -> Result<(), Errno> {
        self.description_mut(fd)?.is_blocking = flags & O_NONBLOCK == 0;
        self.set_append(fd, flags & O_APPEND != 0)
    }

    /// How a read, or a write, would not have to wait; `None`: it would.
    pub(crate) fn readiness(&self, fd: u32, writes: bool) -> Result<Option<Ready>, Errno> {
        let Descriptor::PipeEnd { pipe, writes: is_writer } = self.get(fd)? else {
            return Ok(Some(Ready { bytes: 1, hung_up: false }));
        };
        let pipe = self.pipes.get(pipe).ok_or(Errno::BadDescriptor)?;
        let ready = match (writes, is_writer) {
            (false, false) => Ready { bytes: pipe.bytes.len(), hung_up: pipe.writers == 0 },
            (true, true) => Ready { bytes: PIPE_SIZE.saturating_sub(pipe.bytes.len()), hung_up: pipe.readers == 0 },
            (true, false) | (false, true) => return Ok(None),
        };
        Ok((ready.bytes > 0 || ready.hung_up).then_some(ready))
    }

    /// `flock`: `EAGAIN` where another description of the same file has it.
    pub(crate) fn lock(&mut self, fd: u32, wanted: Option<Lock>) -> Result<(), Errno> {
        let place = self.descriptor_place(fd)?;
        let own = self.handle(fd)?.open;
        if let (Some(wanted), Some(place)) = (wanted, place) {
            let conflicts = |open: &Open| match open.lock {
                Some(Lock::Exclusive) => true,
                Some(Lock::Shared) => wanted == Lock::Exclusive,
                None => false,
            };
            let same = |open: &Open| matches!(&open.descriptor, Descriptor::File { place: other, .. } if *other == place);
            let others = self.open.iter().enumerate().filter(|(number, _)| *number != own).filter_map(|(_, open)| open.as_ref());
            if others.into_iter().any(|open| same(open) && conflicts(open)) {
                return Err(Errno::Again);
            }
        }
        self.description_mut(fd)?.lock = wanted;
        Ok(())
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
            Place::Generated(file) => machine::file_type(file),
            Place::Link(_) => FileType::SymbolicLink,
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
            Place::Scratch(inode) if !self.scratch.permits(inode, 1) => return Err(Errno::AccessDenied),
            Place::Scratch(inode) => self.scratch.lookup(inode, name).map(Place::Scratch),
            Place::Device(_) => DEVICES.iter().find(|(known, _)| *known == name).map(|(_, device)| Place::Device(*device)),
            Place::Generated(folder) if machine::has_descriptors(folder) => {
                let fd = name.parse().ok().filter(|fd: &u32| fd.to_string() == name);
                fd.filter(|fd| self.handle(*fd).is_ok()).map(Place::Link)
            }
            Place::Generated(folder) => machine::child(folder, name).map(Place::Generated),
            Place::Link(_) => None,
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
        if bytes_of(path).len() > MAX_PATH {
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
            // No name has more bytes than its text.
            if name.len() > MAX_NAME && bytes_of(&name).len() > MAX_NAME {
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
            Place::Generated(folder) => machine::shown_path(folder),
            Place::Shared(Tree::Task | Tree::Opt, _) | Place::Scratch(_) | Place::Link(_) => return None,
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
            return if self.scratch.permits(*inode, 3) { Ok(*inode) } else { Err(Errno::AccessDenied) };
        }
        if found.place != Some(Place::Scratch(Scratch::ROOT)) {
            self.attempts.note_change(path);
        }
        Err(Errno::ReadOnly)
    }

    /// To change what only the package has is an attempt.
    fn note_change_of(&mut self, place: Place, path: &str) {
        if matches!(place, Place::Shared(..)) {
            self.attempts.note_change(path);
        }
    }

    fn link_target(&self, place: Place) -> Result<String, Errno> {
        match place {
            Place::Shared(tree, id) => match self.mounts.node(tree, id) {
                Node::Link(target) => Ok(target.clone()),
                Node::Folder(_) | Node::File(_) => Err(Errno::Invalid),
            },
            Place::Scratch(inode) => self.scratch.link_target(inode).map(str::to_owned),
            Place::Generated(link) => machine::target(link).map(str::to_owned).ok_or(Errno::Invalid),
            Place::Link(fd) => Ok(match (self.get(fd)?, self.descriptor_place(fd)?) {
                (_, Some(place)) => self.path_of(place),
                (Descriptor::PipeEnd { pipe, .. }, None) => format!("pipe:[{}]", FIRST_PIPE_INODE + pipe),
                (_, None) => format!("pipe:[{}]", FIRST_PIPE_INODE - 3 + u64::from(fd)),
            }),
            Place::Device(_) => Err(Errno::Invalid),
        }
    }

    fn place_stat(&self, place: Place) -> Result<FileStat, Errno> {
        let fixed = |device, inode, size| -> Result<FileStat, Errno> {
            let file_type = self.place_type(place)?;
            let mode = match file_type {
                FileType::Directory => 0o755,
                FileType::RegularFile => 0o644,
                FileType::CharacterDevice => 0o666,
                FileType::SymbolicLink => 0o777,
                FileType::Unknown => 0o600,
            };
            let (accessed, modified, changed) = (FIXED_TIME, FIXED_TIME, FIXED_TIME);
            Ok(FileStat { device, inode, file_type, links: 1, mode, user: 0, group: 0, size, accessed, modified, changed })
        };
        match place {
            Place::Shared(tree, id) => {
                let size = match self.mounts.node(tree, id) {
                    Node::Folder(_) => 4096,
                    Node::File(content) => content.size(),
                    Node::Link(target) => bytes_of(target).len() as u64,
                };
                let stat = fixed(10 + tree as u64, u64::from(id) + 1, size)?;
                Ok(FileStat { mode: self.mounts.tree(tree).mode(id).unwrap_or(stat.mode), ..stat })
            }
            Place::Scratch(inode) => self.scratch.stat(inode),
            Place::Device(device) => fixed(3, device as u64 + 1, 0),
            Place::Generated(file) => {
                let mode = match self.place_type(place)? {
                    FileType::Directory => 0o555,
                    FileType::SymbolicLink => 0o777,
                    FileType::RegularFile | FileType::CharacterDevice | FileType::Unknown => 0o444,
                };
                Ok(FileStat { mode, ..fixed(5, u64::from(file) + 1, 0)? })
            }
            Place::Link(fd) => Ok(FileStat { mode: 0o700, user: USER, group: GROUP, ..fixed(5, 1000 + u64::from(fd), 64)? }),
        }
    }

    /// As [`Files::open_with`], with the mode that a file has where nothing else is said.
    pub(crate) fn open(&mut self, folder: u32, path: &str, flags: OpenFlags, now: u64, entropy: &mut Entropy) -> Result<u32, Errno> {
        self.open_with(folder, path, flags, 0o644, now, entropy)
    }

    fn generate(&mut self, file: Generated, entropy: &mut Entropy) -> Result<Arc<[u8]>, Errno> {
        let mut random = || {
            let mut bytes = [0; 16];
            entropy.fill(&mut bytes).map(|()| bytes)
        };
        Ok(match machine::is_random(file) {
            Some(true) => machine::uuid(random()?),
            Some(false) => {
                let number = match self.boot {
                    Some(number) => number,
                    None => *self.boot.insert(random()?),
                };
                machine::uuid(number)
            }
            None => machine::content(file, &self.machine),
        }
        .into())
    }

    /// `O_TMPFILE`: a file without a name in a folder.
    pub(crate) fn open_unnamed(&mut self, folder: u32, path: &str, flags: OpenFlags, mode: u32, now: u64) -> Result<u32, Errno> {
        let place = self.existing(folder, path, true)?;
        if !flags.write {
            return Err(Errno::Invalid);
        }
        let Place::Scratch(parent) = place else { return Err(Errno::ReadOnly) };
        if !self.scratch.permits(parent, 3) {
            return Err(Errno::AccessDenied);
        }
        let inode = self.scratch.create_unnamed(parent, now)?;
        self.scratch.set_mode(inode, mode, now)?;
        self.scratch.open(inode);
        let fd = self.put(Descriptor::File { place: Place::Scratch(inode), position: 0, flags });
        if fd.is_err() {
            self.scratch.close(inode);
        }
        fd
    }

    /// Opens a path; a file that is made gets the permission bits of `mode`.
    pub(crate) fn open_with(
        &mut self,
        folder: u32,
        path: &str,
        flags: OpenFlags,
        mode: u32,
        now: u64,
        entropy: &mut Entropy,
    ) -> Result<u32, Errno> {
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
        let mut made = false;
        let place = match found.place {
            Some(_) if flags.create && flags.exclusive => return Err(Errno::Exists),
            Some(place) => place,
            None if flags.create && flags.directory => return Err(Errno::Invalid),
            None if flags.create && path.ends_with('/') => return Err(Errno::IsDirectory),
            None if flags.create => {
                let parent = self.scratch_parent(&found, path)?;
                let inode = self.scratch.create_file(parent, &found.name, now)?;
                self.scratch.set_mode(inode, mode, now)?;
                made = true;
                Place::Scratch(inode)
            }
            None => {
                self.attempts.note_outside(found.outside.as_deref());
                return Err(Errno::NotFound);
            }
        };
        let changes = flags.write || flags.truncate;
        let permitted = match place {
            // Who makes a file may write to it whatever its mode is.
            Place::Scratch(inode) => {
                made || self.scratch.file_type(inode)? == FileType::SymbolicLink
                    || self.scratch.permits(inode, if flags.read { 4 } else { 0 } | if changes { 2 } else { 0 })
            }
            Place::Shared(tree, id) => self.mounts.tree(tree).is_readable(id),
            Place::Generated(_) => !changes,
            Place::Device(_) | Place::Link(_) => true,
        };
        if !permitted {
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
                self.note_change_of(place, path);
                return Err(Errno::ReadOnly);
            }
            FileType::RegularFile | FileType::CharacterDevice => match place {
                Place::Generated(file) => Descriptor::Generated { file, content: self.generate(file, entropy)?, position: 0 },
                Place::Shared(..) | Place::Scratch(_) | Place::Device(_) | Place::Link(_) => Descriptor::File { place, position: 0, flags },
            },
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
        let closed = self.handles.get_mut(fd as usize).and_then(Option::take).ok_or(Errno::BadDescriptor)?;
        let open = self.open.get_mut(closed.open).ok_or(Errno::BadDescriptor)?;
        if let Some(description) = open {
            description.handles -= 1;
            if description.handles == 0 {
                let last = open.take();
                if let Some(last) = last {
                    self.release(&last.descriptor);
                }
            }
        }
        Ok(())
    }

    fn release(&mut self, descriptor: &Descriptor) {
        let place = match descriptor {
            Descriptor::File { place, .. } => Some(*place),
            Descriptor::Folder { chain, .. } => chain.last().copied(),
            Descriptor::PipeEnd { pipe, writes } => {
                if let Some(open) = self.pipes.get_mut(pipe) {
                    let ends = if *writes { &mut open.writers } else { &mut open.readers };
                    *ends = ends.saturating_sub(1);
                    if (open.readers, open.writers) == (0, 0) {
                        self.pipes.remove(pipe);
                    }
                }
                None
            }
            Descriptor::Stdin | Descriptor::Log | Descriptor::Generated { .. } => None,
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
            self.close(to)?;
            self.handles[to as usize] = self.handles[from as usize].take();
        }
        Ok(())
    }

    /// Reads at `offset`, or at the descriptor's own position and moves it.
    pub(crate) fn read(&mut self, fd: u32, buffer: &mut [u8], offset: Option<u64>, entropy: &mut Entropy) -> Result<usize, Errno> {
        if let Descriptor::PipeEnd { pipe, writes } = self.get(fd)? {
            return if *writes { Err(Errno::BadDescriptor) } else { self.read_pipe(*pipe, buffer, offset) };
        }
        if let Descriptor::Generated { content, position, .. } = self.get_mut(fd)? {
            let at = usize::try_from(offset.unwrap_or(*position)).unwrap_or(usize::MAX).min(content.len());
            let count = buffer.len().min(content.len() - at);
            buffer[..count].copy_from_slice(&content[at..at + count]);
            if offset.is_none() {
                *position += count as u64;
            }
            return Ok(count);
        }
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
            Place::Device(Device::Null | Device::Folder) | Place::Generated(_) | Place::Link(_) => 0,
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

    fn read_pipe(&mut self, pipe: u64, buffer: &mut [u8], offset: Option<u64>) -> Result<usize, Errno> {
        let pipe = self.pipes.get_mut(&pipe).ok_or(Errno::BadDescriptor)?;
        if offset.is_some() {
            return Err(Errno::NotSeekable);
        }
        if pipe.bytes.is_empty() && pipe.writers > 0 && !buffer.is_empty() {
            return Err(Errno::Again);
        }
        let count = buffer.len().min(pipe.bytes.len());
        for (to, from) in buffer.iter_mut().zip(pipe.bytes.drain(..count)) {
            *to = from;
        }
        Ok(count)
    }

    /// Writes what fits; what is at most 4,096 bytes fits as a whole or waits, as POSIX wants.
    fn write_pipe(&mut self, pipe: u64, bytes: &[u8], offset: Option<u64>) -> Result<usize, Errno> {
        const ATOMIC: usize = 4096;
        let pipe = self.pipes.get_mut(&pipe).ok_or(Errno::BadDescriptor)?;
        if offset.is_some() {
            return Err(Errno::NotSeekable);
        }
        if pipe.readers == 0 {
            return Err(Errno::BrokenPipe);
        }
        let free = PIPE_SIZE - pipe.bytes.len();
        if free == 0 && !bytes.is_empty() || bytes.len() <= ATOMIC && free < bytes.len() {
            return Err(Errno::Again);
        }
        let count = bytes.len().min(free);
        pipe.bytes.extend(&bytes[..count]);
        Ok(count)
    }

    /// Writes at `offset`, or at the descriptor's own position and moves it.
    pub(crate) fn write(&mut self, fd: u32, bytes: &[u8], offset: Option<u64>, now: u64) -> Result<usize, Errno> {
        if let Descriptor::PipeEnd { pipe, writes } = self.get(fd)? {
            return if *writes { self.write_pipe(*pipe, bytes, offset) } else { Err(Errno::BadDescriptor) };
        }
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
            Place::Shared(..) | Place::Generated(_) | Place::Link(_) => return Err(Errno::ReadOnly),
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
            Descriptor::Generated { file, position, .. } => (Place::Generated(*file), *position),
            Descriptor::Stdin | Descriptor::Log | Descriptor::PipeEnd { .. } => return Err(Errno::NotSeekable),
            Descriptor::Folder { .. } => return Err(Errno::BadDescriptor),
        };
        let base = match whence {
            0 => 0,
            1 => position,
            2 => self.place_stat(place)?.size,
            _ => return Err(Errno::Invalid),
        };
        let new = base.checked_add_signed(offset).filter(|new| i64::try_from(*new).is_ok()).ok_or(Errno::Invalid)?;
        if let Descriptor::File { position, .. } | Descriptor::Generated { position, .. } = self.get_mut(fd)? {
            *position = new;
        }
        Ok(new)
    }

    fn descriptor_place(&self, fd: u32) -> Result<Option<Place>, Errno> {
        Ok(match self.get(fd)? {
            Descriptor::File { place, .. } => Some(*place),
            Descriptor::Folder { chain, .. } => chain.last().copied(),
            Descriptor::Generated { file, .. } => Some(Place::Generated(*file)),
            Descriptor::Stdin | Descriptor::Log | Descriptor::PipeEnd { .. } => None,
        })
    }

    pub(crate) fn stat(&self, fd: u32) -> Result<FileStat, Errno> {
        match self.descriptor_place(fd)? {
            Some(place) => self.place_stat(place),
            None => Ok(FileStat {
                device: 4,
                inode: match self.get(fd)? {
                    Descriptor::PipeEnd { pipe, .. } => FIRST_PIPE_INODE + pipe,
                    Descriptor::Stdin
                    | Descriptor::Log
                    | Descriptor::Folder { .. }
                    | Descriptor::File { .. }
                    | Descriptor::Generated { .. } => FIRST_PIPE_INODE - 3 + u64::from(fd),
                },
                file_type: FileType::Unknown,
                links: 1,
                mode: 0o600,
                user: USER,
                group: GROUP,
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
            Descriptor::PipeEnd { .. } | Descriptor::Generated { .. } => Err(Errno::Invalid),
            Descriptor::Stdin | Descriptor::Log | Descriptor::Folder { .. } => Err(Errno::BadDescriptor),
        }
    }

    /// `chmod`.
    pub(crate) fn path_set_mode(&mut self, folder: u32, path: &str, follow: bool, mode: u32, now: u64) -> Result<(), Errno> {
        let place = self.existing(folder, path, follow)?;
        if self.place_type(place)? == FileType::SymbolicLink {
            return Err(Errno::NotSupported); // as Linux says of a link's own mode
        }
        self.note_change_of(place, path);
        self.set_place_mode(Some(place), mode, now)
    }

    /// `fchmod`.
    pub(crate) fn set_mode(&mut self, fd: u32, mode: u32, now: u64) -> Result<(), Errno> {
        self.set_place_mode(self.descriptor_place(fd)?, mode, now)
    }

    fn set_place_mode(&mut self, place: Option<Place>, mode: u32, now: u64) -> Result<(), Errno> {
        match place {
            Some(Place::Scratch(inode)) => self.scratch.set_mode(inode, mode, now),
            Some(Place::Shared(..)) => Err(Errno::ReadOnly),
            Some(Place::Device(_) | Place::Generated(_) | Place::Link(_)) | None => Err(Errno::NotPermitted),
        }
    }

    /// `chown` and `lchown`.
    pub(crate) fn path_set_owner(
        &mut self,
        folder: u32,
        path: &str,
        follow: bool,
        owner: (Option<u32>, Option<u32>),
        now: u64,
    ) -> Result<(), Errno> {
        let place = self.existing(folder, path, follow)?;
        self.note_change_of(place, path);
        self.set_place_owner(Some(place), owner, now)
    }

    /// `fchown`.
    pub(crate) fn set_owner(&mut self, fd: u32, owner: (Option<u32>, Option<u32>), now: u64) -> Result<(), Errno> {
        self.set_place_owner(self.descriptor_place(fd)?, owner, now)
    }

    fn set_place_owner(&mut self, place: Option<Place>, owner: (Option<u32>, Option<u32>), now: u64) -> Result<(), Errno> {
        match place {
            Some(Place::Scratch(inode)) => self.scratch.set_owner(inode, owner.0, owner.1, now),
            Some(Place::Shared(..)) => Err(Errno::ReadOnly),
            Some(Place::Device(_) | Place::Generated(_) | Place::Link(_)) | None => Err(Errno::NotPermitted),
        }
    }

    /// `access`: 4 to read, 2 to write, 1 to run or to walk through.
    pub(crate) fn access(&self, folder: u32, path: &str, follow: bool, wanted: u32) -> Result<(), Errno> {
        let place = self.existing(folder, path, follow)?;
        if let (Place::Shared(..), true) = (place, wanted & 2 != 0) {
            return Err(Errno::ReadOnly);
        }
        let permitted = match place {
            Place::Scratch(inode) => self.scratch.permits(inode, wanted),
            Place::Shared(..) | Place::Device(_) | Place::Generated(_) | Place::Link(_) => self.place_stat(place)?.mode & wanted == wanted,
        };
        if permitted { Ok(()) } else { Err(Errno::AccessDenied) }
    }

    /// `statvfs`: blocks in all and free, names in all and free, whether it is read-only, the device.
    pub(crate) fn space(&self, fd: u32) -> Result<[u64; 6], Errno> {
        self.space_of(self.descriptor_place(fd)?)
    }

    /// The same for a path.
    pub(crate) fn path_space(&self, folder: u32, path: &str) -> Result<[u64; 6], Errno> {
        self.space_of(Some(self.existing(folder, path, true)?))
    }

    fn space_of(&self, place: Option<Place>) -> Result<[u64; 6], Errno> {
        Ok(match place {
            Some(Place::Scratch(inode)) => {
                let (blocks, free, names, free_names) = self.scratch.space();
                [blocks, free, names, free_names, 0, self.scratch.stat(inode)?.device]
            }
            // One block, since who works out a share divides by it.
            Some(place @ (Place::Shared(..) | Place::Device(_) | Place::Generated(_) | Place::Link(_))) => {
                [1, 0, 0, 0, 1, self.place_stat(place)?.device]
            }
            None => [0, 0, 0, 0, 0, 4],
        })
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
            Some(Place::Device(_) | Place::Generated(_) | Place::Link(_)) | None => Err(Errno::NotPermitted),
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
        let own = self.handle(fd).map(|handle| handle.open).ok();
        let kept = |(number, open): (usize, &Option<Open>)| match open.as_ref().map(|open| &open.descriptor) {
            Some(Descriptor::Folder { listing: Some(listing), .. }) if Some(number) != own => listing.len(),
            Some(
                Descriptor::Folder { .. }
                | Descriptor::File { .. }
                | Descriptor::PipeEnd { .. }
                | Descriptor::Generated { .. }
                | Descriptor::Stdin
                | Descriptor::Log,
            )
            | None => 0,
        };
        self.open.iter().enumerate().map(kept).sum()
    }

    fn list_place(&self, place: Place) -> Result<Vec<Listed>, Errno> {
        match place {
            Place::Scratch(inode) => self.scratch.list(inode),
            Place::Link(_) => Err(Errno::NotDirectory),
            Place::Generated(folder) => {
                let descriptors = (0..).zip(&self.handles).filter(|(_, handle)| machine::has_descriptors(folder) && handle.is_some());
                let links = descriptors.map(|(fd, _): (u32, _)| (fd.to_string(), 1000 + u64::from(fd), FileType::SymbolicLink));
                let files = machine::children(folder).into_iter();
                Ok(files.map(|(name, file)| (name, u64::from(file) + 1, machine::file_type(file))).chain(links).collect())
            }
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

    /// The same, with permission bits.
    pub(crate) fn create_folder_with(&mut self, folder: u32, path: &str, mode: u32, now: u64) -> Result<(), Errno> {
        self.create_folder(folder, path, now)?;
        self.path_set_mode(folder, path, false, mode, now)
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
        if target.is_empty() || bytes_of(target).len() > MAX_PATH {
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
            Place::Shared(..) | Place::Device(_) | Place::Generated(_) | Place::Link(_) => Err(Errno::CrossDevice),
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
        Files::new(Arc::new(Mounts::new(library.into(), task.into(), FileTree::default().into())), 1 << 20, Machine::default())
    }

    fn read_all(files: &mut Files, path: &str) -> Result<String, Errno> {
        let fd = files.open(ROOT, path, READ, 0, &mut Entropy::Real)?;
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
            assert_eq!(files.open(ROOT, path, folder, 0, &mut Entropy::Real).is_err(), error, "{path}");
        }
    }

    #[test]
    fn nothing_outside_exists() {
        let mut files = files();
        for path in ["/etc/shadow", "/proc/1/environ", "../../../../etc/shadow", "/var/task/out", "/root", "/dev/tty", "/dev/../etc/shadow"]
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
            assert_eq!(files.open(ROOT, path, write, 0, &mut Entropy::Real), Err(Errno::ReadOnly), "{path}");
            assert_eq!(files.open(ROOT, path, OpenFlags { truncate: true, ..READ }, 0, &mut Entropy::Real), Err(Errno::ReadOnly), "{path}");
            assert_eq!(files.unlink(ROOT, path, 0), Err(Errno::ReadOnly), "{path}");
            assert_eq!(files.rename((ROOT, path), (ROOT, "/tmp/x"), 0), Err(Errno::ReadOnly), "{path}");
            assert_eq!(files.hard_link((ROOT, path, true), (ROOT, "/tmp/x"), 0), Err(Errno::CrossDevice), "{path}");
            assert_eq!(files.path_set_times(ROOT, path, true, (Some(1), None), 0), Err(Errno::ReadOnly), "{path}");
        }
        for path in ["/new", "/var/task/new", "/opt/new", "/dev/new", "/var/lang/new"] {
            assert_eq!(files.open(ROOT, path, CREATE, 0, &mut Entropy::Real), Err(Errno::ReadOnly), "{path}");
            assert_eq!(files.create_folder(ROOT, path, 0), Err(Errno::ReadOnly), "{path}");
            assert_eq!(files.symlink("x", ROOT, path, 0), Err(Errno::ReadOnly), "{path}");
        }
        assert_eq!(files.remove_folder(ROOT, "/tmp", 0), Err(Errno::ReadOnly));
        assert_eq!(files.rename((ROOT, "/tmp"), (ROOT, "/x"), 0), Err(Errno::NotPermitted));
        let fd = files.open(ROOT, "/var/task/app.py", READ, 0, &mut Entropy::Real).expect("readable");
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
            ("/tmp/../proc/1/", Some("/proc/1")),
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
            let _ = files.open(ROOT, path, READ, 0, &mut Entropy::Real);
            let _ = files.path_stat(ROOT, path, true);
            let wanted: Vec<Attempt> = outside.map(|path| Attempt::File(path.into())).into_iter().collect();
            assert_eq!(files.attempts.take(), wanted, "{path}");
        }
        let task = files.open(ROOT, "/var/task", OpenFlags { directory: true, ..READ }, 0, &mut Entropy::Real).expect("opens");
        for (path, folder) in [("/var/task/app.py", ROOT), ("sub/x", task), ("/new", ROOT)] {
            let _ = files.open(folder, path, CREATE, 0, &mut Entropy::Real);
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
        let _ = files.open(ROOT, "/etc/passwd", READ, 0, &mut Entropy::Real);
        assert!(!files.is_pristine());
        assert_eq!(files.clone().attempts.take().len(), 1);
        files.attempts.take();
        assert!(files.is_pristine());
    }

    #[test]
    fn tmp_is_a_file_system() {
        let mut files = files();
        let fd = files.open(ROOT, "/tmp/a", CREATE, 7, &mut Entropy::Real).expect("created");
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
        assert_eq!(files.open(ROOT, "/tmp/a", OpenFlags { exclusive: true, ..CREATE }, 0, &mut Entropy::Real), Err(Errno::Exists));
        let append = files.open(ROOT, "/tmp/a", OpenFlags { append: true, ..CREATE }, 0, &mut Entropy::Real).expect("opens");
        assert_eq!(files.write(append, b"!", Some(0), 0), Ok(1));
        assert_eq!(read_all(&mut files, "/tmp/a").as_deref(), Ok("Jello!"));
        files.symlink("/tmp/a", ROOT, "/tmp/l", 0).expect("new");
        assert_eq!(read_all(&mut files, "/tmp/l").as_deref(), Ok("Jello!"));
        assert_eq!(files.read_link(ROOT, "/tmp/l").as_deref(), Ok("/tmp/a"));
        files.symlink("/var/task/app.py", ROOT, "/tmp/t", 0).expect("new");
        assert_eq!(
            files.open(ROOT, "/tmp/t", OpenFlags { write: true, ..READ }, 0, &mut Entropy::Real),
            Err(Errno::ReadOnly),
            "through a link"
        );
        files.create_folder(ROOT, "/tmp/d", 0).expect("new");
        let folder = files.open(ROOT, "/tmp/d", OpenFlags { directory: true, ..READ }, 0, &mut Entropy::Real).expect("opens");
        files.open(folder, "inside", CREATE, 0, &mut Entropy::Real).expect("relative to the folder");
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
            assert_eq!(files.open(ROOT, "/dev/null", READ, 0, &mut Entropy::Real), Ok(expected));
        }
        assert_eq!(files.open(ROOT, "/dev/null", READ, 0, &mut Entropy::Real), Err(Errno::TooManyFiles));
        assert!(!files.is_pristine());
        files.close(500).expect("open");
        assert_eq!(files.open(ROOT, "/dev/null", READ, 0, &mut Entropy::Real), Ok(500));
        files.close(1).expect("even the log can be closed");
        assert_eq!(files.stream(1), Err(Errno::BadDescriptor));
    }

    #[test]
    fn positions_at_the_end_of_numbers_are_no_trouble() {
        let mut files = files();
        let shared = files.open(ROOT, "/var/task/app.py", READ, 0, &mut Entropy::Real).expect("opens");
        let scratch = files.open(ROOT, "/tmp/a", CREATE, 0, &mut Entropy::Real).expect("opens");
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
        let folder = files.open(ROOT, "/tmp", OpenFlags { directory: true, ..READ }, 0, &mut Entropy::Real).expect("opens");
        files.list(folder, 0).expect("lists");
        let (listing, start) = files.list(folder, u64::MAX).expect("lists");
        assert_eq!(start, listing.len());
    }

    #[test]
    fn listings_that_are_being_read_are_bounded() {
        let mounts = files().mounts;
        let mut files = Files::new(mounts, 1 << 30, Machine::default());
        for i in 0..MAX_LISTED / 4 {
            files.create_folder(ROOT, &format!("/tmp/{i}"), 0).expect("new");
        }
        let folder = OpenFlags { directory: true, ..READ };
        let opened: Vec<u32> = (0..5).map(|_| files.open(ROOT, "/tmp", folder, 0, &mut Entropy::Real).expect("opens")).collect();
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
        let fd = files.open(ROOT, "/dev/null", OpenFlags { write: true, ..READ }, 0, &mut Entropy::Real).expect("opens");
        assert_eq!((files.write(fd, b"abc", None, 0), files.read(fd, &mut [1; 4], None, &mut Entropy::Real)), (Ok(3), Ok(0)));
        let fd = files.open(ROOT, "/dev/zero", READ, 0, &mut Entropy::Real).expect("opens");
        let mut buffer = [1; 4];
        assert_eq!((files.read(fd, &mut buffer, None, &mut Entropy::Real), buffer), (Ok(4), [0; 4]));
    }
}
