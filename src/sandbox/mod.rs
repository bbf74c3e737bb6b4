//! The sandbox: a guest that can compute, read its files and answer, and nothing else. The only user of wasmtime.
//!
//! [`Interpreter`] is CPython ready to run, [`Function`] the image of a function after its init, [`Sandbox`] a guest made
//! from such an image, or one that ran the init itself. It serves one call after the other until it ends.
//!
//! | file | what |
//! |---|---|
//! | `engine` | wasmtime's settings in two variants; the watchdog that ends a guest at its deadline |
//! | `python` | bundle, machine code, boot image |
//! | `split` | takes the data segments out of a module, refuses modules with state that an image cannot hold |
//! | `switch` | adds the functions that switch between the stacks of threads |
//! | `memory` | linear memories mapped from images; all `unsafe` |
//! | `snapshot` | images, in memory and on disk |
//! | `limits` | memory, and the other bounds |
//! | `pace` | the CPU share of a memory size |
//! | `wasi` | everything the guest can see |
//! | `instance` | one guest, and how its calls end |

mod engine;
mod instance;
mod limits;
mod memory;
mod pace;
mod python;
mod snapshot;
mod split;
mod switch;
mod wasi;

use std::borrow::Cow;
use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{Scope, ScopedJoinHandle};
use std::time::Duration;

use wasmtime::Trap;

use self::instance::{Bounds, End, Entry, Guest, Start};
use self::limits::GUEST_THREAD_STACK;
use self::pace::cpu_time;
use self::snapshot::Image;
use self::wasi::{Clock, Files, GuestResult};
use crate::function::{
    Account, Attempt, Completion, CpuShare, ErrorDocument, FileTree, Fuel, FunctionConfig, Invocation, Log, Mode, Outcome, ResetUsage,
    TenantId, Timeout, Usage,
};
use crate::protocol::{HostMessage, InitSettings, Kind};

pub use self::engine::Variant;
pub use self::memory::{Reset, SlotOptions};
pub use self::python::{Interpreter, RuntimeInfo, SetupStep};

/// wasmtime's version, for `--version`: the sandbox is as good as it is.
pub const WASMTIME_VERSION: &str = "48.0.8";

/// A fault of the host or of its installation. What a guest does is never one.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The interpreter was not built.
    #[error("there is no interpreter bundle in {path} ({1})", path = .0.display())]
    NoBundle(PathBuf, String),
    /// A file of the bundle is not what it should be.
    #[error("{path} is damaged: {1}", path = .0.display())]
    Bundle(PathBuf, String),
    /// The interpreter's module cannot be used.
    #[error("the interpreter's module cannot be used: {0}")]
    Module(String),
    /// Reading or writing a file of ours failed.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// wasmtime failed in a way that no guest can cause.
    #[error("wasmtime: {0:#}")]
    Wasmtime(#[from] wasmtime::Error),
    /// Anything else of the host.
    #[error("{0}")]
    Host(String),
}

