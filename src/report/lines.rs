//! The log as AWS shows it: START, what the function wrote, END, REPORT (lambda-semantics 5.1).

use std::fmt::Write;
use std::str::FromStr;
use std::time::Duration;

use super::{Platform, events};
use crate::function::{Begun, Completion, FunctionConfig, LogFormat, Mode, Outcome, billed_call_ms, billed_ms, bytes_to_mb};

/// How much of the log a caller wants to see.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LogType {
    /// All that was kept.
    #[default]
    All,
    /// The last 4 096 bytes, as AWS's `X-Amz-Log-Result`.
    Tail,
    /// Nothing.
    None,
}

/// Bytes of a tail (lambda-semantics 5.5).
const TAIL_BYTES: usize = 4096;

impl FromStr for LogType {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "Tail" => Ok(Self::Tail),
            "None" => Ok(Self::None),
            other => Err(format!("log-type is '{other}', but must be Tail or None")),
        }
    }
}

/// The whole log of one invocation, or the part of it that was asked for.
pub fn log_text(completion: &Completion, platform: &Platform, log_type: LogType) -> String {
    let bytes = match (log_type, platform.config.logging.format) {
        (LogType::None, _) => return String::new(),
        (_, LogFormat::Json) => events::log(completion, platform),
        (LogType::Tail, LogFormat::Text) => of_call(completion, platform, false), // AWS's begins with START
        (LogType::All, LogFormat::Text) => [before_call(&Begun::of(completion), platform), of_call(completion, platform, true)].concat(),
    };
    let start = match log_type {
        LogType::Tail => bytes.len().saturating_sub(TAIL_BYTES),
        LogType::All | LogType::None => 0,
    };
    String::from_utf8_lossy(&bytes[start..]).into_owned()
}

/// What comes before the function's own log: the init that this call had to wait for, or the restore, and START.
pub(super) fn start(begun: &Begun<'_>, platform: &Platform) -> Vec<u8> {
    [before_call(begun, platform), start_line(begun, platform)].concat()
}

/// What comes after it: END and REPORT.
pub(super) fn end(completion: &Completion, platform: &Platform) -> Vec<u8> {
    format!("END RequestId: {}\n{}", completion.request_id, report_line(completion, &platform.config)).into_bytes()
}

fn before_call(begun: &Begun<'_>, platform: &Platform) -> Vec<u8> {
    let mut bytes = Vec::new();
    let runtime = format!("Runtime Version: {}\tRuntime Version ARN: {}\n", platform.runtime_version, platform.runtime_version_arn);
    if let Some((duration, log)) = begun.init {
        bytes.extend_from_slice(format!("INIT_START {runtime}").as_bytes());
        bytes.extend_from_slice(&log.bytes);
        if let Some(outcome) = begun.failed {
            end_line(&mut bytes);
            let status = match outcome.status_on_platform() {
                (status, Some(kind)) => format!("{status}\tError Type: {kind}"),
                (status, None) => status.to_owned(),
            };
            let report = format!("INIT_REPORT Init Duration: {}\tPhase: init\tStatus: {status}\n", ms(duration));
            bytes.extend_from_slice(report.as_bytes());
        }
    }
    let restore = begun.reported_restore();
    if restore.is_some() {
        bytes.extend_from_slice(format!("RESTORE_START {runtime}").as_bytes());
    }
    bytes.extend_from_slice(&begun.restore_log.bytes);
    if let Some(restore) = restore {
        end_line(&mut bytes);
        bytes.extend_from_slice(format!("RESTORE_REPORT Restore Duration: {}\n", ms(restore)).as_bytes());
    }
    bytes
}

fn start_line(begun: &Begun<'_>, platform: &Platform) -> Vec<u8> {
    format!("START RequestId: {} Version: {}\n", begun.request_id, platform.version).into_bytes()
}

fn end_line(bytes: &mut Vec<u8>) {
    if !matches!(bytes.last(), None | Some(b'\n')) {
        bytes.push(b'\n');
    }
}

/// AWS's tail has END right behind what the function wrote last, whatever that was; what people read begins a line.
fn of_call(completion: &Completion, platform: &Platform, own_line: bool) -> Vec<u8> {
    let mut bytes = start_line(&Begun::of(completion), platform);
    bytes.extend_from_slice(&completion.log.bytes);
    if own_line {
        end_line(&mut bytes);
    }
    [bytes, end(completion, platform)].concat()
}

fn ms(duration: Duration) -> String {
    format!("{:.2} ms", duration.as_secs_f64() * 1e3)
}

/// AWS reports exactly the limit for a timeout; the few microseconds until the guest stopped are ours.
pub(super) fn reported_duration(completion: &Completion) -> Duration {
    match &completion.outcome {
        Outcome::TimedOut(limit) => completion.usage.duration.min(limit.duration()),
        Outcome::Returned(_)
        | Outcome::Raised(_)
        | Outcome::InitFailed(_)
        | Outcome::Exited(_)
        | Outcome::Trapped(_)
        | Outcome::OutOfMemory(_)
        | Outcome::OutOfFuel(_)
        | Outcome::ResultTooLarge(_) => completion.usage.duration,
    }
}

