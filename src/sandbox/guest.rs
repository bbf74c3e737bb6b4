//! One guest: a store, an instance made from an image, and how its calls end.

use std::sync::Arc;
use std::time::{Duration, Instant};

use wasmtime::{InstancePre, Linker, Memory, Module, ModuleExport, Store, Trap, TypedFunc, UpdateDeadline, Val};

use super::SandboxError;
use super::ending;
use super::engine::{Engine, Variant, Watch};
use super::later::catch_up;
use super::limits::Meter;
use super::memory::{Recycle, SlotOptions, with_ticket};
use super::net::{self, Door};
use super::pace::{Pace, cpu_time};
use super::snapshot::Image;
use super::split::STACK_POINTER;
use super::switch;
use super::thread::require_guest_thread;
use super::wasi::{self, Clock, Entropy, Files, GuestResult, HasWorld, Stop, World};
use crate::function::{CpuShare, ResetUsage};
use crate::protocol::{HostMessage, Token};

/// A call whose clock counts is ended by its own clock. This machine's ends it too, this many times later, should it do
/// something that takes longer than it counts for.
const COUNTED_TIME_FACTOR: u32 = 20;

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
    /// Where it is less than a whole vCPU.
    pace: Option<Pace>,
    /// This thread's CPU time, in nanoseconds, at which the guest has used what it may.
    cpu_end: Option<i64>,
    /// While the guest runs.
    watch: Option<Watch>,
}

impl Call {
    /// The epoch moved: for this guest's deadline or pause, or for another guest.
    fn interrupted(&mut self) -> Result<(), Stop> {
        let deadline = self.world.deadline;
        if let (Some(pace), Some(watch)) = (&mut self.pace, &self.watch) {
            while let Some(until) = pace.pause() {
                watch.at(until.min(deadline)); // nothing to tell it meanwhile
                ending::sleep(until.min(deadline).saturating_duration_since(Instant::now()));
                if until >= deadline || ending::is_ending() {
                    break;
                }
            }
            watch.at(pace.next().min(deadline));
        }
        let cpu_left = self.cpu_left();
        if let (Some(left), None, Some(watch)) = (cpu_left, &self.pace, &self.watch) {
            watch.at((Instant::now() + left).min(deadline));
        }
        let is_over = Instant::now() >= deadline || cpu_left == Some(Duration::ZERO) || ending::is_ending();
        if is_over { Err(Stop::TimedOut) } else { Ok(()) }
    }

    /// The CPU time that the guest may still use; `None` where that is not bounded.
    fn cpu_left(&self) -> Option<Duration> {
        self.cpu_end.map(|end| Duration::from_nanos(u64::try_from(end - cpu_time()).unwrap_or(0)))
    }
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
    /// What becomes of its memory when it ends cleanly.
    pub(crate) slot: SlotOptions,
    /// Its network, if it has one.
    pub(crate) door: Option<Box<Door>>,
}

/// What bounds a guest until it is given other bounds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// From now on.
    pub(crate) timeout: Duration,
    /// Operators; `u64::MAX` where nothing was asked. Without meaning for the clock variant.
    pub(crate) fuel: u64,
    /// `None`: all that the machine has.
    pub(crate) share: Option<CpuShare>,
    /// CPU time from now on, where that is bounded. A clock that counts has its own: there it is looked at in the end.
    pub(crate) cpu: Option<Duration>,
}

impl Bounds {
    /// So much time, and nothing else.
    pub(crate) fn time(timeout: Duration) -> Self {
        Self { timeout, fuel: u64::MAX, share: None, cpu: None }
    }
}

/// The interpreter's machine code with all that a guest of it can call.
pub(crate) struct Compiled {
    engine: Engine,
    variant: Variant,
    pre: InstancePre<Call>,
    exports: [Option<ModuleExport>; Entry::ALL.len()],
}

