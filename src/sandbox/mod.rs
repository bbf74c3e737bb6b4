//! The sandbox: a guest that can compute, read its files and answer, and nothing else. The only user of wasmtime.
//!
//! [`Interpreter`] is CPython ready to run, [`Function`] the image of a function after its init, [`Sandbox`] a guest made
//! from such an image, or one that ran the init itself. It serves one call after the other until it ends. All of them are
//! owned: they outlive the call, the thread and the caller that made them.
//!
//! | file | what |
//! |---|---|
//! | `engine` | wasmtime's settings in two variants of machine code; the watchdog that ends a guest at its deadline |
//! | `interpreter` | bundle, machine code, boot image |
//! | `split` | takes the data segments out of a module, refuses modules with state that an image cannot hold |
//! | `bulk` | long fills and copies in parts, so that a deadline can come between them |
//! | `switch` | adds the functions that switch between the stacks of threads |
//! | `memory` | linear memories mapped from images; all `unsafe` |
//! | `snapshot` | images, in memory and on disk |
//! | `patch` | what an image has that another one has not |
//! | `keep` | files between runs: written whole, and used only where nobody else can write |
//! | `later` | resets that wait until the answer is on its way |
//! | `limits` | memory, and the other bounds |
//! | `pace` | the CPU share of a memory size |
//! | `wasi` | everything the guest can see, but for the network |
//! | `net` | sockets, look-ups and TLS, where they are allowed |
//! | `guest` | one guest, and how its calls end |
//! | `function` | a function, its init and its image |
//! | `outcome` | one outcome from how a call ended |
//! | `thread` | threads with the stack that guests need |

mod bulk;
mod ending;
mod engine;
mod error;
mod function;
mod guest;
mod interpreter;
mod keep;
mod later;
mod limits;
mod memory;
mod net;
mod outcome;
mod pace;
mod patch;
mod seal;
mod snapshot;
mod split;
mod switch;
mod thread;
mod wasi;

use std::sync::Arc;
use std::time::Duration;

use self::guest::{Bounds, Compiled, End, Entry, Guest, Start};
use self::outcome::outcome_of;
use self::pace::cpu_time;
use self::wasi::{Clock, Files, GuestResult, Machine};
use crate::function::{Attempt, Begun, Contact, Fuel, Invocation, Log, LogStream, Outcome, ResetUsage, Seen, TenantId, Timeout, Usage};
use crate::protocol::{FrameKind, HostMessage, InitSettings};

pub use self::ending::end_all_guests;
pub use self::engine::Variant;
pub use self::error::SandboxError;
pub use self::function::{FailedInit, Function, FunctionSpec, InitReport, StartError};
pub use self::interpreter::{Interpreter, InterpreterFiles, RuntimeInfo, SetupStep};
pub use self::keep::{remove, remove_unfinished};
pub use self::later::{catch_up, resets_later};
pub use self::memory::{Reset, SlotOptions};
pub use self::thread::{GUEST_THREAD_STACK, adopt_guest_thread, guest_thread, is_guest_thread, on_guest_thread, spawn_guest_thread};

/// wasmtime's version, for `--version`: the sandbox is as good as it is.
pub const WASMTIME_VERSION: &str = "48.0.8";

/// What becomes of a guest after its init.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    /// Its image is taken: hooks run, and what the init made is settled.
    Image,
    /// It serves calls itself.
    Serve,
}

/// What a sandbox's start may take where it is the invocation's: hooks after a restore and an init of its own are a guest's
/// doing, so the time that they take is that of the call which waits for them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StartLimit {
    timeout: Timeout,
    fuel: Option<Fuel>,
}

impl StartLimit {
    /// That of an invocation; `None` where the start is not its own.
    pub(crate) fn of(invocation: &Invocation, spec: &FunctionSpec) -> Option<Self> {
        let config = &spec.config;
        invocation.pays_start.then(|| Self { timeout: invocation.timeout.unwrap_or(config.timeout), fuel: invocation.fuel.or(config.fuel) })
    }
}

