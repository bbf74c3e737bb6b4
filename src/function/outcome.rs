//! How an invocation ended, and what it used. Every front end matches [`Outcome`] without a wildcard.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::invocation::MAX_RESULT_BYTES;
use super::{Attempt, Contact, Fuel, LogStream, MemorySize, RequestId, Timeout};

/// The guest's error document: AWS's JSON, byte for byte as the guest runtime wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorDocument {
    json: String,
    /// `errorType`, for reports.
    pub error_type: String,
    /// `errorMessage`, for reports.
    pub message: String,
}

impl ErrorDocument {
    /// Reads the document that the guest sent. `None` when it is not one: then the runtime inside was tampered with.
    pub fn from_guest(json: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Known {
            error_type: String,
            error_message: String,
        }
        let json = std::str::from_utf8(json).ok()?;
        let known: Known = serde_json::from_str(json).ok()?;
        Some(Self { json: json.to_owned(), error_type: known.error_type, message: known.error_message })
    }

    /// A platform error: two keys, no spaces, in AWS's order (lambda-semantics 1.3).
    fn platform(error_type: &str, message: String) -> Self {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Platform<'a> {
            error_type: &'a str,
            error_message: &'a str,
        }
        let json = serde_json::to_string(&Platform { error_type, error_message: &message }).unwrap_or_default();
        Self { json, error_type: error_type.to_owned(), message }
    }

    /// The document itself.
    pub fn json(&self) -> &str {
        &self.json
    }
}

/// How an invocation, or the init before it, ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The handler returned; its result as JSON text (raw bytes when it returned `bytes`).
    Returned(Vec<u8>),
    /// The handler raised, or its result could not be turned into JSON.
    Raised(ErrorDocument),
    /// The package's module could not be imported or has no such handler.
    InitFailed(ErrorDocument),
    /// The guest's process ended itself: `sys.exit`, `os._exit`, an exception that no runtime catches.
    Exited(i32),
    /// WebAssembly ended it: out of stack, an unreachable instruction (abort), an access out of bounds.
    Trapped(String),
    /// Wall-clock time ran out, computing or waiting.
    TimedOut(Timeout),
    /// Linear memory could not grow within memory-size and the guest did not survive it.
    OutOfMemory(MemorySize),
    /// The operators ran out.
    OutOfFuel(Fuel),
    /// The result is larger than Lambda passes on, in bytes.
    ResultTooLarge(usize),
}

impl Outcome {
    /// The result, if there is one.
    pub fn result(&self) -> Option<&[u8]> {
        if let Self::Returned(body) = self { Some(body) } else { None }
    }

