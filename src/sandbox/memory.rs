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
use std::ops::Range;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::{Duration, Instant};

use rustix::mm::{MapFlags, MprotectFlags, ProtFlags};
use wasmtime::{Engine, LinearMemory, MemoryCreator, MemoryType, Module};

use super::patch::{PAGE, Pages, Patch};
use super::seal;
use super::snapshot::memory_file;

/// Bytes of a memory: a range of a file that nobody changes, or a memfd that is sealed.
#[derive(Debug)]
pub(crate) struct Mapped {
    file: OwnedFd,
    /// Where the memory's first byte is in the file: a multiple of the host's page size.
    offset: u64,
    /// Bytes of memory, a multiple of WebAssembly's page size (64 KiB).
    size: usize,
    /// The same bytes, mapped read-only and shared: what a slot is repaired from.
    view: NonNull<u8>,
}

// SAFETY: the view is read-only, lives as long as the `Mapped`, and its bytes never change.
unsafe impl Send for Mapped {}
// SAFETY: as above.
unsafe impl Sync for Mapped {}

impl Mapped {
    /// `file` holds `size` bytes from `offset` on and is never written or cut again.
    pub(crate) fn new(file: OwnedFd, offset: u64, size: usize) -> std::io::Result<Self> {
        // SAFETY: a new mapping at an address of the kernel's choice overlaps nothing.
        let view = unsafe { rustix::mm::mmap(std::ptr::null_mut(), size, ProtFlags::READ, MapFlags::SHARED, &file, offset) }?;
        let view = NonNull::new(view.cast()).ok_or(std::io::ErrorKind::OutOfMemory)?;
        Ok(Self { file, offset, size, view })
    }

    /// The file.
    pub(crate) fn file(&self) -> &OwnedFd {
        &self.file
    }

    /// The memory itself.
    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: `size` bytes are mapped at `view` until `self` is dropped, and nothing writes to them.
        unsafe { std::slice::from_raw_parts(self.view.as_ptr(), self.size) }
    }

    /// Takes its pages out of this process's page tables, where they count as the process's, until they are looked at again.
    pub(crate) fn rest(&self) {
        // SAFETY: the mapping is this value's own, and of a file: what is read next is the same as before. Where the kernel
        // refuses, the pages stay.
        let _ = unsafe { rustix::mm::madvise(self.view.as_ptr().cast(), self.size, rustix::mm::Advice::LinuxDontNeed) };
    }
}

impl Drop for Mapped {
    fn drop(&mut self) {
        // SAFETY: the mapping is this value's own and borrowed by nobody any more.
        let _ = unsafe { rustix::mm::munmap(self.view.as_ptr().cast(), self.size) };
    }
}

/// An image: a memory of its own, or what it has that another one has not.
///
/// A difference takes little, so a function that nobody calls takes little. Its slots are mapped from the other memory and have the
/// pages that differ written into them, which a reset has to look at. For a function that is called often, a memory of its own is
/// therefore made, in the background, and given back when the calls stop.
#[derive(Debug)]
pub(crate) struct Backing {
    /// The image, or what `patch` is a difference to.
    mapped: Arc<Mapped>,
    /// Bytes of memory, a multiple of WebAssembly's page size (64 KiB).
    size: usize,
    /// Empty where the image has a memory of its own from the start.
    patch: Patch,
    /// What its ready slots are kept under; no two images of a process have the same.
    id: u64,
    heat: Mutex<Heat>,
    /// What the first call of all wrote.
    written: Arc<OnceLock<Box<[Range<usize>]>>>,
}

/// How much an image that is a difference is in use.
#[derive(Debug, Default)]
struct Heat {
    /// Calls since it was last idle.
    uses: u32,
    last_use: Option<Instant>,
    /// The pages that differ, as long as a slot has use for them.
    pages: Weak<Pages>,
    /// The memory of its own.
    whole: Option<Arc<Mapped>>,
}

/// Calls after which an image gets a memory of its own, and again if there was no room for it.
const USES_TO_HEAT: u32 = 32;
/// Slots that an image may have then, in use and ready: each is mapped again.
const FEW_SLOTS: usize = 8;
/// An image or slot that was not used for this long is idle.
const IDLE: Duration = Duration::from_secs(5);
/// Bytes that the memories of images that are in use may take together.
const MAX_HEATED_BYTES: u64 = 512 << 20;

impl Backing {
    /// An image with a memory of its own.
    pub(crate) fn whole(mapped: Mapped) -> Self {
        let size = mapped.size;
        Self::over(Arc::new(mapped), Patch::default(), size)
    }

    /// An image of `size` bytes that is a difference to a memory.
    pub(crate) fn over(mapped: Arc<Mapped>, patch: Patch, size: usize) -> Self {
        static NEXT_ID: AtomicU64 = AtomicU64::new(0);
        Self { mapped, size, patch, id: NEXT_ID.fetch_add(1, Ordering::Relaxed), heat: Mutex::default(), written: Arc::default() }
    }

