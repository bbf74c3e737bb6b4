//! Linear memories as private mappings of an image: the one file with `unsafe`.
//!
//! A [`Slot`] reserves what a 32-bit memory can reach and maps an image over its start, copy on write. `instantiate`
//! takes it through [`SlotCreator`], runs no guest code and writes nothing, so a sandbox starts where the image ends,
//! without a byte copied. What that buys, measured on a 2-core VM: a run that has to boot CPython takes 300 ms longer than
//! one that maps its image, and `benches/invoke.rs` has what repairing a slot buys over mapping it anew.
//!
//! This relies on wasmtime 48.0.x: a module without data segments, start section or non-constant initialisers has no
//! start-up code, and on-demand allocation does not touch memory that a `MemoryCreator` returned. The trait's
//! documentation asks for zeroed memory; a guest would notice, wasmtime does not. Read it again before each upgrade;
//! the test `instantiate_leaves_the_image_alone` holds it.
#![expect(unsafe_code, reason = "mapping memory and loading machine code; each block says why it is sound")]

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::ffi::c_void;
use std::fs::File;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use rustix::mm::{MapFlags, MprotectFlags, ProtFlags};
use wasmtime::{Engine, LinearMemory, MemoryCreator, MemoryType, Module};

use super::seal;

/// An image's bytes: a range of a file that nobody changes, or a memfd that is sealed.
#[derive(Debug)]
pub(crate) struct Backing {
    file: OwnedFd,
    /// Where the memory's first byte is in the file: a multiple of the host's page size.
    offset: u64,
    /// Bytes of memory, a multiple of WebAssembly's page size (64 KiB).
    size: usize,
    /// The same bytes, mapped read-only and shared: what a slot is repaired from.
    view: NonNull<u8>,
    /// What its ready slots are kept under; no two images of a process have the same.
    id: u64,
}

// SAFETY: the view is read-only, lives as long as the `Backing`, and its bytes never change.
unsafe impl Send for Backing {}
// SAFETY: as above.
unsafe impl Sync for Backing {}

impl Backing {
    /// `file` holds `size` bytes from `offset` on and is never written or cut again.
    pub(crate) fn new(file: OwnedFd, offset: u64, size: usize) -> std::io::Result<Self> {
        // SAFETY: a new mapping at an address of the kernel's choice overlaps nothing.
        let view = unsafe { rustix::mm::mmap(std::ptr::null_mut(), size, ProtFlags::READ, MapFlags::SHARED, &file, offset) }?;
        let view = NonNull::new(view.cast()).ok_or(std::io::ErrorKind::OutOfMemory)?;
        static NEXT_ID: AtomicU64 = AtomicU64::new(0);
        Ok(Self { file, offset, size, view, id: NEXT_ID.fetch_add(1, Ordering::Relaxed) })
    }

    /// Bytes of memory.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// The file.
    pub(crate) fn file(&self) -> &OwnedFd {
        &self.file
    }

    /// The image itself.
    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: `size` bytes are mapped at `view` until `self` is dropped, and nothing writes to them.
        unsafe { std::slice::from_raw_parts(self.view.as_ptr(), self.size) }
    }
}

impl Drop for Backing {
    fn drop(&mut self) {
        let slots = ReadySlots::lock().remove_image(self.id);
        drop(slots); // unmapped without the lock
        // SAFETY: the mapping is this value's own and borrowed by nobody any more.
        let _ = unsafe { rustix::mm::munmap(self.view.as_ptr().cast(), self.size) };
    }
}

/// Ready slots that the process keeps, of all images together. Each reserves 4 GiB of address space, of which there are
/// 128 TiB, and three mappings, of which the kernel allows 65 530.
const MAX_READY_SLOTS: usize = 4096;
/// Bytes of private memory that all ready slots may hold together: the pages that were written and repaired. A hello holds
/// 400 KiB.
const MAX_READY_BYTES: usize = 1 << 30;
/// Pages of a call that are repaired one by one. A call that wrote more gives its pages back to the kernel instead, so
/// that one heavy call does not make each later one copy as much. 4 MiB.
const REPAIRED_PAGES: usize = 1024;
/// Bytes of a page of the host.
const PAGE: usize = 4096;

/// How a slot is made ready for the next guest. Whatever is chosen, the next guest starts from the image.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Reset {
    /// The pages that were written are copied from the image, in place, where the kernel can say which they are
    /// (`PAGEMAP_SCAN`, Linux 6.7); elsewhere as [`Reset::GiveBack`].
    #[default]
    Repair,
    /// All pages that were written are given back to the kernel.
    GiveBack,
    /// The slot is unmapped, and the next one mapped anew: the control of benches.
    Remap,
}

