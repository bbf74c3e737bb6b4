//! What Linux has and preview 1 of WASI lacks: modes, owners, further numbers for a descriptor, pipes, locks, the room in
//! a file system. A second module of imports, `wasmlam`, for the guest's own C library (`wasm-python/libc`), whose
//! `wasmlam.h` is the other half. Errors are preview 1's numbers here too; that library translates them all in one place.

use wasmtime::{Caller, Linker};

use super::abi::{Errno, FileStat, FileType, GuestMemory, OpenFlags};
use super::files::Lock;
use super::{Failure, HasWorld, count_after, count_before, exported_memory, wasi};

/// Flags of `open`, in Linux's numbers on x86-64.
mod flags {
    pub(super) const ACCESS: u32 = 0o3;
    pub(super) const WRITE_ONLY: u32 = 0o1;
    pub(super) const READ_WRITE: u32 = 0o2;
    pub(super) const CREATE: u32 = 0o100;
    pub(super) const EXCLUSIVE: u32 = 0o200;
    pub(super) const TRUNCATE: u32 = 0o1000;
    pub(super) const APPEND: u32 = 0o2000;
    pub(super) const NONBLOCKING: u32 = 0o4000;
    pub(super) const DIRECTORY: u32 = 0o200_000;
    pub(super) const NO_FOLLOW: u32 = 0o400_000;
    pub(super) const CLOSE_ON_EXEC: u32 = 0o2_000_000;
    pub(super) const PATH_ONLY: u32 = 0o10_000_000;
    /// With `DIRECTORY` it is `O_TMPFILE`.
    pub(super) const UNNAMED: u32 = 0o20_000_000;
}

/// `flock`'s operations.
const LOCK_SHARED: u32 = 1;
const LOCK_EXCLUSIVE: u32 = 2;
const LOCK_NONBLOCKING: u32 = 4;
const LOCK_RELEASE: u32 = 8;

/// An id that is left as it is.
const UNCHANGED: u32 = u32::MAX;

fn open_flags(given: u32) -> Result<OpenFlags, Errno> {
    let (read, write) = match given & flags::ACCESS {
        0 => (true, false),
        flags::WRITE_ONLY => (false, true),
        flags::READ_WRITE => (true, true),
        _ => return Err(Errno::Invalid),
    };
    let only_path = given & flags::PATH_ONLY != 0;
    Ok(OpenFlags {
        create: given & flags::CREATE != 0 && !only_path,
        directory: given & flags::DIRECTORY != 0,
        exclusive: given & flags::EXCLUSIVE != 0,
        truncate: given & flags::TRUNCATE != 0 && !only_path,
        read: read && !only_path,
        write: write && !only_path,
        append: given & flags::APPEND != 0,
        follow: given & flags::NO_FOLLOW == 0,
    })
}

/// The 88 bytes of `struct wasmlam_stat`.
fn stat_bytes(stat: FileStat) -> [u8; 88] {
    let kind = match stat.file_type {
        FileType::Unknown => 0o010_000, // what is open and has no other type is a pipe
        FileType::CharacterDevice => 0o020_000,
        FileType::Directory => 0o040_000,
        FileType::RegularFile => 0o100_000,
        FileType::SymbolicLink => 0o120_000,
    };
    let mut out = [0; 88];
    let mut at = 0;
    let mut put = |bytes: &[u8]| {
        out[at..at + bytes.len()].copy_from_slice(bytes);
        at += bytes.len();
    };
    for value in [stat.device, stat.inode, stat.links] {
        put(&value.to_le_bytes());
    }
    for value in [kind | stat.mode, stat.user, stat.group, 0] {
        put(&value.to_le_bytes());
    }
    for value in [0, stat.size, stat.size.div_ceil(512), stat.accessed, stat.modified, stat.changed] {
        put(&value.to_le_bytes());
    }
    out
}

fn id(given: u32) -> Option<u32> {
    (given != UNCHANGED).then_some(given)
}