fn bounds(spec: &FunctionSpec) -> Bounds {
    let fuel = spec.config.fuel.map_or(u64::MAX, |fuel| fuel.operators());
    Bounds { timeout: spec.config.timeout.duration(), fuel, share: spec.share, cpu: None }
}

/// One call of a sandbox: how it ended and what it took.
#[derive(Debug, Clone)]
pub struct CallReport {
    /// How it ended.
    pub outcome: Outcome,
    /// The guest's wall clock when it began, since 1970.
    pub started: Duration,
    /// The function's ARN as the caller named it.
    pub invoked_arn: String,
    /// What the hooks after a restore printed, if this is the sandbox's first call.
    pub restore_log: Log,
    /// What the handler printed.
    pub log: Log,
    /// What it used. Neither the init nor the reset are known here.
    pub usage: Usage,
    /// What it tried that no sandbox has, the init from which its sandbox starts included.
    pub attempts: Vec<Attempt>,
    /// What it did on the network, and what it was refused there.
    pub network: Vec<Contact>,
}

/// A guest with a function in it: what AWS calls an execution environment.
pub struct Sandbox {
    spec: Arc<FunctionSpec>,
    log_stream: LogStream,
    guest: Guest,
    /// How the last call of the guest ended.
    end: End,
    /// What making it from an image took and printed, until a call has reported it.
    restored: Option<(Duration, Log)>,
    /// Whether no call has been made yet.
    is_new: bool,
}

impl Sandbox {
    /// Runs a function's init in a sandbox made from the booted interpreter, for calls in that same sandbox.
    ///
    /// # Errors
    /// As [`Function::publish`].
    pub fn init(interpreter: &Interpreter, spec: &Arc<FunctionSpec>, slot: SlotOptions) -> Result<(Self, InitReport), StartError> {
        Self::start(interpreter, spec, Then::Serve, slot, Timeout::INIT)
    }

    /// The same for an invocation that pays for it, if it says so.
    ///
    /// # Errors
    /// As [`Function::publish`].
    pub fn init_for(
        invocation: &Invocation,
        interpreter: &Interpreter,
        spec: &Arc<FunctionSpec>,
        slot: SlotOptions,
    ) -> Result<(Self, InitReport), StartError> {
        let limit = StartLimit::of(invocation, spec).map_or(Timeout::INIT, |limit| limit.timeout.min(Timeout::INIT));
        Self::start(interpreter, spec, Then::Serve, slot, limit)
    }

    fn start(
        interpreter: &Interpreter,
        spec: &Arc<FunctionSpec>,
        then: Then,
        slot: SlotOptions,
        limit: Timeout,
    ) -> Result<(Self, InitReport), StartError> {
        let config = &spec.config;
        let log_stream = spec.new_log_stream();
        let mounts = interpreter.mounts(Arc::clone(&spec.task), Arc::clone(&spec.opt));
        let runtime = &interpreter.runtime().runtime;
        let environment = config.environment.for_guest(config, &spec.version, &spec.account, log_stream.as_str(), runtime);
        let files = Files::new(mounts, config.ephemeral_storage.bytes(), Machine::new(config.memory_size.mb(), &environment));
        let memory_limit = config.memory_size.linear_memory_bytes();
        let door = spec.door(interpreter.variant(), &net::DoorMark::default());
        let start = Start { image: interpreter.booted()?, files, memory_limit, slot, door };
        let mut guest = Guest::restore(interpreter.compiled(), start)?;
        guest.bound(Bounds::time(limit.duration()))?;
        let settings = InitSettings { environment, snapshot: then == Then::Image, ephemeral_storage: config.ephemeral_storage.bytes() };
        // What init code drew from `random` must differ between functions; the booted image is the same for all.
        let mut end = guest.call(Entry::Reseed)?;
        let mut answer = None;
        if end == End::Returned {
            (end, answer) = guest.ask(Entry::Init, &HostMessage::Init(&settings))?;
        }
        let duration = guest.age();
        let data = guest.data();
        let started = Duration::from_nanos(data.world.clock.wall()).saturating_sub(duration);
        let left_running = match &answer {
            Some(GuestResult::Answer { kind: FrameKind::Ready, body }) => String::from_utf8_lossy(body).into_owned(),
            _ => String::new(),
        };
        let report = InitReport {
            duration,
            started,
            log: data.world.log.take(),
            log_stream: log_stream.clone(),
            max_memory_bytes: data.meter.peak(),
            attempts: data.world.files.attempts.all().to_vec(),
            network: data.world.door.as_mut().map(|door| door.take_contacts()).unwrap_or_default(),
            left_running,
        };
        if let (End::Returned, Some(GuestResult::Answer { kind: FrameKind::Ready, .. })) = (&end, &answer) {
            return Ok((Self { spec: Arc::clone(spec), log_stream, guest, end, restored: None, is_new: true }, report));
        }
        let outcome = outcome_of(&mut guest, end, answer, config, (limit, config.fuel));
        Err(StartError::Init(Box::new(FailedInit { outcome, report })))
    }