impl Compiled {
    /// Links a module of this engine to the world of its guests.
    pub(crate) fn new(engine: Engine, variant: Variant, module: &Module) -> Result<Self, SandboxError> {
        let mut linker = Linker::new(engine.wasmtime());
        wasi::add_to_linker(&mut linker)?;
        switch::add_to_linker(&mut linker)?;
        net::add_to_linker(&mut linker)?;
        let exports = Entry::ALL.map(|entry| module.get_export_index(entry.name()));
        let pre = linker.instantiate_pre(module)?;
        Ok(Self { engine, variant, pre, exports })
    }

    pub(crate) fn variant(&self) -> Variant {
        self.variant
    }
}

/// A running guest.
pub(crate) struct Guest {
    compiled: Arc<Compiled>,
    store: Store<Call>,
    instance: wasmtime::Instance,
    memory: Memory,
    /// What the guest's clock showed when it was made.
    made: Duration,
    fuel: u64,
    recycle: Recycle,
}

impl Guest {
    /// Makes a sandbox from an image. No guest code runs; before it may, [`Guest::bound`] must have been called.
    pub(crate) fn restore(compiled: &Arc<Compiled>, start: Start<'_>) -> Result<Self, SandboxError> {
        require_guest_thread()?;
        catch_up(); // its memory may be the one that this guest gets
        let Start { image, files, memory_limit, slot, door } = start;
        let now = Instant::now();
        let (clock, entropy) = match compiled.variant {
            Variant::Clock | Variant::Fuel => (Clock::real(now, image.clock), Entropy::Real),
            // The clock differs from image to image, so a call does not draw what its init drew.
            Variant::Deterministic => {
                let seed = u64::try_from(image.clock.as_nanos()).unwrap_or(u64::MAX);
                (Clock::counted(image.clock), Entropy::Seeded { seed, drawn: 0 })
            }
        };
        let (mut world, meter) = (World::new(files, clock, entropy, now), Meter::new(image.size(), memory_limit));
        world.door = door;
        let mut store = Store::new(compiled.engine.wasmtime(), Call { world, meter, pace: None, cpu_end: None, watch: None });
        store.limiter(|call| &mut call.meter);
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(|mut context| {
            context.data_mut().interrupted()?;
            Ok(UpdateDeadline::Continue(1))
        });
        let capacity = usize::try_from(memory_limit).unwrap_or(usize::MAX);
        let (instance, recycle) = with_ticket(image.backing(), capacity, slot, || compiled.pre.instantiate(&mut store));
        let instance = instance?;
        let missing = |name: &str| SandboxError::Module(format!("it does not export {name}"));
        let memory = instance.get_memory(&mut store, "memory").ok_or_else(|| missing("memory"))?;
        let stack_pointer = instance.get_global(&mut store, STACK_POINTER).ok_or_else(|| missing(STACK_POINTER))?;
        stack_pointer.set(&mut store, Val::I32(image.stack_pointer))?;
        store.data_mut().world.memory = Some(memory);
        Ok(Self { compiled: Arc::clone(compiled), store, instance, memory, made: image.clock, fuel: 0, recycle })
    }

    /// From now on the guest may use this.
    pub(crate) fn bound(&mut self, bounds: Bounds) -> Result<(), SandboxError> {
        let Bounds { timeout, fuel, share, cpu } = bounds;
        self.fuel = fuel;
        let call = self.store.data_mut();
        call.pace = share.and_then(Pace::new);
        call.world.deadline = Instant::now() + timeout;
        let is_real = call.world.clock.as_counted().is_none();
        call.cpu_end = cpu.filter(|_| is_real).map(|cpu| cpu_time() + i64::try_from(cpu.as_nanos()).unwrap_or(i64::MAX / 2));
        match (self.compiled.variant, call.world.clock.as_counted()) {
            (_, Some(counted)) => {
                counted.begin(fuel, timeout);
                call.world.deadline += timeout * COUNTED_TIME_FACTOR;
            }
            (Variant::Fuel, None) => self.store.set_fuel(fuel)?,
            (Variant::Clock | Variant::Deterministic, None) => {}
        }
        Ok(())
    }