    /// The word for machines: stable, documented in docs/RUNNING.md.
    pub fn status(&self) -> &'static str {
        match self {
            Self::Returned(_) => "ok",
            Self::Raised(_) => "function_error",
            Self::InitFailed(_) => "init_error",
            Self::Exited(_) => "exited",
            Self::Trapped(_) => "trapped",
            Self::TimedOut(_) => "timeout",
            Self::OutOfMemory(_) => "out_of_memory",
            Self::OutOfFuel(_) => "out_of_fuel",
            Self::ResultTooLarge(_) => "result_too_large",
        }
    }

    /// The error document a caller of Invoke would receive; `None` for a result.
    pub fn error(&self, request_id: &RequestId) -> Option<ErrorDocument> {
        let exit = |reason: String| Some(ErrorDocument::platform("Runtime.ExitError", format!("RequestId: {request_id} Error: {reason}")));
        match self {
            Self::Returned(_) => None,
            Self::Raised(document) | Self::InitFailed(document) => Some(document.clone()),
            Self::Exited(0) => exit("Runtime exited without providing a reason".into()),
            Self::Exited(status) => exit(format!("Runtime exited with error: exit status {status}")),
            // Lambda has processes and signals where WebAssembly has traps; the reason is ours.
            Self::Trapped(reason) => exit(format!("Runtime exited with error: signal: segmentation fault ({reason})")),
            Self::TimedOut(limit) => {
                Some(ErrorDocument::platform("Sandbox.Timedout", format!("RequestId: {request_id} Error: Task timed out after {limit}")))
            }
            // The type of the REPORT line (lambda-semantics 1.3); its payload on AWS since 2025 is not known.
            Self::OutOfMemory(_) => Some(ErrorDocument::platform(
                "Runtime.OutOfMemory",
                format!("RequestId: {request_id} Error: Runtime exited with error: signal: killed"),
            )),
            // AWS has no fuel.
            Self::OutOfFuel(budget) => Some(ErrorDocument::platform(
                "Sandbox.OutOfFuel",
                format!("RequestId: {request_id} Error: Task used up its {} operators of fuel", budget.operators()),
            )),
            Self::ResultTooLarge(_) => {
                // Recorded with its keys the other way round.
                let message = format!("Response payload size exceeded maximum allowed payload size ({MAX_RESULT_BYTES} bytes).");
                let json = format!(r#"{{"errorMessage":"{message}","errorType":"Function.ResponseSizeTooLarge"}}"#);
                Some(ErrorDocument { json, error_type: "Function.ResponseSizeTooLarge".into(), message })
            }
        }
    }

    /// How it ended in the platform's records: a status, and the type of an error.
    pub fn status_on_platform(&self) -> (&'static str, Option<String>) {
        let error = |kind: &str| ("error", Some(kind.to_owned()));
        match self {
            Self::Returned(_) => ("success", None),
            Self::TimedOut(_) => ("timeout", None),
            // AWS's client sends the type of an init's error along, that of an invocation's not.
            Self::Raised(_) => error("Runtime.Unknown"),
            Self::InitFailed(document) => error(platform_error_type(&document.error_type)),
            Self::Exited(_) | Self::Trapped(_) => error("Runtime.ExitError"),
            Self::OutOfMemory(_) => error("Runtime.OutOfMemory"),
            Self::OutOfFuel(_) => error("Sandbox.OutOfFuel"),
            Self::ResultTooLarge(_) => error("Function.ResponseSizeTooLarge"),
        }
    }

    /// The `Status` (and `Error Type`) field of a REPORT line; `None` where AWS prints none.
    pub fn report_status(&self) -> Option<String> {
        match self {
            Self::Returned(_) | Self::Raised(_) => None,
            Self::TimedOut(_)
            | Self::InitFailed(_)
            | Self::Exited(_)
            | Self::Trapped(_)
            | Self::OutOfMemory(_)
            | Self::OutOfFuel(_)
            | Self::ResultTooLarge(_) => Some(match self.status_on_platform() {
                (status, Some(kind)) => format!("{status}\tError Type: {kind}"),
                (status, None) => status.to_owned(),
            }),
        }
    }
}

/// What the platform makes of a type of error that the runtime names in a header: the known ones stay
/// (lambda-semantics 1.3).
fn platform_error_type(error_type: &str) -> &str {
    let is_name =
        |name: &str| name.len() >= 2 && name.starts_with(|c: char| c.is_ascii_uppercase()) && name.bytes().all(|c| c.is_ascii_alphabetic());
    match error_type.split_once('.') {
        Some(("Runtime" | "Function", name)) if is_name(name) => error_type,
        Some(("Function", _)) => "Function.Unknown",
        _ => "Runtime.Unknown",
    }
}

/// What a guest has written to its descriptors 1 and 2, in order, within a cap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Log {
    /// The bytes that were kept: the first ones.
    pub bytes: Vec<u8>,
    /// How many more were written and dropped.
    pub dropped: u64,
    /// How many were written in all.
    pub written: u64,
}

/// What was measured. Nothing here is a configured value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// The handler, from the frame in to the frame out.
    pub duration: Duration,
    /// CPU time of the handler; where time is counted, all of it but sleep.
    pub cpu: Duration,
    /// What the handler slept.
    pub slept: Duration,
    /// Import of the function's module, when this call had to wait for it.
    pub init_duration: Option<Duration>,
    /// Making the sandbox from the function's image, when this call had to wait for it.
    pub restore_duration: Option<Duration>,
    /// The largest size the guest's linear memory reached, in bytes.
    pub max_memory_bytes: u64,
    /// Operators, when they were counted and the count is exact.
    pub fuel: Option<u64>,
    /// What became of the sandbox after the call, when it is gone.
    pub reset: Option<ResetUsage>,
}

impl Usage {
    /// Whether the handler slept for most of its time.
    pub fn is_idle(&self) -> bool {
        self.slept * 2 > self.duration
    }
}

/// What it took to make a sandbox's memory ready for the next one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ResetUsage {
    /// All of it. `None` where time is counted, not measured: it would not be the same twice.
    pub duration: Option<Duration>,
    /// Pages of 4 KiB that the sandbox had written. `None` when the memory was thrown away or given back unlooked at.
    pub pages_written: Option<u64>,
    /// Whether the memory was compared with its image, byte for byte.
    pub verified: bool,
}

/// Where the sandbox of a call came from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mode {
    /// The function's init ran once; each call has a sandbox of its own, made from the image after it.
    #[default]
    Snapshot,
    /// Each call has a sandbox and an init of its own, as in a cold start.
    Each,
    /// One sandbox serves one call after the other, as a warm environment of AWS.
    Reuse,
}