fn space_bytes(space: [u64; 6]) -> Vec<u8> {
    space.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// Adds the module `wasmlam`.
pub(super) fn add_to_linker<T: HasWorld>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    wasi! { "wasmlam", linker, T;
        fn fd_stat(memory, world, fd: u32, out: u32) {
            let stat = world.files.stat(fd)?;
            memory.write(out, &stat_bytes(stat))?;
        }
        fn path_stat(memory, world, folder: u32, follow: u32, path: u32, size: u32, out: u32) {
            let stat = world.files.path_stat(folder, &memory.text(path, size)?, follow != 0)?;
            memory.write(out, &stat_bytes(stat))?;
        }
        fn path_open(memory, world, folder: u32, path: u32, size: u32, given: u32, mode: u32, out: u32) {
            let (path, now) = (memory.text(path, size)?.into_owned(), world.clock.wall());
            let wanted = open_flags(given)?;
            memory.bytes(out, 4)?;
            world.look(memory.0.len());
            let fd = if given & flags::UNNAMED != 0 && wanted.directory {
                world.files.open_unnamed(folder, &path, OpenFlags { directory: false, ..wanted }, mode & 0o7777, now)?
            } else {
                world.files.open_with(folder, &path, wanted, mode & 0o7777, now, &mut world.entropy)?
            };
            world.files.set_close_on_exec(fd, given & flags::CLOSE_ON_EXEC != 0)?;
            if given & flags::NONBLOCKING != 0 {
                world.files.set_status(fd, given & (flags::APPEND | flags::NONBLOCKING))?;
            }
            memory.write_u32(out, fd)?;
        }
        fn path_mkdir(memory, world, folder: u32, path: u32, size: u32, mode: u32) {
            world.files.create_folder_with(folder, &memory.text(path, size)?, mode & 0o7777, world.clock.wall())?;
        }
        fn path_chmod(memory, world, folder: u32, follow: u32, path: u32, size: u32, mode: u32) {
            world.files.path_set_mode(folder, &memory.text(path, size)?, follow != 0, mode & 0o7777, world.clock.wall())?;
        }
        fn fd_chmod(_memory, world, fd: u32, mode: u32) {
            world.files.set_mode(fd, mode & 0o7777, world.clock.wall())?;
        }
        fn path_chown(memory, world, folder: u32, follow: u32, path: u32, size: u32, user: u32, group: u32) {
            world.files.path_set_owner(folder, &memory.text(path, size)?, follow != 0, (id(user), id(group)), world.clock.wall())?;
        }
        fn fd_chown(_memory, world, fd: u32, user: u32, group: u32) {
            world.files.set_owner(fd, (id(user), id(group)), world.clock.wall())?;
        }
        fn path_access(memory, world, folder: u32, follow: u32, path: u32, size: u32, wanted: u32) {
            world.files.access(folder, &memory.text(path, size)?, follow != 0, wanted & 7)?;
        }
        fn fd_dup(memory, world, fd: u32, least: u32, exactly: u32, close_on_exec: u32, out: u32) {
            memory.bytes(out, 4)?;
            let new = world.files.duplicate(fd, least, exactly != 0, close_on_exec != 0)?;
            memory.write_u32(out, new)?;
        }
        fn pipe(memory, world, given: u32, out: u32) {
            if given & !(flags::NONBLOCKING | flags::CLOSE_ON_EXEC) != 0 {
                return Err(Errno::Invalid.into());
            }
            memory.bytes(out, 8)?;
            let (reader, writer) = world.files.pipe(given, given & flags::CLOSE_ON_EXEC != 0)?;
            memory.write_u32(out, reader)?;
            memory.write_u32(out.checked_add(4).ok_or(Errno::Fault)?, writer)?;
        }
        fn fd_flags(memory, world, fd: u32, out: u32, close_on_exec: u32) {
            memory.write_u32(out, world.files.status(fd)?)?;
            memory.write_u32(close_on_exec, u32::from(world.files.close_on_exec(fd)?))?;
        }
        fn fd_set_flags(_memory, world, fd: u32, given: u32) {
            world.files.set_status(fd, given)?;
        }
        fn fd_set_close_on_exec(_memory, world, fd: u32, close_on_exec: u32) {
            world.files.set_close_on_exec(fd, close_on_exec != 0)?;
        }
        fn fd_flock(_memory, world, fd: u32, operation: u32) {
            let wanted = match operation & !LOCK_NONBLOCKING {
                LOCK_SHARED => Some(Lock::Shared),
                LOCK_EXCLUSIVE => Some(Lock::Exclusive),
                LOCK_RELEASE => None,
                _ => return Err(Errno::Invalid.into()),
            };
            // Whoever has it is this process: the guest gives its other threads a turn, and asks again.
            world.files.lock(fd, wanted)?;
        }
        fn fd_space(memory, world, fd: u32, out: u32) {
            memory.write(out, &space_bytes(world.files.space(fd)?))?;
        }
        fn path_space(memory, world, folder: u32, path: u32, size: u32, out: u32) {
            let space = world.files.path_space(folder, &memory.text(path, size)?)?;
            memory.write(out, &space_bytes(space))?;
        }
    }
    Ok(())
}
