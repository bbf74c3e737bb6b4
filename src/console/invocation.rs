//! How an invocation ended, as a page shows it.

use axum::http::StatusCode;
use serde_json::Value;

use super::advice;
use super::desk::Problem;
use super::log::{Report, class};
use super::text::{Text, encoded};
use crate::control::Invoked;

/// Characters of a result that a page shows; the whole of it is the API's to give.
const MAX_SHOWN: usize = 100_000;

/// One invocation that came to an end.
pub(super) struct Ended {
    /// `Succeeded`, `Timed out`, `Failed`.
    pub(super) word: &'static str,
    pub(super) class: &'static str,
    /// The returned value, or the error document, with line breaks.
    pub(super) value: Text,
    /// The value as it came, to compare with another.
    pub(super) raw: Vec<u8>,
    pub(super) error: Option<Failure>,
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) log: Vec<Line>,
    pub(super) version: Text,
}

/// What went wrong, for someone who has not seen it before.
pub(super) struct Failure {
    pub(super) kind: Text,
    pub(super) message: Text,
    pub(super) advice: String,
    pub(super) trace: Vec<Frame>,
}

/// One line of a stack trace; `href` leads to the line in the editor where it is the function's own file.
pub(super) struct Frame {
    pub(super) text: Text,
    pub(super) href: Option<String>,
}

/// A line of a log with the name of its style.
pub(super) struct Line {
    pub(super) class: &'static str,
    pub(super) text: Text,
}

/// Lines of a log.
pub(super) fn lines(log: &str) -> Vec<Line> {
    log.lines().map(|line| Line { class: class(line), text: line.into() }).collect()
}

/// The tail of a log with the platform's END on a line of its own. AWS has it right behind what the function wrote last, and
/// a traceback has no line end.
fn with_end_line(log: &str, request_id: &str) -> String {
    match log.rfind(&format!("END RequestId: {request_id}")) {
        Some(at) if at > 0 && !log[..at].ends_with('\n') => format!("{}\n{}", &log[..at], &log[at..]),
        _ => log.to_owned(),
    }
}

/// A JSON text with line breaks, or as it is where it is not JSON.
pub(super) fn pretty(json: &[u8]) -> Text {
    let value: Result<Value, _> = serde_json::from_slice(json);
    let text = value.ok().and_then(|value| serde_json::to_string_pretty(&value).ok());
    Text::cut(&text.unwrap_or_else(|| String::from_utf8_lossy(json).into_owned()), MAX_SHOWN)
}

/// Milliseconds for people.
pub(super) fn ms(value: f64) -> String {
    format!("{value:.2} ms")
}

impl Ended {
    /// From what the service answered.
    pub(super) fn new(invoked: Invoked, function_path: &str, handler: &str) -> Self {
        let log = String::from_utf8_lossy(&invoked.log_tail.unwrap_or_default()).into_owned();
        let report = Report::of_log(&log);
        let log = report.as_ref().map_or(log.clone(), |report| with_end_line(&log, &report.request_id));
        let error = invoked.function_error.map(|_| Failure::of(&invoked.payload, function_path, handler));
        let is_timeout = error.as_ref().is_some_and(|error| error.message.0.contains("Task timed out after"));
        let (word, class) = match &error {
            None => ("Succeeded", "good"),
            Some(_) if is_timeout => ("Timed out", "bad"),
            Some(_) => ("Failed", "bad"),
        };
        Self {
            word,
            class,
            value: pretty(&invoked.payload),
            raw: invoked.payload,
            error,
            facts: report.as_ref().map(facts).unwrap_or_default(),
            log: lines(&log),
            version: invoked.executed_version.into(),
        }
    }

    /// The number of a fact as it is shown, or a dash.
    pub(super) fn fact(&self, name: &str) -> &str {
        self.facts.iter().find(|(known, _)| *known == name).map_or("–", |(_, value)| value)
    }
}

