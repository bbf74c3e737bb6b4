//! The log as AWS shows it: START, what the function wrote, END, REPORT (lambda-semantics 5.1).

use std::fmt::Write;
use std::str::FromStr;

use crate::function::{Completion, FunctionConfig, Mode, Outcome, billed_ms, bytes_to_mb};

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
pub fn log_text(completion: &Completion, config: &FunctionConfig, log_type: LogType) -> String {
    if log_type == LogType::None {
        return String::new();
    }
    let mut bytes = completion.init_log.bytes.clone();
    let id = &completion.request_id;
    bytes.extend_from_slice(format!("START RequestId: {id} Version: $LATEST\n").as_bytes());
    bytes.extend_from_slice(&completion.log.bytes);
    bytes.extend_from_slice(format!("END RequestId: {id}\n").as_bytes());
    bytes.extend_from_slice(report_line(completion, config).as_bytes());
    let start = match log_type {
        LogType::Tail => bytes.len().saturating_sub(TAIL_BYTES),
        LogType::All | LogType::None => 0,
    };
    String::from_utf8_lossy(&bytes[start..]).into_owned()
}

fn report_line(completion: &Completion, config: &FunctionConfig) -> String {
    let usage = &completion.usage;
    // AWS reports exactly the limit for a timeout; the few microseconds until the guest stopped are ours.
    let duration = match &completion.outcome {
        Outcome::TimedOut(limit) => usage.duration.min(limit.duration()),
        Outcome::Returned(_)
        | Outcome::Raised(_)
        | Outcome::InitFailed(_)
        | Outcome::Exited(_)
        | Outcome::Trapped(_)
        | Outcome::OutOfMemory(_)
        | Outcome::OutOfFuel(_)
        | Outcome::ResultTooLarge(_) => usage.duration,
    };
    let billed = billed_ms(duration + usage.init_duration.unwrap_or_default());
    let mut line = format!(
        "REPORT RequestId: {}\tDuration: {:.2} ms\tBilled Duration: {billed} ms\tMemory Size: {}\tMax Memory Used: {} MB\t",
        completion.request_id,
        duration.as_secs_f64() * 1e3,
        config.memory_size,
        bytes_to_mb(usage.max_memory_bytes),
    );
    // Writing to a String cannot fail.
    if let Some(init) = usage.init_duration {
        let _ = write!(line, "Init Duration: {:.2} ms\t", init.as_secs_f64() * 1e3);
    } else if let Some(restore) = usage.restore_duration {
        // In place of it, as SnapStart (lambda-semantics 10).
        let _ = write!(line, "Restore Duration: {:.2} ms\t", restore.as_secs_f64() * 1e3);
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
