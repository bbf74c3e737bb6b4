//! Linear memories as private mappings of an image: the one file with `unsafe`.
//!
//! A [`Slot`] reserves what a 32-bit memory can reach and maps an image over its start, copy on write. `instantiate`
//! takes it through [`SlotCreator`], runs no guest code and writes nothing, so a sandbox starts where the image ends,
//! without a byte copied. What that buys, measured on a 2-core VM: restoring a booted CPython takes well under a
//! millisecond, booting one takes about 60.
//!
//! This relies on wasmtime 48.0.x: a module without data segments, start section or non-constant initialisers has no
//! start-up code, and on-demand allocation does not touch memory that a `MemoryCreator` returned. The trait's
//! documentation asks for zeroed memory; a guest would notice, wasmtime does not. Read it again before each upgrade;
//! the test `instantiate_leaves_the_image_alone` holds it.
#![expect(unsafe_code, reason = "mapping memory and loading machine code; each block says why it is sound")]

use std::cell::RefCell;
use std::ffi::c_void;
use std::fs::File;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::ptr::NonNull;
use std::sync::Arc;

use rustix::mm::{MapFlags, MprotectFlags, ProtFlags};
use wasmtime::{Engine, LinearMemory, MemoryCreator, MemoryType, Module};

/// An image's bytes: a range of a file that nobody changes, or a memfd that is sealed.
#[derive(Debug)]
pub(crate) struct Backing {
    pub(crate) file: OwnedFd,
    /// Where the memory's first byte is in the file: a multiple of the host's page size.
    pub(crate) offset: u64,
    /// Bytes of memory, a multiple of WebAssembly's page size (64 KiB).
    pub(crate) size: usize,
}

thread_local! {
    /// What the next memory made on this thread is. `MemoryCreator` learns only a memory's type, so this is how
    /// `instantiate` is told which image to use; without it no memory is made.
    static TICKET: RefCell<Option<Ticket>> = const { RefCell::new(None) };
}

struct Ticket {
    backing: Arc<Backing>,
    capacity: usize,
}

/// Runs `instantiate` with memories made from `backing`, able to grow to `capacity` bytes.
pub(crate) fn with_ticket<R>(backing: &Arc<Backing>, capacity: usize, instantiate: impl FnOnce() -> R) -> R {
    TICKET.set(Some(Ticket { backing: Arc::clone(backing), capacity }));
    let result = instantiate();
    TICKET.set(None);
    result
}

/// Gives wasmtime its linear memories.
#[derive(Debug)]
pub(crate) struct SlotCreator;

// SAFETY: every memory comes from `Slot::map`, which reserves `reserved` + `guard` bytes as asked and never moves them;
// nothing else of the host keeps a pointer into a slot.
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
        if ticket.backing.size < minimum || ticket.backing.size > reserved {
            return Err(format!("an image of {} bytes does not fit a memory of {minimum} to {reserved} bytes", ticket.backing.size));
        }
        let slot = Slot::map(&ticket.backing, ticket.capacity.clamp(ticket.backing.size, reserved), reserved, guard);
        slot.map(|slot| Box::new(slot) as Box<dyn LinearMemory>).map_err(|error| format!("cannot map the image: {error}"))
    }
}

/// One linear memory: `[guard][image, private, read-write][tail, no access until grown][no access to the end][guard]`.
struct Slot {
    /// Of the whole reservation.
    start: NonNull<c_void>,
    /// Of the whole reservation.
    length: usize,
    guard: usize,
    size: usize,
    capacity: usize,
}

// SAFETY: a slot owns its mapping; moving it to another thread moves nothing in memory, and `&Slot` gives no access.
unsafe impl Send for Slot {}
// SAFETY: as above.
unsafe impl Sync for Slot {}