    /// Bytes of memory.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// The image's own memory, or the one that it is a difference to.
    pub(crate) fn mapped(&self) -> &Arc<Mapped> {
        &self.mapped
    }

    /// The difference, unless the image has a memory of its own from the start.
    pub(crate) fn patch(&self) -> Option<&Patch> {
        (!self.patch.is_empty()).then_some(&self.patch)
    }

    fn heat(&self) -> MutexGuard<'_, Heat> {
        self.heat.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a new slot is made from.
    fn source(&self) -> Source {
        let (size, written) = (self.size, Arc::clone(&self.written));
        let mut heat = self.heat();
        if let Some(whole) = &heat.whole {
            return Source { mapped: Arc::clone(whole), pages: Arc::default(), size, written };
        }
        let pages = self.pages(&mut heat);
        Source { mapped: Arc::clone(&self.mapped), pages, size, written }
    }

    /// The pages that differ, made once for all who have use for them at the same time.
    fn pages(&self, heat: &mut Heat) -> Arc<Pages> {
        heat.pages.upgrade().unwrap_or_else(|| {
            let pages = Arc::new(self.patch.pages(self.mapped.bytes()));
            heat.pages = Arc::downgrade(&pages);
            pages
        })
    }

    /// Notes a use of a slot.
    fn note_use(&self, slot: &Slot) -> Use {
        if self.patch.is_empty() {
            return Use::default();
        }
        let mut heat = self.heat();
        heat.last_use = Some(Instant::now());
        heat.uses = heat.uses.wrapping_add(1);
        let source = heat.whole.as_ref().unwrap_or(&self.mapped);
        let is_stale = !Arc::ptr_eq(source, &slot.source.mapped);
        Use { is_stale, is_due: heat.whole.is_none() && heat.uses.is_multiple_of(USES_TO_HEAT) }
    }

    /// Gives the image a memory of its own, if there is room: slots that are made from now on are mapped from it.
    fn give_memory(self: &Arc<Self>) -> std::io::Result<()> {
        let mut heated = heated();
        let (now, mut bytes) = (Instant::now(), 0);
        heated.retain(|weak| weak.upgrade().is_some_and(|backing| backing.heated_bytes(&mut bytes)));
        let own = self.mapped.size as u64;
        if bytes + own > MAX_HEATED_BYTES || self.heat().whole.is_some() {
            return Ok(());
        }
        let pages = self.pages(&mut self.heat());
        let whole = memory_file(self.mapped.bytes(), pages.all(), self.size)?;
        {
            let mut heat = self.heat();
            heat.whole = Some(Arc::new(whole));
            heat.last_use.get_or_insert(now);
        }
        heated.push(Arc::downgrade(self));
        drop(heated);
        let slots = ReadySlots::lock().remove_image(self.id);
        drop(slots); // unmapped without the lock
        Ok(())
    }

    /// Whether it has a memory of its own for its use, whose bytes are added.
    fn heated_bytes(&self, bytes: &mut u64) -> bool {
        let is_heated = self.heat().whole.is_some();
        if is_heated {
            *bytes += self.mapped.size as u64;
        }
        is_heated
    }

    /// Takes that memory away if the image is idle.
    fn cool(&self) {
        let mut heat = self.heat();
        if heat.last_use.is_some_and(|last| last.elapsed() < IDLE) {
            return;
        }
        heat.uses = 0;
        let whole = heat.whole.take();
        drop(heat);
        let slots = ReadySlots::lock().remove_image(self.id);
        drop((slots, whole)); // unmapped without a lock
    }
}

/// What a use of a slot leads to.
#[derive(Debug, Default)]
struct Use {
    /// The slot is not what new ones are made from any more.
    is_stale: bool,
    /// The image is to have a memory of its own.
    is_due: bool,
}

impl Drop for Backing {
    fn drop(&mut self) {
        let slots = ReadySlots::lock().remove_image(self.id);
        drop(slots); // unmapped without the lock
    }
}

/// Images that have a memory of their own because they are in use.
fn heated() -> MutexGuard<'static, Vec<Weak<Backing>>> {
    static HEATED: Mutex<Vec<Weak<Backing>>> = Mutex::new(Vec::new());
    HEATED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether a thread looks after what is idle.
static IS_TENDED: AtomicBool = AtomicBool::new(false);

/// Starts the thread that gives back what is idle, unless there is one; it ends when nothing is left to look after.
fn tend() {
    if IS_TENDED.swap(true, Ordering::SeqCst) {
        return;
    }
    let work = || {
        loop {
            std::thread::sleep(IDLE / 4);
            let images: Vec<Arc<Backing>> = heated().iter().filter_map(Weak::upgrade).collect();
            images.iter().for_each(|image| image.cool());
            drop(images);
            let slots = ReadySlots::lock().take_idle(IDLE, MAX_IDLE_BYTES);
            drop(slots); // unmapped without the lock
            if is_anything_to_tend() {
                continue;
            }
            IS_TENDED.store(false, Ordering::SeqCst);
            // Whoever asked before that was not heard.
            if !is_anything_to_tend() || IS_TENDED.swap(true, Ordering::SeqCst) {
                return;
            }
        }
    };
    // Without a thread the memory stays where it is.
    if std::thread::Builder::new().name("idle".into()).spawn(work).is_err() {
        IS_TENDED.store(false, Ordering::SeqCst);
    }
}

