//! All that a guest can see and reach: WASI preview 1, implemented on data of this process.
//!
//! Why not wasmtime-wasi: it hands out folders of the host, and what is asked here cannot be had from those. `/tmp` needs a
//! size that is enforced to the byte, no trace on the host's disk, and no cost for a call that never looks at it; a
//! restored guest must find its descriptors as it left them; a sleeping guest must wake at its deadline; and a hello
//! has 100 microseconds in all. In exchange the guest is given nothing of the host's: no descriptor, no path. A test
//! runs the same file operations here and natively on Linux and compares what each gave.
//!
//! - [`abi`]: numbers and layouts of the specification, the guest's memory
//! - [`files`], [`scratch`]: paths and descriptors, `/tmp`
//! - [`linux`]: what Linux has and preview 1 lacks, as a second module of imports
//! - [`machine`]: the files of `/proc` and `/sys`
//! - [`attempts`]: what was tried in vain
//! - [`pipes`]: event in, log out, result out
//! - [`clock`]: time and randomness, this machine's or the same each time

mod abi;
mod attempts;
mod clock;
mod files;
mod linux;
mod machine;
mod pipes;
mod scratch;

use std::time::{Duration, Instant};

use wasmtime::{Caller, Linker, Memory};

use self::abi::{ALL_RIGHTS, Errno, FLAG_APPEND, OpenFlags, RIGHT_READ, RIGHT_WRITE, bytes_of};
use self::files::{Ready, Stream};
use self::pipes::{EventPipe, LogPipe, MAX_FRAME, ResultPipe};
use super::ending;
use super::net::Door;
use crate::protocol::RESULT_DESCRIPTOR;

pub(crate) use self::abi::GuestMemory;
pub(crate) use self::attempts::Attempts;
pub(crate) use self::clock::{Clock, Entropy};
pub(crate) use self::files::{Files, MOUNT_POINTS, Mounts};
pub(crate) use self::machine::Machine;
pub(crate) use self::pipes::GuestResult;

/// Bytes that one read or write of a file moves at most: more is a short count, as POSIX allows. It keeps the time in
/// one host call, during which no deadline is looked at, to a few milliseconds.
const MAX_TRANSFER: usize = 16 << 20;
/// Bytes of randomness between two looks at the deadline.
const RANDOM_STEP: usize = 1 << 20;
/// Subscriptions in one `poll_oneoff`; more is `EINVAL`.
const MAX_SUBSCRIPTIONS: u32 = 4096;
/// Bytes of one subscription and of one event, in the specification.
const SUBSCRIPTION_SIZE: u32 = 48;
const EVENT_SIZE: u32 = 32;

/// Why a host call does not return to the guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Stop {
    /// `proc_exit`.
    #[error("the guest ended itself with status {0}")]
    Exit(i32),
    /// The deadline passed, in a host call or between two instructions.
    #[error("the deadline has passed")]
    TimedOut,
}

enum Failure {
    Errno(Errno),
    Stop(Stop),
}

impl From<Errno> for Failure {
    fn from(errno: Errno) -> Self {
        Self::Errno(errno)
    }
}

/// The guest's whole world during one call.
pub(crate) struct World {
    /// Set right after instantiation, before the guest runs.
    pub(crate) memory: Option<Memory>,
    pub(crate) files: Files,
    event: EventPipe,
    pub(crate) log: LogPipe,
    result: ResultPipe,
    pub(crate) clock: Clock,
    entropy: Entropy,
    /// When the call is ended, by this machine's clock.
    pub(crate) deadline: Instant,
    /// What the guest slept, by its own clock.
    pub(crate) slept: Duration,
    /// The network, for a guest that has one.
    pub(crate) door: Option<Box<Door>>,
    /// Bytes that the host call moved, for a clock that counts.
    moved: u64,
}