    /// Makes a sandbox from an image, and renews what sandboxes must not share.
    fn restore(
        compiled: &Arc<Compiled>,
        spec: &Arc<FunctionSpec>,
        start: Start<'_>,
        limit: Option<StartLimit>,
    ) -> Result<Self, SandboxError> {
        let log_stream = spec.new_log_stream();
        let mut guest = Guest::restore(compiled, start)?;
        let mut bounds = bounds(spec);
        if let Some(StartLimit { timeout, fuel }) = limit {
            (bounds.timeout, bounds.fuel) = (timeout.duration(), fuel.map_or(u64::MAX, Fuel::operators));
        }
        guest.bound(bounds)?;
        guest.hand_over(log_stream.as_str().into());
        let end = guest.call(Entry::Reseed)?;
        let restored = Some((guest.age(), guest.data().world.log.take()));
        Ok(Self { spec: Arc::clone(spec), log_stream, guest, end, restored, is_new: true })
    }

    /// Runs one invocation. Blocks until the guest answers or the function's timeout has passed, whether the guest
    /// computes or waits. A handler that raises is an [`Outcome`], not an error.
    ///
    /// # Errors
    /// Only for faults of the host. Must run on a guest thread.
    pub fn call(&mut self, invocation: &Invocation) -> Result<CallReport, SandboxError> {
        self.call_after(invocation, None)
    }

