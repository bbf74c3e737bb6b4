//! The log in the JSON format: the platform's records and the function's, one to a line (lambda-semantics 5.3).

use std::time::Duration;

use serde_json::Value;

use super::Platform;
use super::lines::reported_duration;
use crate::function::{
    ApplicationLogLevel, Begun, Completion, LoggingConfig, Outcome, SystemLogLevel, billed_call_ms, billed_ms, bytes_to_mb, iso_time,
};

/// The records of one invocation that pass the levels.
pub(super) fn log(completion: &Completion, platform: &Platform) -> Vec<u8> {
    let mut log = JsonLog::new(platform);
    log.bytes = start(&Begun::of(completion), platform);
    log.function(&completion.log.bytes);
    let end = end(completion, platform);
    if !end.is_empty() {
        log.end_line();
    }
    [log.bytes, end].concat()
}

/// Those of these whole lines of the function that pass the level.
pub(super) fn of_function(written: &[u8], platform: &Platform) -> Vec<u8> {
    let mut log = JsonLog::new(platform);
    log.function(written);
    log.bytes
}

/// The records before the function's own: its init or its restore, and the start.
pub(super) fn start(begun: &Begun<'_>, platform: &Platform) -> Vec<u8> {
    let config = &platform.config;
    let mut log = JsonLog::new(platform);
    let success = [Some(("status", text("success"))), None];
    let environment = [
        Some(("runtimeVersion", text(&platform.runtime_version))),
        Some(("runtimeVersionArn", text(&platform.runtime_version_arn))),
        Some(("functionName", text(config.name.as_str()))),
        Some(("functionVersion", text(platform.version.as_str()))),
        Some(("instanceId", text(begun.log_stream.as_str()))),
        Some(("instanceMaxMemory", config.memory_size.bytes().to_string())),
    ];
    let took = |time: Duration| Some(("metrics", object(&[Some(("durationMs", milliseconds(time)))])));
    let before = begun.init.map_or(Duration::ZERO, |(duration, _)| duration) + begun.restore.unwrap_or_default();
    let mut time = begun.started.saturating_sub(before);
    if let Some((duration, written)) = begun.init {
        let phase = [Some(("initializationType", text(config.initialization.name()))), Some(("phase", text("init")))];
        log.event(time, SystemLogLevel::Info, "platform.initStart", &[&phase[..], &environment].concat());
        log.function(&written.bytes);
        time += duration;
        let (end, level) = match begun.failed {
            Some(outcome) => (how(outcome), SystemLogLevel::Warn),
            None => (success.clone(), SystemLogLevel::Debug),
        };
        let report = [&phase[..], &end, &[took(duration)]].concat();
        log.event(time, level, "platform.initRuntimeDone", &report);
        log.event(time, level, "platform.initReport", &report);
    }
    let restore = begun.reported_restore();
    if restore.is_some() {
        log.event(time, SystemLogLevel::Info, "platform.restoreStart", &environment);
    }
    log.function(&begun.restore_log.bytes);
    if let Some(restore) = restore {
        let report = [&success[..], &[took(restore)]].concat();
        log.event(time + restore, SystemLogLevel::Debug, "platform.restoreRuntimeDone", &report);
        log.event(time + restore, SystemLogLevel::Info, "platform.restoreReport", &report);
    }
    let start = [
        Some(("requestId", text(begun.request_id.as_str()))),
        Some(("functionArn", text(begun.invoked_arn))),
        Some(("version", text(platform.version.as_str()))),
    ];
    log.event(begun.started, SystemLogLevel::Info, "platform.start", &start);
    log.bytes
}

