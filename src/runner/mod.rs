//! The use case that every front end calls: a package and settings become a function, events become completions.

mod images;
mod parallel;

use std::sync::Arc;

pub use images::{ImageFolder, KeptImage, MAX_KEPT_BYTES};
pub use parallel::in_order;

use crate::function::{Completion, Invocation, Log, Usage};
use crate::sandbox::{FailedInit, Function, FunctionSpec, InitReport, Interpreter, SandboxError};

/// A function that can be invoked, or whose init failed: then every invocation ends as the init did, as on AWS, where
/// each one would try the init again and fail with the same error.
pub struct Invoker {
    interpreter: Arc<Interpreter>,
    spec: FunctionSpec,
    /// `None` when each invocation has an init of its own.
    function: Option<Result<Function, FailedInit>>,
}

/// When a function's init runs.
#[derive(Debug, Clone, Copy)]
pub enum Init<'a> {
    /// Once; every invocation starts from the image taken after it, in later runs too where one is kept in this folder
    /// under this key.
    Snapshot(Option<(&'a ImageFolder, &'a str)>),
    /// For each invocation anew, as in a cold start.
    Each,
}

impl Invoker {
    /// Runs the function's init, or finds its image from an earlier run.
    ///
    /// # Errors
    /// Only for faults of the host. Must run on a guest thread, like [`Invoker::invoke`].
    pub fn publish(interpreter: &Arc<Interpreter>, spec: FunctionSpec, init: Init<'_>) -> Result<Self, SandboxError> {
        let function = match init {
            Init::Each => None,
            Init::Snapshot(None) => Some(Function::publish(interpreter, spec.clone())?),
            Init::Snapshot(Some((folder, key))) => Some(match folder.load(interpreter, &spec, key) {
                Some(function) => Ok(function),
                None => {
                    let function = Function::publish(interpreter, spec.clone())?;
                    if let Ok(function) = &function {
                        // Without room or rights there, the next run has an init again.
                        let _ = folder.keep(function, key);
                    }
                    function
                }
            }),
        };
        Ok(Self { interpreter: Arc::clone(interpreter), spec, function })
    }

    /// Runs one invocation in a sandbox of its own. A completion that had to wait for an init, which the first one may
    /// have and with [`Init::Each`] every one has, carries what it took and printed.
    pub fn invoke(&self, invocation: &Invocation, is_first: bool) -> Result<Completion, SandboxError> {
        match &self.function {
            Some(function) => call(function, invocation, is_first),
            None => call(&Function::publish(&self.interpreter, self.spec.clone())?, invocation, true),
        }
    }
}

fn call(function: &Result<Function, FailedInit>, invocation: &Invocation, tell_init: bool) -> Result<Completion, SandboxError> {
    let (mut completion, init) = match function {
        Ok(function) => (function.call(invocation)?, function.init.as_ref()),
        Err((outcome, init)) => (never_called(invocation, outcome.clone()), Some(init)),
    };
    if let Some(InitReport { duration, log, max_memory_bytes }) = init.filter(|_| tell_init) {
        completion.usage.init_duration = Some(*duration);
        completion.usage.max_memory_bytes = completion.usage.max_memory_bytes.max(*max_memory_bytes);
        completion.init_log = log.clone();
    }
    Ok(completion)
}

fn never_called(invocation: &Invocation, outcome: crate::function::Outcome) -> Completion {
    Completion {
        request_id: invocation.request_id.clone(),
        outcome,
        init_log: Log::default(),
        log: Log::default(),
        usage: Usage::default(),
    }
}