impl World {
    /// A world in which nothing happened yet.
    pub(crate) fn new(files: Files, clock: Clock, entropy: Entropy, deadline: Instant) -> Self {
        let (event, log, result) = (EventPipe::default(), LogPipe::default(), ResultPipe::closed());
        Self { memory: None, files, event, log, result, clock, entropy, deadline, slept: Duration::ZERO, door: None, moved: 0 }
    }

    /// Puts a file below `/tmp`, with the folders that it needs.
    pub(crate) fn place(&mut self, path: &str, bytes: &[u8]) -> Result<(), Errno> {
        self.files.place(path, bytes, self.clock.wall())
    }

    /// Puts a frame into the event pipe and opens the result pipe for its answer, which must carry `token`.
    pub(crate) fn ask(&mut self, frame: Vec<u8>, token: crate::protocol::Token) {
        self.event = EventPipe::new(frame);
        self.result = ResultPipe::new(token);
    }

    /// Puts text into the event pipe that nothing answers.
    pub(crate) fn hand_over(&mut self, text: Vec<u8>) {
        self.event = EventPipe::new(text);
    }

    /// Notes what the files of `/proc` say of the guest; `size` is that of its memory in bytes.
    fn look(&mut self, size: usize) {
        let now = u64::try_from(self.clock.monotonic().as_nanos()).unwrap_or(u64::MAX);
        self.files.machine.look(size as u64, now);
    }

    /// The answer, if one came.
    pub(crate) fn answer(&mut self) -> Option<GuestResult> {
        self.result.take()
    }

    fn read(&mut self, memory: &mut GuestMemory<'_>, fd: u32, vectors: u32, count: u32, offset: Option<u64>) -> Result<u32, Errno> {
        let stream = self.files.stream(fd)?;
        let mut total = 0;
        for (at, size) in memory.vectors(vectors, count)? {
            let left = MAX_TRANSFER.saturating_sub(total as usize);
            let size = size.min(u32::try_from(left).unwrap_or(u32::MAX));
            let buffer = memory.bytes_mut(at, size)?;
            let done = match stream {
                None => {
                    let offset = offset.map(|offset| offset.saturating_add(u64::from(total)));
                    match self.files.read(fd, buffer, offset, &mut self.entropy) {
                        Err(Errno::Again) if total > 0 => 0,
                        result => result?,
                    }
                }
                Some(_) if offset.is_some() => return Err(Errno::NotSeekable),
                Some(Stream::Event) => self.event.read(buffer),
                Some(Stream::Log) => return Err(Errno::BadDescriptor),
            };
            total += u32::try_from(done).unwrap_or(0); // at most `size`
            if done < size as usize || size == 0 && left == 0 {
                break;
            }
        }
        self.moved += u64::from(total);
        Ok(total)
    }

    fn write(&mut self, memory: &GuestMemory<'_>, fd: u32, vectors: u32, count: u32, offset: Option<u64>) -> Result<u32, Errno> {
        let vectors = memory.vectors(vectors, count)?;
        if fd == RESULT_DESCRIPTOR {
            return self.write_result(memory, &vectors);
        }
        let stream = self.files.stream(fd)?;
        let now = self.clock.wall();
        let mut total: u32 = 0;
        for (at, size) in vectors {
            let bytes = memory.bytes(at, size)?;
            let done = match stream {
                None => {
                    let part = &bytes[..bytes.len().min(MAX_TRANSFER.saturating_sub(total as usize))];
                    match self.files.write(fd, part, offset.map(|offset| offset.saturating_add(u64::from(total))), now) {
                        // What was written before the space ended counts; the next call meets the error.
                        Err(Errno::NoSpace | Errno::Again) if total > 0 => 0,
                        result => result?,
                    }
                }
                Some(_) if offset.is_some() => return Err(Errno::NotSeekable),
                Some(Stream::Log) => {
                    self.log.write(bytes);
                    bytes.len()
                }
                Some(Stream::Event) => return Err(Errno::BadDescriptor),
            };
            total = u32::try_from(done).ok().and_then(|done| total.checked_add(done)).ok_or(Errno::Invalid)?;
            if done < bytes.len() {
                break;
            }
        }
        self.moved += u64::from(total);
        Ok(total)
    }