/// The records after the function's own: its end and the report.
pub(super) fn end(completion: &Completion, platform: &Platform) -> Vec<u8> {
    let (usage, config) = (&completion.usage, &platform.config);
    let mut log = JsonLog::new(platform);
    let duration = reported_duration(completion);
    let restore = Begun::of(completion).reported_restore();
    let (status, _) = completion.outcome.status_on_platform();
    let level = |success: SystemLogLevel| if status == "success" { success } else { SystemLogLevel::Warn };
    let end = how(&completion.outcome);
    let id = ("requestId", text(completion.request_id.as_str()));
    let time = completion.started + duration;
    let produced = match &completion.outcome {
        Outcome::Returned(body) => Some(("producedBytes", body.len().to_string())),
        Outcome::Raised(_)
        | Outcome::InitFailed(_)
        | Outcome::Exited(_)
        | Outcome::Trapped(_)
        | Outcome::TimedOut(_)
        | Outcome::OutOfMemory(_)
        | Outcome::OutOfFuel(_)
        | Outcome::ResultTooLarge(_) => None,
    };
    let metrics = object(&[Some(("durationMs", milliseconds(duration))), produced]);
    let done = [&[Some(id.clone())], &end[..], &[Some(("metrics", metrics))]].concat();
    log.event(time, level(SystemLogLevel::Debug), "platform.runtimeDone", &done);
    let metrics = object(&[
        Some(("durationMs", milliseconds(duration))),
        Some(("billedDurationMs", billed_call_ms(duration, usage.init_duration).to_string())),
        Some(("memorySizeMB", config.memory_size.mb().to_string())),
        Some(("maxMemoryUsedMB", bytes_to_mb(usage.max_memory_bytes).to_string())),
        usage.init_duration.map(|init| ("initDurationMs", milliseconds(init))),
        restore.map(|restore| ("restoreDurationMs", milliseconds(restore))),
        restore.map(|restore| ("billedRestoreDurationMs", billed_ms(restore).to_string())),
    ]);
    let report = [&[Some(id), Some(("metrics", metrics))], &end[..]].concat();
    log.event(time, level(SystemLogLevel::Info), "platform.report", &report);
    log.bytes
}

/// How it ended, as records say it.
fn how(outcome: &Outcome) -> [Member; 2] {
    let (status, error_type) = outcome.status_on_platform();
    [Some(("status", text(status))), error_type.map(|kind| ("errorType", text(&kind)))]
}

