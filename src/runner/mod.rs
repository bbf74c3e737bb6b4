//! The use case that every front end calls: a package and settings become a function, events become completions.

mod parallel;

use std::sync::Arc;

use crate::function::{Completion, Invocation, Log, Usage};
pub use parallel::in_order;

use crate::sandbox::{FailedInit, Function, FunctionSpec, InitReport, Interpreter, SandboxError};

/// A function that can be invoked, or whose init failed: then every invocation ends as the init did, as on AWS, where
/// each one would try the init again and fail with the same error.
pub struct Invoker(Result<Function, FailedInit>);

impl Invoker {
    /// Runs the function's init.
    ///
    /// # Errors
    /// Only for faults of the host. Must run on a guest thread, like [`Invoker::invoke`].
    pub fn publish(interpreter: &Arc<Interpreter>, spec: FunctionSpec) -> Result<Self, SandboxError> {
        Ok(Self(Function::publish(interpreter, spec)?))
    }

    /// Whether there is a function to call.
    pub fn is_ready(&self) -> bool {
        self.0.is_ok()
    }

    /// Runs one invocation in a sandbox of its own. The completion of the first one, which had to wait for the init,
    /// carries what the init took and printed.
    pub fn invoke(&self, invocation: &Invocation, is_first: bool) -> Result<Completion, SandboxError> {
        let mut completion = match &self.0 {
            Ok(function) => function.call(invocation)?,
            Err((outcome, _)) => Completion {
                request_id: invocation.request_id.clone(),
                outcome: outcome.clone(),
                init_log: Log::default(),
                log: Log::default(),
                usage: Usage::default(),
            },
        };
        if is_first {
            let init = self.init();
            completion.usage.init_duration = Some(init.duration);
            completion.usage.max_memory_bytes = completion.usage.max_memory_bytes.max(init.max_memory_bytes);
            completion.init_log = init.log.clone();
        }
        Ok(completion)
    }

    fn init(&self) -> &InitReport {
        match &self.0 {
            Ok(function) => &function.init,
            Err((_, report)) => report,
        }
    }
}