impl Slot {
    fn map(backing: &Backing, capacity: usize, reserved: usize, guard: usize) -> rustix::io::Result<Self> {
        let length = reserved + 2 * guard;
        // SAFETY: a new anonymous mapping at an address of the kernel's choice overlaps nothing.
        let start = unsafe {
            rustix::mm::mmap_anonymous(std::ptr::null_mut(), length, ProtFlags::empty(), MapFlags::PRIVATE | MapFlags::NORESERVE)
        }?;
        let start = NonNull::new(start).ok_or(rustix::io::Errno::NOMEM)?;
        let slot = Self { start, length, guard, size: backing.size, capacity };
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
        // SAFETY: `guard` is less than `length`, the size of the reservation that starts at `start`.
        unsafe { self.start.as_ptr().cast::<u8>().add(self.guard) }
    }
}

// SAFETY: base and capacity never change; `[base, base + size)` is readable and writable, everything from there to the
// end of the reservation and `guard` bytes beyond it is not accessible.
unsafe impl LinearMemory for Slot {
    fn byte_size(&self) -> usize {
        self.size
    }

    fn byte_capacity(&self) -> usize {
        self.capacity
    }

    fn grow_to(&mut self, new_size: usize) -> wasmtime::Result<()> {
        if new_size > self.capacity {
            return Err(wasmtime::Error::msg(format!("{new_size} bytes are above this slot's capacity of {}", self.capacity)));
        }
        if let Some(more) = new_size.checked_sub(self.size).filter(|more| *more > 0) {
            // SAFETY: the range lies between size and capacity, inside the reservation; it was never accessible, so it
            // holds the zeroes of an untouched anonymous mapping.
            unsafe { rustix::mm::mprotect(self.base().add(self.size).cast(), more, MprotectFlags::READ | MprotectFlags::WRITE) }?;
            self.size = new_size;
        }
        Ok(())
    }

    fn as_ptr(&self) -> *mut u8 {
        self.base()
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        // SAFETY: the mapping is this slot's own, and with the slot goes the store that used it. A failure (it can only
        // be a wrong argument) would leak address space, which nothing here could mend.
        let _ = unsafe { rustix::mm::munmap(self.start.as_ptr(), self.length) };
    }
}

/// Loads machine code that this program compiled and stored before.
///
/// # Errors
/// When the file is missing, or was made by another wasmtime or for another configuration.
pub(crate) fn load_compiled(engine: &Engine, path: &Path) -> wasmtime::Result<Module> {
    let file = File::open(path)?;
    // SAFETY: the file was written by `Engine::precompile_module` of this program, complete (renamed into place) and
    // read-only, in a folder that belongs to the user; whoever can change it can replace this program as well. wasmtime
    // checks its version and settings in the file's header.
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

    #[test]
    fn instantiate_leaves_the_image_alone() {
        let engine = engine();
        let module = module(&engine);
        let bytes: Vec<u8> = (0..3 * 65536_u32).map(|i| u8::try_from(i % 251).expect("below 251")).collect();
        let image = Image::from_memory(&bytes, 0, Duration::ZERO).expect("an image");
        for _ in 0..3 {
            let mut store = Store::new(&engine, ());
            let instance =
                with_ticket(image.backing(), 5 * 65536, || wasmtime::Instance::new(&mut store, &module, &[])).expect("instantiates");
            let memory = instance.get_memory(&mut store, "memory").expect("exported");
            assert!(memory.data(&store) == bytes, "the memory is the image, although the module says one page");
            memory.data_mut(&mut store).fill(0xA5); // must not be seen by the next round
        }
    }

    #[test]
    fn growth_is_zeroed_bounded_and_traps_beyond() {
        let engine = engine();
        let module = module(&engine);
        let image = Image::from_memory(&[1; 65536], 0, Duration::ZERO).expect("an image");
        for _ in 0..2 {
            let mut store = Store::new(&engine, ());
            let instance =
                with_ticket(image.backing(), 3 * 65536, || wasmtime::Instance::new(&mut store, &module, &[])).expect("instantiates");
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