fn is_anything_to_tend() -> bool {
    let is_hot = heated().iter().filter_map(Weak::upgrade).any(|image| image.heat().whole.is_some());
    is_hot || ReadySlots::lock().bytes > MAX_IDLE_BYTES
}

/// What a slot is made from and repaired from: a memory, and pages that take the place of some of its own.
#[derive(Debug, Clone)]
struct Source {
    mapped: Arc<Mapped>,
    pages: Arc<Pages>,
    /// Bytes. What lies beyond the memory's end is zero, but for the pages.
    size: usize,
    /// What the image's first call wrote, in bytes of the memory: its other calls write much the same.
    written: Arc<OnceLock<Box<[Range<usize>]>>>,
}

/// A piece of an image.
enum Piece<'a> {
    /// As in the memory that is mapped; zeroes beyond its end.
    Mapped(Range<usize>),
    /// One page.
    Page(usize, &'a [u8]),
}

impl Source {
    /// What a part of the image consists of, from its begin to its end. It begins and ends between pages.
    fn pieces(&self, part: Range<usize>) -> impl Iterator<Item = Piece<'_>> {
        let mut pages = self.pages.within(part.start / PAGE..part.end / PAGE).peekable();
        let mut at = part.start;
        std::iter::from_fn(move || {
            if at >= part.end {
                return None;
            }
            let until = pages.peek().map_or(part.end, |(number, _)| number * PAGE);
            if at < until {
                return Some(Piece::Mapped(std::mem::replace(&mut at, until)..until));
            }
            let (_, page) = pages.next()?;
            at += PAGE;
            Some(Piece::Page(at - PAGE, page))
        })
    }
}

/// Ready slots that the process keeps, of all images together. Each reserves 4 GiB of address space, of which there are
/// 128 TiB, and three mappings, of which the kernel allows 65 530.
const MAX_READY_SLOTS: usize = 4096;
/// Bytes of private memory that all ready slots may hold together: the pages that were written and repaired. A hello holds
/// 400 KiB.
const MAX_READY_BYTES: usize = 1 << 30;
/// Bytes that they may hold when they were not used for some seconds.
const MAX_IDLE_BYTES: usize = 64 << 20;
/// Pages of a call that are repaired one by one. A call that wrote more gives its pages back to the kernel instead, so
/// that one heavy call does not make each later one copy as much. 4 MiB.
const REPAIRED_PAGES: usize = 1024;
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
    since: Instant,
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
        self.slots.insert(self.now, Ready { image, slot, since: Instant::now() });
        self.of_image.entry(image).or_default().push_back(self.now);
        let (most_slots, most_bytes) = most;
        let mut gone = Vec::new();
        while self.slots.len() > most_slots || self.bytes > most_bytes {
            let Some(slot) = self.take_oldest() else { break };
            gone.push(slot);
        }
        gone
    }

    /// Slots of an image.
    fn count(&self, image: u64) -> usize {
        self.of_image.get(&image).map_or(0, VecDeque::len)
    }

    fn take_oldest(&mut self) -> Option<Slot> {
        let (_, Ready { image, slot, .. }) = self.slots.pop_first()?;
        self.bytes -= slot.private_bytes;
        if let Some(moments) = self.of_image.get_mut(&image) {
            moments.pop_front(); // the oldest of all is the oldest of its image
            if moments.is_empty() {
                self.of_image.remove(&image);
            }
        }
        Some(slot)
    }

    /// Those that were not used for this long, while all together hold more than this many bytes; to be unmapped without the lock.
    fn take_idle(&mut self, idle: Duration, most_bytes: usize) -> Vec<Slot> {
        let mut gone = Vec::new();
        while self.bytes > most_bytes && self.slots.first_key_value().is_some_and(|(_, ready)| ready.since.elapsed() >= idle) {
            gone.extend(self.take_oldest());
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
            None => Slot::map(ticket.backing.source(), reserved, guard).map_err(|error| format!("cannot map the image: {error}"))?,
        };
        if ticket.options.verify {
            slot.require_image("before its use");
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
        let Ok(pages) = slot.reset(self.options.reset) else { return };
        pages_written.store(pages.map_or(0, |pages| pages as u64 + 1), Ordering::Relaxed);
        if self.options.verify {
            slot.require_image("after its reset");
            verified.store(true, Ordering::Relaxed);
        }
        let Use { is_stale, is_due } = self.backing.note_use(&slot);
        // The image's function has one hold on it, and so has every slot in use.
        if is_due && Arc::strong_count(&self.backing) <= 1 + FEW_SLOTS && ReadySlots::lock().count(self.backing.id) <= FEW_SLOTS {
            let backing = Arc::clone(&self.backing);
            let work = move || {
                // Without room for it the image stays what it is.
                drop(backing.give_memory());
                tend();
            };
            drop(std::thread::Builder::new().name("image".into()).spawn(work));
        }
        if is_stale {
            return; // unmapped
        }
        let (gone, bytes) = {
            let mut ready = ReadySlots::lock();
            (ready.keep(self.backing.id, slot, (MAX_READY_SLOTS, MAX_READY_BYTES)), ready.bytes)
        };
        drop(gone);
        if bytes > MAX_IDLE_BYTES {
            tend();
        }
    }
}

