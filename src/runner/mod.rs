//! The use case that every front end calls: a package and settings become a function, events become completions.

use std::sync::Arc;

use crate::function::{Completion, Invocation, Log, Usage};
use crate::sandbox::{FailedInit, Function, FunctionSpec, InitReport, Interpreter, SandboxError};

/// A function that can be invoked, or whose init failed: then every invocation ends as the init did, as on AWS, where
/// each one would try the init again and fail with the same error.
pub struct Invoker {
    function: Result<Function, FailedInit>,
    /// Whether an invocation has already been told about the init.
    told: bool,
}

impl Invoker {
    /// Runs the function's init.
    ///
    /// # Errors
    /// Only for faults of the host. Must run on a guest thread, like [`Invoker::invoke`].
    pub fn publish(interpreter: &Arc<Interpreter>, spec: FunctionSpec) -> Result<Self, SandboxError> {
        Ok(Self { function: Function::publish(interpreter, spec)?, told: false })
    }

    /// Whether there is a function to call.
    pub fn is_ready(&self) -> bool {
        self.function.is_ok()
    }

    /// Runs one invocation in a sandbox of its own. The first completion carries what the init took and printed.
    pub fn invoke(&mut self, invocation: &Invocation) -> Result<Completion, SandboxError> {
        let mut completion = match &self.function {
            Ok(function) => function.call(invocation)?,
            Err((outcome, _)) => Completion {
                request_id: invocation.request_id.clone(),
                outcome: outcome.clone(),
                init_log: Log::default(),
                log: Log::default(),
                usage: Usage::default(),
            },
        };
        if !std::mem::replace(&mut self.told, true) {
            let init = self.init();
            completion.usage.init_duration = Some(init.duration);
            completion.usage.max_memory_bytes = completion.usage.max_memory_bytes.max(init.max_memory_bytes);
            completion.init_log = init.log.clone();
        }
        Ok(completion)
    }

    fn init(&self) -> &InitReport {
        match &self.function {
            Ok(function) => &function.init,
            Err((_, report)) => report,
        }
    }
}
