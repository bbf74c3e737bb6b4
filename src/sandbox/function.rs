//! A function: what it is made from, its init, and the image that its sandboxes start from.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::guest::Start;
use super::memory::SlotOptions;
use super::net::{Door, DoorMark};
use super::snapshot::Image;
use super::wasi::{Files, Machine};
use super::{Interpreter, Sandbox, SandboxError, StartLimit, Then, Variant};
use crate::function::{
    Account, Attempt, Contact, CpuShare, FileTree, FunctionConfig, FunctionVersion, Invocation, Log, LogStream, Outcome, Timeout,
};
use crate::network::Policy;

/// What makes up a version of a function, its identity included as far as its init can see it. Aliases and the rest of how a
/// caller names it belong to the [`Invocation`](crate::function::Invocation).
#[derive(Debug, Clone)]
pub struct FunctionSpec {
    /// Its settings.
    pub config: FunctionConfig,
    /// Which version it is.
    pub version: FunctionVersion,
    /// Where it would live.
    pub account: Account,
    /// The log stream of every environment, for runs that must be the same each time. `None`: each one has its own.
    pub log_stream: Option<LogStream>,
    /// `/var/task`.
    pub task: Arc<FileTree>,
    /// `/opt`.
    pub opt: Arc<FileTree>,
    /// The CPU share that calls run at; `None` for all that the machine has. An init always has all, as on AWS, where
    /// it is given more than the function's share.
    pub share: Option<CpuShare>,
    /// Where it may connect to. A guest whose clock counts has no network but a recording: what comes from anywhere else is not
    /// the same twice.
    pub network: Arc<Policy>,
}

impl FunctionSpec {
    /// The log stream of a new environment.
    pub(super) fn new_log_stream(&self) -> LogStream {
        self.log_stream.clone().unwrap_or_else(|| LogStream::new(&self.version))
    }

    /// The network of a new guest, which goes on where that of its image ended; `None` where there is none.
    pub(super) fn door(&self, variant: Variant, mark: &DoorMark) -> Option<Box<Door>> {
        let is_open = !self.network.is_closed() && (variant != Variant::Deterministic || self.network.traffic.replay.is_some());
        is_open.then(|| Box::new(Door::new(Arc::clone(&self.network), mark)))
    }
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
    /// The log stream of its environment.
    pub log_stream: LogStream,
    /// Largest size of its memory, in bytes.
    pub max_memory_bytes: u64,
    /// What it tried that no sandbox has. A completion of a function whose init succeeded has these already.
    pub attempts: Vec<Attempt>,
    /// What it did on the network, and what it was refused there.
    pub network: Vec<Contact>,
    /// Threads that an image cannot keep, with the place where each is; empty if there are none. The guest's own words, of
    /// any length.
    pub left_running: String,
}

/// An init that gave no function.
#[derive(Debug, Clone)]
pub struct FailedInit {
    /// How it ended.
    pub outcome: Outcome,
    /// What it took.
    pub report: InitReport,
}

/// Why there is no function that could be called.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The function's own doing: its init raised, ended or was ended.
    #[error("the init of the function ended as {status}", status = .0.outcome.status())]
    Init(Box<FailedInit>),
    /// The host's fault.
    #[error(transparent)]
    Host(#[from] SandboxError),
}

/// Connections that a warning names.
const MOST_NAMED: usize = 5;

/// A function after its init: its image. Every call starts from there.
pub struct Function {
    interpreter: Arc<Interpreter>,
    spec: Arc<FunctionSpec>,
    image: Image,
    files: Files,
    /// What the init left of its network: handles of sockets that the image may still know.
    door: DoorMark,
    /// Connections that the init left open, which are closed: how many, and some of them by name.
    connections: (usize, Vec<String>),
    /// How its sandboxes' memories are made ready for the next one.
    pub slot: SlotOptions,
    /// What the init took; `None` for a function that was loaded.
    pub init: Option<InitReport>,
}