/// [`Reset`], and whether it is checked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SlotOptions {
    /// How.
    pub reset: Reset,
    /// Compare every slot with its image after its reset and again before its next use, and end the process at a
    /// difference: it would be a leak.
    pub verify: bool,
}

thread_local! {
    /// What the next memory made on this thread is. `MemoryCreator` learns only a memory's type, so this is how
    /// `instantiate` is told which image to use; without it no memory is made.
    static TICKET: RefCell<Option<Ticket>> = const { RefCell::new(None) };
}

/// Slots that are as their image is and wait for their next guest, whichever thread it runs on. They belong to their image:
/// they go with it, and before that when there are too many, the one used longest ago first.
#[derive(Debug, Default)]
struct ReadySlots {
    /// By the moment of their return, oldest first.
    slots: BTreeMap<u64, Ready>,
    /// The moments of an image's slots, oldest first.
    of_image: HashMap<u64, VecDeque<u64>>,
    bytes: usize,
    now: u64,
}

#[derive(Debug)]
struct Ready {
    image: u64,
    slot: Slot,
}

impl ReadySlots {
    fn lock() -> MutexGuard<'static, Self> {
        static READY: LazyLock<Mutex<ReadySlots>> = LazyLock::new(Mutex::default);
        READY.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The slot of this image that was used last: its pages are the likeliest to be in the processor's caches.
    fn take(&mut self, image: u64, reserved: usize, guard: usize) -> Option<Slot> {
        let moments = self.of_image.get_mut(&image)?;
        let fits = |moment: &u64| self.slots.get(moment).is_some_and(|ready| ready.slot.reserved == reserved && ready.slot.guard == guard);
        let at = moments.iter().rposition(fits)?;
        let moment = moments.remove(at)?;
        if moments.is_empty() {
            self.of_image.remove(&image);
        }
        let slot = self.slots.remove(&moment)?.slot;
        self.bytes -= slot.private_bytes;
        Some(slot)
    }

    /// Keeps a slot; what is too much then comes back, to be unmapped without the lock.
    fn keep(&mut self, image: u64, slot: Slot, most: (usize, usize)) -> Vec<Slot> {
        self.now += 1;
        self.bytes += slot.private_bytes;
        self.slots.insert(self.now, Ready { image, slot });
        self.of_image.entry(image).or_default().push_back(self.now);
        let (most_slots, most_bytes) = most;
        let mut gone = Vec::new();
        while self.slots.len() > most_slots || self.bytes > most_bytes {
            let Some((_, Ready { image, slot })) = self.slots.pop_first() else { break };
            self.bytes -= slot.private_bytes;
            if let Some(moments) = self.of_image.get_mut(&image) {
                moments.pop_front(); // the oldest of all is the oldest of its image
                if moments.is_empty() {
                    self.of_image.remove(&image);
                }
            }
            gone.push(slot);
        }
        gone
    }

    /// The slots of an image that is gone.
    fn remove_image(&mut self, image: u64) -> Vec<Slot> {
        let moments = self.of_image.remove(&image).unwrap_or_default();
        let slots: Vec<Slot> = moments.iter().filter_map(|moment| self.slots.remove(moment)).map(|ready| ready.slot).collect();
        self.bytes -= slots.iter().map(|slot| slot.private_bytes).sum::<usize>();
        slots
    }
}

struct Ticket {
    backing: Arc<Backing>,
    capacity: usize,
    options: SlotOptions,
    recycle: Recycle,
}

/// What the owner of a guest and the guest's slot tell each other. The slot belongs to the store, which is gone by the
/// time that the slot has something to tell.
#[derive(Debug, Clone, Default)]
pub(crate) struct Recycle(Arc<Notes>);

#[derive(Debug, Default)]
struct Notes {
    is_clean: AtomicBool,
    verified: AtomicBool,
    /// One more than the number of pages, 0 where it is not known.
    pages_written: AtomicU64,
}

impl Recycle {
    /// Whether the guest came to a clean end. Only then is its slot used again: the reset does not depend on how a call
    /// ended, so this is a second line of defence.
    pub(crate) fn allow(&self, is_clean: bool) {
        self.0.is_clean.store(is_clean, Ordering::Relaxed);
    }