    /// The same for an invocation that waited for this init, as its follower is to see.
    ///
    /// # Errors
    /// As [`Sandbox::call`].
    pub fn call_after(&mut self, invocation: &Invocation, init: Option<&InitReport>) -> Result<CallReport, SandboxError> {
        let Self { spec, log_stream, guest, end, restored, is_new } = self;
        let config = &spec.config;
        let timeout = invocation.timeout.unwrap_or(config.timeout);
        let fuel = invocation.fuel.or(config.fuel);
        let invoked_arn = config.arn(&spec.account, invocation.qualifier.as_ref());
        let mut answer = None;
        for (path, bytes) in &invocation.files {
            let placed = guest.data().world.place(path, bytes);
            // No guest reaches this: what it left in /tmp gives way, and neither size nor number is looked at. What is left
            // is a file of more than 16 TiB, or a path that the caller did not check.
            placed.map_err(|error| SandboxError::Host(format!("/tmp/{path} cannot be placed: {error:?}")))?;
        }
        // What the start took of the guest's time, where the call pays for it.
        let start = if std::mem::take(is_new) && invocation.pays_start { guest.age() } else { Duration::ZERO };
        let before = guest.clock().saturating_sub(start);
        let (cpu_before, slept_before) = (cpu_time(), guest.data().world.slept);
        let started = Duration::from_nanos(guest.data().world.clock.wall());
        guest.data().world.log.follower.clone_from(&invocation.follower);
        if let Some(follower) = &invocation.follower {
            let nothing = Log::default();
            let (restore, restore_log) = restored.as_ref().map_or((None, &nothing), |(duration, log)| (Some(*duration), log));
            follower.see(Seen::Begun(Begun {
                request_id: &invocation.request_id,
                invoked_arn: &invoked_arn,
                log_stream,
                started,
                init: init.map(|init| (init.duration, &init.log)),
                failed: None,
                restore,
                restore_log,
            }));
        }
        if *end == End::Returned {
            // The time for making the sandbox is ours, not the function's, but for what the function does meanwhile.
            let left = timeout.duration().saturating_sub(start);
            let cpu = invocation.cpu_timeout.map(Timeout::duration);
            guest.bound(Bounds { timeout: left, fuel: fuel.map_or(u64::MAX, Fuel::operators), cpu, ..bounds(spec) })?;
            let deadline = guest.data().world.clock.wall() / 1_000_000 + u64::try_from(left.as_millis()).unwrap_or(0);
            let message = HostMessage::Invoke {
                request_id: invocation.request_id.as_str(),
                deadline_ms: deadline,
                invoked_function_arn: &invoked_arn,
                trace_id: &invocation.trace_id,
                client_context: invocation.client_context.as_deref().unwrap_or(""),
                cognito_identity: invocation.cognito_identity.as_deref().unwrap_or(""),
                tenant_id: invocation.tenant_id.as_ref().map_or("", TenantId::as_str),
                event: &invocation.event,
            };
            (*end, answer) = guest.ask(Entry::Invoke, &message)?;
        }
        let duration = guest.clock().saturating_sub(before);
        let slept = guest.data().world.slept.saturating_sub(slept_before);
        let cpu = match guest.data().world.clock {
            Clock::Real { .. } => Duration::from_nanos((cpu_time() - cpu_before).unsigned_abs()),
            Clock::Counted(_) => duration.saturating_sub(slept),
        };
        let fuel_used = guest.fuel_used(end);
        let (restore_duration, restore_log) = restored.take().unzip();
        let mut outcome = outcome_of(guest, end.clone(), answer, config, (timeout, fuel));
        // Ended for its CPU time, or come to its end in more than that.
        if let Some(limit) = invocation.cpu_timeout.filter(|limit| cpu >= limit.duration())
            && matches!(outcome, Outcome::Returned(_) | Outcome::Raised(_) | Outcome::Exited(_) | Outcome::TimedOut(_))
        {
            outcome = Outcome::TimedOut(limit);
        }
        let data = guest.data();
        Ok(CallReport {
            outcome,
            started,
            invoked_arn,
            restore_log: restore_log.unwrap_or_default(),
            log: data.world.log.take(),
            usage: Usage {
                duration,
                cpu,
                slept,
                init_duration: None,
                restore_duration,
                max_memory_bytes: data.meter.peak(),
                fuel: fuel_used,
                reset: None,
            },
            attempts: data.world.files.attempts.take(),
            network: data.world.door.as_mut().map(|door| door.take_contacts()).unwrap_or_default(),
        })
    }

    /// The log stream of this environment.
    pub fn log_stream(&self) -> &LogStream {
        &self.log_stream
    }

    /// Whether it can serve another call: the guest came back from the last one, with a result or with an exception.
    pub fn is_alive(&self) -> bool {
        self.end == End::Returned
    }

    /// Ends it and makes its memory ready for another one.
    pub fn finish(self) -> ResetUsage {
        self.guest.finish()
    }

    /// The same, at once or later as the calling thread has it (see [`resets_later`]): `note` is called with what it took.
    pub fn finish_with(self, note: impl FnOnce(ResetUsage) + 'static) {
        if later::is_later() { later::put_off(move || note(self.finish())) } else { note(self.finish()) }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_version_is_the_one_that_is_linked() {
        let lock = include_str!("../../Cargo.lock");
        assert!(lock.contains(&format!("name = \"wasmtime\"\nversion = \"{}\"", super::WASMTIME_VERSION)));
    }
}