    fn write_result(&mut self, memory: &GuestMemory<'_>, vectors: &[(u32, u32)]) -> Result<u32, Errno> {
        let mut start = Vec::new();
        let mut total = 0_usize;
        for (at, size) in vectors {
            let bytes = memory.bytes(*at, *size)?;
            start.extend_from_slice(&bytes[..bytes.len().min(MAX_FRAME - start.len())]);
            total += bytes.len();
        }
        self.result.write(&start, total)?;
        self.moved += total as u64;
        u32::try_from(total).map_err(|_| Errno::Invalid)
    }

    /// Waits for the earliest clock, but never beyond the deadline; descriptors but pipes are always ready.
    fn poll(&mut self, memory: &mut GuestMemory<'_>, subscriptions: u32, events: u32, count: u32) -> Result<u32, Failure> {
        if count == 0 || count > MAX_SUBSCRIPTIONS {
            return Err(Errno::Invalid.into());
        }
        let nothing = Ready { bytes: 0, hung_up: false };
        let mut ready: Vec<(u64, u8, Errno, Ready)> = Vec::new(); // user data, type, error
        let mut shortest: Option<(Duration, u64)> = None;
        let mut waits = false;
        for i in 0..count {
            let at = subscriptions.checked_add(i * SUBSCRIPTION_SIZE).ok_or(Errno::Fault)?;
            memory.bytes(at, SUBSCRIPTION_SIZE)?;
            let user_data = memory.read_u64(at)?;
            match memory.bytes(at + 8, 1)?[0] {
                0 => {
                    let (clock, timeout, absolute) =
                        (memory.read_u32(at + 16)?, memory.read_u64(at + 24)?, memory.bytes(at + 40, 1)?[0] & 1 == 1);
                    let wait = Duration::from_nanos(match (absolute, clock) {
                        (false, _) => timeout,
                        (true, 0) => timeout.saturating_sub(self.clock.wall()),
                        (true, _) => timeout.saturating_sub(u64::try_from(self.clock.monotonic().as_nanos()).unwrap_or(u64::MAX)),
                    });
                    if shortest.is_none_or(|(first, _)| wait < first) {
                        shortest = Some((wait, user_data));
                    }
                }
                kind @ (1 | 2) => match self.files.readiness(memory.read_u32(at + 16)?, kind == 2) {
                    Ok(None) => waits = true,
                    Ok(Some(found)) => {
                        let error = if found.hung_up && kind == 2 { Errno::BrokenPipe } else { Errno::Success };
                        ready.push((user_data, kind, error, found));
                    }
                    Err(error) => ready.push((user_data, kind, error, nothing)),
                },
                _ => return Err(Errno::Invalid.into()),
            }
        }
        match (ready.is_empty(), shortest) {
            (true, Some((wait, user_data))) => {
                self.sleep(wait)?;
                ready.push((user_data, 0, Errno::Success, nothing));
            }
            // Nobody else is there to end the wait.
            (true, None) if waits => self.sleep(Duration::MAX)?,
            (true, None) | (false, _) => {}
        }
        for (i, (user_data, kind, error, found)) in (0_u32..).zip(&ready) {
            let mut event = [0; EVENT_SIZE as usize];
            event[..8].copy_from_slice(&user_data.to_le_bytes());
            event[8..10].copy_from_slice(&(*error as u16).to_le_bytes());
            event[10] = *kind;
            event[16..24].copy_from_slice(&(found.bytes as u64).to_le_bytes());
            event[24] = u8::from(found.hung_up);
            memory.write(events.checked_add(i * EVENT_SIZE).ok_or(Errno::Fault)?, &event)?;
        }
        Ok(u32::try_from(ready.len()).unwrap_or(0)) // at most `count`
    }

    /// A sleep of centuries ends at the deadline like any other that is too long.
    fn sleep(&mut self, time: Duration) -> Result<(), Failure> {
        self.wait(time).map_err(Failure::Stop)
    }