/// One reservation: `[guard][image, private, read-write][tail, no access until grown][no access to the end][guard]`.
#[derive(Debug)]
struct Slot {
    source: Source,
    /// Of the whole reservation.
    start: NonNull<c_void>,
    reserved: usize,
    guard: usize,
    /// Bytes that can be accessed: the image and what was grown.
    size: usize,
    /// Bytes that are this slot's own after its last reset, not the image's.
    private_bytes: usize,
    /// Resets by repair, one after the other.
    repairs: u32,
    /// Whether the kernel notes which pages are written.
    is_tracked: bool,
}

/// Repairs after which a slot's writes are tracked. To begin with it takes as long as some calls of a hello, and from then on a scan
/// takes a fraction of the time: measured on a 2-core VM (AMD EPYC) with the 31 MB of a hello, 0.5 ms once and 30 us instead of
/// 130 us for each scan.
const REPAIRS_TO_TRACK: u32 = 8;

// SAFETY: a slot owns its mapping; moving it to another thread moves nothing in memory, and `&Slot` gives no access.
unsafe impl Send for Slot {}
// SAFETY: as above.
unsafe impl Sync for Slot {}

impl Slot {
    fn map(source: Source, reserved: usize, guard: usize) -> rustix::io::Result<Self> {
        let length = reserved + 2 * guard;
        // SAFETY: a new anonymous mapping at an address of the kernel's choice overlaps nothing.
        let start = unsafe {
            rustix::mm::mmap_anonymous(std::ptr::null_mut(), length, ProtFlags::empty(), MapFlags::PRIVATE | MapFlags::NORESERVE)
        }?;
        let start = NonNull::new(start).ok_or(rustix::io::Errno::NOMEM)?;
        let shared = source.mapped.size.min(source.size);
        let mut slot = Self { source, start, reserved, guard, size: shared, private_bytes: 0, repairs: 0, is_tracked: false };
        let mapped = &slot.source.mapped;
        // SAFETY: the range lies within the reservation made above, which this slot owns and nobody has a pointer into
        // yet. The file is not written by anybody while it is mapped (`Mapped`), and the mapping is private.
        unsafe {
            rustix::mm::mmap(
                slot.base().cast(),
                shared,
                ProtFlags::READ | ProtFlags::WRITE,
                MapFlags::PRIVATE | MapFlags::FIXED | MapFlags::NORESERVE,
                &mapped.file,
                mapped.offset,
            )
        }?;
        slot.grow_to(slot.source.size)?;
        slot.prepare_writes();
        slot.write_pages();
        Ok(slot)
    }

    /// Has the kernel make the pages private that a call is likely to write. One by one, each would cost a fault, and those that were
    /// read before an interrupt of the other cores.
    fn prepare_writes(&self) {
        for range in self.source.written.get().into_iter().flatten() {
            if range.end <= self.source.size {
                let populate = rustix::mm::Advice::LinuxPopulateWrite;
                // SAFETY: the range lies within the slot's image, and no byte of it changes. Where the kernel has no such advice the
                // faults come later.
                let _ = unsafe { rustix::mm::madvise(self.base().add(range.start).cast(), range.len(), populate) };
            }
        }
    }

    /// Writes the image's own pages.
    fn write_pages(&self) {
        for piece in self.source.pieces(0..self.source.size) {
            if let Piece::Page(at, page) = piece {
                self.write(at, page);
            }
        }
    }

    /// Writes into the image's part of a slot that no store uses.
    fn write(&self, at: usize, bytes: &[u8]) {
        assert!(at + bytes.len() <= self.source.size && self.source.size <= self.size, "beyond the image");
        // SAFETY: the range lies within what can be accessed, as was just looked at, and nobody else has a pointer into it now.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.base().add(at), bytes.len()) };
    }

