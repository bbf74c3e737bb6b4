//! What the service needs of whatever runs functions.

use std::sync::Arc;

use crate::function::{Account, Attempt, FunctionConfig, FunctionVersion, Invocation, Outcome, RuntimeName};

/// A version of a function, before it runs anywhere.
pub struct InvocationPlan {
    /// Where it lives.
    pub account: Account,
    /// Its settings.
    pub config: FunctionConfig,
    /// `$LATEST` or a number.
    pub version: FunctionVersion,
    /// The zip of its code.
    pub code: Arc<Vec<u8>>,
    /// The zips of its layers, later ones over earlier ones.
    pub layers: Vec<Arc<Vec<u8>>>,
}

/// Runs functions. The seam between the rules of AWS and what executes: this process, or other machines.
pub trait Runtime: Send + Sync {
    /// Makes a version ready: runs its init, or finds what an earlier process kept of it. May take long. An init that fails is
    /// not an error: each invocation then ends as it did.
    ///
    /// # Errors
    /// A sentence for the function's state when it cannot be made ready.
    fn deploy(&self, plan: InvocationPlan) -> Result<Arc<dyn Deployed>, String>;

    /// What stands for the version of this runtime in an ARN: 64 hexadecimal digits.
    fn version_digest(&self, runtime: &RuntimeName) -> String;
}

/// A version of a function that is ready. What it holds goes with the last handle.
pub trait Deployed: Send + Sync {
    /// Runs one invocation and does not wait for it: `done` is called exactly once, on the thread that ran it.
    fn invoke(&self, invocation: Invocation, done: Done);

    /// The same on the calling thread, which waits for it, where a function can run there; elsewhere as
    /// [`Deployed::invoke`].
    fn invoke_here(&self, invocation: Invocation, done: Done) {
        self.invoke(invocation, done);
    }

    /// Makes environments that wait for invocations.
    ///
    /// # Errors
    /// Whether its init fails.
    fn provision(&self) -> Result<(), InitFailed>;
}

/// The init of a version fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InitFailed;

/// Takes what came of an invocation, or a sentence about a fault of the host.
pub type Done = Box<dyn FnOnce(Result<Ran, String>) + Send>;

/// What came of an invocation.
#[derive(Debug, Clone)]
pub struct Ran {
    /// How it ended.
    pub outcome: Outcome,
    /// All lines of its log, with those of the platform.
    pub log: String,
    /// The end of its log as `X-Amz-Log-Result` has it.
    pub log_tail: Vec<u8>,
    /// The environment's log stream.
    pub log_stream: String,
    /// When the handler began; milliseconds since 1970.
    pub started_ms: u64,
    /// Milliseconds that it took.
    pub duration_ms: u64,
    /// Bytes of memory that were its own.
    pub memory_bytes: u64,
    /// What it tried that no sandbox has; most invocations try nothing.
    pub attempts: Vec<Attempt>,
}
