//! What the platform's lines in a log say of an invocation.

use serde_json::Value;

/// The numbers of one REPORT line, or of one `platform.report` record.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Report {
    pub(super) request_id: String,
    pub(super) duration_ms: f64,
    pub(super) billed_ms: f64,
    pub(super) memory_mb: f64,
    pub(super) max_memory_mb: f64,
    pub(super) init_ms: Option<f64>,
    pub(super) restore_ms: Option<f64>,
    /// `timeout`, `error`, ...; `None` where the line names none.
    pub(super) status: Option<String>,
}

impl Report {
    /// Reads a line of either format; `None` for every other line.
    pub(super) fn of_line(line: &str) -> Option<Self> {
        match line.strip_prefix("REPORT RequestId: ") {
            Some(rest) => Self::of_text(rest),
            None if line.starts_with('{') && line.contains("platform.report") => Self::of_json(&serde_json::from_str(line).ok()?),
            None => None,
        }
    }

    /// The last one in a log.
    pub(super) fn of_log(log: &str) -> Option<Self> {
        log.lines().rev().find_map(Self::of_line)
    }

    fn of_text(rest: &str) -> Option<Self> {
        let mut fields = rest.split('\t');
        let mut report = Self { request_id: fields.next()?.trim().to_owned(), ..Self::default() };
        for field in fields {
            let Some((name, value)) = field.split_once(": ") else { continue };
            let number = value.split(' ').next().and_then(|number| number.parse().ok());
            match name {
                "Duration" => report.duration_ms = number?,
                "Billed Duration" => report.billed_ms = number?,
                "Memory Size" => report.memory_mb = number?,
                "Max Memory Used" => report.max_memory_mb = number?,
                "Init Duration" => report.init_ms = number,
                "Restore Duration" => report.restore_ms = number,
                "Status" => report.status = Some(value.trim().to_owned()),
                _ => {}
            }
        }
        Some(report)
    }

    fn of_json(record: &Value) -> Option<Self> {
        if record.get("type")? != "platform.report" {
            return None;
        }
        let record = record.get("record")?;
        let metrics = record.get("metrics")?;
        let number = |name: &str| metrics.get(name).and_then(Value::as_f64);
        let status = record.get("status").and_then(Value::as_str).filter(|status| *status != "success");
        Some(Self {
            request_id: record.get("requestId")?.as_str()?.to_owned(),
            duration_ms: number("durationMs")?,
            billed_ms: number("billedDurationMs").unwrap_or_default(),
            memory_mb: number("memorySizeMB").unwrap_or_default(),
            max_memory_mb: number("maxMemoryUsedMB").unwrap_or_default(),
            init_ms: number("initDurationMs"),
            restore_ms: number("restoreDurationMs"),
            status: status.map(str::to_owned),
        })
    }
}

/// Whether a line is the runtime's own report of an exception: a record of a logger has a tab there, or JSON.
pub(super) fn is_exception(line: &str) -> bool {
    line.starts_with("[ERROR] ") || (line.starts_with('{') && line.contains("\"stackTrace\"") && line.contains("\"errorType\""))
}

/// What sort of line it is, as the name of a style.
pub(super) fn class(line: &str) -> &'static str {
    const PLATFORM: [&str; 8] = [
        "START RequestId: ",
        "END RequestId: ",
        "REPORT RequestId: ",
        "INIT_START ",
        "INIT_REPORT ",
        "RESTORE_START ",
        "RESTORE_REPORT ",
        "EXTENSION\t",
    ];
    match () {
        () if PLATFORM.iter().any(|start| line.starts_with(start)) || line.contains("\"type\":\"platform.") => "platform",
        () if line.starts_with("[ERROR]") || line.contains("Task timed out after") || line.contains("\"level\":\"ERROR\"") => "error",
        () if line.starts_with("[WARNING]") || line.contains("\"level\":\"WARN\"") => "warning",
        () => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_formats_say_the_same() {
        let text = "REPORT RequestId: a-b\tDuration: 2.25 ms\tBilled Duration: 18 ms\tMemory Size: 128 MB\tMax Memory Used: 31 MB\t\
            Init Duration: 15.00 ms\tStatus: timeout\n";
        let json = r#"{"time":"t","type":"platform.report","record":{"requestId":"a-b","metrics":{"durationMs":2.25,"billedDurationMs":18,"memorySizeMB":128,"maxMemoryUsedMB":31,"initDurationMs":15.0},"status":"timeout"}}"#;
        let report = Report {
            request_id: "a-b".into(),
            duration_ms: 2.25,
            billed_ms: 18.0,
            memory_mb: 128.0,
            max_memory_mb: 31.0,
            init_ms: Some(15.0),
            restore_ms: None,
            status: Some("timeout".into()),
        };
        assert_eq!(Report::of_line(text).as_ref(), Some(&report));
        assert_eq!(Report::of_line(json).as_ref(), Some(&report));
        for other in ["", "REPORT", "END RequestId: a-b", "{\"type\": \"platform.report\"}", "{", "REPORT RequestId: x\tDuration: much"] {
            assert_eq!(Report::of_line(other), None, "{other}");
        }
    }
}