    /// Pages of the image that the guest had written, once its store is gone and if they were repaired one by one.
    pub(crate) fn pages_written(&self) -> Option<u64> {
        self.0.pages_written.load(Ordering::Relaxed).checked_sub(1)
    }

    /// Whether the slot was compared with its image after its reset.
    pub(crate) fn verified(&self) -> bool {
        self.0.verified.load(Ordering::Relaxed)
    }
}

/// Runs `instantiate` with memories made from `backing`, able to grow to `capacity` bytes.
pub(crate) fn with_ticket<R>(
    backing: &Arc<Backing>,
    capacity: usize,
    options: SlotOptions,
    instantiate: impl FnOnce() -> R,
) -> (R, Recycle) {
    let recycle = Recycle::default();
    TICKET.set(Some(Ticket { backing: Arc::clone(backing), capacity, options, recycle: recycle.clone() }));
    let result = instantiate();
    TICKET.set(None);
    (result, recycle)
}

/// Gives wasmtime its linear memories.
#[derive(Debug)]
pub(crate) struct SlotCreator;

// SAFETY: every memory is a `Slot`, which reserves `reserved` + `guard` bytes as asked and never moves them; nothing else
// of the host keeps a pointer into a slot.
unsafe impl MemoryCreator for SlotCreator {
    fn new_memory(
        &self,
        ty: MemoryType,
        minimum: usize,
        _maximum: Option<usize>,
        reserved: Option<usize>,
        guard: usize,
    ) -> Result<Box<dyn LinearMemory>, String> {
        let ticket = TICKET.take().ok_or("a linear memory was asked for outside of a restore")?;
        let reserved = reserved.ok_or("memories must be reserved, Config::memory_reservation is off")?;
        if ty.is_64() || ty.is_shared() || ty.page_size() != 65536 {
            return Err("only plain 32-bit memories are made here".into());
        }
        let size = ticket.backing.size;
        if size < minimum || size > reserved {
            return Err(format!("an image of {size} bytes does not fit a memory of {minimum} to {reserved} bytes"));
        }
        let ready = ReadySlots::lock().take(ticket.backing.id, reserved, guard);
        let slot = match ready {
            Some(slot) => slot,
            None => Slot::map(&ticket.backing, reserved, guard).map_err(|error| format!("cannot map the image: {error}"))?,
        };
        if ticket.options.verify {
            slot.require_image(&ticket.backing, "before its use");
        }
        let capacity = ticket.capacity.clamp(size, reserved);
        let Ticket { backing, options, recycle, .. } = ticket;
        Ok(Box::new(Lease { slot: Some(slot), backing, capacity, options, recycle }))
    }
}

/// A slot while a guest has it.
struct Lease {
    /// `None` only while it is dropped.
    slot: Option<Slot>,
    /// Its image.
    backing: Arc<Backing>,
    capacity: usize,
    options: SlotOptions,
    recycle: Recycle,
}

// SAFETY: base and capacity never change; `[base, base + size)` is readable and writable, everything from there to the
// end of the reservation and `guard` bytes beyond it is not accessible.
unsafe impl LinearMemory for Lease {
    fn byte_size(&self) -> usize {
        self.slot.as_ref().map_or(0, |slot| slot.size)
    }

    fn byte_capacity(&self) -> usize {
        self.capacity
    }

    fn grow_to(&mut self, new_size: usize) -> wasmtime::Result<()> {
        match &mut self.slot {
            Some(slot) if new_size <= self.capacity => slot.grow_to(new_size).map_err(|error| {
                // The kernel may have changed a part of the range: such a slot is not used again.
                self.options.reset = Reset::Remap;
                error.into()
            }),
            _ => Err(wasmtime::Error::msg(format!("{new_size} bytes are above this slot's capacity of {}", self.capacity))),
        }
    }

    fn as_ptr(&self) -> *mut u8 {
        self.slot.as_ref().map_or(std::ptr::null_mut(), Slot::base)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(mut slot) = self.slot.take() else { return };
        let Notes { is_clean, verified, pages_written } = &*self.recycle.0;
        if !is_clean.load(Ordering::Relaxed) || self.options.reset == Reset::Remap {
            return; // unmapped
        }
        let Ok(pages) = slot.reset(&self.backing, self.options.reset) else { return };
        pages_written.store(pages.map_or(0, |pages| pages as u64 + 1), Ordering::Relaxed);
        if self.options.verify {
            slot.require_image(&self.backing, "after its reset");
            verified.store(true, Ordering::Relaxed);
        }
        let gone = ReadySlots::lock().keep(self.backing.id, slot, (MAX_READY_SLOTS, MAX_READY_BYTES));
        drop(gone);
    }
}