    /// Nothing but this time passes, or the guest ends.
    pub(in crate::sandbox) fn wait(&mut self, time: Duration) -> Result<(), Stop> {
        let before = self.clock.monotonic();
        let too_long = match &mut self.clock {
            Clock::Counted(counted) => counted.sleep(time),
            Clock::Real { .. } => {
                let left = self.deadline.saturating_duration_since(Instant::now());
                ending::sleep(time.min(left));
                time >= left || ending::is_ending()
            }
        };
        self.slept += self.clock.monotonic().saturating_sub(before);
        if too_long { Err(Stop::TimedOut) } else { Ok(()) }
    }

    fn random(&mut self, buffer: &mut [u8]) -> Result<(), Failure> {
        for part in buffer.chunks_mut(RANDOM_STEP) {
            if Instant::now() >= self.deadline || ending::is_ending() {
                return Err(Failure::Stop(Stop::TimedOut));
            }
            self.entropy.fill(part)?;
        }
        self.moved += buffer.len() as u64;
        Ok(())
    }

    fn list(&mut self, memory: &mut GuestMemory<'_>, fd: u32, buffer: u32, size: u32, cookie: u64) -> Result<u32, Errno> {
        let (listing, start) = self.files.list(fd, cookie)?;
        let out = memory.bytes_mut(buffer, size)?;
        let mut used = 0;
        for (next, (name, inode, file_type)) in (cookie.saturating_add(1)..).zip(&listing[start..]) {
            let name = bytes_of(name);
            let mut record = Vec::with_capacity(24 + name.len());
            record.extend_from_slice(&next.to_le_bytes());
            record.extend_from_slice(&inode.to_le_bytes());
            record.extend_from_slice(&u32::try_from(name.len()).unwrap_or(0).to_le_bytes());
            record.extend_from_slice(&[*file_type as u8, 0, 0, 0]);
            record.extend_from_slice(&name);
            // A record that is cut off tells the guest to come back with a larger buffer.
            let part = record.len().min(out.len() - used);
            out[used..used + part].copy_from_slice(&record[..part]);
            used += part;
            if used == out.len() {
                break;
            }
        }
        u32::try_from(used).map_err(|_| Errno::Fault)
    }
}

/// `fst_flags` of the calls that set times: (accessed, modified).
fn times(accessed: u64, modified: u64, flags: u32, now: u64) -> (Option<u64>, Option<u64>) {
    let pick = |set: u32, set_now: u32, value: u64| match (flags & set != 0, flags & set_now != 0) {
        (_, true) => Some(now),
        (true, false) => Some(value),
        (false, false) => None,
    };
    (pick(1, 2, accessed), pick(4, 8, modified))
}

/// Access to the world inside of what a store holds.
pub(crate) trait HasWorld: 'static {
    fn world(&mut self) -> &mut World;
}

/// Defines functions of a module of imports. Each body sees the guest's memory and the world, and answers what the
/// guest gets: nothing for success, an error code, or the end of the guest.
macro_rules! wasi {
    ($module:literal, $linker:expr, $store:ty; $(fn $name:ident($memory:ident, $world:ident $(, $arg:ident: $ty:ty)*) $body:block)*) => {
        $($linker.func_wrap($module, stringify!($name), |mut caller: Caller<'_, $store> $(, $arg: $ty)*| -> wasmtime::Result<u32> {
            let exported = exported_memory(&mut caller)?;
            count_before(&mut caller)?;
            let (bytes, data) = exported.data_and_store_mut(&mut caller);
            #[allow(unused_mut, reason = "not every function writes to the guest")]
            let mut $memory = GuestMemory(bytes);
            let $world = data.world();
            let run = || -> Result<(), Failure> { $body Ok(()) };
            #[allow(unused_mut, reason = "not every function changes something")]
            let mut run = run;
            let result = run();
            count_after(&mut caller)?;
            match result {
                Ok(()) => Ok(Errno::Success as u32),
                Err(Failure::Errno(errno)) => Ok(errno as u32),
                Err(Failure::Stop(stop)) => Err(stop.into()),
            }
        })?;)*
    };
}