fn report_line(completion: &Completion, config: &FunctionConfig) -> String {
    let usage = &completion.usage;
    let duration = reported_duration(completion);
    let billed = billed_call_ms(duration, usage.init_duration);
    let mut line = format!(
        "REPORT RequestId: {}\tDuration: {}\tBilled Duration: {billed} ms\tMemory Size: {}\tMax Memory Used: {} MB\t",
        completion.request_id,
        ms(duration),
        config.memory_size,
        bytes_to_mb(usage.max_memory_bytes),
    );
    // Writing to a String cannot fail.
    if let Some(init) = usage.init_duration {
        let _ = write!(line, "Init Duration: {}\t", ms(init));
    }
    if let Some(restore) = Begun::of(completion).reported_restore() {
        let _ = write!(line, "Restore Duration: {}\tBilled Restore Duration: {} ms\t", ms(restore), billed_ms(restore));
    }
    match completion.mode {
        Mode::Snapshot => {}
        // The default prints what AWS prints and nothing else.
        Mode::Each | Mode::Reuse => {
            let _ = write!(line, "Mode: {}\t", completion.mode.name());
        }
    }
    if let Some(status) = completion.outcome.report_status() {
        let _ = write!(line, "Status: {status}");
    }
    line.push('\n');
    line
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::function::{Account, ErrorDocument, FunctionConfig, FunctionVersion, RequestId, Usage};

    pub(in super::super) fn platform() -> Platform {
        let config =
            FunctionConfig::new("f".parse().expect("a name"), "a.b".parse().expect("a name"), "python3.13".parse().expect("known"));
        Platform::new(config, FunctionVersion::default(), &Account::default(), "3.13.5", "abc")
    }

    pub(in super::super) fn completion(outcome: Outcome) -> Completion {
        Completion {
            request_id: RequestId::mint(),
            started: Duration::from_millis(1_795_411_621_943),
            usage: Usage { duration: Duration::from_micros(2250), max_memory_bytes: 31 << 20, ..Usage::default() },
            ..Completion::fixture(outcome)
        }
    }

    fn told(completion: &Completion, log_type: LogType) -> String {
        log_text(completion, &platform(), log_type).replace(completion.request_id.as_str(), "<id>")
    }

    const RUNTIME: &str = "Runtime Version: python:3.13.v5\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:abc\n";
    const CALL: &str = "START RequestId: <id> Version: $LATEST\nEND RequestId: <id>\n\
        REPORT RequestId: <id>\tDuration: 2.25 ms\tBilled Duration: ";

    #[test]
    fn an_init_and_a_restore_are_told_before_the_call() {
        let mut completion = completion(Outcome::Returned(b"1".to_vec()));
        let end = "\tMemory Size: 128 MB\tMax Memory Used: 31 MB\t";
        assert_eq!(told(&completion, LogType::All), format!("{CALL}3 ms{end}\n"));
        completion.usage.restore_duration = Some(Duration::from_micros(71));
        completion.restore_log.bytes = b"after".to_vec();
        assert_eq!(
            told(&completion, LogType::All),
            format!(
                "RESTORE_START {RUNTIME}after\nRESTORE_REPORT Restore Duration: 0.07 ms\n{CALL}3 ms{end}\
                 Restore Duration: 0.07 ms\tBilled Restore Duration: 1 ms\t\n"
            )
        );
        completion.usage.init_duration = Some(Duration::from_millis(15));
        completion.init_log.bytes = b"init\n".to_vec();
        let call = format!("{CALL}18 ms{end}Init Duration: 15.00 ms\t\n");
        assert_eq!(told(&completion, LogType::All), format!("INIT_START {RUNTIME}init\nafter{call}"));
        assert_eq!(told(&completion, LogType::Tail), call);
    }

    #[test]
    fn an_init_that_failed_has_a_report_of_its_own() {
        let document = ErrorDocument::from_guest(br#"{"errorMessage": "m", "errorType": "ValueError"}"#).expect("a document");
        let mut failed = completion(Outcome::InitFailed(document));
        failed.was_called = false;
        failed.usage.init_duration = Some(Duration::from_millis(15));
        failed.init_log.bytes = b"[ERROR] ValueError: m".to_vec();
        let log = told(&failed, LogType::All);
        let start =
            "[ERROR] ValueError: m\nINIT_REPORT Init Duration: 15.00 ms\tPhase: init\tStatus: error\tError Type: Runtime.Unknown\nSTART ";
        assert!(log.contains(start), "{log}");
        failed.outcome = Outcome::TimedOut("10".parse().expect("in bounds"));
        assert!(told(&failed, LogType::All).contains("\tPhase: init\tStatus: timeout\nSTART "));
    }

    #[test]
    fn an_end_begins_a_line_for_people_and_not_in_a_tail() {
        let mut completion = completion(Outcome::Returned(b"1".to_vec()));
        completion.log.bytes = b"no newline".to_vec();
        assert!(told(&completion, LogType::All).contains("\nno newline\nEND RequestId: <id>\n"));
        assert!(told(&completion, LogType::Tail).contains("\nno newlineEND RequestId: <id>\n"));
        completion.log.bytes = b"a newline\n".to_vec();
        assert!(told(&completion, LogType::All).contains("\na newline\nEND"));
    }

    #[test]
    fn a_tail_has_its_last_bytes() {
        let mut completion = completion(Outcome::Returned(b"1".to_vec()));
        completion.log.bytes = "x".repeat(10_000).into_bytes();
        let tail = log_text(&completion, &platform(), LogType::Tail);
        assert_eq!((tail.len(), &tail[..1]), (TAIL_BYTES, "x"));
        assert!(log_text(&completion, &platform(), LogType::All).replace("\nEND", "END").ends_with(&tail));
        assert_eq!(log_text(&completion, &platform(), LogType::None), "");
    }
}
