//! One call of a function: what the caller sent and what the platform adds.

use std::time::{SystemTime, UNIX_EPOCH};

use super::{Follower, Fuel, Qualifier, RequestId, TenantId, Timeout};

/// The largest event of a synchronous invocation, in bytes (lambda-semantics section 8).
pub const MAX_EVENT_BYTES: usize = 6_291_456;
/// The largest result, in bytes (lambda-semantics section 8).
pub const MAX_RESULT_BYTES: usize = 6_291_556;

/// An event on its way to a handler.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// Fresh for each call.
    pub request_id: RequestId,
    /// JSON text, checked for size and for being JSON.
    pub event: Vec<u8>,
    /// JSON text of the client context, as the caller gave it.
    pub client_context: Option<String>,
    /// JSON text of the Cognito identity, which AWS's mobile SDK adds.
    pub cognito_identity: Option<String>,
    /// How the caller names the function beside its name: a version or an alias. It decides the ARN that the handler sees, not
    /// which version runs.
    pub qualifier: Option<Qualifier>,
    /// Of a function with tenant isolation.
    pub tenant_id: Option<TenantId>,
    /// X-Ray's header: `Root=...;Parent=...;Sampled=0;Lineage=...`.
    pub trace_id: String,
    /// In place of the function's own.
    pub timeout: Option<Timeout>,
    /// Bound of the CPU time that the handler may use, beside that of the time. `None` for no such bound.
    pub cpu_timeout: Option<Timeout>,
    /// In place of the function's own; only where the function counts fuel.
    pub fuel: Option<Fuel>,
    /// Whether what a new sandbox's start takes of the guest's time is taken off the call's: hooks after a restore, and the
    /// init where each sandbox has its own. AWS counts neither; a judge must, since the guest decides how long they take.
    pub pays_start: bool,
    /// Files that are put into `/tmp` before the handler is called: paths below it, and bytes. They count for its size.
    pub files: Vec<(String, Vec<u8>)>,
    /// Who follows it while it runs.
    pub follower: Option<Follower>,
}

/// An event or client context that AWS would not take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// AWS's own sentence.
    #[error("Request must be smaller than {MAX_EVENT_BYTES} bytes for the InvokeFunction operation (this one has {0})")]
    TooLarge(usize),
    /// Where the text stops being JSON.
    #[error("{what} is not JSON: {reason}")]
    NotJson {
        /// Which text.
        what: &'static str,
        /// The parser's words, with line and column.
        reason: String,
    },
}

impl Invocation {
    /// Checks the event's size and that it is JSON; its value is the guest's to read, so nothing is rewritten. Mints the
    /// request id.
    pub fn new(event: Vec<u8>, client_context: Option<String>) -> Result<Self, EventError> {
        if event.len() > MAX_EVENT_BYTES {
            return Err(EventError::TooLarge(event.len()));
        }
        check_json("the event", &event)?;
        if let Some(context) = &client_context {
            check_json("the client context", context.as_bytes())?;
        }
        let request_id = RequestId::mint();
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let trace_id = trace_id(&request_id, seconds);
        Ok(Self {
            request_id,
            event,
            client_context,
            cognito_identity: None,
            qualifier: None,
            tenant_id: None,
            trace_id,
            timeout: None,
            cpu_timeout: None,
            fuel: None,
            pays_start: false,
            files: Vec::new(),
            follower: None,
        })
    }

    /// Gives it ids that are the same in every run.
    pub fn fix_ids(&mut self) {
        self.request_id = RequestId::fixed();
        self.trace_id = trace_id(&self.request_id, 0);
    }
}

/// What AWS sends where tracing is off. Its random parts come from the request id, which is unique already.
fn trace_id(request_id: &RequestId, seconds: u64) -> String {
    let digits: String = request_id.as_str().chars().filter(|c| *c != '-').collect();
    format!("Root=1-{seconds:08x}-{};Parent={};Sampled=0;Lineage=1:{}:0", &digits[8..], &digits[..16], &digits[24..])
}

fn check_json(what: &'static str, text: &[u8]) -> Result<(), EventError> {
    let checked: Result<&serde_json::value::RawValue, _> = serde_json::from_slice(text);
    let hint = match text.trim_ascii_start() {
        [b'{' | b'[', rest @ ..] if rest.trim_ascii_start().starts_with(b"'") => "; JSON has double quotes",
        _ => "",
    };
    checked.map(drop).map_err(|error| EventError::NotJson { what, reason: format!("{error}{hint}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_bound_is_exact() {
        let text = |n: usize| format!("\"{}\"", "x".repeat(n - 2)).into_bytes();
        assert!(Invocation::new(text(MAX_EVENT_BYTES), None).is_ok());
        assert_eq!(Invocation::new(text(MAX_EVENT_BYTES + 1), None).err(), Some(EventError::TooLarge(MAX_EVENT_BYTES + 1)));
    }

    #[test]
    fn a_trace_id_has_awss_form() {
        let mut invocation = Invocation::new("{}".into(), None).expect("JSON");
        let lengths = |text: &str| text.split(['=', ';', '-', ':']).map(str::len).collect::<Vec<_>>();
        let form = "Root=1-65e5f0a1-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=0;Lineage=1:4a5ef9f1:0";
        assert_eq!(lengths(&invocation.trace_id), lengths(form), "{}", invocation.trace_id);
        assert_ne!(invocation.trace_id, Invocation::new("{}".into(), None).expect("JSON").trace_id);
        invocation.fix_ids();
        assert!(invocation.trace_id.starts_with("Root=1-00000000-"), "{}", invocation.trace_id);
    }

    #[test]
    fn any_json_value_is_an_event() {
        for event in ["{}", "[]", "\"s\"", "1", "1.5", "null", "true", " 1e400 ", "\"\\ud800\"", "12345678901234567890123"] {
            assert!(Invocation::new(event.into(), None).is_ok(), "{event}");
        }
        for event in ["", "{", "[1,]", "1 2", "NaN", "{'a':1}", "\u{feff}{}"] {
            assert!(Invocation::new(event.into(), None).is_err(), "{event}");
        }
        assert!(Invocation::new("{}".into(), Some("{".into())).is_err());
    }
}
