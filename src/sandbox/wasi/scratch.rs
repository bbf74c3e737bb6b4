//! `/tmp`: a file system in the host's memory, with a size that is enforced to the block.
//!
//! Nothing of it is on the host's disk: there is no path a guest could escape to, nothing to clean up when the host is
//! killed, and making one costs nothing. A clone shares its blocks until one side writes to them, so what a function's
//! init left in `/tmp` is there in each of its sandboxes.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::abi::{Errno, FileStat, FileType, bytes_of};

/// Number of a file, folder or link in `/tmp`. The root is [`Scratch::ROOT`].
pub(crate) type Inode = u64;

/// Unit of allocation and of the limit, as on the ext4 that AWS uses.
const BLOCK_SIZE: usize = 4096;
const BLOCK: u64 = BLOCK_SIZE as u64;
/// One file, folder, link or further name for each this many bytes of the limit, ext4's own ratio: 32 768 for 512 MB.
const BYTES_PER_NAME: u64 = 16_384;
/// Names at most, whatever the limit: a listing of that many takes some 30 ms, during which no deadline is looked at.
const MAX_NAMES: u64 = 65_536;
/// Bytes that a name takes in its folder beside its own, as on ext4. The first block of a folder takes nothing of the limit.
const BYTES_OF_ENTRY: u64 = 8;
/// Blocks that a write takes out of files that are gone. A write adds fewer, so those that wait never grow beyond the limit.
const BURIED: usize = 8192;
/// Bytes of a link's target that fit into an inode; a longer one takes a block, as on ext4.
const TARGET_IN_INODE: usize = 60;
/// The user and the group that a function has on AWS; what the guest's C library says too.
pub(crate) const USER: u32 = 993;
pub(crate) const GROUP: u32 = 990;
/// Modes that a file, a folder and a link have if nobody says another.
const FILE_MODE: u32 = 0o644;
const FOLDER_MODE: u32 = 0o755;
const LINK_MODE: u32 = 0o777;
/// `/tmp` itself is root's, and anybody writes in it.
const ROOT_MODE: u32 = 0o1777;
/// Longest file, in bytes; sparse files above this are refused, as ext4 does.
const MAX_FILE: u64 = 1 << 44;

/// By their number in the file.
type Blocks = BTreeMap<u64, Arc<[u8; BLOCK_SIZE]>>;

#[derive(Debug, Clone)]
enum Kind {
    /// Blocks that were written; the others read as zeroes.
    File {
        blocks: Blocks,
        size: u64,
    },
    Folder {
        entries: BTreeMap<String, Inode>,
        parent: Inode,
        /// What its names take.
        bytes: u64,
    },
    Link {
        target: String,
    },
}

#[derive(Debug, Clone)]
struct Entry {
    kind: Kind,
    /// Names that lead here.
    names: u64,
    /// Permission bits, and whose it is.
    mode: u32,
    user: u32,
    group: u32,
    /// Open descriptors; an unlinked file lives on, and is counted, until its last one closes.
    open: u64,
    accessed: u64,
    modified: u64,
    changed: u64,
}

impl Entry {
    fn new(kind: Kind, names: u64, now: u64) -> Self {
        let mode = match kind {
            Kind::File { .. } => FILE_MODE,
            Kind::Folder { .. } => FOLDER_MODE,
            Kind::Link { .. } => LINK_MODE,
        };
        Self { kind, names, mode, user: USER, group: GROUP, open: 0, accessed: now, modified: now, changed: now }
    }
}

/// See the module's comment.
#[derive(Debug, Clone)]
pub(crate) struct Scratch {
    entries: BTreeMap<Inode, Entry>,
    next: Inode,
    limit: u64,
    used: u64,
    names: u64,
    /// Blocks of files that are gone. Giving millions of them back takes longer than a deadline may be overrun, so each write
    /// gives back some, and the end of the guest the rest.
    gone: Vec<Blocks>,
}

impl Scratch {
    pub(crate) const ROOT: Inode = 1;

    /// An empty `/tmp` of `limit` bytes.
    pub(crate) fn new(limit: u64) -> Self {
        let root = Entry {
            kind: Kind::Folder { entries: BTreeMap::new(), parent: Self::ROOT, bytes: 0 },
            names: 1,
            mode: ROOT_MODE,
            user: 0,
            group: 0,
            open: 0,
            accessed: 0,
            modified: 0,
            changed: 0,
        };
        Self { entries: BTreeMap::from([(Self::ROOT, root)]), next: Self::ROOT + 1, limit, used: 0, names: 0, gone: Vec::new() }
    }

