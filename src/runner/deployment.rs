//! From a package and settings to a function that can be invoked.

use std::cell::Cell;
use std::num::NonZeroUsize;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::interpreters::Interpreters;
use super::{GuestPool, ImageFolder, Init, Options, in_order};
use crate::function::{
    Account, Completion, Content, CpuShare, FunctionConfig, FunctionName, FunctionVersion, HandlerName, Invocation, Log, LogStream, Mode,
    Node, ResetUsage, RuntimeName, Usage,
};
use crate::network::Policy;
use crate::package::{LayersError, Package, PackageError, overlay_layers};
use crate::report::Platform;
use crate::sandbox::{CallReport, FailedInit, Function, FunctionSpec, InitReport, Interpreter, Sandbox, SandboxError, StartError, Variant};
use crate::text;

/// Sandboxes that a deployment with [`Options::reuse`] keeps warm while no call needs them.
const MAX_IDLE_SANDBOXES: usize = 16;
/// Files that a warning names, and characters that it shows of a path: a guest can leave a thousand open, in folders as deep as
/// it likes.
const MAX_SHOWN_FILES: usize = 5;
const MAX_SHOWN_PATH: usize = 200;

/// Why a package could not be deployed.
#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    /// The package or a layer cannot be loaded, or they are too large together.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// A setting that AWS would refuse.
    #[error(transparent)]
    Config(#[from] crate::function::ConfigError),
    /// There is no interpreter, or it is damaged.
    #[error(transparent)]
    Bundle(SandboxError),
    /// Another fault of the host.
    #[error(transparent)]
    Host(SandboxError),
}

impl From<LayersError> for DeployError {
    fn from(error: LayersError) -> Self {
        match error {
            LayersError::Config(error) => Self::Config(error),
            LayersError::Package(error) => Self::Package(error),
        }
    }
}

/// How fast a function computes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum CpuModel {
    /// All the speed there is.
    #[default]
    Full,
    /// With pauses, so that calls have the CPU share of their memory size on AWS. The init has all, as there.
    Lambda,
}