    /// Calls an entry point; it comes back at the deadline at the latest.
    pub(crate) fn call(&mut self, entry: Entry) -> Result<End, SandboxError> {
        let missing = || SandboxError::Module(format!("it does not export {}", entry.name()));
        let function =
            self.compiled.exports[entry as usize].as_ref().and_then(|index| self.instance.get_module_export(&mut self.store, index));
        let function = function.and_then(wasmtime::Extern::into_func).ok_or_else(missing)?;
        self.enter()?;
        let result = if entry == Entry::Initialize {
            let function: TypedFunc<(), ()> = function.typed(&self.store)?;
            function.call(&mut self.store, ()).map(|()| 0)
        } else {
            let function: TypedFunc<(), i32> = function.typed(&self.store)?;
            function.call(&mut self.store, ())
        };
        let counted_out = self.leave();
        let end = match result {
            Ok(0) => End::Returned,
            Ok(status) => End::Exited(status),
            Err(error) => end_of(error)?,
        };
        self.recycle.allow(end == End::Returned && matches!(entry, Entry::Init | Entry::Invoke));
        Ok(if end == End::OutOfFuel && counted_out { End::TimedOut } else { end })
    }

    fn enter(&mut self) -> Result<(), SandboxError> {
        let cpu_left = self.store.data().cpu_left();
        let Call { world, pace, watch, .. } = self.store.data_mut();
        let moment = pace.as_ref().map_or(world.deadline, |pace| pace.next().min(world.deadline));
        let moment = cpu_left.map_or(moment, |left| moment.min(Instant::now() + left));
        *watch = Some(self.compiled.engine.watch(moment));
        if let Some(fuel) = world.clock.as_counted().map(|counted| counted.grant()) {
            self.store.set_fuel(fuel)?;
        }
        Ok(())
    }

    /// Whether the fuel, if it is used up, was the time of a clock that counts.
    fn leave(&mut self) -> bool {
        let left = self.store.get_fuel().unwrap_or(0);
        let Call { world, watch, .. } = self.store.data_mut();
        *watch = None;
        world.clock.as_counted().is_some_and(|counted| {
            counted.observe(left);
            !counted.is_out_of_fuel()
        })
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

    /// Puts text into the event pipe, for an entry point that takes what it finds there and gives no answer.
    pub(crate) fn hand_over(&mut self, text: Vec<u8>) {
        self.store.data_mut().world.hand_over(text);
    }

    /// The guest's world and meter.
    pub(crate) fn data(&mut self) -> &mut Call {
        self.store.data_mut()
    }

    /// Operators used since the bounds were set, when they are counted. `None` after a timeout by this machine's clock:
    /// the count is not written back then.
    pub(crate) fn fuel_used(&mut self, end: &End) -> Option<u64> {
        match (self.compiled.variant, end) {
            (Variant::Clock, _) | (Variant::Fuel, End::TimedOut) => None,
            (Variant::Fuel, _) => self.store.get_fuel().ok().map(|left| self.fuel - left),
            (Variant::Deterministic, _) => self.store.data_mut().world.clock.as_counted().map(|counted| counted.fuel_used()),
        }
    }

    /// Drops the guest and makes its memory ready for the next one.
    pub(crate) fn finish(self) -> ResetUsage {
        let Self { compiled, store, recycle, .. } = self;
        let started = Instant::now();
        drop(store);
        let duration = (compiled.variant != Variant::Deterministic).then(|| started.elapsed());
        ResetUsage { duration, pages_written: recycle.pages_written(), verified: recycle.verified() }
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
        self.store.data().world.clock.monotonic()
    }

    /// How long the guest has existed, by its own clock.
    pub(crate) fn age(&self) -> Duration {
        self.clock().saturating_sub(self.made)
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