    /// Whether there is nothing but the root.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.len() == 1
    }

    /// One of its names, from the root, with a slash before each; `None` when the last one was unlinked.
    pub(crate) fn path_of(&self, inode: Inode) -> Option<String> {
        let name_in =
            |folder: Inode, child: Inode| self.folder(folder).ok()?.iter().find(|(_, inode)| **inode == child).map(|(name, _)| name);
        let mut names = Vec::new();
        let mut at = inode;
        while at != Self::ROOT {
            let folder = match &self.entry(at).ok()?.kind {
                Kind::Folder { parent, .. } => *parent,
                Kind::File { .. } | Kind::Link { .. } => *self.entries.keys().find(|folder| name_in(**folder, at).is_some())?,
            };
            names.push(name_in(folder, at)?.as_str());
            at = folder;
        }
        Some(names.iter().rev().flat_map(|name| ["/", name]).collect())
    }

    fn entry(&self, inode: Inode) -> Result<&Entry, Errno> {
        self.entries.get(&inode).ok_or(Errno::NotFound)
    }

    fn entry_mut(&mut self, inode: Inode) -> Result<&mut Entry, Errno> {
        self.entries.get_mut(&inode).ok_or(Errno::NotFound)
    }

    fn folder(&self, inode: Inode) -> Result<&BTreeMap<String, Inode>, Errno> {
        match &self.entry(inode)?.kind {
            Kind::Folder { entries, .. } => Ok(entries),
            Kind::File { .. } | Kind::Link { .. } => Err(Errno::NotDirectory),
        }
    }

    /// Puts a name into a folder, whose blocks count.
    fn insert(&mut self, folder: Inode, name: &str, inode: Inode, now: u64) -> Result<(), Errno> {
        let more = self.resize_folder(folder, name, true, now)?;
        if self.used + more > self.limit {
            self.resize_folder(folder, name, false, now)?;
            return Err(Errno::NoSpace);
        }
        self.used += more;
        if let Kind::Folder { entries, .. } = &mut self.entry_mut(folder)?.kind {
            entries.insert(name.to_owned(), inode);
        }
        Ok(())
    }

    /// Takes a name out of a folder.
    fn take_out(&mut self, folder: Inode, name: &str, now: u64) -> Result<(), Errno> {
        self.used -= self.resize_folder(folder, name, false, now)?;
        if let Kind::Folder { entries, .. } = &mut self.entry_mut(folder)?.kind {
            entries.remove(name);
        }
        Ok(())
    }

    /// Notes that a folder has a name more or less; by how much its blocks change.
    fn resize_folder(&mut self, folder: Inode, name: &str, grows: bool, now: u64) -> Result<u64, Errno> {
        let entry = self.entry_mut(folder)?;
        let Kind::Folder { bytes, .. } = &mut entry.kind else { return Err(Errno::NotDirectory) };
        (entry.modified, entry.changed) = (now, now);
        let before = *bytes / BLOCK;
        let size = BYTES_OF_ENTRY + (bytes_of(name).len() as u64).next_multiple_of(4);
        *bytes = if grows { *bytes + size } else { bytes.saturating_sub(size) };
        Ok(before.abs_diff(*bytes / BLOCK) * BLOCK)
    }

    pub(crate) fn lookup(&self, folder: Inode, name: &str) -> Option<Inode> {
        self.folder(folder).ok()?.get(name).copied()
    }

    pub(crate) fn file_type(&self, inode: Inode) -> Result<FileType, Errno> {
        Ok(match self.entry(inode)?.kind {
            Kind::File { .. } => FileType::RegularFile,
            Kind::Folder { .. } => FileType::Directory,
            Kind::Link { .. } => FileType::SymbolicLink,
        })
    }

    pub(crate) fn link_target(&self, inode: Inode) -> Result<&str, Errno> {
        match &self.entry(inode)?.kind {
            Kind::Link { target } => Ok(target),
            Kind::File { .. } | Kind::Folder { .. } => Err(Errno::Invalid),
        }
    }

    /// Names, inodes and types of a folder, in byte order.
    pub(crate) fn list(&self, inode: Inode) -> Result<Vec<(String, u64, FileType)>, Errno> {
        self.folder(inode)?.iter().map(|(name, inode)| Ok((name.clone(), *inode, self.file_type(*inode)?))).collect()
    }

    pub(crate) fn stat(&self, inode: Inode) -> Result<FileStat, Errno> {
        let entry = self.entry(inode)?;
        let size = match &entry.kind {
            Kind::File { size, .. } => *size,
            Kind::Folder { .. } => BLOCK,
            Kind::Link { target } => bytes_of(target).len() as u64,
        };
        Ok(FileStat {
            device: 2,
            inode,
            file_type: self.file_type(inode)?,
            links: entry.names,
            mode: entry.mode,
            user: entry.user,
            group: entry.group,
            size,
            accessed: entry.accessed,
            modified: entry.modified,
            changed: entry.changed,
        })
    }

    fn take_name(&mut self) -> Result<(), Errno> {
        if self.names >= (self.limit / BYTES_PER_NAME).min(MAX_NAMES) {
            return Err(Errno::NoSpace);
        }
        self.names += 1;
        Ok(())
    }

    fn create(&mut self, folder: Inode, name: &str, kind: Kind, now: u64) -> Result<Inode, Errno> {
        if self.folder(folder)?.contains_key(name) {
            return Err(Errno::Exists);
        }
        if self.entry(folder)?.names == 0 {
            return Err(Errno::NotFound); // a folder that was removed while open
        }
        self.take_name()?;
        self.add(folder, name, kind, now).inspect_err(|_| self.names -= 1)
    }

    fn add(&mut self, folder: Inode, name: &str, kind: Kind, now: u64) -> Result<Inode, Errno> {
        let inode = self.next;
        self.insert(folder, name, inode, now)?;
        self.next += 1;
        self.entries.insert(inode, Entry::new(kind, 1, now));
        Ok(inode)
    }

    pub(crate) fn create_file(&mut self, folder: Inode, name: &str, now: u64) -> Result<Inode, Errno> {
        self.create(folder, name, Kind::File { blocks: BTreeMap::new(), size: 0 }, now)
    }

    /// A file without a name, as `O_TMPFILE` makes it: it is gone when its last descriptor closes.
    pub(crate) fn create_unnamed(&mut self, folder: Inode, now: u64) -> Result<Inode, Errno> {
        self.folder(folder)?;
        let inode = self.next;
        self.next += 1;
        self.entries.insert(inode, Entry::new(Kind::File { blocks: BTreeMap::new(), size: 0 }, 0, now));
        Ok(inode)
    }

    /// Sets the permission bits, as whom it belongs to may.
    pub(crate) fn set_mode(&mut self, inode: Inode, mode: u32, now: u64) -> Result<(), Errno> {
        let entry = self.entry_mut(inode)?;
        if entry.user != USER {
            return Err(Errno::NotPermitted);
        }
        entry.mode = mode & 0o7777;
        entry.changed = now;
        Ok(())
    }

    /// Gives it to a user and a group, of which there is one each.
    pub(crate) fn set_owner(&mut self, inode: Inode, user: Option<u32>, group: Option<u32>, now: u64) -> Result<(), Errno> {
        let entry = self.entry_mut(inode)?;
        if entry.user != USER && (user.is_some() || group.is_some())
            || user.is_some_and(|user| user != USER)
            || group.is_some_and(|group| group != GROUP)
        {
            return Err(Errno::NotPermitted);
        }
        entry.changed = now;
        Ok(())
    }

    /// Whether the guest's user may do this: 4 to read, 2 to write, 1 to run or to walk through, or a sum of these.
    pub(crate) fn permits(&self, inode: Inode, wanted: u32) -> bool {
        self.entries.get(&inode).is_some_and(|entry| {
            let shift = if entry.user == USER {
                6
            } else if entry.group == GROUP {
                3
            } else {
                0
            };
            (entry.mode >> shift) & wanted == wanted
        })
    }

    /// Blocks in all and free ones, names in all and free ones.
    pub(crate) fn space(&self) -> (u64, u64, u64, u64) {
        let names = self.limit / BYTES_PER_NAME;
        (self.limit / BLOCK, (self.limit - self.used) / BLOCK, names, names.saturating_sub(self.names))
    }

    pub(crate) fn create_folder(&mut self, folder: Inode, name: &str, now: u64) -> Result<(), Errno> {
        self.create(folder, name, Kind::Folder { entries: BTreeMap::new(), parent: folder, bytes: 0 }, now).map(drop)
    }

    pub(crate) fn create_link(&mut self, folder: Inode, name: &str, target: &str, now: u64) -> Result<(), Errno> {
        let bytes = link_bytes(target);
        if self.used + bytes > self.limit {
            return Err(Errno::NoSpace);
        }
        self.create(folder, name, Kind::Link { target: target.to_owned() }, now)?;
        self.used += bytes;
        Ok(())
    }

    /// A further name for a file.
    pub(crate) fn hard_link(&mut self, inode: Inode, folder: Inode, name: &str, now: u64) -> Result<(), Errno> {
        if self.file_type(inode)? == FileType::Directory {
            return Err(Errno::NotPermitted);
        }
        if self.folder(folder)?.contains_key(name) {
            return Err(Errno::Exists);
        }
        self.take_name()?;
        self.insert(folder, name, inode, now).inspect_err(|_| self.names -= 1)?;
        let entry = self.entry_mut(inode)?;
        entry.names += 1;
        entry.changed = now;
        Ok(())
    }

    pub(crate) fn unlink(&mut self, folder: Inode, name: &str, now: u64) -> Result<(), Errno> {
        let inode = self.lookup(folder, name).ok_or(Errno::NotFound)?;
        if self.file_type(inode)? == FileType::Directory {
            return Err(Errno::IsDirectory);
        }
        self.remove_name(folder, name, inode, now)
    }

    pub(crate) fn remove_folder(&mut self, folder: Inode, name: &str, now: u64) -> Result<(), Errno> {
        let inode = self.lookup(folder, name).ok_or(Errno::NotFound)?;
        if !self.folder(inode)?.is_empty() {
            return Err(Errno::NotEmpty);
        }
        self.remove_name(folder, name, inode, now)
    }

    fn remove_name(&mut self, folder: Inode, name: &str, inode: Inode, now: u64) -> Result<(), Errno> {
        self.take_out(folder, name, now)?;
        self.names -= 1;
        let entry = self.entry_mut(inode)?;
        entry.names -= 1;
        entry.changed = now;
        self.free_if_gone(inode);
        Ok(())
    }

    /// As POSIX `rename`: replaces a file by a file and an empty folder by a folder.
    pub(crate) fn rename(&mut self, from: (Inode, &str), to: (Inode, &str), now: u64) -> Result<(), Errno> {
        let moved = self.lookup(from.0, from.1).ok_or(Errno::NotFound)?;
        let is_folder = self.file_type(moved)? == FileType::Directory;
        if is_folder {
            // Not into itself.
            let mut at = to.0;
            while at != Self::ROOT {
                if at == moved {
                    return Err(Errno::Invalid);
                }
                match &self.entry(at)?.kind {
                    Kind::Folder { parent, .. } => at = *parent,
                    Kind::File { .. } | Kind::Link { .. } => return Err(Errno::NotDirectory),
                }
            }
        }
        if let Some(replaced) = self.lookup(to.0, to.1) {
            if replaced == moved {
                return Ok(());
            }
            match (is_folder, self.file_type(replaced)? == FileType::Directory) {
                (true, true) => self.remove_folder(to.0, to.1, now)?,
                (false, false) => self.unlink(to.0, to.1, now)?,
                (true, false) => return Err(Errno::NotDirectory),
                (false, true) => return Err(Errno::IsDirectory),
            }
        } else if self.entry(to.0)?.names == 0 {
            return Err(Errno::NotFound);
        }
        self.insert(to.0, to.1, moved, now)?;
        self.take_out(from.0, from.1, now)?;
        let entry = self.entry_mut(moved)?;
        entry.changed = now;
        if let Kind::Folder { parent, .. } = &mut entry.kind {
            *parent = to.0;
        }
        Ok(())
    }

    /// One more descriptor is open on it.
    pub(crate) fn open(&mut self, inode: Inode) {
        if let Some(entry) = self.entries.get_mut(&inode) {
            entry.open += 1;
        }
    }

    /// One less.
    pub(crate) fn close(&mut self, inode: Inode) {
        if let Some(entry) = self.entries.get_mut(&inode) {
            entry.open -= 1;
            self.free_if_gone(inode);
        }
    }

    fn free_if_gone(&mut self, inode: Inode) {
        if self.entries.get(&inode).is_none_or(|entry| entry.names > 0 || entry.open > 0) {
            return;
        }
        let Some(entry) = self.entries.remove(&inode) else { return };
        self.used -= match entry.kind {
            Kind::File { blocks, .. } => {
                let bytes = blocks.len() as u64 * BLOCK;
                self.gone.extend((!blocks.is_empty()).then_some(blocks));
                bytes
            }
            Kind::Link { target } => link_bytes(&target),
            Kind::Folder { bytes, .. } => bytes / BLOCK * BLOCK,
        };
    }

    pub(crate) fn read(&self, inode: Inode, offset: u64, buffer: &mut [u8]) -> Result<usize, Errno> {
        let (blocks, size) = match &self.entry(inode)?.kind {
            Kind::File { blocks, size } => (blocks, *size),
            Kind::Folder { .. } => return Err(Errno::IsDirectory),
            Kind::Link { .. } => return Err(Errno::Invalid),
        };
        let count = usize::try_from(size.saturating_sub(offset)).unwrap_or(usize::MAX).min(buffer.len());
        let mut done = 0;
        while done < count {
            let (block, within, part) = piece(offset + done as u64, count - done);
            match blocks.get(&block) {
                Some(bytes) => buffer[done..done + part].copy_from_slice(&bytes[within..within + part]),
                None => buffer[done..done + part].fill(0),
            }
            done += part;
        }
        Ok(count)
    }

    /// Writes what fits: fewer bytes than given when the space ends within them, `ENOSPC` when none fits.
    pub(crate) fn write(&mut self, inode: Inode, offset: u64, bytes: &[u8], now: u64) -> Result<usize, Errno> {
        self.bury();
        let end = offset.checked_add(bytes.len() as u64).filter(|end| *end <= MAX_FILE).ok_or(Errno::FileTooBig)?;
        let (limit, mut used) = (self.limit, self.used);
        let entry = self.entry_mut(inode)?;
        let Kind::File { blocks, size } = &mut entry.kind else { return Err(Errno::IsDirectory) };
        let mut done = 0;
        while done < bytes.len() {
            let (block, within, part) = piece(offset + done as u64, bytes.len() - done);
            let target = match blocks.entry(block) {
                std::collections::btree_map::Entry::Occupied(there) => there.into_mut(),
                std::collections::btree_map::Entry::Vacant(_) if used + BLOCK > limit => break,
                std::collections::btree_map::Entry::Vacant(free) => {
                    used += BLOCK;
                    free.insert(Arc::new([0; BLOCK_SIZE]))
                }
            };
            Arc::make_mut(target)[within..within + part].copy_from_slice(&bytes[done..done + part]);
            done += part;
        }
        if done > 0 {
            *size = (*size).max(offset + done as u64);
            entry.modified = now;
            entry.changed = now;
        }
        self.used = used;
        if done == 0 && end > offset { Err(Errno::NoSpace) } else { Ok(done) }
    }

    /// Gives back some of the blocks of files that are gone.
    fn bury(&mut self) {
        for _ in 0..BURIED {
            let Some(blocks) = self.gone.last_mut() else { return };
            if blocks.pop_first().is_none() {
                self.gone.pop();
            }
        }
    }

    /// Writes a file of the host's at a path from the root, with the folders that it needs. What is in its way goes: a guest
    /// may have left a file where a folder must be, or a folder where the file must. Nor is it asked whether there is room, for
    /// a guest may have filled it all; what is placed counts, so then the guest has none.
    pub(crate) fn place(&mut self, path: &str, bytes: &[u8], now: u64) -> Result<(), Errno> {
        let limit = std::mem::replace(&mut self.limit, u64::MAX);
        let placed = self.place_unlimited(path, bytes, now);
        self.limit = limit;
        placed
    }

    fn place_unlimited(&mut self, path: &str, bytes: &[u8], now: u64) -> Result<(), Errno> {
        let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
        let mut folder = Self::ROOT;
        for part in folders.split('/').filter(|part| !part.is_empty()) {
            folder = match self.lookup(folder, part) {
                Some(inode) if self.file_type(inode)? == FileType::Directory => inode,
                there => {
                    if there.is_some() {
                        self.remove_tree(folder, part, now)?;
                    }
                    self.names += 1;
                    self.add(folder, part, Kind::Folder { entries: BTreeMap::new(), parent: folder, bytes: 0 }, now)?
                }
            };
        }
        if self.lookup(folder, name).is_some() {
            self.remove_tree(folder, name, now)?;
        }
        self.names += 1;
        let file = self.add(folder, name, Kind::File { blocks: Blocks::new(), size: 0 }, now)?;
        self.write(file, 0, bytes, now).map(drop)
    }

    /// Removes a name and all below it, however deep that is.
    fn remove_tree(&mut self, folder: Inode, name: &str, now: u64) -> Result<(), Errno> {
        let mut open = vec![(folder, name.to_owned())];
        while let Some((folder, name)) = open.last().cloned() {
            let inode = self.lookup(folder, &name).ok_or(Errno::NotFound)?;
            let child = self.folder(inode).ok().and_then(|entries| entries.keys().next().cloned());
            match child {
                Some(child) => open.push((inode, child)),
                None => {
                    self.remove_name(folder, &name, inode, now)?;
                    open.pop();
                }
            }
        }
        Ok(())
    }

    /// Cuts a file or lets it grow by a hole.
    pub(crate) fn set_size(&mut self, inode: Inode, new_size: u64, now: u64) -> Result<(), Errno> {
        if new_size > MAX_FILE {
            return Err(Errno::FileTooBig);
        }
        let entry = self.entry_mut(inode)?;
        let Kind::File { blocks, size } = &mut entry.kind else { return Err(Errno::IsDirectory) };
        let before = blocks.len();
        let mut gone = Blocks::new();
        if new_size < *size {
            gone = blocks.split_off(&new_size.div_ceil(BLOCK));
            // What lies behind the end inside the last block must read as zeroes if the file grows again.
            let (block, within, _) = piece(new_size, 1);
            if within > 0
                && let Some(last) = blocks.get_mut(&block)
            {
                Arc::make_mut(last)[within..].fill(0);
            }
        }
        let freed = (before - blocks.len()) as u64 * BLOCK;
        *size = new_size;
        entry.modified = now;
        entry.changed = now;
        self.used -= freed;
        self.gone.extend((!gone.is_empty()).then_some(gone));
        Ok(())
    }

    pub(crate) fn set_times(&mut self, inode: Inode, accessed: Option<u64>, modified: Option<u64>, now: u64) -> Result<(), Errno> {
        let entry = self.entry_mut(inode)?;
        entry.accessed = accessed.unwrap_or(entry.accessed);
        entry.modified = modified.unwrap_or(entry.modified);
        entry.changed = now;
        Ok(())
    }
}