use wasi;

/// The memory of the guest that makes a host call.
pub(super) fn exported_memory<T: HasWorld>(caller: &mut Caller<'_, T>) -> wasmtime::Result<Memory> {
    caller.data_mut().world().memory.ok_or_else(|| wasmtime::Error::msg("a host call before the memory was known"))
}

/// A clock that counts is told how far the guest has come before a host call looks at it ...
pub(super) fn count_before<T: HasWorld>(caller: &mut Caller<'_, T>) -> wasmtime::Result<()> {
    if caller.data_mut().world().clock.as_counted().is_none() {
        return Ok(());
    }
    let left = caller.get_fuel()?;
    let world = caller.data_mut().world();
    world.moved = 0;
    if let Some(counted) = world.clock.as_counted() {
        counted.observe(left);
    }
    Ok(())
}

/// ... and what the host call took is time that the guest no longer has.
pub(super) fn count_after<T: HasWorld>(caller: &mut Caller<'_, T>) -> wasmtime::Result<()> {
    let world = caller.data_mut().world();
    let moved = world.moved;
    let Some(counted) = world.clock.as_counted() else { return Ok(()) };
    counted.charge_call(moved);
    let fuel = counted.grant();
    caller.set_fuel(fuel)
}

/// All of preview 1. What a sandbox has no use for answers as a kernel without that feature does.
pub(crate) fn add_to_linker<T: HasWorld>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    linux::add_to_linker(linker)?;
    wasi! { "wasi_snapshot_preview1", linker, T;
        fn args_sizes_get(memory, _world, count: u32, size: u32) {
            memory.write_u32(count, 0)?;
            memory.write_u32(size, 0)?;
        }
        fn args_get(_memory, _world, _pointers: u32, _strings: u32) {}
        // The environment is part of an Init frame; at boot there is none.
        fn environ_sizes_get(memory, _world, count: u32, size: u32) {
            memory.write_u32(count, 0)?;
            memory.write_u32(size, 0)?;
        }
        fn environ_get(_memory, _world, _pointers: u32, _strings: u32) {}

        fn clock_res_get(memory, _world, clock: u32, out: u32) {
            if clock > 3 {
                return Err(Errno::Invalid.into());
            }
            memory.write_u64(out, 1)?;
        }
        fn clock_time_get(memory, world, clock: u32, _precision: u64, out: u32) {
            let now = match clock {
                0 => world.clock.wall(),
                // The guest has one thread that runs or sleeps: its process clocks are taken from the monotonic one.
                1..=3 => u64::try_from(world.clock.monotonic().as_nanos()).unwrap_or(u64::MAX),
                _ => return Err(Errno::Invalid.into()),
            };
            memory.write_u64(out, now)?;
        }
        fn random_get(memory, world, buffer: u32, size: u32) {
            world.random(memory.bytes_mut(buffer, size)?)?;
        }
        fn sched_yield(_memory, _world) {}
        fn poll_oneoff(memory, world, subscriptions: u32, events: u32, count: u32, out: u32) {
            let ready = world.poll(&mut memory, subscriptions, events, count)?;
            memory.write_u32(out, ready)?;
        }

        fn fd_read(memory, world, fd: u32, vectors: u32, count: u32, out: u32) {
            let done = world.read(&mut memory, fd, vectors, count, None)?;
            memory.write_u32(out, done)?;
        }
        fn fd_pread(memory, world, fd: u32, vectors: u32, count: u32, offset: u64, out: u32) {
            let done = world.read(&mut memory, fd, vectors, count, Some(offset))?;
            memory.write_u32(out, done)?;
        }
        fn fd_write(memory, world, fd: u32, vectors: u32, count: u32, out: u32) {
            let done = world.write(&memory, fd, vectors, count, None)?;
            memory.write_u32(out, done)?;
        }
        fn fd_pwrite(memory, world, fd: u32, vectors: u32, count: u32, offset: u64, out: u32) {
            let done = world.write(&memory, fd, vectors, count, Some(offset))?;
            memory.write_u32(out, done)?;
        }
        fn fd_close(_memory, world, fd: u32) {
            world.files.close(fd)?;
        }
        fn fd_renumber(_memory, world, from: u32, to: u32) {
            world.files.renumber(from, to)?;
        }
        fn fd_seek(memory, world, fd: u32, offset: i64, whence: u32, out: u32) {
            let position = world.files.seek(fd, offset, u8::try_from(whence).unwrap_or(u8::MAX))?;
            memory.write_u64(out, position)?;
        }
        fn fd_tell(memory, world, fd: u32, out: u32) {
            let position = world.files.seek(fd, 0, 1)?;
            memory.write_u64(out, position)?;
        }
        fn fd_advise(_memory, world, fd: u32, _offset: u64, _size: u64, _advice: u32) {
            world.files.stat(fd)?;
        }
        fn fd_allocate(_memory, world, fd: u32, offset: u64, size: u64) {
            world.files.allocate(fd, offset, size, world.clock.wall())?;
        }
        fn fd_datasync(_memory, world, fd: u32) {
            world.files.stat(fd)?;
        }
        fn fd_sync(_memory, world, fd: u32) {
            world.files.stat(fd)?;
        }
        fn fd_fdstat_get(memory, world, fd: u32, out: u32) {
            let mut stat = [0; 24];
            stat[0] = world.files.stat(fd)?.file_type as u8;
            if world.files.is_append(fd)? {
                stat[2..4].copy_from_slice(&FLAG_APPEND.to_le_bytes());
            }
            stat[8..16].copy_from_slice(&ALL_RIGHTS.to_le_bytes());
            stat[16..24].copy_from_slice(&ALL_RIGHTS.to_le_bytes());
            memory.write(out, &stat)?;
        }
        fn fd_fdstat_set_flags(_memory, world, fd: u32, flags: u32) {
            world.files.set_append(fd, flags & u32::from(FLAG_APPEND) != 0)?;
        }
        fn fd_fdstat_set_rights(_memory, world, fd: u32, _base: u64, _inheriting: u64) {
            world.files.stat(fd)?;
        }
        fn fd_filestat_get(memory, world, fd: u32, out: u32) {
            let stat = world.files.stat(fd)?;
            memory.write(out, &stat.to_bytes())?;
        }
        fn fd_filestat_set_size(_memory, world, fd: u32, size: u64) {
            world.files.set_size(fd, size, world.clock.wall())?;
        }
        fn fd_filestat_set_times(_memory, world, fd: u32, accessed: u64, modified: u64, flags: u32) {
            let now = world.clock.wall();
            let (accessed, modified) = times(accessed, modified, flags, now);
            world.files.set_times(fd, accessed, modified, now)?;
        }
        fn fd_prestat_get(memory, world, fd: u32, out: u32) {
            if !world.files.is_preopened(fd)? {
                return Err(Errno::BadDescriptor.into());
            }
            memory.write_u32(out, 0)?; // a folder
            memory.write_u32(out.checked_add(4).ok_or(Errno::Fault)?, 1)?; // bytes of "/"
        }
        fn fd_prestat_dir_name(memory, world, fd: u32, name: u32, size: u32) {
            if !world.files.is_preopened(fd)? {
                return Err(Errno::BadDescriptor.into());
            }
            if size < 1 {
                return Err(Errno::NameTooLong.into());
            }
            memory.write(name, b"/")?;
        }
        fn fd_readdir(memory, world, fd: u32, buffer: u32, size: u32, cookie: u64, out: u32) {
            let used = world.list(&mut memory, fd, buffer, size, cookie)?;
            memory.write_u32(out, used)?;
        }

        fn path_open(memory, world, folder: u32, lookup: u32, path: u32, size: u32, open: u32, rights: u64, _inheriting: u64, flags: u32, out: u32) {
            let flags = OpenFlags {
                create: open & 1 != 0,
                directory: open & 2 != 0,
                exclusive: open & 4 != 0,
                truncate: open & 8 != 0,
                read: rights & RIGHT_READ != 0,
                write: rights & RIGHT_WRITE != 0,
                append: flags & u32::from(FLAG_APPEND) != 0,
                follow: lookup & 1 != 0,
            };
            world.look(memory.0.len());
            let fd = world.files.open(folder, &memory.text(path, size)?, flags, world.clock.wall(), &mut world.entropy)?;
            memory.write_u32(out, fd)?;
        }
        fn path_filestat_get(memory, world, folder: u32, lookup: u32, path: u32, size: u32, out: u32) {
            let stat = world.files.path_stat(folder, &memory.text(path, size)?, lookup & 1 != 0)?;
            memory.write(out, &stat.to_bytes())?;
        }
        fn path_filestat_set_times(memory, world, folder: u32, lookup: u32, path: u32, size: u32, accessed: u64, modified: u64, flags: u32) {
            let now = world.clock.wall();
            world.files.path_set_times(folder, &memory.text(path, size)?, lookup & 1 != 0, times(accessed, modified, flags, now), now)?;
        }
        fn path_create_directory(memory, world, folder: u32, path: u32, size: u32) {
            world.files.create_folder(folder, &memory.text(path, size)?, world.clock.wall())?;
        }
        fn path_remove_directory(memory, world, folder: u32, path: u32, size: u32) {
            world.files.remove_folder(folder, &memory.text(path, size)?, world.clock.wall())?;
        }
        fn path_unlink_file(memory, world, folder: u32, path: u32, size: u32) {
            world.files.unlink(folder, &memory.text(path, size)?, world.clock.wall())?;
        }
        fn path_rename(memory, world, folder: u32, path: u32, size: u32, new_folder: u32, new_path: u32, new_size: u32) {
            world.files.rename((folder, &memory.text(path, size)?), (new_folder, &memory.text(new_path, new_size)?), world.clock.wall())?;
        }
        fn path_link(memory, world, folder: u32, lookup: u32, path: u32, size: u32, new_folder: u32, new_path: u32, new_size: u32) {
            let path = memory.text(path, size)?;
            world.files.hard_link((folder, &path, lookup & 1 != 0), (new_folder, &memory.text(new_path, new_size)?), world.clock.wall())?;
        }
        fn path_symlink(memory, world, target: u32, target_size: u32, folder: u32, path: u32, size: u32) {
            world.files.symlink(&memory.text(target, target_size)?, folder, &memory.text(path, size)?, world.clock.wall())?;
        }
        fn path_readlink(memory, world, folder: u32, path: u32, size: u32, buffer: u32, buffer_size: u32, out: u32) {
            let target = world.files.read_link(folder, &memory.text(path, size)?)?;
            let target = bytes_of(&target);
            let part = &target[..target.len().min(buffer_size as usize)];
            memory.write(buffer, part)?;
            memory.write_u32(out, u32::try_from(part.len()).unwrap_or(0))?;
        }

        fn proc_raise(_memory, _world, _signal: u32) {
            Err(Errno::NotSupported)?;
        }
        fn sock_accept(_memory, _world, _fd: u32, _flags: u32, _out: u32) {
            Err(Errno::NotSocket)?;
        }
        fn sock_recv(_memory, _world, _fd: u32, _vectors: u32, _count: u32, _flags: u32, _size: u32, _out_flags: u32) {
            Err(Errno::NotSocket)?;
        }
        fn sock_send(_memory, _world, _fd: u32, _vectors: u32, _count: u32, _flags: u32, _size: u32) {
            Err(Errno::NotSocket)?;
        }
        fn sock_shutdown(_memory, _world, _fd: u32, _how: u32) {
            Err(Errno::NotSocket)?;
        }
    }
    linker.func_wrap("wasi_snapshot_preview1", "proc_exit", |status: u32| -> wasmtime::Result<()> {
        Err(Stop::Exit(status.cast_signed()).into())
    })?;
    Ok(())
}