impl CpuModel {
    /// Both, with their names.
    pub const NAMES: [(&'static str, Self); 2] = [("full", Self::Full), ("lambda", Self::Lambda)];
}

/// What is to be deployed, and how.
#[derive(Debug, Clone)]
pub struct DeployRequest {
    /// The function's code.
    pub package: Package,
    /// What is laid over each other in `/opt`, at most [`MAX_LAYERS`](crate::package::MAX_LAYERS) of them; later ones win.
    pub layers: Vec<Package>,
    /// The function's settings.
    pub config: FunctionConfig,
    /// Which version of the function it is. Its init can see it, so versions never share an image.
    pub version: FunctionVersion,
    /// Where it would live.
    pub account: Account,
    /// How fast it computes.
    pub cpu: CpuModel,
    /// Where it may connect to.
    pub network: Policy,
    /// The same bytes out each time: a clock that counts operators, random numbers from a seed, a fixed log stream.
    pub deterministic: bool,
    /// When the init runs, how long sandboxes live, and what becomes of their memory.
    pub options: Options,
    /// Whether the image after the init is kept on disk for later processes, and looked for there first. Never with
    /// `deterministic` or `extra_files`.
    pub keep_image: bool,
    /// Further files below `/opt`, over those of the layers: paths without `/opt/` in front, and bytes.
    pub extra_files: Vec<(String, Arc<Vec<u8>>)>,
}

impl DeployRequest {
    /// A deployment of this package with these settings and AWS's defaults for everything else. Its image is kept on disk.
    pub fn new(package: Package, config: FunctionConfig) -> Self {
        Self {
            package,
            layers: Vec::new(),
            config,
            version: FunctionVersion::default(),
            account: Account::default(),
            cpu: CpuModel::default(),
            network: Policy::default(),
            deterministic: false,
            options: Options::default(),
            keep_image: true,
            extra_files: Vec::new(),
        }
    }

    /// The same with all settings at their defaults: the handler is the one function of the package that can be meant, the
    /// name is the package's.
    ///
    /// # Errors
    /// When no function, or more than one, can be meant.
    pub fn of_package(package: Package, runtime: RuntimeName) -> Result<Self, PackageError> {
        let config = FunctionConfig::new(FunctionName::of_package(&package.name), package.find_handler()?, runtime);
        Ok(Self::new(package, config))
    }

    /// The same function with one module more, in a layer, whose `handler` is the function's.
    pub(crate) fn wrapped(&self, module: &str, source: String, handler: HandlerName) -> Self {
        let mut wrapped = self.clone();
        wrapped.extra_files.push((format!("python/{module}.py"), source.into_bytes().into()));
        wrapped.config.handler = handler;
        wrapped
    }

    /// The same function where time and entropy are counted, at full speed: for numbers that are exact.
    pub(crate) fn counting(&self) -> Self {
        Self { deterministic: true, cpu: CpuModel::Full, ..self.clone() }
    }

    fn variant(&self) -> Variant {
        match (self.deterministic, self.config.fuel) {
            (true, _) => Variant::Deterministic,
            (false, Some(_)) => Variant::Fuel,
            (false, None) => Variant::Clock,
        }
    }

    /// Opens what publishing it needs.
    pub(super) fn prepare(&self, interpreters: &Interpreters, pool: &Arc<GuestPool>) -> Result<Prepared, DeployError> {
        let (mut opt, layer_digests) = overlay_layers(&self.package, &self.layers)?;
        for (path, bytes) in &self.extra_files {
            let file = Node::File(Content::Bytes(Arc::clone(bytes)));
            opt.add(path, file).map_err(|error| DeployError::Host(SandboxError::Host(error.to_string())))?;
        }
        let interpreter = interpreters.open(&self.config.runtime, self.variant())?;
        let spec = Arc::new(FunctionSpec {
            config: self.config.clone(),
            version: self.version.clone(),
            account: self.account.clone(),
            log_stream: self.deterministic.then(|| LogStream::fixed(&self.version)),
            task: Arc::clone(&self.package.files),
            opt: Arc::new(opt),
            share: (self.cpu == CpuModel::Lambda).then(|| CpuShare::of_memory(self.config.memory_size)),
            network: Arc::new(self.network.clone()),
        });
        // A kept image would show in what is printed: a first run reports an init, a later one does not.
        let kept = (self.keep_image && !self.deterministic && self.extra_files.is_empty()).then(|| {
            let digests: Vec<&str> = std::iter::once(&self.package.digest).chain(&layer_digests).map(String::as_str).collect();
            (interpreters.home().images(), ImageFolder::key(&interpreter, &spec, &digests))
        });
        let python = &interpreter.runtime().python_version;
        let platform = Platform::new(self.config.clone(), self.version.clone(), &self.account, python, interpreter.module_digest());
        Ok(Prepared { interpreter, spec, options: self.options, kept, platform, pool: Arc::clone(pool) })
    }
}

/// A function before its init: everything that publishing it needs is open and checked.
pub struct Prepared {
    interpreter: Arc<Interpreter>,
    spec: Arc<FunctionSpec>,
    options: Options,
    kept: Option<(ImageFolder, String)>,
    platform: Platform,
    pool: Arc<GuestPool>,
}

impl Prepared {
    /// What its interpreter and its sandboxes are made from.
    pub fn parts(&self) -> (&Arc<Interpreter>, &Arc<FunctionSpec>) {
        (&self.interpreter, &self.spec)
    }

    /// Runs the function's init, or finds its image of an earlier process. Where each sandbox has its own init nothing is
    /// done yet. Must run on a guest thread.
    ///
    /// # Errors
    /// Only for faults of the host; an init that fails gives a deployment whose invocations all end as the init did.
    pub fn publish(self) -> Result<Deployment, SandboxError> {
        let Self { interpreter, spec, options, kept, platform, pool } = self;
        let (function, warning) = published(&interpreter, &spec, options, kept.as_ref())?;
        let init_is_reported = AtomicBool::new(false);
        let (idle, written) = (Mutex::default(), AtomicU64::new(0));
        let deployed = Deployed { interpreter, spec, options, function, warning, init_is_reported, platform, pool, idle, written };
        Ok(Deployment(Arc::new(deployed)))
    }
}

/// The function with its image; `None` where each sandbox has an init of its own, with a warning where that is not what was
/// asked for.
type Published = (Option<Result<Function, Box<FailedInit>>>, Option<String>);

fn published(
    interpreter: &Arc<Interpreter>,
    spec: &Arc<FunctionSpec>,
    options: Options,
    kept: Option<&(ImageFolder, String)>,
) -> Result<Published, SandboxError> {
    if options.init == Init::Each {
        return Ok((None, None));
    }
    if let Some(mut function) = kept.and_then(|(folder, key)| folder.load(interpreter, spec, key)) {
        function.slot = options.slot;
        return Ok((Some(Ok(function)), None));
    }
    let mut function = match Function::publish(interpreter, Arc::clone(spec)) {
        Ok(function) => function,
        Err(StartError::Init(failed)) => return Ok((Some(Err(failed)), None)),
        Err(StartError::Host(error)) => return Err(error),
    };
    let (count, open) = function.left_open(MAX_SHOWN_FILES);
    if count > 0 {
        return Ok((None, Some(left_open(count, &open))));
    }
    if !function.left_running().is_empty() {
        return Ok((None, Some(left_running(function.left_running()))));
    }
    function.slot = options.slot;
    let (count, connections) = function.left_connected();
    if count > 0 {
        let warning = left_connected(count, connections);
        return Ok((Some(Ok(function)), Some(warning)));
    }
    if let Some((folder, key)) = kept {
        // Without room or rights there, the next process has an init again.
        let _ = folder.keep(&function, key);
    }
    Ok((Some(Ok(function)), None))
}

fn left_running(threads: &str) -> String {
    format!(
        "the init left {} running, whose stack a snapshot cannot hold: the function runs without one, every sandbox has an init of \
         its own. Let the thread wait in a function that Python code has called (a queue, an event, a sleep) when the init \
         ends, or start it in the handler",
        text::line(threads, MAX_SHOWN_PATH)
    )
}

fn left_connected(count: usize, connections: &[String]) -> String {
    let mut names: Vec<String> = connections.iter().map(|name| text::line(name, MAX_SHOWN_PATH).to_string()).collect();
    if count > names.len() {
        names.push(format!("{} more", count - names.len()));
    }
    format!(
        "the init left {} connected: it was closed, as no snapshot can hold a connection, and the function finds it at its end. \
         Clients that connect again when they find that, as boto3 and urllib3 do, need nothing else",
        names.join(", ")
    )
}

fn left_open(count: usize, files: &[(u32, String)]) -> String {
    let name = |(descriptor, path): &(u32, String)| format!("{} (descriptor {descriptor})", text::line(path, MAX_SHOWN_PATH));
    let mut names: Vec<String> = files.iter().map(name).collect();
    if count > files.len() {
        names.push(format!("{} more", count - files.len()));
    }
    format!(
        "the init left {} open: the function runs without a snapshot, every sandbox has an init of its own. Close it at the \
         end of the init, or open it in the handler",
        names.join(", ")
    )
}

/// A version of a function that can be invoked from any thread, by as many callers at the same time as there are. A handle:
/// clones are the same deployment, and what it holds goes with the last of them.
///
/// If its init failed, every invocation ends as the init did, as on AWS, where each one would try the init again and fail with
/// the same error.
#[derive(Clone)]
pub struct Deployment(Arc<Deployed>);

struct Deployed {
    interpreter: Arc<Interpreter>,
    spec: Arc<FunctionSpec>,
    options: Options,
    /// `None` when there is no image: each sandbox has an init of its own.
    function: Option<Result<Function, Box<FailedInit>>>,
    warning: Option<String>,
    /// Whether a completion has reported the init of the image.
    init_is_reported: AtomicBool,
    platform: Platform,
    pool: Arc<GuestPool>,
    /// Sandboxes that are used again and wait for a call.
    idle: Mutex<Vec<Sandbox>>,
    /// One more than the pages that the last call wrote whose sandbox was reset; 0 where that is not known.
    written: AtomicU64,
}

impl Deployment {
    /// Runs one invocation on a guest thread and waits for it; on a guest thread that is this one. The deployment's first
    /// completion reports what the init took and printed, and so does each one whose sandbox had an init of its own.
    ///
    /// # Errors
    /// Only for faults of the host: however the function ends, it is an [`Outcome`](crate::function::Outcome).
    pub fn invoke(&self, invocation: Invocation) -> Result<Completion, SandboxError> {
        let deployment = self.clone();
        self.0.pool.run(move || deployment.invoke_here(&invocation))?
    }

    /// Runs one invocation on a guest thread and does not wait: `done` is called there with what [`Deployment::invoke`] would
    /// have returned. For callers that must not block.
    ///
    /// # Errors
    /// When there is no guest thread and none can be made; `done` is then dropped and never called.
    pub fn invoke_with(
        &self,
        invocation: Invocation,
        done: impl FnOnce(Result<Completion, SandboxError>) + Send + 'static,
    ) -> std::io::Result<()> {
        let deployment = self.clone();
        self.0.pool.start(move || done(deployment.invoke_here(&invocation)))
    }

    fn invoke_here(&self, invocation: &Invocation) -> Result<Completion, SandboxError> {
        if !self.0.options.reuse {
            return self.worker().invoke(invocation);
        }
        let idle = || self.0.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let sandbox = idle().pop();
        let mut worker = Worker { deployment: self.clone(), sandbox };
        let completion = worker.invoke(invocation);
        if let Some(sandbox) = worker.sandbox.take() {
            let mut idle = idle();
            if idle.len() < MAX_IDLE_SANDBOXES {
                idle.push(sandbox);
            }
        }
        completion
    }

    /// Runs invocations on as many guest threads and hands their completions to `sink`, in the order of the invocations. The
    /// first one's reports the init, whichever of them gets to run first.
    ///
    /// # Errors
    /// The first error of `invocations` or `sink`, after the completions of all invocations before it have been handed over, or
    /// a fault of the host.
    pub fn invoke_all<E: From<std::io::Error> + From<SandboxError>>(
        &self,
        concurrency: NonZeroUsize,
        invocations: impl Iterator<Item = Result<Invocation, E>>,
        mut sink: impl FnMut(Completion) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut init = self.take_init();
        let invocations = invocations.map(|invocation| Ok((init.take(), invocation?)));
        let worker = || {
            let mut worker = self.worker();
            move |(init, invocation): (Option<InitReport>, Invocation)| worker.invoke_after(&invocation, init)
        };
        in_order(concurrency, invocations, worker, |completion| sink(completion?))
    }

    /// Invokes, one event after the other, on the guest thread that it is on.
    pub fn worker(&self) -> Worker {
        Worker { deployment: self.clone(), sandbox: None }
    }

    /// What the init of the image took and printed, for the one completion that reports it; `None` when that was taken before,
    /// when the image was found on disk, or when each sandbox has an init of its own.
    pub fn take_init(&self) -> Option<InitReport> {
        let init = self.0.function.as_ref()?.as_ref().ok()?.init.as_ref()?;
        (!self.0.init_is_reported.swap(true, Ordering::Relaxed)).then(|| init.clone())
    }

    /// How the init of the image failed, if it did.
    pub fn failed_init(&self) -> Option<&FailedInit> {
        self.0.function.as_ref()?.as_ref().err().map(|failed| &**failed)
    }

    /// What the user should know about how the function runs.
    pub fn warning(&self) -> Option<&str> {
        self.0.warning.as_deref()
    }

    /// What the platform's log says of it.
    pub fn platform(&self) -> &Platform {
        &self.0.platform
    }

    /// Pages that the last call wrote whose sandbox was reset; `None` where that is not known. A completion has no reset where it
    /// came before it (see [`resets_later`](crate::sandbox::resets_later)).
    pub fn pages_written(&self) -> Option<u64> {
        self.0.pages_written()
    }

    /// Bytes of its image; 0 where there is none.
    pub fn image_bytes(&self) -> u64 {
        self.0.image_bytes()
    }

    /// Something that knows how large its image is as long as anybody holds it.
    pub(super) fn watch(&self) -> Held {
        Held(Arc::downgrade(&self.0))
    }

    /// What its sandboxes are made from.
    pub fn spec(&self) -> &Arc<FunctionSpec> {
        &self.0.spec
    }
}

/// A deployment that somebody else may hold.
pub(super) struct Held(Weak<Deployed>);

impl Held {
    /// Bytes of its image; `None` when nobody holds it any more.
    pub(super) fn image_bytes(&self) -> Option<u64> {
        self.0.upgrade().map(|deployed| deployed.image_bytes())
    }
}

impl Deployed {
    fn image_bytes(&self) -> u64 {
        self.function.as_ref().and_then(|function| function.as_ref().ok()).map_or(0, Function::image_bytes)
    }

    fn note(&self, reset: &ResetUsage) {
        if let Some(pages) = reset.pages_written {
            self.written.store(pages + 1, Ordering::Relaxed);
        }
    }

    fn pages_written(&self) -> Option<u64> {
        self.written.load(Ordering::Relaxed).checked_sub(1)
    }

    fn mode(&self) -> Mode {
        match (self.options.reuse, &self.function) {
            (true, _) => Mode::Reuse,
            (false, Some(_)) => Mode::Snapshot,
            (false, None) => Mode::Each,
        }
    }

    /// A new sandbox, and what its init took if it had one of its own.
    fn sandbox(&self, invocation: &Invocation) -> Result<(Sandbox, Option<InitReport>), StartError> {
        match &self.function {
            Some(Ok(function)) => Ok((function.sandbox_for(invocation)?, None)),
            Some(Err(failed)) => Err(StartError::Init(failed.clone())),
            None => {
                Sandbox::init_for(invocation, &self.interpreter, &self.spec, self.options.slot).map(|(sandbox, init)| (sandbox, Some(init)))
            }
        }
    }

    /// The one place where completions are made.
    fn completion(&self, invocation: &Invocation, ended: Ended) -> Completion {
        let Ended { call, was_called, log_stream, init, reset } = ended;
        let mut usage = Usage { reset, ..call.usage };
        let (mut init_log, mut network) = (Log::default(), call.network);
        if let Some(init) = init {
            usage.init_duration = Some(init.duration);
            usage.max_memory_bytes = usage.max_memory_bytes.max(init.max_memory_bytes);
            init_log = init.log;
            let of_call = std::mem::replace(&mut network, init.network);
            of_call.into_iter().for_each(|contact| contact.add_to(&mut network));
        }
        Completion {
            request_id: invocation.request_id.clone(),
            invoked_arn: call.invoked_arn,
            log_stream,
            outcome: call.outcome,
            was_called,
            started: call.started,
            init_log,
            restore_log: call.restore_log,
            log: call.log,
            usage,
            mode: self.mode(),
            attempts: call.attempts,
            network,
        }
    }

    fn never_called(&self, invocation: &Invocation, failed: FailedInit) -> Completion {
        let FailedInit { outcome, report } = failed;
        let call = CallReport {
            outcome,
            started: report.started + report.duration,
            invoked_arn: self.spec.config.arn(&self.spec.account, invocation.qualifier.as_ref()),
            restore_log: Log::default(),
            log: Log::default(),
            usage: Usage::default(),
            attempts: report.attempts.clone(),
            network: Vec::new(), // in the report
        };
        let log_stream = report.log_stream.clone();
        self.completion(invocation, Ended { call, was_called: false, log_stream, init: Some(report), reset: None })
    }
}

/// What a completion is made from.
struct Ended {
    call: CallReport,
    was_called: bool,
    log_stream: LogStream,
    /// The init that the call waited for.
    init: Option<InitReport>,
    reset: Option<ResetUsage>,
}

/// One after the other: the invocations of one thread.
pub struct Worker {
    deployment: Deployment,
    /// The one that is used again.
    sandbox: Option<Sandbox>,
}

impl Worker {
    /// Runs one invocation. The first one of a deployment reports what its init took and printed, and so does each that has
    /// a sandbox with its own init.
    ///
    /// # Errors
    /// Only for faults of the host. Must run on a guest thread.
    pub fn invoke(&mut self, invocation: &Invocation) -> Result<Completion, SandboxError> {
        self.invoke_after(invocation, self.deployment.take_init())
    }

    /// Runs one invocation that reports this init as the one it waited for: for callers who decide which of several
    /// invocations at the same time is the first one, and have called [`Deployment::take_init`].
    ///
    /// # Errors
    /// As [`Worker::invoke`].
    pub fn invoke_after(&mut self, invocation: &Invocation, init: Option<InitReport>) -> Result<Completion, SandboxError> {
        let deployed = &*self.deployment.0;
        let (mut sandbox, own_init) = match self.sandbox.take() {
            Some(sandbox) => (sandbox, None),
            None => match deployed.sandbox(invocation) {
                Ok(started) => started,
                Err(StartError::Init(failed)) => return Ok(deployed.never_called(invocation, *failed)),
                Err(StartError::Host(error)) => return Err(error),
            },
        };
        let init = own_init.or(init);
        let call = sandbox.call_after(invocation, init.as_ref())?;
        let log_stream = sandbox.log_stream().clone();
        let reset = if deployed.options.reuse && sandbox.is_alive() {
            self.sandbox = Some(sandbox);
            None
        } else if deployed.pages_written().is_some() {
            let (deployment, reset) = (self.deployment.clone(), Rc::new(Cell::new(None)));
            let taken = Rc::clone(&reset);
            sandbox.finish_with(move |reset| {
                deployment.0.note(&reset);
                taken.set(Some(reset));
            });
            reset.take()
        } else {
            let reset = sandbox.finish();
            deployed.note(&reset);
            Some(reset)
        };
        Ok(deployed.completion(invocation, Ended { call, was_called: true, log_stream, init, reset }))
    }
}