/// What a link takes of the limit.
fn link_bytes(target: &str) -> u64 {
    if bytes_of(target).len() > TARGET_IN_INODE { BLOCK } else { 0 }
}

/// Which block a position lies in, where in it, and how many of `left` bytes that block holds.
fn piece(position: u64, left: usize) -> (u64, usize, usize) {
    let within = usize::try_from(position % BLOCK).unwrap_or(0); // below BLOCK
    (position / BLOCK, within, left.min(BLOCK_SIZE - within))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MB: u64 = 1 << 20;
    const MB_SIZE: usize = 1 << 20;

    fn with_file(limit: u64) -> (Scratch, Inode) {
        let mut scratch = Scratch::new(limit);
        let file = scratch.create_file(Scratch::ROOT, "f", 0).expect("space for a name");
        scratch.open(file);
        (scratch, file)
    }

    #[test]
    fn the_limit_is_exact() {
        let (mut scratch, file) = with_file(MB);
        assert_eq!(scratch.write(file, 0, &[1; MB_SIZE - 1], 0), Ok(MB_SIZE - 1));
        assert_eq!(scratch.write(file, MB - 1, &[1], 0), Ok(1), "the last byte");
        assert_eq!(scratch.write(file, MB, &[1], 0), Err(Errno::NoSpace), "one more");
        assert_eq!(scratch.write(file, 0, &[2; 100], 0), Ok(100), "writing over what is there needs no space");
        let (mut scratch, file) = with_file(MB);
        assert_eq!(scratch.write(file, 0, &[1; 2 * MB_SIZE], 0), Ok(MB_SIZE), "what fits");
    }

    #[test]
    fn an_unlinked_file_counts_until_it_is_closed() {
        let (mut scratch, file) = with_file(MB);
        scratch.write(file, 0, &[1; MB_SIZE], 0).expect("fits");
        scratch.unlink(Scratch::ROOT, "f", 0).expect("there");
        let other = scratch.create_file(Scratch::ROOT, "g", 0).expect("space for a name");
        assert_eq!(scratch.write(other, 0, &[1], 0), Err(Errno::NoSpace));
        let mut byte = [0];
        assert_eq!(scratch.read(file, 5, &mut byte), Ok(1));
        scratch.close(file);
        assert_eq!(scratch.write(other, 0, &[1], 0), Ok(1));
        assert_eq!(scratch.read(file, 5, &mut byte), Err(Errno::NotFound));
    }

    #[test]
    fn a_long_target_of_a_link_takes_a_block() {
        let mut scratch = Scratch::new(MB);
        let (short, long) = ("x".repeat(TARGET_IN_INODE), "x".repeat(TARGET_IN_INODE + 1));
        for i in 0..10 {
            scratch.create_link(Scratch::ROOT, &format!("short{i}"), &short, 0).expect("takes nothing");
        }
        scratch.create_link(Scratch::ROOT, "long", &long, 0).expect("fits");
        let file = scratch.create_file(Scratch::ROOT, "f", 0).expect("space for a name");
        assert_eq!(scratch.write(file, 0, &[1; MB_SIZE], 0), Ok(MB_SIZE - BLOCK_SIZE), "what the link leaves");
        assert_eq!(scratch.create_link(Scratch::ROOT, "other", &long, 0), Err(Errno::NoSpace));
        scratch.unlink(Scratch::ROOT, "long", 0).expect("there");
        scratch.create_link(Scratch::ROOT, "other", &long, 0).expect("the block is free again");
    }

    #[test]
    fn a_path_is_found_however_deep() {
        let mut scratch = Scratch::new(1 << 30);
        let mut at = Scratch::ROOT;
        for _ in 0..20_000 {
            scratch.create_folder(at, "d", 0).expect("space for a name");
            at = scratch.lookup(at, "d").expect("there");
        }
        let file = scratch.create_file(at, "f", 0).expect("space for a name");
        scratch.hard_link(file, Scratch::ROOT, "z", 0).expect("space for a name");
        assert_eq!(scratch.path_of(at).map(|path| path.len()), Some(40_000));
        assert_eq!(scratch.path_of(file).as_deref(), Some("/z"), "one of its names");
        scratch.open(file);
        scratch.unlink(Scratch::ROOT, "z", 0).expect("there");
        assert_eq!(scratch.path_of(file).map(|path| path.len()), Some(40_002));
        scratch.unlink(at, "f", 0).expect("there");
        assert_eq!(scratch.path_of(file), None);
    }

    #[test]
    fn the_number_of_names_is_bounded() {
        let mut scratch = Scratch::new(MB);
        let bound = MB / BYTES_PER_NAME;
        for i in 0..bound {
            scratch.create_file(Scratch::ROOT, &format!("f{i}"), 0).expect("below the bound");
        }
        assert_eq!(scratch.create_folder(Scratch::ROOT, "one more", 0), Err(Errno::NoSpace));
        scratch.unlink(Scratch::ROOT, "f0", 0).expect("there");
        assert!(scratch.create_folder(Scratch::ROOT, "one more", 0).is_ok());
        let file = scratch.lookup(Scratch::ROOT, "f1").expect("there");
        assert_eq!(scratch.hard_link(file, Scratch::ROOT, "name", 0), Err(Errno::NoSpace));
    }

    #[test]
    fn names_take_blocks_of_their_folder() {
        let mut scratch = Scratch::new(1 << 30);
        let name = |i: u32| format!("{i:0248}"); // 256 bytes with what is beside them: 16 in a block
        for i in 0..15 {
            scratch.create_file(Scratch::ROOT, &name(i), 0).expect("space for a name");
        }
        assert_eq!(scratch.used, 0, "the first block is the folder's own");
        for i in 15..64 {
            scratch.create_file(Scratch::ROOT, &name(i), 0).expect("space for a name");
        }
        assert_eq!(scratch.used, 4 * BLOCK);
        // All but less than a block is taken by something else.
        let other = scratch.limit - scratch.used - (BLOCK - 1);
        scratch.used += other;
        let more = (64..).find(|i| scratch.create_file(Scratch::ROOT, &name(*i), 0) == Err(Errno::NoSpace)).expect("in time");
        assert_eq!((more, scratch.names), (79, 79), "to the end of the last block");
        scratch.used -= other;
        (0..79).for_each(|i| scratch.unlink(Scratch::ROOT, &name(i), 0).expect("there"));
        assert_eq!((scratch.used, scratch.names), (0, 0));
        let mut large = Scratch::new(10 << 30);
        let created = (0..=MAX_NAMES).take_while(|i| large.create_file(Scratch::ROOT, &i.to_string(), 0).is_ok()).count();
        assert_eq!(created as u64, MAX_NAMES);
    }

    #[test]
    fn what_a_guest_left_gives_way_to_what_is_placed() {
        let (mut scratch, file) = with_file(MB);
        scratch.write(file, 0, &[1; MB_SIZE], 0).expect("fits");
        scratch.create_folder(Scratch::ROOT, "in.txt", 0).expect("space for a name");
        let folder = scratch.lookup(Scratch::ROOT, "in.txt").expect("there");
        let mut at = folder;
        for _ in 0..20 {
            scratch.create_folder(at, "d", 0).expect("space for a name");
            at = scratch.lookup(at, "d").expect("there");
        }
        scratch.create_link(Scratch::ROOT, "l", "f", 0).expect("takes nothing");
        while scratch.create_file(at, &scratch.names.to_string(), 0).is_ok() {}
        let names = scratch.names;
        for path in ["f/a/b", "in.txt", "l/x", "new/y", "new/y"] {
            scratch.place(path, b"placed", 7).expect("nothing is in the way");
            let inode = path.split('/').try_fold(Scratch::ROOT, |at, name| scratch.lookup(at, name)).expect("there");
            let mut bytes = [0; 9];
            assert_eq!(scratch.read(inode, 0, &mut bytes), Ok(6), "{path}");
            assert_eq!(&bytes[..6], b"placed");
        }
        let mut byte = [0];
        assert_eq!(scratch.read(file, 5, &mut byte), Ok(1), "whoever has it open still reads it");
        assert!(scratch.used > MB && scratch.names < names, "{} {}", scratch.used, scratch.names);
        let other = scratch.lookup(Scratch::ROOT, "in.txt").expect("there");
        assert_eq!(scratch.write(other, 6, &[1; BLOCK_SIZE], 0), Ok(BLOCK_SIZE - 6), "the guest has no room for more");
        scratch.close(file);
        assert_eq!(scratch.write(other, 0, &[1; MB_SIZE], 0), Ok(MB_SIZE - 3 * BLOCK_SIZE), "but for what it gives up");
    }

    #[test]
    fn blocks_of_files_that_are_gone_are_given_back_in_time() {
        let (mut scratch, file) = with_file(64 * MB);
        for _ in 0..20 {
            for part in 0..4 {
                assert_eq!(scratch.write(file, part * 16 * MB, &[1; 16 * MB_SIZE], 0), Ok(16 * MB_SIZE));
            }
            scratch.set_size(file, 0, 0).expect("in bounds");
            let waiting: usize = scratch.gone.iter().map(BTreeMap::len).sum();
            assert!(waiting as u64 * BLOCK <= 64 * MB, "{waiting} blocks wait");
        }
        for _ in 0..3 {
            scratch.write(file, 0, b"x", 0).expect("fits");
        }
        assert!(scratch.gone.is_empty());
    }

    #[test]
    fn a_clone_shares_nothing_that_is_written_later() {
        let (mut scratch, file) = with_file(MB);
        scratch.write(file, 0, b"init", 0).expect("fits");
        let mut copy = scratch.clone();
        copy.write(file, 0, b"call", 0).expect("fits");
        let mut bytes = [0; 4];
        scratch.read(file, 0, &mut bytes).expect("reads");
        assert_eq!(&bytes, b"init");
        copy.read(file, 0, &mut bytes).expect("reads");
        assert_eq!(&bytes, b"call");
    }

    #[test]
    fn renames_follow_posix() {
        let mut scratch = Scratch::new(MB);
        let root = Scratch::ROOT;
        scratch.create_folder(root, "a", 0).expect("new");
        let a = scratch.lookup(root, "a").expect("there");
        scratch.create_folder(a, "b", 0).expect("new");
        let b = scratch.lookup(a, "b").expect("there");
        scratch.create_file(b, "f", 0).expect("new");
        assert_eq!(scratch.rename((root, "a"), (b, "x"), 0), Err(Errno::Invalid), "into itself");
        assert_eq!(scratch.rename((root, "missing"), (b, "x"), 0), Err(Errno::NotFound));
        scratch.create_file(root, "g", 0).expect("new");
        assert_eq!(scratch.rename((root, "g"), (root, "a"), 0), Err(Errno::IsDirectory));
        assert_eq!(scratch.rename((root, "a"), (root, "g"), 0), Err(Errno::NotDirectory));
        assert_eq!(scratch.rename((b, "f"), (root, "g"), 0), Ok(()), "a file over a file");
        assert_eq!(scratch.rename((a, "b"), (root, "b"), 0), Ok(()));
        assert_eq!(scratch.remove_folder(root, "a", 0), Ok(()));
        assert_eq!(scratch.names, 2);
        assert_eq!(scratch.unlink(root, "b", 0), Err(Errno::IsDirectory));
    }

    #[derive(Debug, Clone)]
    enum Step {
        Write(u64, Vec<u8>),
        SetSize(u64),
    }

    fn step() -> impl Strategy<Value = Step> {
        let at = 0..3 * BLOCK;
        prop_oneof![
            (at.clone(), prop::collection::vec(any::<u8>(), 0..6000)).prop_map(|(at, bytes)| Step::Write(at, bytes)),
            at.prop_map(Step::SetSize)
        ]
    }

    proptest! {
        /// A file behaves as a plain vector of bytes does, and its blocks are accounted for.
        #[test]
        fn a_file_is_what_was_written(steps in prop::collection::vec(step(), 1..12)) {
            let (mut scratch, file) = with_file(MB);
            let mut model: Vec<u8> = Vec::new();
            for step in steps {
                match step {
                    Step::Write(at, bytes) => {
                        let at = usize::try_from(at).expect("small");
                        prop_assert_eq!(scratch.write(file, at as u64, &bytes, 0), Ok(bytes.len()));
                        if !bytes.is_empty() {
                            model.resize(model.len().max(at + bytes.len()), 0);
                            model[at..at + bytes.len()].copy_from_slice(&bytes);
                        }
                    }
                    Step::SetSize(size) => {
                        scratch.set_size(file, size, 0).expect("in bounds");
                        model.resize(usize::try_from(size).expect("small"), 0);
                    }
                }
                let mut bytes = vec![9; model.len() + 10];
                prop_assert_eq!(scratch.read(file, 0, &mut bytes), Ok(model.len()));
                prop_assert!(bytes[..model.len()] == model);
                prop_assert!(scratch.used <= (model.len() as u64).div_ceil(BLOCK) * BLOCK);
            }
            scratch.unlink(Scratch::ROOT, "f", 0).expect("there");
            scratch.close(file);
            prop_assert_eq!((scratch.used, scratch.names, scratch.entries.len()), (0, 0, 1));
        }
    }
}
