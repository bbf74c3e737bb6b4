//! The use case that every front end calls: a package and settings become a function, events become completions.

mod images;
mod parallel;

use std::sync::Arc;

pub use images::{ImageFolder, KeptImage, MAX_KEPT_BYTES};
pub use parallel::in_order;

use crate::function::{Completion, Invocation, Log, Mode, Outcome, Usage};
use crate::sandbox::{FailedInit, Function, FunctionSpec, InitReport, Interpreter, Sandbox, SandboxError, SlotOptions};

/// A function that can be invoked, or whose init failed: then every invocation ends as the init did, as on AWS, where
/// each one would try the init again and fail with the same error.
pub struct Invoker {
    interpreter: Arc<Interpreter>,
    spec: FunctionSpec,
    options: Options,
    /// `None` when there is no image: each sandbox has an init of its own.
    function: Option<Result<Function, FailedInit>>,
    warning: Option<String>,
}

/// How sandboxes are made, and how long they live.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// When the init runs.
    pub init: Init,
    /// Whether a sandbox serves the next invocation as well, with the globals and the `/tmp` that the last one left.
    pub reuse: bool,
    /// What becomes of their memory.
    pub slot: SlotOptions,
}

/// When a function's init runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Init {
    /// Once; every sandbox starts from the image taken after it.
    #[default]
    Snapshot,
    /// In each sandbox anew, as in a cold start.
    Each,
}

impl Invoker {
    /// Runs the function's init, or finds its image of an earlier run in this folder, under this key. Where each sandbox
    /// has its own init nothing is done yet.
    ///
    /// # Errors
    /// Only for faults of the host. Must run on a guest thread, like [`Worker::invoke`].
    pub fn publish(
        interpreter: &Arc<Interpreter>,
        spec: FunctionSpec,
        options: Options,
        kept: Option<(&ImageFolder, &str)>,
    ) -> Result<Self, SandboxError> {
        let mut invoker = Self { interpreter: Arc::clone(interpreter), spec, options, function: None, warning: None };
        if options.init == Init::Each {
            return Ok(invoker);
        }
        if let Some(mut function) = kept.and_then(|(folder, key)| folder.load(interpreter, &invoker.spec, key)) {
            function.slot = options.slot;
            invoker.function = Some(Ok(function));
            return Ok(invoker);
        }
        let mut function = Function::publish(interpreter, invoker.spec.clone())?;
        if let Ok(function) = &mut function {
            let (count, open) = function.left_open(MAX_SHOWN_FILES);
            if count > 0 {
                invoker.warning = Some(left_open(count, &open));
                return Ok(invoker);
            }
            function.slot = options.slot;
            if let Some((folder, key)) = kept {
                // Without room or rights there, the next run has an init again.
                let _ = folder.keep(function, key);
            }
        }
        invoker.function = Some(function);
        Ok(invoker)
    }

    /// What the user should know about how the function runs.
    pub fn warning(&self) -> Option<&str> {
        self.warning.as_deref()
    }

    /// Invokes, one event after the other, on the thread that it is made on.
    pub fn worker(&self) -> Worker<'_> {
        Worker { invoker: self, sandbox: None }
    }

    fn mode(&self) -> Mode {
        match (self.options.reuse, &self.function) {
            (true, _) => Mode::Reuse,
            (false, Some(_)) => Mode::Snapshot,
            (false, None) => Mode::Each,
        }
    }

    /// A new sandbox, and what its init took if it had one of its own.
    fn sandbox(&self) -> Result<Result<(Sandbox<'_>, Option<InitReport>), FailedInit>, SandboxError> {
        match &self.function {
            Some(Ok(function)) => Ok(Ok((function.sandbox()?, None))),
            Some(Err(failed)) => Ok(Err(failed.clone())),
            None => {
                let started = Sandbox::init(&self.interpreter, &self.spec, self.options.slot)?;
                Ok(started.map(|(sandbox, init)| (sandbox, Some(init))))
            }
        }
    }
}

/// Files that a warning names, and bytes that it shows of a path: a guest can leave a thousand open, in folders as deep as
/// it likes.
const MAX_SHOWN_FILES: usize = 5;
const MAX_SHOWN_PATH: usize = 200;

fn left_open(count: usize, files: &[(u32, String)]) -> String {
    let cut = |path: &str| match path.floor_char_boundary(MAX_SHOWN_PATH) {
        end if end < path.len() => format!("{}...", &path[..end]),
        _ => path.to_owned(),
    };
    let mut names: Vec<String> = files.iter().map(|(descriptor, path)| format!("{} (descriptor {descriptor})", cut(path))).collect();
    if count > files.len() {
        names.push(format!("{} more", count - files.len()));
    }
    format!(
        "the init left {} open: the function runs without a snapshot, every sandbox has an init of its own. Close it at the \
         end of the init, or open it in the handler",
        names.join(", ")
    )
}

/// One after the other: the invocations of one thread.
pub struct Worker<'a> {
    invoker: &'a Invoker,
    /// The one that is used again.
    sandbox: Option<Sandbox<'a>>,
}

impl Worker<'_> {
    /// Runs one invocation. The first one of a function tells what its init took and printed, and so does each that has
    /// a sandbox with its own init.
    pub fn invoke(&mut self, invocation: &Invocation, is_first: bool) -> Result<Completion, SandboxError> {
        let (mut sandbox, mut init) = match self.sandbox.take() {
            Some(sandbox) => (sandbox, None),
            None => match self.invoker.sandbox()? {
                Ok(started) => started,
                Err((outcome, init)) => return Ok(with_init(self.never_called(invocation, outcome, &init), &init)),
            },
        };
        let mut completion = sandbox.call(invocation)?;
        completion.mode = self.invoker.mode();
        if let (true, Some(Ok(function))) = (is_first, &self.invoker.function) {
            init = function.init.clone();
        }
        if self.invoker.options.reuse && sandbox.is_alive() {
            self.sandbox = Some(sandbox);
        } else {
            completion.usage.reset = Some(sandbox.finish());
        }
        Ok(match &init {
            Some(init) => with_init(completion, init),
            None => completion,
        })
    }

    fn never_called(&self, invocation: &Invocation, outcome: Outcome, init: &InitReport) -> Completion {
        Completion {
            request_id: invocation.request_id.clone(),
            outcome,
            was_called: false,
            started: init.started + init.duration,
            init_log: Log::default(),
            restore_log: Log::default(),
            log: Log::default(),
            usage: Usage::default(),
            mode: self.invoker.mode(),
            attempts: init.attempts.clone(),
        }
    }
}

fn with_init(mut completion: Completion, init: &InitReport) -> Completion {
    completion.usage.init_duration = Some(init.duration);
    completion.usage.max_memory_bytes = completion.usage.max_memory_bytes.max(init.max_memory_bytes);
    completion.init_log = init.log.clone();
    completion
}