    /// The image's part of a slot that no store uses.
    fn image_part(&self) -> &[u8] {
        // SAFETY: the range is readable, and no store writes to it while this is borrowed: the slot is nobody else's then.
        unsafe { std::slice::from_raw_parts(self.base(), self.source.size.min(self.size)) }
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
    fn reset(&mut self, how: Reset) -> rustix::io::Result<Option<usize>> {
        let image = self.source.size;
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
        let repaired = if how == Reset::Repair { self.repair() } else { Ok(None) };
        if let Ok(Some((private, written))) = repaired {
            self.private_bytes = private * PAGE;
            self.repairs = self.repairs.saturating_add(1);
            if self.repairs == REPAIRS_TO_TRACK {
                self.is_tracked = Tracker::get().is_some_and(|tracker| tracker.track(self.base(), image).is_ok());
            }
            return Ok(Some(written));
        }
        self.repairs = 0;
        if std::mem::take(&mut self.is_tracked)
            && let Some(tracker) = Tracker::get()
        {
            tracker.forget(self.base(), image)?;
        }
        self.private_bytes = self.source.pages.len() * PAGE;
        // Too much was written, or the kernel cannot say what.
        // SAFETY: the range is the slot's own and the store that used it is gone. For a private mapping of a file this
        // drops every page that was written; the next access reads the file again. Beyond the file there are zeroes.
        unsafe { rustix::mm::madvise(self.base().cast(), image, rustix::mm::Advice::LinuxDontNeed) }?;
        self.write_pages();
        Ok(None)
    }

    /// Copies the image over every page that was written. How many pages are private now, and how many of them had been written:
    /// the image's own pages are private from the start. `None` when more than [`REPAIRED_PAGES`] were written: then not all of
    /// them were copied.
    fn repair(&self) -> rustix::io::Result<Option<(usize, usize)>> {
        let image = self.source.size;
        let (mut at, mut private, mut written) = (0, 0, 0);
        let mut regions = [Region::default(); 256];
        let mut first_written = self.source.written.get().is_none().then(Vec::new);
        // The kernel may stop early, so the scan goes on until it says that it has reached the end.
        let base = self.base().expose_provenance() as u64;
        while at < image {
            let (found, walked) = scan(base + at as u64, base + image as u64, self.is_tracked, &mut regions)?;
            for region in regions.get(..found).ok_or(rustix::io::Errno::RANGE)? {
                let place = |address: u64| address.checked_sub(base).and_then(|place| usize::try_from(place).ok());
                let (start, end) = place(region.start).zip(place(region.end)).ok_or(rustix::io::Errno::RANGE)?;
                if start >= end || end > image {
                    return Err(rustix::io::Errno::RANGE);
                }
                private += (end - start) / PAGE;
                if private > REPAIRED_PAGES + self.source.pages.len() {
                    return Ok(None);
                }
                written += self.repair_part(start..end);
                first_written.iter_mut().for_each(|ranges| ranges.push(start..end));
            }
            let walked = usize::try_from(walked - base).map_err(|_| rustix::io::Errno::RANGE)?;
            if walked <= at {
                return Err(rustix::io::Errno::IO);
            }
            at = walked;
        }
        if let Some(ranges) = first_written {
            self.source.written.get_or_init(|| ranges.into());
        }
        Ok((written <= REPAIRED_PAGES).then_some((private, written)))
    }

    /// Copies the image over a part of the slot; the pages that were written.
    fn repair_part(&self, part: Range<usize>) -> usize {
        let mut written = 0;
        for piece in self.source.pieces(part) {
            match piece {
                Piece::Mapped(range) => {
                    let bytes = self.source.mapped.bytes();
                    let end = bytes.len().clamp(range.start, range.end);
                    self.write(range.start, bytes.get(range.start..end).unwrap_or_default());
                    (end..range.end).step_by(PAGE).for_each(|at| self.write(at, &[0; PAGE]));
                    written += range.len() / PAGE;
                }
                Piece::Page(at, page) => {
                    if self.image_part().get(at..at + PAGE) != Some(page) {
                        self.write(at, page);
                        written += 1;
                    }
                }
            }
        }
        written
    }

    /// Where the slot is not what its image is, if anywhere.
    fn difference(&self) -> Option<usize> {
        let slot = self.image_part();
        let first = |at: usize, wanted: &[u8]| {
            let found = slot.get(at..at + wanted.len())?;
            (found != wanted).then(|| at + found.iter().zip(wanted).position(|(found, wanted)| found != wanted).unwrap_or(0))
        };
        self.source.pieces(0..slot.len()).find_map(|piece| match piece {
            Piece::Mapped(range) => {
                let bytes = self.source.mapped.bytes();
                let end = bytes.len().clamp(range.start, range.end);
                let in_file = first(range.start, bytes.get(range.start..end).unwrap_or_default());
                in_file.or_else(|| (end..range.end).find(|at| slot.get(*at) != Some(&0)))
            }
            Piece::Page(at, page) => first(at, page),
        })
    }

    /// Ends the process unless the slot holds what its image holds, byte for byte: whatever the cause, the next guest
    /// would see memory of another one.
    fn require_image(&self, when: &str) {
        let first = self.difference();
        if self.size == self.source.size && first.is_none() {
            return;
        }
        let size = (self.size, self.source.size);
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

const PAGE_IS_WRITTEN: u64 = 1 << 1;
const PAGE_IS_FILE: u64 = 1 << 2;
const PAGE_IS_PRESENT: u64 = 1 << 3;
const PAGE_IS_SWAPPED: u64 = 1 << 4;
const PAGE_IS_PFNZERO: u64 = 1 << 5;
/// An error where writes are not tracked.
const PM_SCAN_CHECK_WPASYNC: u64 = 1 << 1;

/// Runs of private pages in `[start, end)`: how many were found, and how far the kernel looked.
///
/// Where writes are tracked these are the pages that were written since. Elsewhere the kernel looks at each page: a private
/// mapping's pages are the file's until they are written; `PFNZERO` are holes of the file that were only read. A page that was
/// swapped out was written before.
fn scan(start: u64, end: u64, is_tracked: bool, regions: &mut [Region]) -> rustix::io::Result<(usize, u64)> {
    /// Opening it for each call would cost as much as the scan. All threads share it: it stands for their common memory.
    static PAGEMAP: LazyLock<Option<File>> = LazyLock::new(|| File::open("/proc/self/pagemap").ok());
    let place = ScanArgument {
        size: size_of::<ScanArgument>() as u64,
        start,
        end,
        vec: regions.as_mut_ptr().expose_provenance() as u64,
        vec_len: regions.len() as u64,
        ..ScanArgument::default()
    };
    let mut argument = if is_tracked {
        let (category_mask, return_mask) = (PAGE_IS_WRITTEN, PAGE_IS_WRITTEN);
        ScanArgument { flags: PM_SCAN_CHECK_WPASYNC, category_mask, return_mask, ..place }
    } else {
        ScanArgument {
            category_inverted: PAGE_IS_FILE | PAGE_IS_PFNZERO,
            category_mask: PAGE_IS_FILE | PAGE_IS_PFNZERO,
            category_anyof_mask: PAGE_IS_PRESENT | PAGE_IS_SWAPPED,
            return_mask: PAGE_IS_PRESENT,
            ..place
        }
    };
    let pagemap = PAGEMAP.as_ref().ok_or(rustix::io::Errno::NOSYS)?;
    // SAFETY: the request's structure is the kernel's own; it writes at most `vec_len` regions to `vec`, which is
    // borrowed mutably here, and the fields it updates. It reads page tables and changes nothing.
    let found = unsafe { rustix::ioctl::ioctl(pagemap, PagemapScan(&mut argument)) }?;
    Ok((found, argument.walk_end))
}

/// `struct uffdio_api` of `linux/userfaultfd.h`.
#[repr(C)]
#[derive(Debug)]
struct UffdApi {
    api: u64,
    features: u64,
    ioctls: u64,
}

/// `struct uffdio_register`.
#[repr(C)]
#[derive(Debug)]
struct UffdRegister {
    start: u64,
    len: u64,
    mode: u64,
    ioctls: u64,
}

/// `struct uffdio_writeprotect`.
#[repr(C)]
#[derive(Debug)]
struct UffdWriteProtect {
    start: u64,
    len: u64,
    mode: u64,
}

/// `struct uffdio_range`.
#[repr(C)]
#[derive(Debug)]
struct UffdRange {
    start: u64,
    len: u64,
}

/// Faults of the process itself only, which every user may ask for.
const UFFD_USER_MODE_ONLY: u32 = 1;
const UFFD_API: u64 = 0xAA;
/// The first write to a page is noted in its page table entry, without waking anybody, whether the page was there before or not,
/// and for memory of files too.
const UFFD_FEATURES: u64 = (1 << 0) | (1 << 12) | (1 << 13) | (1 << 15);
const UFFDIO_REGISTER_MODE_WP: u64 = 1 << 1;
const UFFDIO_WRITEPROTECT_MODE_WP: u64 = 1 << 0;

const UFFDIO_API: rustix::ioctl::Opcode = rustix::ioctl::opcode::read_write::<UffdApi>(0xAA, 0x3F);
const UFFDIO_REGISTER: rustix::ioctl::Opcode = rustix::ioctl::opcode::read_write::<UffdRegister>(0xAA, 0x00);
const UFFDIO_UNREGISTER: rustix::ioctl::Opcode = rustix::ioctl::opcode::read::<UffdRange>(0xAA, 0x01);
const UFFDIO_WRITEPROTECT: rustix::ioctl::Opcode = rustix::ioctl::opcode::read_write::<UffdWriteProtect>(0xAA, 0x06);

/// Has the kernel note which pages of a memory are written (userfaultfd's asynchronous write protection, Linux 6.7).
#[derive(Debug)]
struct Tracker(OwnedFd);

impl Tracker {
    /// The process's own; `None` where the kernel has no such thing or does not let us.
    fn get() -> Option<&'static Self> {
        static TRACKER: LazyLock<Option<Tracker>> = LazyLock::new(|| Tracker::open().ok());
        TRACKER.as_ref()
    }

    fn open() -> rustix::io::Result<Self> {
        let flags = rustix::mm::UserfaultfdFlags::CLOEXEC | rustix::mm::UserfaultfdFlags::from_bits_retain(UFFD_USER_MODE_ONLY);
        // SAFETY: what makes it unsafe are faults that somebody else resolves. None is registered here: `track` asks for write
        // protection only, which the kernel resolves itself with these features, and it refuses features that it has not.
        let fd = unsafe { rustix::mm::userfaultfd(flags) }?;
        let mut api = UffdApi { api: UFFD_API, features: UFFD_FEATURES, ioctls: 0 };
        // SAFETY: opcode and structure are those of `linux/userfaultfd.h`, and the structure is borrowed for the call.
        unsafe { rustix::ioctl::ioctl(&fd, rustix::ioctl::Updater::<UFFDIO_API, UffdApi>::new(&mut api)) }?;
        Ok(Self(fd))
    }

    /// From now on the first write to each page of this memory is noted.
    fn track(&self, memory: *mut u8, size: usize) -> rustix::io::Result<()> {
        let (start, len) = (memory.expose_provenance() as u64, size as u64);
        let mut register = UffdRegister { start, len, mode: UFFDIO_REGISTER_MODE_WP, ioctls: 0 };
        let mut protect = UffdWriteProtect { start, len, mode: UFFDIO_WRITEPROTECT_MODE_WP };
        // SAFETY: as in `open`. No byte of the memory changes, and a write to it goes on as before, but for the note.
        let tracked = unsafe {
            rustix::ioctl::ioctl(&self.0, rustix::ioctl::Updater::<UFFDIO_REGISTER, UffdRegister>::new(&mut register))
                .and_then(|()| rustix::ioctl::ioctl(&self.0, rustix::ioctl::Updater::<UFFDIO_WRITEPROTECT, _>::new(&mut protect)))
        };
        if tracked.is_err() {
            let _ = self.forget(memory, size); // it may not be registered
        }
        tracked
    }

    /// The opposite.
    fn forget(&self, memory: *mut u8, size: usize) -> rustix::io::Result<()> {
        let range = UffdRange { start: memory.expose_provenance() as u64, len: size as u64 };
        // SAFETY: as in `open`.
        unsafe { rustix::ioctl::ioctl(&self.0, rustix::ioctl::Setter::<UFFDIO_UNREGISTER, UffdRange>::new(range)) }
    }
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
    use std::collections::BTreeSet;
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

    /// A guest finds the image, grows, and writes into what it has grown by and into every page that is a multiple of `step`; none
    /// for 0. Where its memory was, and what its slot says at its end.
    fn soil(engine: &Engine, module: &Module, image: (&Image, &[u8]), options: SlotOptions, step: usize) -> (*mut u8, Recycle) {
        let (image, bytes) = image;
        let mut store = Store::new(engine, ());
        let (instance, recycle) = instantiate(&mut store, module, image, bytes.len() + 65536, options);
        let memory = instance.get_memory(&mut store, "memory").expect("exported");
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
        let base = memory.data_ptr(&store);
        drop(store);
        (base, recycle)
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
            // Pages that each call writes: none, few, many runs, more than are repaired one by one. Then some calls more, during
            // which tracking begins, ends and begins again.
            let tracked = [900, 30, 7, 0, 0, 3, 4, 0, 500, 700, 5, 3, 0, 20, 1, 0].into_iter().cycle().take(48);
            for step in [0, 500, 2, 1, 700, 0].into_iter().chain(tracked) {
                let base = soil(&engine, &module, (&image, &bytes), options, step).0;
                assert_eq!(*first_base.get_or_insert(base), base, "the slot was kept");
            }
        }
    }

    /// What a slot's repair finds is the same, whether or not writes are tracked.
    #[test]
    fn tracking_finds_what_was_written_and_nothing_else() {
        let bytes = vec![3; 64 * PAGE];
        let image = Image::from_memory(&bytes, 0, Duration::ZERO).expect("an image");
        let mut slot = Slot::map(image.backing().source(), 1 << 20, 1 << 16).expect("maps");
        let mut seen = BTreeSet::new();
        for round in 0..4 * REPAIRS_TO_TRACK as usize {
            for page in [round % 5, 7 + round * 13 % 50] {
                slot.write(page * PAGE + round, &[9]);
                seen.insert(page);
            }
            let Some(written) = slot.reset(Reset::Repair).expect("resets") else { return }; // a kernel that cannot say
            assert_eq!((written, slot.difference()), (seen.len(), None), "round {round}");
            if slot.repairs == REPAIRS_TO_TRACK {
                assert_eq!(slot.is_tracked, Tracker::get().is_some());
                seen.retain(|_| !slot.is_tracked); // noted from here on
            }
        }
        slot.write(0, &[9]);
        slot.reset(Reset::GiveBack).expect("resets");
        assert_eq!((slot.difference(), slot.is_tracked, slot.repairs), (None, false, 0));
    }

    /// A base in a file, and an image that is a difference to it: some bytes of some pages, and one page of WebAssembly more.
    fn difference(folder: &Path, pages: usize) -> (Image, Vec<u8>) {
        let base: Vec<u8> = (0..pages * PAGE / 65536 * 65536).map(|i| u8::try_from(i / PAGE % 7).expect("below 7")).collect();
        let path = folder.join("base");
        Image::store(&path, "base", &base, 0, Duration::ZERO).expect("stores");
        let stored = Image::open(&path, "base", || None).expect("opens");
        let mut bytes = base;
        bytes.resize(bytes.len() + 65536, 0);
        bytes.iter_mut().skip(50).step_by(37 * PAGE + 1000).for_each(|byte| *byte = 0x5A);
        let last = bytes.len() - 7;
        bytes[last] = 1;
        (Image::over(&stored, &bytes, 3, Duration::ZERO).expect("a difference"), bytes)
    }

    #[test]
    fn a_difference_is_repaired_like_an_image_of_its_own() {
        let engine = engine();
        let module = module(&engine);
        let folder = tempfile::tempdir().expect("a folder");
        for reset in [Reset::Repair, Reset::GiveBack] {
            let (image, bytes) = difference(folder.path(), 3000);
            let options = SlotOptions { reset, verify: true };
            let mut call = |step: usize| soil(&engine, &module, (&image, &bytes), options, step).1.pages_written();
            let backing = image.backing();
            let written = [0, 500, 2, 1, 700, 0].map(&mut call);
            if written[0].is_some() {
                // None was written, those of the difference included; every 500th page; more than are repaired; every 700th.
                let every = |step: usize| Some(bytes.len().div_ceil(step * PAGE) as u64);
                assert_eq!(written[..5], [Some(0), every(500), None, None, every(700)]);
                assert!(written[5] <= every(700), "what the call before wrote is private still");
            }
            assert!(backing.source().pages.len() > 10);
            backing.give_memory().expect("a memory of its own");
            assert!(backing.source().pages.len() == 0 && backing.source().mapped.bytes() == bytes);
            [0, 500, 1, 0].into_iter().for_each(|step| _ = call(step));
            backing.cool();
            assert!(backing.source().pages.len() == 0, "just used");
            backing.heat().last_use = None;
            backing.cool();
            assert!(backing.source().pages.len() > 10, "idle");
            assert!(!ReadySlots::lock().of_image.contains_key(&backing.id), "its slots went with its memory");
            [0, 500, 0].into_iter().for_each(|step| _ = call(step));
        }
    }

    #[test]
    fn an_image_is_due_for_a_memory_of_its_own_after_some_uses_and_an_old_slot_is_not_kept_then() {
        let folder = tempfile::tempdir().expect("a folder");
        let (image, bytes) = difference(folder.path(), 64);
        let backing = image.backing();
        let map = || Slot::map(backing.source(), 1 << 20, 1 << 16).expect("maps");
        let old = map();
        assert_eq!(old.difference(), None);
        let due: Vec<bool> = (0..USES_TO_HEAT).map(|_| backing.note_use(&old).is_due).collect();
        assert_eq!(due.iter().position(|due| *due), Some(USES_TO_HEAT as usize - 1));
        assert!(!backing.note_use(&old).is_stale);
        backing.give_memory().expect("a memory of its own");
        assert!(backing.note_use(&old).is_stale && !backing.note_use(&map()).is_stale);
        let wrong = map();
        wrong.write(bytes.len() - 7, &[2]);
        assert_eq!((map().difference(), wrong.difference()), (None, Some(bytes.len() - 7)));
        old.write(bytes.len() - 8, &[2]);
        assert_eq!(old.difference(), Some(bytes.len() - 8));
    }

    #[test]
    fn idle_slots_go_while_they_hold_too_much() {
        let image = Image::from_memory(&[1; 65536], 0, Duration::ZERO).expect("an image");
        let mut ready = ReadySlots::default();
        for _ in 0..3 {
            let mut slot = Slot::map(image.backing().source(), 1 << 20, 1 << 16).expect("maps");
            slot.private_bytes = 10;
            ready.keep(1, slot, (9, 100));
        }
        assert_eq!(ready.take_idle(Duration::from_secs(3600), 0).len(), 0, "none is idle");
        assert_eq!(ready.take_idle(Duration::ZERO, 30).len(), 0, "they do not hold more");
        assert_eq!((ready.take_idle(Duration::ZERO, 15).len(), ready.bytes, ready.slots.len()), (2, 10, 1));
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
            let mut slot = Slot::map(image.backing().source(), 1 << 20, 1 << 16).expect("maps");
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