thread_local! {
    static IS_GUEST_THREAD: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work` on a thread with the stack that guests need. Everything that runs a guest must be called inside.
///
/// # Errors
/// When the thread cannot be made. A panic of `work` goes on in the caller.
pub fn on_guest_thread<R: Send>(work: impl FnOnce() -> R + Send) -> std::io::Result<R> {
    std::thread::scope(|scope| guest_thread(scope, work)?.join().map_err(|panic| std::panic::resume_unwind(panic)))
}

/// Starts such a thread within a scope.
///
/// # Errors
/// When the thread cannot be made.
pub fn guest_thread<'scope, R: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    work: impl FnOnce() -> R + Send + 'scope,
) -> std::io::Result<ScopedJoinHandle<'scope, R>> {
    std::thread::Builder::new().name("guest".into()).stack_size(GUEST_THREAD_STACK).spawn_scoped(scope, || {
        IS_GUEST_THREAD.set(true);
        work()
    })
}

/// On a smaller stack a deep recursion of the guest would hit the guard page and end the process.
fn require_guest_thread() -> Result<(), SandboxError> {
    if IS_GUEST_THREAD.get() { Ok(()) } else { Err(SandboxError::Host("guests run inside of `on_guest_thread` only".into())) }
}

/// What makes up a function.
#[derive(Debug, Clone)]
pub struct FunctionSpec {
    /// Its settings.
    pub config: FunctionConfig,
    /// Where it would live.
    pub account: Account,
    /// For context and environment.
    pub log_stream: String,
    /// `/var/task`.
    pub task: Arc<FileTree>,
    /// `/opt`.
    pub opt: Arc<FileTree>,
    /// The CPU share that calls run at; `None` for all that the machine has. An init always has all, as on AWS, where
    /// it is given more than the function's share.
    pub share: Option<CpuShare>,
}

/// What an init took and printed.
#[derive(Debug, Clone)]
pub struct InitReport {
    /// Import of the module and what it runs.
    pub duration: Duration,
    /// The guest's wall clock when it began, since 1970.
    pub started: Duration,
    /// What it printed.
    pub log: Log,
    /// Largest size of its memory, in bytes.
    pub max_memory_bytes: u64,
    /// What it tried that no sandbox has. A completion of a function whose init succeeded has these already.
    pub attempts: Vec<Attempt>,
}

/// A function after its init: its image. Every call starts from there.
pub struct Function {
    interpreter: Arc<Interpreter>,
    spec: FunctionSpec,
    arn: String,
    image: Image,
    files: Files,
    /// How its sandboxes' memories are made ready for the next one.
    pub slot: SlotOptions,
    /// What the init took, for the first call's report; `None` for a function that was loaded.
    pub init: Option<InitReport>,
}

/// An init that did not give a function: how it ended, and what it took.
pub type FailedInit = (Outcome, InitReport);

/// What becomes of a guest after its init.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    /// Its image is taken: hooks run, and what the init made is settled.
    Image,
    /// It serves calls itself.
    Serve,
}

impl Function {
    /// Runs a function's init in a sandbox made from the booted interpreter, and takes its image.
    ///
    /// # Errors
    /// The outer one is the host's fault; the inner one is how the init of this function failed.
    pub fn publish(interpreter: &Arc<Interpreter>, spec: FunctionSpec) -> Result<Result<Self, FailedInit>, SandboxError> {
        let (mut sandbox, init) = match Sandbox::start(interpreter, &spec, Then::Image, SlotOptions::default())? {
            Ok(started) => started,
            Err(failed) => return Ok(Err(failed)),
        };
        let guest = &mut sandbox.guest;
        let files = guest.data().world.files.clone();
        let clock = guest.clock();
        let (memory, stack_pointer) = guest.at_rest()?;
        let image = Image::from_memory(memory, stack_pointer, clock)?;
        let arn = sandbox.arn.into_owned();
        drop(sandbox.guest);
        let (interpreter, slot) = (Arc::clone(interpreter), SlotOptions::default());
        Ok(Ok(Self { interpreter, spec, arn, image, files, slot, init: Some(init) }))
    }

    /// A function as [`Function::store`] left it. `None` when it is not there, not whole, or of another key.
    pub fn load(interpreter: &Arc<Interpreter>, spec: FunctionSpec, path: &Path, key: &str) -> Option<Self> {
        let image = Image::open(path, key)?;
        let mounts = interpreter.mounts(Arc::clone(&spec.task), Arc::clone(&spec.opt));
        let files = Files::new(mounts, spec.config.ephemeral_storage.bytes());
        let arn = spec.config.arn(&spec.account);
        Some(Self { interpreter: Arc::clone(interpreter), spec, arn, image, files, slot: SlotOptions::default(), init: None })
    }

    /// Writes the function's image to `path`, complete or not at all. `false`, and nothing is written, when its state
    /// is more than its memory: descriptors that it closed, or files in `/tmp`.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn store(&self, path: &Path, key: &str) -> std::io::Result<bool> {
        if !self.files.is_pristine() {
            return Ok(false);
        }
        Image::store(path, key, self.image.backing().bytes(), self.image.stack_pointer, self.image.clock)?;
        Ok(true)
    }

    /// What the init left open: how many descriptors, and the first `most` of them with their paths. AWS says not to rely
    /// on such a thing after a restore, and every sandbox would share its position.
    pub fn left_open(&self, most: usize) -> (usize, Vec<(u32, String)>) {
        self.files.left_open(most)
    }

    /// Makes a new sandbox from the function's image.
    ///
    /// # Errors
    /// Only for faults of the host, as all that follows here. Must run on a guest thread.
    pub fn sandbox(&self) -> Result<Sandbox<'_>, SandboxError> {
        let config = &self.spec.config;
        let mut guest = Guest::restore(
            &self.interpreter,
            Start {
                image: &self.image,
                files: self.files.clone(),
                memory_limit: config.memory_size.linear_memory_bytes(),
                slot: self.slot,
            },
        )?;
        guest.bound(bounds(&self.spec))?;
        let end = guest.call(Entry::Reseed)?;
        let restored = Some((guest.age(), guest.data().world.log.take()));
        Ok(Sandbox { spec: &self.spec, arn: Cow::Borrowed(&self.arn), guest, end, restored })
    }

    /// Runs one invocation in a new sandbox.
    pub fn call(&self, invocation: &Invocation) -> Result<Completion, SandboxError> {
        let mut sandbox = self.sandbox()?;
        let mut completion = sandbox.call(invocation)?;
        completion.usage.reset = Some(sandbox.finish());
        Ok(completion)
    }
}

fn bounds(spec: &FunctionSpec) -> Bounds {
    let fuel = spec.config.fuel.map_or(u64::MAX, |fuel| fuel.operators());
    Bounds { timeout: spec.config.timeout.duration(), fuel, share: spec.share }
}

/// A guest with a function in it.
pub struct Sandbox<'a> {
    spec: &'a FunctionSpec,
    arn: Cow<'a, str>,
    guest: Guest<'a>,
    /// How the last call of the guest ended.
    end: End,
    /// What making it from an image took and printed, until a call has told it.
    restored: Option<(Duration, Log)>,
}

impl<'a> Sandbox<'a> {
    /// Runs a function's init in a sandbox made from the booted interpreter, for calls in that same sandbox.
    ///
    /// # Errors
    /// As [`Function::publish`].
    pub fn init(
        interpreter: &'a Interpreter,
        spec: &'a FunctionSpec,
        slot: SlotOptions,
    ) -> Result<Result<(Self, InitReport), FailedInit>, SandboxError> {
        Self::start(interpreter, spec, Then::Serve, slot)
    }

    fn start(
        interpreter: &'a Interpreter,
        spec: &'a FunctionSpec,
        then: Then,
        slot: SlotOptions,
    ) -> Result<Result<(Self, InitReport), FailedInit>, SandboxError> {
        let config = &spec.config;
        let mounts = interpreter.mounts(Arc::clone(&spec.task), Arc::clone(&spec.opt));
        let files = Files::new(mounts, config.ephemeral_storage.bytes());
        let memory_limit = config.memory_size.linear_memory_bytes();
        let mut guest = Guest::restore(interpreter, Start { image: interpreter.booted()?, files, memory_limit, slot })?;
        guest.bound(Bounds::time(Timeout::INIT.duration()))?;
        let environment = config.environment.for_guest(config, &spec.account, &spec.log_stream, &interpreter.runtime().runtime);
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
        let init = InitReport {
            duration,
            started,
            log: data.world.log.take(),
            max_memory_bytes: data.meter.peak(),
            attempts: data.world.files.attempts.all().to_vec(),
        };
        if let (End::Returned, Some(GuestResult::Answer { kind: Kind::Ready, .. })) = (&end, &answer) {
            let arn = Cow::Owned(config.arn(&spec.account));
            return Ok(Ok((Self { spec, arn, guest, end, restored: None }, init)));
        }
        Ok(Err((fold(&mut guest, end, answer, config, (Timeout::INIT, config.fuel)), init)))
    }

    /// Runs one invocation. Blocks until the guest answers or the function's timeout has passed, whether the guest
    /// computes or waits. A handler that raises is an [`Outcome`], not an error.
    pub fn call(&mut self, invocation: &Invocation) -> Result<Completion, SandboxError> {
        let Self { spec, arn, guest, end, restored } = self;
        let config = &spec.config;
        let timeout = invocation.timeout.unwrap_or(config.timeout);
        let fuel = invocation.fuel.or(config.fuel);
        let mut answer = None;
        for (path, bytes) in &invocation.files {
            let placed = guest.data().world.place(path, bytes);
            placed.map_err(|error| SandboxError::Host(format!("/tmp/{path} cannot be placed: {error:?}")))?;
        }
        let before = guest.clock();
        let (cpu_before, slept_before) = (cpu_time(), guest.data().world.slept);
        let started = Duration::from_nanos(guest.data().world.clock.wall());
        if *end == End::Returned {
            // The time for making the sandbox is ours, not the function's.
            guest.bound(Bounds { timeout: timeout.duration(), fuel: fuel.map_or(u64::MAX, Fuel::operators), ..bounds(spec) })?;
            let deadline = guest.data().world.clock.wall() / 1_000_000 + u64::try_from(timeout.duration().as_millis()).unwrap_or(0);
            let message = HostMessage::Invoke {
                request_id: invocation.request_id.as_str(),
                deadline_ms: deadline,
                invoked_function_arn: arn,
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
        let outcome = fold(guest, end.clone(), answer, config, (timeout, fuel));
        let data = guest.data();
        Ok(Completion {
            request_id: invocation.request_id.clone(),
            outcome,
            was_called: true,
            started,
            init_log: Log::default(),
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
            mode: Mode::Snapshot,
            attempts: data.world.files.attempts.take(),
        })
    }

    /// Whether it can serve another call: the guest came back from the last one, with a result or with an exception.
    pub fn is_alive(&self) -> bool {
        self.end == End::Returned
    }

    /// Ends it and makes its memory ready for another one.
    pub fn finish(self) -> ResetUsage {
        self.guest.finish()
    }
}

/// One outcome from how the call ended, what came out of the result pipe and whether memory was refused.
fn fold(
    guest: &mut Guest<'_>,
    end: End,
    answer: Option<GuestResult>,
    config: &FunctionConfig,
    (timeout, fuel): (Timeout, Option<Fuel>),
) -> Outcome {
    let refused = guest.data().meter.refused();
    let out_of_memory = Outcome::OutOfMemory(config.memory_size);
    match end {
        End::TimedOut => Outcome::TimedOut(timeout),
        End::OutOfFuel => fuel.map_or_else(|| Outcome::Trapped("out of fuel".into()), Outcome::OutOfFuel),
        // The guest's C half ends a process that died of MemoryError with this status, as a shell shows SIGKILL.
        End::Exited(137) if refused => out_of_memory,
        End::Exited(status) => Outcome::Exited(status),
        // CPython aborts when it cannot even make an exception; a trap for another reason is not memory's fault.
        End::Trapped(Trap::UnreachableCodeReached) if refused => out_of_memory,
        End::Trapped(trap) => Outcome::Trapped(trap.to_string()),
        End::Returned => match answer {
            Some(GuestResult::TooLarge(bytes)) => Outcome::ResultTooLarge(bytes),
            Some(GuestResult::Answer { kind: Kind::Returned, body }) => Outcome::Returned(body),
            Some(GuestResult::Answer { kind: kind @ (Kind::Raised | Kind::InitFailed), body }) => match ErrorDocument::from_guest(&body) {
                Some(document) if died_of_memory(&document, refused) => out_of_memory,
                Some(document) if kind == Kind::Raised => Outcome::Raised(document),
                Some(document) => Outcome::InitFailed(document),
                None => Outcome::Trapped("the runtime inside the sandbox sent an error that is none".into()),
            },
            Some(GuestResult::Answer { .. }) | None => Outcome::Trapped("the runtime inside the sandbox did not answer".into()),
        },
    }
}

/// Whether an exception that nobody caught means that the guest had no memory left. One that user code raises itself,
/// with words of its own, is an exception like any other.
fn died_of_memory(document: &ErrorDocument, refused: bool) -> bool {
    match document.error_type.as_str() {
        // Without words it is the interpreter's: memory was refused, or more was asked for than 32 bits can count.
        "MemoryError" => refused || document.message.is_empty(),
        // The runtime's words for an exception in the result's way to JSON, and none of the exception itself.
        "Runtime.MarshalError" => refused && document.message.ends_with(": "),
        // What CPython 3.13 makes of a frame for which there is no memory.
        "SystemError" => refused && document.message == "error return without exception set",
        _ => false,
    }
}