/// One reservation: `[guard][image, private, read-write][tail, no access until grown][no access to the end][guard]`.
///
/// It needs no hold on its image: the kernel keeps what is mapped.
#[derive(Debug)]
struct Slot {
    /// Of the whole reservation.
    start: NonNull<c_void>,
    reserved: usize,
    guard: usize,
    /// Bytes that can be accessed: the image and what was grown.
    size: usize,
    /// Bytes that are this slot's own after its last reset, not the image's.
    private_bytes: usize,
}

// SAFETY: a slot owns its mapping; moving it to another thread moves nothing in memory, and `&Slot` gives no access.
unsafe impl Send for Slot {}
// SAFETY: as above.
unsafe impl Sync for Slot {}

impl Slot {
    fn map(backing: &Backing, reserved: usize, guard: usize) -> rustix::io::Result<Self> {
        let length = reserved + 2 * guard;
        // SAFETY: a new anonymous mapping at an address of the kernel's choice overlaps nothing.
        let start = unsafe {
            rustix::mm::mmap_anonymous(std::ptr::null_mut(), length, ProtFlags::empty(), MapFlags::PRIVATE | MapFlags::NORESERVE)
        }?;
        let start = NonNull::new(start).ok_or(rustix::io::Errno::NOMEM)?;
        let slot = Self { start, reserved, guard, size: backing.size, private_bytes: 0 };
        // SAFETY: the range lies within the reservation made above, which this slot owns and nobody has a pointer into
        // yet. The file is not written by anybody while it is mapped (`Backing`), and the mapping is private.
        unsafe {
            rustix::mm::mmap(
                slot.base().cast(),
                backing.size,
                ProtFlags::READ | ProtFlags::WRITE,
                MapFlags::PRIVATE | MapFlags::FIXED | MapFlags::NORESERVE,
                &backing.file,
                backing.offset,
            )
        }?;
        Ok(slot)
    }

    fn base(&self) -> *mut u8 {
        // SAFETY: `guard` is less than the size of the reservation that starts at `start`.
        unsafe { self.start.as_ptr().cast::<u8>().add(self.guard) }
    }

    /// Makes `[size, new_size)` accessible; the caller has checked that it lies within the reservation.
    fn grow_to(&mut self, new_size: usize) -> rustix::io::Result<()> {
        if let Some(more) = new_size.checked_sub(self.size).filter(|more| *more > 0) {
            // SAFETY: the range lies inside the reservation; it was not accessible since it was last given back to the
            // kernel, so it holds zeroes.
            unsafe { rustix::mm::mprotect(self.base().add(self.size).cast(), more, MprotectFlags::READ | MprotectFlags::WRITE) }?;
            self.size = new_size;
        }
        Ok(())
    }

    /// Brings the slot back to its image, in place: what costs is page faults, and a page that is repaired has none. The
    /// number of pages of the image that had been written, if they were repaired one by one.
    ///
    /// # Errors
    /// When the kernel refuses; the slot must then not be used again.
    fn reset(&mut self, backing: &Backing, how: Reset) -> rustix::io::Result<Option<usize>> {
        let image = backing.size;
        if self.size > image {
            // SAFETY: the range is the slot's own, beyond its image, and the store that used it is gone. Without
            // protection the next guest could reach it without growing, and generated code relies on a fault there.
            unsafe {
                let tail = self.base().add(image).cast();
                rustix::mm::madvise(tail, self.size - image, rustix::mm::Advice::LinuxDontNeed)?;
                rustix::mm::mprotect(tail, self.size - image, MprotectFlags::empty())?;
            }
            self.size = image;
        }
        let repaired = if how == Reset::Repair { self.repair(backing) } else { Ok(None) };
        if let Ok(Some(pages)) = repaired {
            self.private_bytes = pages * PAGE;
            return Ok(Some(pages));
        }
        self.private_bytes = 0;
        // Too much was written, or the kernel cannot say what.
        // SAFETY: the range is the slot's own and the store that used it is gone. For a private mapping of a file this
        // drops every page that was written; the next access reads the file again.
        unsafe { rustix::mm::madvise(self.base().cast(), image, rustix::mm::Advice::LinuxDontNeed) }?;
        Ok(None)
    }

