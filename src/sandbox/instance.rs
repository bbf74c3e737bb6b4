//! One guest: a store, an instance made from an image, and how its calls end.

use std::time::{Duration, Instant};

use wasmtime::{Memory, Store, Trap, TypedFunc, UpdateDeadline, Val};

use super::SandboxError;
use super::engine::Variant;
use super::limits::Meter;
use super::memory::{Recycle, SlotOptions, with_ticket};
use super::python::Interpreter;
use super::snapshot::Image;
use super::split::STACK_POINTER;
use super::wasi::{Clock, Files, GuestResult, HasWorld, Stop, World};
use crate::protocol::{HostMessage, Token};

/// The reactor's entry points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    Initialize,
    Boot,
    Init,
    Reseed,
    Invoke,
}

impl Entry {
    pub(crate) const ALL: [Self; 5] = [Self::Initialize, Self::Boot, Self::Init, Self::Reseed, Self::Invoke];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Initialize => "_initialize",
            Self::Boot => "wasmlam_boot",
            Self::Init => "wasmlam_init",
            Self::Reseed => "wasmlam_reseed",
            Self::Invoke => "wasmlam_invoke",
        }
    }
}

/// How a call of an entry point ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    /// It came back.
    Returned,
    /// The guest's process ended itself.
    Exited(i32),
    /// The deadline passed.
    TimedOut,
    /// The fuel was used up.
    OutOfFuel,
    /// WebAssembly ended it.
    Trapped(Trap),
}

/// What the store holds.
pub(crate) struct Call {
    pub(crate) world: World,
    pub(crate) meter: Meter,
}

impl HasWorld for Call {
    fn world(&mut self) -> &mut World {
        &mut self.world
    }
}

/// How a guest is started.
pub(crate) struct Start<'a> {
    pub(crate) image: &'a Image,
    pub(crate) files: Files,
    /// Bytes that its memory may grow to.
    pub(crate) memory_limit: u64,
    /// Operators; `u64::MAX` where nothing was asked. Without meaning for the clock variant.
    pub(crate) fuel: u64,
    pub(crate) deadline: Instant,
    /// What becomes of its memory when it ends cleanly.
    pub(crate) slot: SlotOptions,
}

/// A running guest.
pub(crate) struct Guest<'a> {
    interpreter: &'a Interpreter,
    store: Store<Call>,
    instance: wasmtime::Instance,
    memory: Memory,
    fuel: u64,
    recycle: Recycle,
}

impl<'a> Guest<'a> {
    /// Makes a sandbox from an image. No guest code runs.
    pub(crate) fn restore(interpreter: &'a Interpreter, start: Start<'_>) -> Result<Self, SandboxError> {
        super::require_guest_thread()?;
        let Start { image, files, memory_limit, fuel, deadline, slot } = start;
        let clock = Clock::from(image.clock);
        let call = Call { world: World::new(files, clock, deadline), meter: Meter::new(image.size(), memory_limit) };
        let mut store = Store::new(interpreter.engine().wasmtime(), call);
        store.limiter(|call| &mut call.meter);
        if interpreter.variant() == Variant::Fuel {
            store.set_fuel(fuel)?;
        }
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(|context| {
            if Instant::now() >= context.data().world.deadline { Err(Stop::TimedOut.into()) } else { Ok(UpdateDeadline::Continue(1)) }
        });
        let capacity = usize::try_from(memory_limit).unwrap_or(usize::MAX);
        let (instance, recycle) = with_ticket(image.backing(), capacity, slot, || interpreter.pre().instantiate(&mut store));
        let instance = instance?;
        let missing = |name: &str| SandboxError::Module(format!("it does not export {name}"));
        let memory = instance.get_memory(&mut store, "memory").ok_or_else(|| missing("memory"))?;
        let stack_pointer = instance.get_global(&mut store, STACK_POINTER).ok_or_else(|| missing(STACK_POINTER))?;
        stack_pointer.set(&mut store, Val::I32(image.stack_pointer))?;
        store.data_mut().world.memory = Some(memory);
        Ok(Self { interpreter, store, instance, memory, fuel, recycle })
    }

    /// Calls an entry point; it comes back at the deadline at the latest.
    pub(crate) fn call(&mut self, entry: Entry) -> Result<End, SandboxError> {
        let missing = || SandboxError::Module(format!("it does not export {}", entry.name()));
        let function = self.interpreter.export(entry).and_then(|index| self.instance.get_module_export(&mut self.store, index));
        let function = function.and_then(wasmtime::Extern::into_func).ok_or_else(missing)?;
        let _watch = self.interpreter.engine().watch(self.store.data().world.deadline);
        let result = if entry == Entry::Initialize {
            let function: TypedFunc<(), ()> = function.typed(&self.store)?;
            function.call(&mut self.store, ()).map(|()| 0)
        } else {
            let function: TypedFunc<(), i32> = function.typed(&self.store)?;
            function.call(&mut self.store, ())
        };
        match result {
            Ok(0) if entry == Entry::Invoke => {
                self.recycle.allow();
                Ok(End::Returned)
            }
            Ok(0) => Ok(End::Returned),
            Ok(status) => Ok(End::Exited(status)),
            Err(error) => end_of(error),
        }
    }

    /// Sends a frame, calls the entry point that reads it, and gives what came back.
    pub(crate) fn ask(&mut self, entry: Entry, message: &HostMessage<'_>) -> Result<(End, Option<GuestResult>), SandboxError> {
        let mut token = [0; 16];
        getrandom::fill(&mut token).map_err(|error| SandboxError::Host(format!("no randomness: {error}")))?;
        let token = Token(token);
        self.store.data_mut().world.ask(message.encode(token), token);
        let end = self.call(entry)?;
        Ok((end, self.store.data_mut().world.answer()))
    }

    /// The guest's world and meter.
    pub(crate) fn data(&mut self) -> &mut Call {
        self.store.data_mut()
    }

    /// Operators used so far, when they are counted. Not after a timeout: the count is not written back then.
    pub(crate) fn fuel_used(&self) -> Option<u64> {
        match self.interpreter.variant() {
            Variant::Fuel => self.store.get_fuel().ok().map(|left| self.fuel - left),
            Variant::Clock => None,
        }
    }

    /// The guest's memory and stack pointer, for an image. The guest must be at rest.
    pub(crate) fn at_rest(&mut self) -> Result<(&[u8], i32), SandboxError> {
        let global = self.instance.get_global(&mut self.store, STACK_POINTER);
        let stack_pointer = global.and_then(|global| global.get(&mut self.store).i32());
        let stack_pointer = stack_pointer.ok_or_else(|| SandboxError::Module(format!("its {STACK_POINTER} is not an i32")))?;
        Ok((self.memory.data(&self.store), stack_pointer))
    }

    /// What the monotonic clock shows the guest.
    pub(crate) fn clock(&self) -> Duration {
        self.store.data().world.monotonic()
    }
}

/// Sorts an error of wasmtime: the guest's own end, or a fault of the host.
fn end_of(error: wasmtime::Error) -> Result<End, SandboxError> {
    if let Some(stop) = error.downcast_ref::<Stop>() {
        return Ok(match stop {
            Stop::Exit(status) => End::Exited(*status),
            Stop::TimedOut => End::TimedOut,
        });
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => Ok(End::OutOfFuel),
        Some(Trap::Interrupt) => Ok(End::TimedOut),
        Some(trap) => Ok(End::Trapped(*trap)),
        None => Err(error.into()),
    }
}