fn facts(report: &Report) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("Duration", ms(report.duration_ms)),
        ("Billed duration", format!("{:.0} ms", report.billed_ms)),
        ("Max memory used", format!("{:.0} of {:.0} MB", report.max_memory_mb, report.memory_mb)),
    ];
    facts.extend(report.init_ms.map(|init| ("Init duration", ms(init))));
    facts.extend(report.restore_ms.map(|restore| ("Restore duration", ms(restore))));
    facts.push(("Request ID", report.request_id.clone()));
    facts
}

impl Failure {
    /// From an error document.
    pub(super) fn of(document: &[u8], function_path: &str, handler: &str) -> Self {
        let document: Value = serde_json::from_slice(document).unwrap_or_default();
        let text = |name: &str| document.get(name).and_then(Value::as_str).unwrap_or_default();
        let (kind, message) = (text("errorType"), text("errorMessage"));
        let trace = document.get("stackTrace").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        Self {
            kind: kind.into(),
            message: Text::cut(message, 4_000),
            advice: advice::of_error(kind, message, handler),
            trace: trace.iter().filter_map(Value::as_str).take(60).map(|text| Frame::of(text, function_path)).collect(),
        }
    }
}

impl Frame {
    /// From `  File "/var/task/app.py", line 3, in handler\n    raise ...`.
    fn of(text: &str, function_path: &str) -> Self {
        let place = text.split_once("File \"/var/task/").and_then(|(_, rest)| rest.split_once("\", line "));
        let href = place.and_then(|(file, rest)| {
            let line: u32 = rest.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok()?;
            Some(format!("{function_path}/code?file={}&line={line}", encoded(file)))
        });
        Self { text: Text::cut(text.trim(), 1_000), href }
    }
}

/// Whether a text can be an event, with advice where it cannot.
pub(super) fn check_event(event: &str) -> Result<(), Problem> {
    let checked: Result<&serde_json::value::RawValue, _> = serde_json::from_str(event);
    checked.map(drop).map_err(|error| {
        let advice =
            "Events are JSON: names and texts in double quotes, true, false and null in small letters, no comma after the last entry.";
        Problem::new(StatusCode::BAD_REQUEST, "The event is not JSON", error.to_string(), advice)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_trace_leads_to_the_editor() {
        let document = br#"{"errorType": "KeyError", "errorMessage": "'k'", "stackTrace": ["  File \"/var/task/a b/app.py\", line 8, in handler\n    x\n", "  File \"<frozen x>\", line 1\n"]}"#;
        let failure = Failure::of(document, "/f", "app.handler");
        let hrefs: Vec<_> = failure.trace.iter().map(|frame| frame.href.as_deref()).collect();
        assert_eq!(hrefs, [Some("/f/code?file=a%20b%2Fapp.py&line=8"), None]);
        assert_eq!((failure.kind.0.as_str(), failure.message.0.as_str()), ("KeyError", "'k'"));
    }

    #[test]
    fn the_end_has_a_line_of_its_own() {
        assert_eq!(with_end_line("  raise xEND RequestId: a-b\nREPORT", "a-b"), "  raise x\nEND RequestId: a-b\nREPORT");
        assert_eq!(with_end_line("x\nEND RequestId: a-b\n", "a-b"), "x\nEND RequestId: a-b\n");
        assert_eq!(with_end_line("END RequestId: a-b\n", "a-b"), "END RequestId: a-b\n", "a tail that begins there");
    }

    #[test]
    fn what_is_returned_is_laid_out_and_kept_in_its_order() {
        assert_eq!(pretty(br#"{"b":1.0,"a":[]}"#).0, "{\n  \"b\": 1.0,\n  \"a\": []\n}");
        assert_eq!(pretty(b"not json").0, "not json");
        assert!(check_event("{'a': 1}").is_err() && check_event("[1, null]").is_ok());
    }
}