    /// Copies the image over every page that was written, and says how many there were. `None` when there are more than
    /// [`REPAIRED_PAGES`]: then not all of them were copied.
    fn repair(&self, backing: &Backing) -> rustix::io::Result<Option<usize>> {
        let mut at = 0;
        let mut pages = 0;
        let mut regions = [Region::default(); 64];
        // The kernel may stop early, so the scan goes on until it says that it has reached the end.
        let base = self.base().expose_provenance() as u64;
        while at < backing.size {
            let (found, walked) = scan(base + at as u64, base + backing.size as u64, &mut regions)?;
            for region in regions.get(..found).ok_or(rustix::io::Errno::RANGE)? {
                let offset = usize::try_from(region.start - base).map_err(|_| rustix::io::Errno::RANGE)?;
                let length = usize::try_from(region.end - region.start).map_err(|_| rustix::io::Errno::RANGE)?;
                let source = backing.bytes().get(offset..offset + length).ok_or(rustix::io::Errno::RANGE)?;
                pages += length / PAGE;
                if pages > REPAIRED_PAGES {
                    return Ok(None);
                }
                // SAFETY: the region lies within the image's part of the slot, as the slice just taken from the image at
                // the same place shows; it is writable, and the store that used it is gone.
                unsafe { std::ptr::copy_nonoverlapping(source.as_ptr(), self.base().add(offset), length) };
            }
            let walked = usize::try_from(walked - base).map_err(|_| rustix::io::Errno::RANGE)?;
            if walked <= at {
                return Err(rustix::io::Errno::IO);
            }
            at = walked;
        }
        Ok(Some(pages))
    }

    /// Ends the process unless the slot holds what its image holds, byte for byte: whatever the cause, the next guest
    /// would see memory of another one.
    fn require_image(&self, backing: &Backing, when: &str) {
        // SAFETY: the image's part of the slot is readable, and no store can write to it now.
        let bytes = unsafe { std::slice::from_raw_parts(self.base(), backing.size) };
        if self.size == backing.size && bytes == backing.bytes() {
            return;
        }
        let first = bytes.iter().zip(backing.bytes()).position(|(slot, image)| slot != image);
        let size = (self.size, backing.size);
        let text = format!("wasmlam: a sandbox's memory is not its image {when}: first byte {first:?}, sizes {size:?}; this is a leak\n");
        let _ = std::io::stderr().write_all(text.as_bytes()); // with stderr closed there is nobody to tell
        std::process::abort();
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        // SAFETY: the mapping is this slot's own, and with the slot goes the store that used it. A failure (it can only
        // be a wrong argument) would leak address space, which nothing here could mend.
        let _ = unsafe { rustix::mm::munmap(self.start.as_ptr(), self.reserved + 2 * self.guard) };
    }
}

/// `struct page_region` of `linux/fs.h`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
struct Region {
    start: u64,
    end: u64,
    categories: u64,
}

/// `struct pm_scan_arg` of `linux/fs.h`.
#[repr(C)]
#[derive(Debug, Default)]
struct ScanArgument {
    size: u64,
    flags: u64,
    start: u64,
    end: u64,
    walk_end: u64,
    vec: u64,
    vec_len: u64,
    max_pages: u64,
    category_inverted: u64,
    category_mask: u64,
    category_anyof_mask: u64,
    return_mask: u64,
}

const PAGE_IS_FILE: u64 = 1 << 2;
const PAGE_IS_PRESENT: u64 = 1 << 3;
const PAGE_IS_SWAPPED: u64 = 1 << 4;
const PAGE_IS_PFNZERO: u64 = 1 << 5;

/// Runs of private pages in `[start, end)`: how many were found, and how far the kernel looked. A private mapping's
/// pages are the file's until they are written; `PFNZERO` are holes of the file that were only read. A page that was
/// swapped out was written before.
fn scan(start: u64, end: u64, regions: &mut [Region]) -> rustix::io::Result<(usize, u64)> {
    /// Opening it for each call would cost as much as the scan. All threads share it: it stands for their common memory.
    static PAGEMAP: LazyLock<Option<File>> = LazyLock::new(|| File::open("/proc/self/pagemap").ok());
    let mut argument = ScanArgument {
        size: size_of::<ScanArgument>() as u64,
        start,
        end,
        vec: regions.as_mut_ptr().expose_provenance() as u64,
        vec_len: regions.len() as u64,
        category_inverted: PAGE_IS_FILE | PAGE_IS_PFNZERO,
        category_mask: PAGE_IS_FILE | PAGE_IS_PFNZERO,
        category_anyof_mask: PAGE_IS_PRESENT | PAGE_IS_SWAPPED,
        return_mask: PAGE_IS_PRESENT,
        ..ScanArgument::default()
    };
    let pagemap = PAGEMAP.as_ref().ok_or(rustix::io::Errno::NOSYS)?;
    // SAFETY: the request's structure is the kernel's own; it writes at most `vec_len` regions to `vec`, which is
    // borrowed mutably here, and the fields it updates. It reads page tables and changes nothing.
    let found = unsafe { rustix::ioctl::ioctl(pagemap, PagemapScan(&mut argument)) }?;
    Ok((found, argument.walk_end))
}

