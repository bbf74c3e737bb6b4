//! Invocations.

use super::{ApiError, Control, Scope};

/// What a caller wants of an invocation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum InvocationType {
    /// The result.
    #[default]
    RequestResponse,
    /// That it happens, later.
    Event,
    /// To know whether it could.
    DryRun,
}

/// Which way an invocation came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Source {
    /// `Invoke`, `InvokeAsync` or `InvokeWithResponseStream`.
    #[default]
    Api,
    /// The function's URL.
    Url,
}

/// An invocation as it was asked for.
#[derive(Debug, Clone, Default)]
pub struct Invoke {
    /// In any of AWS's forms.
    pub function_name: String,
    /// Version or alias, where the name has none.
    pub qualifier: Option<String>,
    /// What the caller wants of it.
    pub invocation_type: InvocationType,
    /// The event: JSON text; empty counts as `{}`.
    pub payload: Vec<u8>,
    /// Whether the end of the log comes back; only RequestResponse has it.
    pub wants_log_tail: bool,
    /// JSON text of the client context, already decoded from base64.
    pub client_context: Option<String>,
    /// The caller's `X-Amzn-Trace-Id`.
    pub trace_id: Option<String>,
    /// Of a function with tenant isolation.
    pub tenant_id: Option<String>,
    /// Which way it came.
    pub source: Source,
}

/// How an invocation was answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Invoked {
    /// 200, 202 or 204.
    pub status: u16,
    /// `$LATEST` or a number; RequestResponse alone has it.
    pub executed_version: Option<String>,
    /// `Unhandled` where the payload is an error document.
    pub function_error: Option<&'static str>,
    /// The result or the error document, as JSON text.
    pub payload: Vec<u8>,
    /// The last 4 KiB of the log, not yet in base64.
    pub log_tail: Option<Vec<u8>>,
}

/// Takes the answer, on whichever thread has it.
pub type Answer = Box<dyn FnOnce(Result<Invoked, ApiError>) + Send>;

impl Control {
    /// Invokes a function. Returns at once, whatever the function does: `answer` is called exactly once, here for what is
    /// refused at once, else from the thread of the guest, and must not wait for anything.
    pub fn invoke(&self, scope: Scope, invoke: Invoke, answer: Answer) {
        let _ = (scope, invoke);
        answer(Err(ApiError::service("Invoke is not built yet")));
    }
}