impl Function {
    /// Runs a function's init in a sandbox made from the booted interpreter, and takes its image.
    ///
    /// # Errors
    /// The function's own or the host's; must run on a guest thread.
    pub fn publish(interpreter: &Arc<Interpreter>, spec: impl Into<Arc<FunctionSpec>>) -> Result<Self, StartError> {
        let spec = spec.into();
        let base = interpreter.base();
        let (mut sandbox, init) = Sandbox::start(interpreter, &spec, Then::Image, SlotOptions::default(), Timeout::INIT)?;
        let guest = &mut sandbox.guest;
        let files = guest.data().world.files.clone();
        let door = guest.data().world.door.as_ref();
        let mark = door.map_or_else(DoorMark::default, |door| door.mark());
        let connections = door.map_or((0, Vec::new()), |door| door.left_open(MOST_NAMED));
        let clock = guest.clock();
        let (memory, stack_pointer) = guest.at_rest()?;
        let image = match base.and_then(|base| Image::over(base, memory, stack_pointer, clock)) {
            Some(image) => image,
            None => Image::from_memory(memory, stack_pointer, clock).map_err(SandboxError::from)?,
        };
        let interpreter = Arc::clone(interpreter);
        Ok(Self { interpreter, spec, image, files, door: mark, connections, slot: SlotOptions::default(), init: Some(init) })
    }

    /// A function as [`Function::store`] left it. `None` when it is not there, not whole, or of another key.
    pub fn load(interpreter: &Arc<Interpreter>, spec: impl Into<Arc<FunctionSpec>>, path: &Path, key: &str) -> Option<Self> {
        let (spec, image) = (spec.into(), Image::open(path, key, || interpreter.base())?);
        let mounts = interpreter.mounts(Arc::clone(&spec.task), Arc::clone(&spec.opt));
        let (config, runtime, log_stream) = (&spec.config, &interpreter.runtime().runtime, spec.new_log_stream());
        let environment = config.environment.for_guest(config, &spec.version, &spec.account, log_stream.as_str(), runtime);
        let files = Files::new(mounts, config.ephemeral_storage.bytes(), Machine::new(config.memory_size.mb(), &environment));
        let (interpreter, connections) = (Arc::clone(interpreter), (0, Vec::new()));
        Some(Self { interpreter, spec, image, files, door: DoorMark::default(), connections, slot: SlotOptions::default(), init: None })
    }

    /// Writes the function's image to `path`, complete or not at all. `false`, and nothing is written, when its state
    /// is more than its memory: descriptors that it closed, or files in `/tmp`.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn store(&self, path: &Path, key: &str) -> std::io::Result<bool> {
        // What an init did on the network, or was refused there, another process would have to do again.
        let is_offline = self.door.is_untouched() && self.init.as_ref().is_none_or(|init| init.network.is_empty());
        if !self.files.is_pristine() || !is_offline {
            return Ok(false);
        }
        self.image.keep(path, key)?;
        Ok(true)
    }

    /// What the init left open: how many descriptors, and the first `most` of them with their paths. AWS says not to rely
    /// on such a thing after a restore, and every sandbox would share its position.
    pub fn left_open(&self, most: usize) -> (usize, Vec<(u32, String)>) {
        self.files.left_open(most)
    }

    /// The connections that the init left open: how many, and the first ones by host and port. They were closed, as no image
    /// can hold one; what the function does with them finds them at their end.
    pub fn left_connected(&self) -> (usize, &[String]) {
        (self.connections.0, &self.connections.1)
    }

    /// The threads of the init that are not in the image, because of where they wait, or since they do not wait at all. The
    /// guest's own words; empty if there are none.
    pub fn left_running(&self) -> &str {
        self.init.as_ref().map_or("", |init| &init.left_running)
    }

    /// Makes a new sandbox from the function's image, with a log stream of its own.
    ///
    /// # Errors
    /// Only for faults of the host. Must run on a guest thread.
    pub fn sandbox(&self) -> Result<Sandbox, SandboxError> {
        self.restore(None)
    }

    /// The same for an invocation that pays for what its start takes, if it says so.
    ///
    /// # Errors
    /// As [`Function::sandbox`].
    pub fn sandbox_for(&self, invocation: &Invocation) -> Result<Sandbox, SandboxError> {
        self.restore(StartLimit::of(invocation, &self.spec))
    }

    /// Bytes of its image.
    pub fn image_bytes(&self) -> u64 {
        self.image.size() as u64
    }

    fn restore(&self, limit: Option<StartLimit>) -> Result<Sandbox, SandboxError> {
        let start = Start {
            image: &self.image,
            files: self.files.clone(),
            memory_limit: self.spec.config.memory_size.linear_memory_bytes(),
            slot: self.slot,
            door: self.spec.door(self.interpreter.variant(), &self.door),
        };
        Sandbox::restore(self.interpreter.compiled(), &self.spec, start, limit)
    }
}