impl Mode {
    /// The word for reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Snapshot => "snapshot",
            Self::Each => "each",
            Self::Reuse => "reuse",
        }
    }
}

/// One finished invocation.
#[derive(Debug, Clone)]
pub struct Completion {
    /// Whose it is.
    pub request_id: RequestId,
    /// The function's ARN as the caller named it.
    pub invoked_arn: String,
    /// The log stream of the environment that it ran in.
    pub log_stream: LogStream,
    /// How it ended.
    pub outcome: Outcome,
    /// `false` when the init before it failed.
    pub was_called: bool,
    /// The guest's wall clock when the call began, since 1970.
    pub started: Duration,
    /// What the init printed, when this call had to wait for it.
    pub init_log: Log,
    /// What the hooks after a restore printed, when this call had to wait for it.
    pub restore_log: Log,
    /// What the handler printed.
    pub log: Log,
    /// What it used.
    pub usage: Usage,
    /// Where its sandbox came from.
    pub mode: Mode,
    /// What it tried that no sandbox has, the init from which its sandbox starts included.
    pub attempts: Vec<Attempt>,
    /// What it did on the network, and what it was refused there. The init's is in the completion that reports the init.
    pub network: Vec<Contact>,
}

impl Completion {
    /// One that ended so, for tests of what is made from completions.
    #[cfg(test)]
    pub(crate) fn fixture(outcome: Outcome) -> Self {
        Self {
            request_id: RequestId::fixed(),
            invoked_arn: "arn:aws:lambda:us-east-1:123456789012:function:f".into(),
            log_stream: LogStream::named("stream"),
            outcome,
            was_called: true,
            started: Duration::ZERO,
            init_log: Log::default(),
            restore_log: Log::default(),
            log: Log::default(),
            usage: Usage::default(),
            mode: Mode::Snapshot,
            attempts: Vec::new(),
            network: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> RequestId {
        RequestId::mint()
    }

    #[test]
    fn platform_errors_are_awss_to_the_byte() {
        let id = id();
        let json = |outcome: Outcome| outcome.error(&id).expect("an error").json().replace(id.as_str(), "<id>");
        assert_eq!(
            json(Outcome::TimedOut("1".parse().expect("in bounds"))),
            r#"{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: <id> Error: Task timed out after 1.00 seconds"}"#
        );
        assert_eq!(
            json(Outcome::Exited(0)),
            r#"{"errorType":"Runtime.ExitError","errorMessage":"RequestId: <id> Error: Runtime exited without providing a reason"}"#
        );
        assert_eq!(
            json(Outcome::Exited(3)),
            r#"{"errorType":"Runtime.ExitError","errorMessage":"RequestId: <id> Error: Runtime exited with error: exit status 3"}"#
        );
        assert_eq!(
            json(Outcome::OutOfMemory(MemorySize::DEFAULT)),
            r#"{"errorType":"Runtime.OutOfMemory","errorMessage":"RequestId: <id> Error: Runtime exited with error: signal: killed"}"#
        );
        assert_eq!(
            json(Outcome::Trapped("unreachable".into())),
            r#"{"errorType":"Runtime.ExitError","errorMessage":"RequestId: <id> Error: Runtime exited with error: signal: segmentation fault (unreachable)"}"#
        );
        assert_eq!(
            json(Outcome::ResultTooLarge(7_000_000)),
            r#"{"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).","errorType":"Function.ResponseSizeTooLarge"}"#
        );
    }

    #[test]
    fn a_guests_document_is_kept_byte_for_byte_and_must_be_one() {
        let text = r#"{"errorMessage": "'k'", "errorType": "KeyError", "requestId": "r", "stackTrace": []}"#;
        let document = ErrorDocument::from_guest(text.as_bytes()).expect("a document");
        assert_eq!((document.json(), document.error_type.as_str(), document.message.as_str()), (text, "KeyError", "'k'"));
        for wrong in [&b"{}"[..], b"[]", b"\xff", br#"{"errorMessage": 1, "errorType": "x"}"#] {
            assert!(ErrorDocument::from_guest(wrong).is_none());
        }
    }

    #[test]
    fn types_of_errors_that_the_platform_knows() {
        for (given, known) in [
            ("Runtime.ExitError", "Runtime.ExitError"),
            ("Function.Mine", "Function.Mine"),
            ("Function.mine", "Function.Unknown"),
            ("Runtime.E", "Runtime.Unknown"),
            ("ValueError", "Runtime.Unknown"),
        ] {
            assert_eq!(platform_error_type(given), known);
        }
    }
}