/// `PAGEMAP_SCAN`: updates its argument, answers the number of regions.
struct PagemapScan<'a>(&'a mut ScanArgument);

// SAFETY: opcode and structure are those of `linux/fs.h`; the pointer is valid for the call, and the kernel writes to it.
unsafe impl rustix::ioctl::Ioctl for PagemapScan<'_> {
    type Output = usize;
    const IS_MUTATING: bool = true;

    fn opcode(&self) -> rustix::ioctl::Opcode {
        rustix::ioctl::opcode::read_write::<ScanArgument>(b'f', 16)
    }

    fn as_ptr(&mut self) -> *mut c_void {
        std::ptr::from_mut(self.0).cast()
    }

    unsafe fn output_from_ptr(out: rustix::ioctl::IoctlOutput, _: *mut c_void) -> rustix::io::Result<usize> {
        usize::try_from(out).map_err(|_| rustix::io::Errno::RANGE)
    }
}

/// Loads machine code that this program compiled and stored before.
///
/// # Errors
/// When the file is missing, is not what was written, or was made by another wasmtime or for another configuration.
pub(crate) fn load_compiled(engine: &Engine, path: &Path) -> wasmtime::Result<Module> {
    let file = File::open(path)?;
    if !seal::holds(path, &file) {
        return Err(wasmtime::Error::msg(format!("{} is not what was written", path.display())));
    }
    // SAFETY: the file was written by `Engine::precompile_module` of this program, complete (renamed into place) and
    // read-only, in a folder that belongs to the user; whoever can change it can replace this program as well. Damage is
    // noticed by its seal, which was compared just now for the file that is mapped here. wasmtime checks its version and
    // settings in the file's header.
    unsafe { Module::deserialize_open_file(engine, file) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::snapshot::Image;
    use std::time::Duration;
    use wasmtime::{Config, InstanceAllocationStrategy, Store};

    fn engine() -> Engine {
        let mut config = Config::new();
        config.allocation_strategy(InstanceAllocationStrategy::OnDemand).with_host_memory(Arc::new(SlotCreator)).memory_init_cow(false);
        Engine::new(&config).expect("an engine")
    }

    /// `(module (memory (export "memory") 1) (func (export "grow") ...) (func (export "load") ...))`, written with
    /// wasm-encoder so that the tests need no text parser.
    fn module(engine: &Engine) -> Module {
        use wasm_encoder::{
            CodeSection, ExportKind, ExportSection, Function, FunctionSection, Instruction, MemArg, MemorySection, TypeSection, ValType,
        };
        let mut types = TypeSection::new();
        types.ty().function([ValType::I32], [ValType::I32]);
        let mut functions = FunctionSection::new();
        functions.function(0).function(0);
        let mut memories = MemorySection::new();
        memories.memory(wasm_encoder::MemoryType { minimum: 1, maximum: None, memory64: false, shared: false, page_size_log2: None });
        let mut exports = ExportSection::new();
        exports.export("memory", ExportKind::Memory, 0).export("grow", ExportKind::Func, 0).export("load", ExportKind::Func, 1);
        let mut code = CodeSection::new();
        let body = |instruction: Instruction<'_>| {
            let mut function = Function::new([]);
            function.instruction(&Instruction::LocalGet(0)).instruction(&instruction).instruction(&Instruction::End);
            function
        };
        code.function(&body(Instruction::MemoryGrow(0)));
        code.function(&body(Instruction::I32Load8U(MemArg { offset: 0, align: 0, memory_index: 0 })));
        let mut wasm = wasm_encoder::Module::new();
        wasm.section(&types).section(&functions).section(&memories).section(&exports).section(&code);
        Module::new(engine, wasm.finish()).expect("a valid module")
    }

    fn instantiate(
        store: &mut Store<()>,
        module: &Module,
        image: &Image,
        capacity: usize,
        options: SlotOptions,
    ) -> (wasmtime::Instance, Recycle) {
        let (instance, recycle) = with_ticket(image.backing(), capacity, options, || wasmtime::Instance::new(store, module, &[]));
        (instance.expect("instantiates"), recycle)
    }

    /// A slot that is used again is as its image, whatever the guest before did, and whether or not the kernel can say
    /// which pages it wrote.
    #[test]
    fn a_slot_is_repaired_in_place() {
        let engine = engine();
        let module = module(&engine);
        let pages = 3000;
        let bytes: Vec<u8> = (0..pages * PAGE / 65536 * 65536).map(|i| u8::try_from(i / PAGE % 7).expect("below 7")).collect();
        for reset in [Reset::Repair, Reset::GiveBack] {
            let options = SlotOptions { reset, verify: true };
            let image = Image::from_memory(&bytes, 0, Duration::ZERO).expect("an image");
            let mut first_base = None;
            // Pages that each call writes: none, few, many runs, more than are repaired one by one.
            for step in [0, 500, 2, 1, 700, 0] {
                let mut store = Store::new(&engine, ());
                let (instance, recycle) = instantiate(&mut store, &module, &image, bytes.len() + 65536, options);
                let memory = instance.get_memory(&mut store, "memory").expect("exported");
                assert_eq!(*first_base.get_or_insert(memory.data_ptr(&store)), memory.data_ptr(&store), "the slot was kept");
                assert!(memory.data(&store) == bytes, "step {step}: the memory is the image");
                let grow = instance.get_typed_func::<i32, i32>(&mut store, "grow").expect("exported");
                assert!(grow.call(&mut store, 1).expect("no trap") > 0);
                let data = memory.data_mut(&mut store);
                assert!(data[bytes.len()..].iter().all(|byte| *byte == 0), "step {step}: what was grown is zero");
                data[bytes.len()..].fill(0xA5);
                if step > 0 {
                    data[..bytes.len()].iter_mut().step_by(step * PAGE).for_each(|byte| *byte = 0xA5);
                }
                recycle.allow(true);
            }
        }
    }

    #[test]
    fn a_slot_goes_to_its_own_image_and_only_after_a_clean_end() {
        let engine = engine();
        let module = module(&engine);
        let image = |byte: u8| Image::from_memory(&[byte; 65536], 0, Duration::ZERO).expect("an image");
        let (one, two) = (image(1), image(2));
        for (image, byte, clean) in [(&one, 1, true), (&two, 2, true), (&one, 1, false), (&one, 1, true), (&two, 2, false)] {
            let mut store = Store::new(&engine, ());
            let (instance, recycle) = instantiate(&mut store, &module, image, 65536, SlotOptions::default());
            let memory = instance.get_memory(&mut store, "memory").expect("exported");
            assert!(memory.data(&store).iter().all(|at| *at == byte));
            memory.data_mut(&mut store).fill(0xA5);
            recycle.allow(clean);
            drop(store);
            let kept = ReadySlots::lock().of_image.get(&image.backing().id).map_or(0, VecDeque::len);
            assert_eq!(kept, usize::from(clean));
        }
    }

    /// A guest finds the slot that its image's last guest left, on whichever thread that was.
    #[test]
    fn a_slot_belongs_to_its_image_and_not_to_a_thread() {
        let engine = engine();
        let module = module(&engine);
        let image = Image::from_memory(&[1; 65536], 0, Duration::ZERO).expect("an image");
        let base = || {
            let mut store = Store::new(&engine, ());
            let (instance, recycle) = instantiate(&mut store, &module, &image, 65536, SlotOptions::default());
            recycle.allow(true);
            instance.get_memory(&mut store, "memory").expect("exported").data_ptr(&store).expose_provenance()
        };
        let here = base();
        let there = std::thread::scope(|scope| scope.spawn(base).join().expect("no panic"));
        assert_eq!(here, there);
        let id = image.backing().id;
        assert_eq!(ReadySlots::lock().of_image.get(&id).map(VecDeque::len), Some(1));
        drop(image);
        assert!(!ReadySlots::lock().of_image.contains_key(&id), "its slots go with it");
    }

    #[test]
    fn too_many_ready_slots_go_the_oldest_first() {
        let image = Image::from_memory(&[1; 65536], 0, Duration::ZERO).expect("an image");
        let slot = |bytes: usize| {
            let mut slot = Slot::map(image.backing(), 1 << 20, 1 << 16).expect("maps");
            slot.private_bytes = bytes;
            slot
        };
        let mut ready = ReadySlots::default();
        let most = (3, 100);
        for image in [1, 2, 1] {
            assert!(ready.keep(image, slot(30), most).is_empty());
        }
        let gone: Vec<usize> = ready.keep(3, slot(31), most).iter().map(|slot| slot.private_bytes).collect();
        assert_eq!((gone, ready.bytes), (vec![30], 91), "one too many: that of image 1");
        assert_eq!(ready.of_image.get(&1).map(VecDeque::len), Some(1));
        let gone = ready.keep(4, slot(70), (9, 100)).len();
        assert_eq!((gone, ready.bytes, ready.slots.len()), (3, 70, 1), "too many bytes: all but the last");
        assert!(ready.take(4, 1 << 20, 1 << 15).is_none(), "of another shape");
        assert!(ready.take(3, 1 << 20, 1 << 16).is_none());
        assert!(ready.take(4, 1 << 20, 1 << 16).is_some_and(|slot| slot.private_bytes == 70));
        assert_eq!((ready.bytes, ready.slots.len(), ready.of_image.len()), (0, 0, 0));
        assert!(ready.keep(5, slot(1), most).is_empty() && ready.keep(5, slot(2), most).is_empty());
        assert_eq!((ready.remove_image(5).len(), ready.bytes, ready.slots.len()), (2, 0, 0));
    }

    #[test]
    fn instantiate_leaves_the_image_alone() {
        let engine = engine();
        let module = module(&engine);
        let bytes: Vec<u8> = (0..3 * 65536_u32).map(|i| u8::try_from(i % 251).expect("below 251")).collect();
        let image = Image::from_memory(&bytes, 0, Duration::ZERO).expect("an image");
        for _ in 0..3 {
            let mut store = Store::new(&engine, ());
            let instance = instantiate(&mut store, &module, &image, 5 * 65536, SlotOptions::default()).0;
            let memory = instance.get_memory(&mut store, "memory").expect("exported");
            assert!(memory.data(&store) == bytes, "the memory is the image, although the module says one page");
            memory.data_mut(&mut store).fill(0xA5); // must not be seen by the next round
        }
    }

    #[test]
    fn machine_code_with_a_flipped_bit_does_not_run() {
        let engine = engine();
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("code.cwasm");
        let code = module(&engine).serialize().expect("machine code");
        std::fs::write(&path, &code).expect("writes");
        seal::write(&path, &code).expect("seals");
        assert!(load_compiled(&engine, &path).is_ok());
        let mut flipped = code.clone();
        flipped[code.len() / 2] ^= 1;
        std::fs::write(&path, &flipped).expect("writes");
        let error = load_compiled(&engine, &path).expect_err("refused").to_string();
        assert!(error.ends_with("code.cwasm is not what was written"), "{error}");
        std::fs::write(&path, &code).expect("writes");
        assert!(load_compiled(&engine, &path).is_ok(), "the same bytes again");
    }

    #[test]
    fn growth_is_zeroed_bounded_and_traps_beyond() {
        let engine = engine();
        let module = module(&engine);
        let image = Image::from_memory(&[1; 65536], 0, Duration::ZERO).expect("an image");
        for _ in 0..2 {
            let mut store = Store::new(&engine, ());
            let instance = instantiate(&mut store, &module, &image, 3 * 65536, SlotOptions::default()).0;
            let grow = instance.get_typed_func::<i32, i32>(&mut store, "grow").expect("exported");
            let load = instance.get_typed_func::<i32, i32>(&mut store, "load").expect("exported");
            assert!(load.call(&mut store, 65536).is_err(), "one byte beyond the end traps");
            assert_eq!(grow.call(&mut store, 2).expect("no trap"), 1);
            assert_eq!(load.call(&mut store, 65536).expect("there now"), 0);
            assert_eq!(load.call(&mut store, 3 * 65536 - 1).expect("there now"), 0);
            assert!(load.call(&mut store, 3 * 65536).is_err());
            assert_eq!(grow.call(&mut store, 1).expect("no trap"), -1, "above the capacity");
            assert!(load.call(&mut store, -1).is_err(), "the last byte of 4 GiB");
            instance.get_memory(&mut store, "memory").expect("exported").data_mut(&mut store)[65536..].fill(9);
        }
    }

    #[test]
    fn no_memory_without_a_ticket() {
        let engine = engine();
        let module = module(&engine);
        let mut store = Store::new(&engine, ());
        assert!(wasmtime::Instance::new(&mut store, &module, &[]).is_err());
    }
}