/// A member of an object: its name and its value as JSON. `None` where there is no such member.
type Member = Option<(&'static str, String)>;

/// AWS's objects have an order, which a map would not keep.
fn object(members: &[Member]) -> String {
    let members: Vec<String> = members.iter().flatten().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", members.join(","))
}

fn text(value: &str) -> String {
    Value::from(value).to_string()
}

/// With at most three digits behind the point.
fn milliseconds(duration: Duration) -> String {
    let micros = duration.as_micros();
    let digits = format!("{}.{:03}", micros / 1000, micros % 1000);
    digits.trim_end_matches('0').trim_end_matches('.').to_owned()
}

struct JsonLog {
    bytes: Vec<u8>,
    logging: LoggingConfig,
}

impl JsonLog {
    fn new(platform: &Platform) -> Self {
        Self { bytes: Vec::new(), logging: platform.config.logging }
    }

    /// The record of an error ends without a newline.
    fn end_line(&mut self) {
        if !matches!(self.bytes.last(), None | Some(b'\n')) {
            self.bytes.push(b'\n');
        }
    }

    fn event(&mut self, time: Duration, level: SystemLogLevel, kind: &'static str, record: &[Member]) {
        if level < self.logging.system_level {
            return;
        }
        self.end_line();
        let event = object(&[Some(("time", text(&iso_time(time)))), Some(("type", text(kind))), Some(("record", object(record)))]);
        self.bytes.extend_from_slice(event.as_bytes());
        self.bytes.push(b'\n');
    }

    /// What the function wrote: of its lines, those that say no level count as INFO.
    fn function(&mut self, written: &[u8]) {
        let level = |line: &[u8]| match serde_json::from_slice::<Value>(line) {
            Ok(Value::Object(members)) => members.get("level").and_then(Value::as_str).and_then(ApplicationLogLevel::of_record),
            _ => None,
        };
        let least = self.logging.application_level;
        for line in written.split_inclusive(|byte| *byte == b'\n') {
            if least == ApplicationLogLevel::Trace || level(line).unwrap_or(ApplicationLogLevel::Info) >= least {
                self.bytes.extend_from_slice(line);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::lines::tests::{completion, platform};
    use super::*;
    use crate::function::{ErrorDocument, LogFormat, Timeout};

    fn told(completion: &Completion, application: ApplicationLogLevel, system: SystemLogLevel) -> String {
        let mut platform = platform();
        platform.config.logging = LoggingConfig::new(LogFormat::Json, Some(application), Some(system)).expect("they fit together");
        String::from_utf8(log(completion, &platform)).expect("text").replace(completion.request_id.as_str(), "<id>")
    }

    #[test]
    fn a_success_is_a_start_and_a_report() {
        let mut completion = completion(Outcome::Returned(b"1".to_vec()));
        completion.log.bytes = b"plain\n{\"level\": \"DEBUG\"}\n{\"level\": \"ERROR\"}".to_vec();
        assert_eq!(
            told(&completion, ApplicationLogLevel::Info, SystemLogLevel::Info),
            r#"{"time":"2026-11-23T05:27:01.943Z","type":"platform.start","record":{"requestId":"<id>","functionArn":"arn:aws:lambda:us-east-1:123456789012:function:f","version":"$LATEST"}}
plain
{"level": "ERROR"}
{"time":"2026-11-23T05:27:01.945Z","type":"platform.report","record":{"requestId":"<id>","metrics":{"durationMs":2.25,"billedDurationMs":3,"memorySizeMB":128,"maxMemoryUsedMB":31},"status":"success"}}
"#
        );
        let warn = told(&completion, ApplicationLogLevel::Error, SystemLogLevel::Warn);
        assert_eq!(warn, "{\"level\": \"ERROR\"}", "a line without a level is INFO");
        let all = told(&completion, ApplicationLogLevel::Trace, SystemLogLevel::Debug);
        assert!(all.contains("\n{\"level\": \"DEBUG\"}\n"), "{all}");
        assert!(all.contains(r#""type":"platform.runtimeDone","record":{"requestId":"<id>","status":"success","metrics":{"durationMs":2.25,"producedBytes":1}}}"#), "{all}");
    }

    #[test]
    fn an_init_and_a_restore_are_told() {
        let mut completion = completion(Outcome::Returned(b"1".to_vec()));
        completion.usage.restore_duration = Some(Duration::from_micros(71));
        completion.restore_log.bytes = b"after\n".to_vec();
        let restored = told(&completion, ApplicationLogLevel::Info, SystemLogLevel::Info);
        let kinds = |log: &str| -> Vec<String> {
            let kind = |line: &str| Some(line.split_once(r#""type":"platform."#)?.1.split('"').next()?.to_owned());
            log.lines().map(|line| kind(line).unwrap_or_else(|| line.to_owned())).collect()
        };
        assert_eq!(kinds(&restored), ["restoreStart", "after", "restoreReport", "start", "report"]);
        assert!(restored.contains(r#""restoreDurationMs":0.071,"billedRestoreDurationMs":1}"#), "{restored}");
        completion.usage.init_duration = Some(Duration::from_millis(15));
        completion.init_log.bytes = b"init\n".to_vec();
        let initialised = told(&completion, ApplicationLogLevel::Info, SystemLogLevel::Debug);
        let expected = ["initStart", "init", "initRuntimeDone", "initReport", "after", "start", "runtimeDone", "report"];
        assert_eq!(kinds(&initialised), expected);
        assert!(initialised.contains(r#""initDurationMs":15}"#) && initialised.contains(r#""billedDurationMs":18,"#), "{initialised}");
        assert!(initialised.contains(r#""instanceMaxMemory":134217728}"#), "{initialised}");
    }

    #[test]
    fn failures_are_warnings() {
        let document = br#"{"errorMessage": "m", "errorType": "Runtime.ImportModuleError"}"#;
        let document = ErrorDocument::from_guest(document).expect("a document");
        let timeout: Timeout = "1".parse().expect("in bounds");
        for (outcome, end) in [
            (Outcome::Raised(document.clone()), r#""status":"error","errorType":"Runtime.Unknown"}"#),
            (Outcome::TimedOut(timeout), r#""status":"timeout"}"#),
            (Outcome::Exited(3), r#""status":"error","errorType":"Runtime.ExitError"}"#),
            (Outcome::ResultTooLarge(7_000_000), r#""status":"error","errorType":"Function.ResponseSizeTooLarge"}"#),
        ] {
            let log = told(&completion(outcome), ApplicationLogLevel::Info, SystemLogLevel::Warn);
            assert!(log.contains(r#""type":"platform.runtimeDone""#) && log.contains(end), "{log}");
        }
        let mut failed = completion(Outcome::InitFailed(document));
        failed.usage.init_duration = Some(Duration::from_millis(15));
        failed.was_called = false;
        let log = told(&failed, ApplicationLogLevel::Info, SystemLogLevel::Warn);
        assert!(log.contains(r#""type":"platform.initReport","record":{"initializationType":"on-demand","phase":"init","status":"error","errorType":"Runtime.ImportModuleError","metrics":{"durationMs":15}}}"#), "{log}");
    }
}
