//! A completion and a case become a verdict.

use std::borrow::Cow;
use std::sync::atomic::AtomicBool;

use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::budget::{Budget, Ended};
use super::case::{Case, Checker, Expect, ExpectedHttp, Unordered, WhiteSpace};
use super::compare::{Difference, Differences, Rules, cut, shown};
use super::http;
use super::json::{Json, JsonKind, View};
use super::path::{Path, Step};
use super::record::Place;
use super::shown::strings;
use crate::function::{Completion, ErrorDocument, MAX_EVENT_BYTES, Mode, Outcome, Timeout};

/// What a judge says of a case. When several hold, the first in this list is said.
///
/// What a case expects by name takes its verdict away: with `expect.outcome` naming the status, or `expect.error` naming
/// type and message of the error, MLE, TLE, FLE, RE, CE and the OLE of a result are as they should be, and what else is
/// expected decides between WA and AC. An IE or SV stays one, and so does the OLE of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Verdict {
    /// Internal error: our own fault, or a checker's that fails on the reference's result too. Never counted against the
    /// code, so nothing that the code can cause may be one: each place that makes an IE says why it is none of those.
    Ie,
    /// The package or its handler cannot be loaded, or the init failed in whatever way.
    Ce,
    /// Security violation: it tried what the sandbox does not have.
    Sv,
    /// Memory limit exceeded.
    Mle,
    /// Time limit exceeded.
    Tle,
    /// Fuel limit exceeded.
    Fle,
    /// Output limit exceeded: the result or the log is too large.
    Ole,
    /// Runtime error: an exception, an exit, a trap.
    Re,
    /// Wrong answer.
    Wa,
    /// Skipped: after a failure with `--fail-fast`, or by the tag `skip`.
    Sk,
    /// Accepted.
    Ac,
}

impl Verdict {
    /// All of them, in their order.
    pub const ALL: [Self; 11] =
        [Self::Ie, Self::Ce, Self::Sv, Self::Mle, Self::Tle, Self::Fle, Self::Ole, Self::Re, Self::Wa, Self::Sk, Self::Ac];

    /// The letters that judges know it by.
    pub fn code(self) -> &'static str {
        match self {
            Self::Ie => "IE",
            Self::Ce => "CE",
            Self::Sv => "SV",
            Self::Mle => "MLE",
            Self::Tle => "TLE",
            Self::Fle => "FLE",
            Self::Ole => "OLE",
            Self::Re => "RE",
            Self::Wa => "WA",
            Self::Sk => "SK",
            Self::Ac => "AC",
        }
    }

    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ie => "internal error",
            Self::Ce => "cannot be loaded",
            Self::Sv => "security violation",
            Self::Mle => "memory limit exceeded",
            Self::Tle => "time limit exceeded",
            Self::Fle => "fuel limit exceeded",
            Self::Ole => "output limit exceeded",
            Self::Re => "runtime error",
            Self::Wa => "wrong answer",
            Self::Sk => "skipped",
            Self::Ac => "accepted",
        }
    }

    /// Whether it speaks against the code.
    pub fn is_failure(self) -> bool {
        !matches!(self, Self::Ac | Self::Sk)
    }
}

/// What bounds the judging of a completion, beside its case.
#[derive(Debug, Clone, Copy)]
pub struct JudgeBounds<'a> {
    /// Bytes of log.
    pub log: u64,
    /// Set when nobody waits for the verdict any more: a comparison that takes long ends then.
    pub stop: Option<&'a AtomicBool>,
}

/// A verdict with its reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// In one line.
    pub detail: String,
    /// For WA.
    pub differences: Differences,
    /// For an exception: where in the user's code.
    pub raised: Option<Place>,
}

impl Judgement {
    /// A verdict with its reason.
    pub fn new(verdict: Verdict, detail: impl Into<String>) -> Self {
        Self { verdict, detail: cut(detail.into().replace('\n', "; "), 500), differences: Differences::default(), raised: None }
    }
}

/// Runs a case's checker on its event.
pub type Check<'a> = &'a mut dyn FnMut(&Checker, Vec<u8>) -> Result<Completion, String>;

/// Holds a completion to its case. `event` is what the handler was given.
pub fn judge(case: &Case, event: &[u8], completion: &Completion, bounds: JudgeBounds<'_>, check: Check<'_>) -> Judgement {
    let nothing = Expect::default();
    let expect = case.expect.as_ref().unwrap_or(&nothing);
    let error = completion.outcome.error(&completion.request_id);
    let mut found = ended(completion, error.as_ref(), case.cpu_timeout);
    if is_expected(expect, completion, error.as_ref()) {
        found = Judgement::new(Verdict::Ac, "");
    }
    if let (Some(first), true) = (completion.attempts.first(), Verdict::Sv < found.verdict) {
        let more = match completion.attempts.len() - 1 {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        found = Judgement::new(Verdict::Sv, format!("{first}{more}"));
    }
    let written = completion.log.written;
    if written > bounds.log && Verdict::Ole < found.verdict {
        found = Judgement::new(Verdict::Ole, format!("the log has {written} bytes, more than {}", bounds.log));
    }
    if found.verdict != Verdict::Ac {
        return found;
    }
    let budget = Budget::new(bounds.stop);
    let differences = differences(expect, completion, error.as_ref(), &budget);
    match budget.ended() {
        Some(Ended::Stopped) => return Judgement::new(Verdict::Sk, "interrupted"),
        Some(ended @ (Ended::Steps | Ended::Time)) => return Judgement { differences, ..Judgement::new(Verdict::Wa, ended.reason()) },
        None => {}
    }
    if let Some(first) = differences.kept().first() {
        let detail = match differences.count() {
            1 => format!("{} differs", first.path),
            more => format!("{} and {} more differ", first.path, more - 1),
        };
        return Judgement { differences, ..Judgement::new(Verdict::Wa, detail) };
    }
    match &expect.checker {
        Some(checker) => checked(checker, expect, event, completion, error.as_ref(), check),
        None => found,
    }
}

/// The verdict of how it ended, nothing being expected.
fn ended(completion: &Completion, error: Option<&ErrorDocument>, cpu_timeout: Option<Timeout>) -> Judgement {
    let outcome = &completion.outcome;
    let message = error.map(|error| format!("{}: {}", error.error_type, error.message)).unwrap_or_default();
    let raised = error.and_then(|error| Place::of(error.json()));
    let with_place = |verdict| {
        let at = raised.as_ref().map(|place| format!(" ({place})")).unwrap_or_default();
        Judgement { raised: raised.clone(), ..Judgement::new(verdict, format!("{}{at}", cut(message.clone(), 400))) }
    };
    if !completion.was_called {
        return match outcome {
            Outcome::InitFailed(_) => with_place(Verdict::Ce),
            // The init that makes the image came to its end in time, and this one is the call's own.
            Outcome::TimedOut(limit) if completion.mode == Mode::Each => Judgement::new(
                Verdict::Tle,
                format!("took longer than {limit} with its init, which runs for each call: it leaves a file open"),
            ),
            Outcome::TimedOut(limit) => Judgement::new(Verdict::Ce, format!("the init took longer than {limit}")),
            Outcome::OutOfMemory(limit) => Judgement::new(Verdict::Ce, format!("the init needed more than {limit}")),
            Outcome::Returned(_)
            | Outcome::Raised(_)
            | Outcome::Exited(_)
            | Outcome::Trapped(_)
            | Outcome::OutOfFuel(_)
            | Outcome::ResultTooLarge(_) => Judgement::new(Verdict::Ce, format!("the init ended with {message}")),
        };
    }
    match outcome {
        Outcome::Returned(_) => Judgement::new(Verdict::Ac, ""),
        Outcome::Raised(_) => with_place(Verdict::Re),
        Outcome::InitFailed(_) => with_place(Verdict::Ce),
        Outcome::Exited(status) => Judgement::new(Verdict::Re, format!("the process ended itself with status {status}")),
        Outcome::Trapped(reason) => Judgement::new(Verdict::Re, format!("ended by WebAssembly: {reason}")),
        Outcome::TimedOut(limit) if cpu_timeout == Some(*limit) && completion.usage.cpu >= limit.duration() => {
            Judgement::new(Verdict::Tle, format!("used more than {limit} of CPU time"))
        }
        Outcome::TimedOut(limit) => Judgement::new(Verdict::Tle, format!("took longer than {limit}")),
        Outcome::OutOfMemory(limit) => Judgement::new(Verdict::Mle, format!("needed more than {limit}")),
        Outcome::OutOfFuel(fuel) => Judgement::new(Verdict::Fle, format!("used up {} operators", fuel.operators())),
        Outcome::ResultTooLarge(bytes) => Judgement::new(Verdict::Ole, format!("the result has {bytes} bytes")),
    }
}

/// Whether the case names this very end.
fn is_expected(expect: &Expect, completion: &Completion, error: Option<&ErrorDocument>) -> bool {
    let named = expect.outcome.as_ref().is_some_and(|status| status.0 == completion.outcome.status());
    let as_error = expect.error.is_some() && error.is_some() && error_differences(expect, error).count() == 0;
    named || as_error
}

fn error_differences(expect: &Expect, error: Option<&ErrorDocument>) -> Differences {
    let mut found = Differences::default();
    let Some(expected) = &expect.error else { return found };
    let got = |text: fn(&ErrorDocument) -> &str| error.map(|error| text(error).to_owned());
    if error.is_none() {
        let shown = expected.error_type.as_deref().unwrap_or("an error");
        found.add(|| Difference::new("error", Some(shown.into()), None));
    } else if expected.error_type.as_deref().is_some_and(|kind| error.is_some_and(|error| error.error_type != kind)) {
        found.add(|| Difference::new("error type", expected.error_type.clone(), got(|error| &error.error_type)));
    }
    if let (Some(pattern), Some(error)) = (&expected.message, error)
        && !pattern.0.is_match(&error.message)
    {
        found.add(|| Difference::new("error message", Some(format!("/{}/", pattern.0)), Some(error.message.clone())));
    }
    found
}

/// Everything that is not as expected, but for what a checker would say.
fn differences(expect: &Expect, completion: &Completion, error: Option<&ErrorDocument>, budget: &Budget<'_>) -> Differences {
    let mut found = error_differences(expect, error);
    if let Some(status) = expect.outcome.as_ref().filter(|status| status.0 != completion.outcome.status()) {
        found.add(|| Difference::new("outcome", Some(status.0.into()), Some(completion.outcome.status().into())));
    }
    if let Outcome::Returned(body) = &completion.outcome {
        result_differences(expect, body, budget, &mut found);
    } else if expect.wants_result() {
        found.add(|| Difference::new("result", Some("a result".into()), None));
    }
    let log = String::from_utf8_lossy(&completion.log.bytes);
    let mut from = 0;
    for pattern in &expect.log {
        match pattern.0.find_at(&log, from) {
            Some(there) => from = there.end(),
            None => {
                let shown = if from == 0 { String::new() } else { " after what came before".into() };
                found.add(|| Difference::new("log", Some(format!("/{}/{shown}", pattern.0)), None));
                break;
            }
        }
    }
    found
}

impl Expect {
    fn wants_result(&self) -> bool {
        let Self { result, subset, matches, types, text, stdout, http, .. } = self;
        let (of_values, of_text) = (result.is_some() || subset.is_some() || http.is_some(), text.is_some() || stdout.is_some());
        of_values || of_text || !matches.is_empty() || !types.is_empty()
    }

    /// Whether anything is expected of the result or of the way it ends.
    pub(super) fn says_something(&self) -> bool {
        self.wants_result() || self.error.is_some() || self.outcome.is_some() || self.checker.is_some()
    }

    /// How values are compared here: what is matched or typed is not.
    pub(super) fn rules(&self, subset: bool) -> Rules<'_> {
        let skip = self.ignore.iter().chain(self.matches.keys()).chain(self.types.keys()).collect();
        let unordered = match &self.unordered {
            Unordered::All(all) => Unordered::All(*all),
            Unordered::Paths(paths) => Unordered::Paths(paths.clone()),
        };
        Rules { subset, tolerance: self.tolerance.clone(), unordered, skip }
    }
}

fn result_differences(expect: &Expect, body: &[u8], budget: &Budget<'_>, found: &mut Differences) {
    let texts = [("text", &expect.text, WhiteSpace::Exact), ("stdout", &expect.stdout, WhiteSpace::Trailing)];
    for (what, expected, usual) in texts {
        if let Some(expected) = expected {
            let text: Option<String> = if body.first() == Some(&b'"') { serde_json::from_slice(body).ok() } else { None };
            let white_space = expect.white_space.unwrap_or(usual);
            text_difference(what, expected, text.as_deref().map_or(body, str::as_bytes), white_space, found);
        }
    }
    let Expect { result, subset, matches, types, http, checker, .. } = expect;
    if result.is_none() && subset.is_none() && matches.is_empty() && types.is_empty() && http.is_none() {
        return;
    }
    budget.spend_text(body.len());
    let value = match Json::parse_result(body) {
        Ok(value) => value,
        Err(error) => {
            let start = String::from_utf8_lossy(&body[..body.len().min(2000)]).into_owned();
            let got = format!("{} (the result is not JSON: {error})", cut(start, 500));
            found.add(|| Difference::new("$", Some("JSON".into()), Some(got)));
            return;
        }
    };
    // A checker compares in its own way.
    if let (Some(expected), None) = (result, checker) {
        expect.rules(false).compare(expected.root(), value.root(), Path::default(), budget, found);
    }
    if let Some(expected) = subset {
        expect.rules(true).compare(expected.root(), value.root(), Path::default(), budget, found);
    }
    match http {
        None => place_differences(expect, value.root(), budget, found),
        Some(http) => match http::answer(value.root()) {
            Ok((answer, body)) => {
                drop(value); // the answer has the same values
                http_differences(expect, http, answer.root(), &body, budget, found);
                place_differences(expect, answer.root(), budget, found);
            }
            Err(reason) => found.add(|| Difference::new("$", Some("an answer for API Gateway".into()), Some(reason))),
        },
    }
}

/// What is matched, and what must have a type.
fn place_differences(expect: &Expect, root: View<'_>, budget: &Budget<'_>, found: &mut Differences) {
    let mut hold = |path: &Path, expected: &dyn Fn() -> String, fits: &dyn Fn(View<'_>) -> bool| {
        path.visit(root, &mut |place, value| {
            let paid = budget.spend_text(value.map_or(0, |value| value.text().len()));
            let is_right = match value {
                Some(value) => paid && fits(value),
                None => expect.optional.contains(path),
            };
            if paid && !is_right {
                found.add(|| Difference::new(Path(place.to_vec()), Some(expected()), value.map(shown)));
            }
            paid
        });
    };
    for (path, pattern) in &expect.matches {
        hold(path, &|| format!("/{}/", pattern.0), &|value| pattern.0.is_match(&http::text(value)));
    }
    for (path, kind) in &expect.types {
        hold(path, &|| kind.name().to_owned(), &|value| kind.fits(value));
    }
}

fn http_differences(expect: &Expect, http: &ExpectedHttp, answer: View<'_>, bytes: &[u8], budget: &Budget<'_>, found: &mut Differences) {
    let quoted = |text: &str| Value::from(text).to_string();
    let status = http.status.map(|status| format!("\"status\":{status}"));
    let headers = http.headers.iter().map(|(name, value)| format!("{}:{}", quoted(&name.to_ascii_lowercase()), quoted(value)));
    let headers = (!http.headers.is_empty()).then(|| format!("\"headers\":{{{}}}", headers.collect::<Vec<_>>().join(",")));
    let expected = format!("{{{}}}", status.into_iter().chain(headers).collect::<Vec<_>>().join(","));
    if let Ok(expected) = Json::parse(expected.as_bytes()) {
        expect.rules(true).compare(expected.root(), answer, Path::default(), budget, found);
    }
    for (body, subset) in [(&http.body, false), (&http.body_subset, true)] {
        if let (Some(body), Some(got)) = (body, answer.member("body")) {
            expect.rules(subset).compare(body.root(), got, Path(vec![Step::Key("body".into())]), budget, found);
        }
    }
    if let Some(text) = &http.body_text {
        text_difference("body", text, bytes, expect.white_space.unwrap_or_default(), found);
    }
}

/// The first line that differs, or the first word.
fn text_difference(what: &str, expected: &str, got: &[u8], white_space: WhiteSpace, found: &mut Differences) {
    if expected.as_bytes() == got {
        return;
    }
    let got = String::from_utf8_lossy(got);
    let (mut left, mut right) = (parts(expected, white_space), parts(&got, white_space));
    let part = if white_space == WhiteSpace::Ignore { "word" } else { "line" };
    for number in 1_u64.. {
        match (left.next(), right.next()) {
            (None, None) if white_space == WhiteSpace::Exact => break, // only bytes that are not UTF-8 differ
            (None, None) => return,
            (a, b) if a == b => {}
            (a, b) => {
                let quoted = |line: Option<&str>| line.map(|line| Value::from(line).to_string());
                return found.add(|| {
                    let (a, b) = match (a, b) {
                        (Some(a), Some(b)) if a.len().max(b.len()) <= 8192 => {
                            let (a, b) = strings(a, b);
                            (Some(a), Some(b))
                        }
                        (a, b) => (quoted(a), quoted(b)),
                    };
                    Difference::new(format!("{what}, {part} {number}"), a, b)
                });
            }
        }
    }
    found.add(|| Difference::new(what, Some("text".into()), Some("bytes that are not UTF-8".into())));
}

/// What of a text counts: its lines or its words.
fn parts(text: &str, white_space: WhiteSpace) -> Box<dyn Iterator<Item = &str> + '_> {
    match white_space {
        WhiteSpace::Exact => Box::new(text.split('\n')),
        WhiteSpace::Trailing => Box::new(text.trim_end().split('\n').map(str::trim_end)),
        WhiteSpace::Ignore => Box::new(text.split_whitespace()),
    }
}

/// What the checker says of the result; or why it says nothing.
fn checked(
    checker: &Checker,
    expect: &Expect,
    event: &[u8],
    completion: &Completion,
    error: Option<&ErrorDocument>,
    check: Check<'_>,
) -> Judgement {
    let result = completion.outcome.result();
    let log = String::from_utf8_lossy(&completion.log.bytes);
    let asked = question(checker, expect, event, (result, error.map(ErrorDocument::json)), &log);
    if asked.len() > MAX_EVENT_BYTES {
        // The guest decides how much it returns, so this is its doing.
        return Judgement::new(Verdict::Ole, format!("event, result and log have {} bytes, more than a checker can get", asked.len()));
    }
    let name = checker.package.display();
    let internal = |reason: String| Judgement::new(Verdict::Ie, format!("the checker {name} {reason}"));
    let reason = match ask(checker, asked, check) {
        Ok((true, message)) => return Judgement::new(Verdict::Ac, message),
        Ok((false, message)) if message.is_empty() => return Judgement::new(Verdict::Wa, "the checker did not accept it"),
        Ok((false, message)) => return Judgement::new(Verdict::Wa, message),
        // No guest reaches this: the checker's package or its init is at fault, and neither knows of the result.
        Err(CheckerFault::Broken(reason)) => return internal(reason),
        Err(CheckerFault::OnThis(reason)) => reason,
    };
    // What the checker got is the guest's making, so its failure counts against the guest; unless it fails on what the
    // suite itself holds to be right. The guest has no part in that question: neither its result nor its log is in it.
    if let Some(reference) = &expect.result {
        let asked = question(checker, expect, event, (Some(reference.text().as_bytes()), None), "");
        if let Err(CheckerFault::OnThis(again) | CheckerFault::Broken(again)) = ask(checker, asked, check) {
            return internal(format!("{again}, with the expected result as well"));
        }
    }
    Judgement::new(Verdict::Wa, format!("the checker {name} {reason}"))
}

/// What a checker is given. Values go there as they were written: what the judge could not compare, a checker may.
fn question(checker: &Checker, expect: &Expect, event: &[u8], given: (Option<&[u8]>, Option<&str>), log: &str) -> Vec<u8> {
    fn value(bytes: &[u8]) -> &str {
        serde_json::from_slice::<&RawValue>(bytes).map_or("null", RawValue::get)
    }
    let (result, error) = given;
    let quoted = |text: &str| Value::from(text).to_string();
    // As for `expect.text`: of a string its value.
    let text = result.map_or_else(
        || "null".into(),
        |result| match serde_json::from_slice::<String>(result) {
            Ok(text) => quoted(&text),
            Err(_) => quoted(&String::from_utf8_lossy(result)),
        },
    );
    let members: [(&str, Cow<'_, str>); 7] = [
        ("event", value(event).into()),
        ("expected", expect.result.as_ref().map_or("null", Json::text).into()),
        ("result", result.map_or("null", value).into()),
        ("text", text.into()),
        ("error", error.map_or("null", |error| value(error.as_bytes())).into()),
        ("log", quoted(log).into()),
        ("args", checker.args.text().into()),
    ];
    let members: Vec<String> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", members.join(",")).into_bytes()
}

/// Why a checker said nothing.
enum CheckerFault {
    /// It would say nothing of any result.
    Broken(String),
    /// It was called, and failed or answered in another way than checkers do.
    OnThis(String),
}

/// Whether it accepts, and its message.
fn ask(checker: &Checker, question: Vec<u8>, check: Check<'_>) -> Result<(bool, String), CheckerFault> {
    let Completion { outcome, request_id, was_called, .. } =
        check(checker, question).map_err(|reason| CheckerFault::Broken(format!("cannot be run: {reason}")))?;
    if let Outcome::TimedOut(limit) = outcome {
        let reason = format!("took longer than {limit}");
        return Err(if was_called { CheckerFault::OnThis(reason) } else { CheckerFault::Broken(reason) });
    }
    let Outcome::Returned(answer) = outcome else {
        let error = outcome.error(&request_id).map(|error| format!("{}: {}", error.error_type, cut(error.message, 400)));
        let reason = format!("failed: {}", error.unwrap_or_default());
        return Err(if was_called { CheckerFault::OnThis(reason) } else { CheckerFault::Broken(reason) });
    };
    let wrong = |what: &str| {
        let start = String::from_utf8_lossy(&answer[..answer.len().min(800)]).into_owned();
        CheckerFault::OnThis(format!("answered {}, {what}", cut(start, 200)))
    };
    let Ok(json) = Json::parse(&answer) else { return Err(wrong("not true, false or an object")) };
    let boolean = |value: View<'_>| match value.text() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    };
    let root = json.root();
    if let Some(accepted) = boolean(root) {
        return Ok((accepted, String::new()));
    }
    if root.kind() != JsonKind::Object {
        return Err(wrong("not true, false or an object"));
    }
    let Some(accepted) = root.member("accepted").and_then(boolean) else {
        return Err(wrong("without a true or false as `accepted`"));
    };
    match root.member("message").map(|message| (message.kind(), message.string())) {
        None | Some((JsonKind::Null, _)) => Ok((accepted, String::new())),
        Some((_, Some(message))) => Ok((accepted, message.into_owned())),
        Some((_, None)) => Err(wrong("with a `message` that is not text")),
    }
}

/// Whether a case's event is one.
pub fn check_event(event: &[u8]) -> Result<(), String> {
    crate::function::Invocation::new(event.to_vec(), None).map(drop).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {

    use super::super::case::STATUSES;
    use super::*;
    use crate::function::{Attempt, Log};
    use serde_json::json;

    fn completion(outcome: Outcome) -> Completion {
        let log = Log { bytes: b"first 1\nsecond 2\n".to_vec(), dropped: 0, written: 17 };
        Completion { log, ..Completion::fixture(outcome) }
    }

    fn returned(json: &str) -> Completion {
        completion(Outcome::Returned(json.as_bytes().to_vec()))
    }

    fn raised() -> Outcome {
        let json =
            r#"{"errorMessage": "'k'", "errorType": "KeyError", "stackTrace": ["  File \"/var/task/app.py\", line 3, in handler\n"]}"#;
        Outcome::Raised(ErrorDocument::from_guest(json.as_bytes()).expect("a document"))
    }

    fn case(expect: &str) -> Case {
        let case: Case = serde_json::from_str(&format!(r#"{{"name": "n", "expect": {expect}}}"#)).expect(expect);
        case.check().expect(expect);
        case
    }

    fn said(expect: &str, completion: &Completion) -> (Verdict, String) {
        let judgement = judge(&case(expect), b"{}", completion, JudgeBounds { log: 17, stop: None }, &mut |_, _| Err("no".into()));
        let places: Vec<&str> = judgement.differences.kept().iter().map(|difference| difference.path.as_str()).collect();
        (judgement.verdict, if places.is_empty() { judgement.detail } else { places.join(" ") })
    }

    fn every_outcome() -> Vec<(Outcome, Verdict)> {
        let Outcome::Raised(document) = raised() else { unreachable!() };
        vec![
            (Outcome::Returned(b"1".to_vec()), Verdict::Ac),
            (raised(), Verdict::Re),
            (Outcome::InitFailed(document), Verdict::Ce),
            (Outcome::Exited(0), Verdict::Re),
            (Outcome::Trapped("unreachable".into()), Verdict::Re),
            (Outcome::TimedOut("1".parse().expect("in bounds")), Verdict::Tle),
            (Outcome::OutOfMemory("128".parse().expect("in bounds")), Verdict::Mle),
            (Outcome::OutOfFuel("9".parse().expect("in bounds")), Verdict::Fle),
            (Outcome::ResultTooLarge(7_000_000), Verdict::Ole),
        ]
    }

    #[test]
    fn every_end_has_its_verdict_and_can_be_expected() {
        let outcomes = every_outcome();
        let statuses: Vec<&str> = outcomes.iter().map(|(outcome, _)| outcome.status()).collect();
        assert_eq!(statuses, STATUSES, "every status can be written");
        for (outcome, verdict) in outcomes {
            let status = outcome.status();
            let mut completion = completion(outcome);
            assert_eq!(said("{}", &completion).0, verdict, "{status}");
            assert_eq!(said(&format!(r#"{{"outcome": "{status}"}}"#), &completion).0, Verdict::Ac, "{status}");
            completion.was_called = false;
            assert_eq!(said("{}", &completion).0, Verdict::Ce, "{status} of an init");
        }
        assert_eq!(said("{}", &completion(raised())).1, "KeyError: 'k' (app.py, line 3)");
    }

    #[test]
    fn of_several_verdicts_the_first_is_said() {
        let mut order = Verdict::ALL.to_vec();
        order.sort_unstable();
        assert_eq!(order, Verdict::ALL);
        for (outcome, verdict) in every_outcome() {
            let mut completion = completion(outcome);
            // A flooded log beside how it ended.
            completion.log.written = 18;
            assert_eq!(said("{}", &completion).0, verdict.min(Verdict::Ole));
            // And something forbidden.
            completion.attempts = vec![Attempt::Network("connect".into()), Attempt::File("/etc/passwd".into())];
            let (both, detail) = said("{}", &completion);
            assert_eq!(both, verdict.min(Verdict::Sv));
            if both == Verdict::Sv {
                assert_eq!(detail, "network: connect and 1 more");
            }
            // Neither goes away by expecting the outcome.
            let expected = format!(r#"{{"outcome": "{}"}}"#, completion.outcome.status());
            assert_eq!(said(&expected, &completion).0, Verdict::Sv);
            completion.attempts.clear();
            assert_eq!(said(&expected, &completion).0, Verdict::Ole);
        }
    }

    #[test]
    fn an_expected_error_must_be_that_one() {
        for (expect, verdict, places) in [
            (r#"{"error": {"type": "KeyError"}}"#, Verdict::Ac, ""),
            (r#"{"error": {"type": "KeyError", "message": "^'k'$"}}"#, Verdict::Ac, ""),
            (r#"{"error": {}}"#, Verdict::Ac, ""),
            (r#"{"error": {"type": "ValueError"}}"#, Verdict::Re, "KeyError: 'k' (app.py, line 3)"),
            (r#"{"error": {"message": "x"}}"#, Verdict::Re, "KeyError: 'k' (app.py, line 3)"),
            (r#"{"outcome": "function_error", "error": {"type": "ValueError", "message": "x"}}"#, Verdict::Wa, "error type error message"),
            (r#"{"outcome": "function_error", "log": ["third"]}"#, Verdict::Wa, "log"),
            (r#"{"outcome": "function_error", "result": 1}"#, Verdict::Wa, "result"),
            (r#"{"outcome": "timeout"}"#, Verdict::Re, "KeyError: 'k' (app.py, line 3)"),
        ] {
            assert_eq!(said(expect, &completion(raised())), (verdict, places.into()), "{expect}");
        }
        let timeout = completion(Outcome::TimedOut("1".parse().expect("in bounds")));
        assert_eq!(said(r#"{"error": {"type": "Sandbox.Timedout"}}"#, &timeout).0, Verdict::Ac);
        assert_eq!(said(r#"{"error": {"type": "KeyError"}}"#, &returned("1")), (Verdict::Wa, "error".into()));
        assert_eq!(said(r#"{"outcome": "timeout"}"#, &returned("1")), (Verdict::Wa, "outcome".into()));
    }

    #[test]
    fn every_kind_of_expectation() {
        let result = r#"{"id": "u-7", "n": 1.0, "items": [{"k": 2}, {"k": 1}], "at": 12.5, "none": null}"#;
        for (expect, places) in [
            (r#"{"result": {"n": 1, "at": 12.5, "none": null, "id": "u-7", "items": [{"k": 2}, {"k": 1}]}}"#, ""),
            (r#"{"result": null}"#, "$"),
            (r#"{"subset": {"n": 1, "items": [{}]}}"#, ""),
            (r#"{"subset": {"n": 2, "gone": null}}"#, "$.n $.gone"),
            (
                r#"{"result": {"n": 1, "none": null, "items": [{"k": 1}, {"k": 2}]}, "ignore": ["$.id", "$.at"], "unordered": ["$.items"]}"#,
                "",
            ),
            (r#"{"subset": {"at": 12.4}, "tolerance": {"rel": 0.01}}"#, ""),
            (r#"{"subset": {"at": 12.4}, "tolerance": {"abs": 0.01}}"#, "$.at"),
            (
                r#"{"matches": {"$.id": "^u-[0-9]$", "$.at": "^12"}, "types": {"$.n": "integer", "$.none": "null", "$.items[*].k": "number"}}"#,
                "",
            ),
            (
                r#"{"matches": {"$.id": "^[0-9]", "$.gone": "."}, "types": {"$.at": "integer", "$.items[*]": "array"}}"#,
                "$.gone $.id $.at $.items[0] $.items[1]",
            ),
            (r#"{"subset": {"id": "other"}, "matches": {"$.id": "u"}}"#, ""),
            (r#"{"log": ["first \\d", "2$"]}"#, ""),
            (r#"{"log": ["second", "first"]}"#, "log"),
        ] {
            let verdict = if places.is_empty() { Verdict::Ac } else { Verdict::Wa };
            let (got, detail) = said(expect, &returned(result));
            let detail: Vec<&str> = if places.is_empty() { Vec::new() } else { detail.split(' ').collect() };
            let mut wanted: Vec<&str> = places.split_whitespace().collect();
            let mut found = detail.clone();
            wanted.sort_unstable();
            found.sort_unstable();
            assert_eq!((got, found), (verdict, wanted), "{expect}");
        }
    }

    #[test]
    fn text_is_compared_line_by_line() {
        let string = returned(r#""one\ntwo""#);
        assert_eq!(said(r#"{"text": "one\ntwo"}"#, &string).0, Verdict::Ac);
        assert_eq!(said(r#"{"text": "one\n2"}"#, &string), (Verdict::Wa, "text, line 2".into()));
        assert_eq!(said(r#"{"text": "one\ntwo\n"}"#, &string), (Verdict::Wa, "text, line 3".into()));
        assert_eq!(said(r#"{"text": "{\"a\": 1}"}"#, &returned(r#"{"a": 1}"#)).0, Verdict::Ac);
        assert_eq!(said(r#"{"text": "raw"}"#, &returned("raw")).0, Verdict::Ac, "bytes that are no JSON");
        assert_eq!(said(r#"{"text": "\ufffd"}"#, &completion(Outcome::Returned(vec![0xff]))), (Verdict::Wa, "text".into()));
        assert_eq!(said(r#"{"result": 1}"#, &returned("NaN")), (Verdict::Wa, "$".into()));
    }

    #[test]
    fn white_space_counts_as_far_as_is_said() {
        let got = |text: &str| returned(&Value::from(text).to_string());
        for (white_space, texts) in [
            ("exact", [("a b", Verdict::Ac), ("a b\n", Verdict::Wa), ("a  b", Verdict::Wa), ("a c", Verdict::Wa)]),
            ("trailing", [("a b", Verdict::Ac), ("a b \r\n\n \n", Verdict::Ac), ("a  b", Verdict::Wa), ("\na b", Verdict::Wa)]),
            ("ignore", [("\n a\t\tb ", Verdict::Ac), ("a\nb", Verdict::Ac), ("ab", Verdict::Wa), ("a b c", Verdict::Wa)]),
        ] {
            for (text, verdict) in texts {
                let expect = format!(r#"{{"text": "a b", "white_space": "{white_space}"}}"#);
                assert_eq!(said(&expect, &got(text)).0, verdict, "{white_space} {text:?}");
            }
        }
        let expect = r#"{"text": "1 2\n3", "white_space": "ignore"}"#;
        assert_eq!(said(expect, &got("1 2 4")), (Verdict::Wa, "text, word 3".into()));
        let body = returned(r#"{"statusCode": 200, "body": "a  b\n"}"#);
        assert_eq!(said(r#"{"http": {"body_text": "a b"}, "white_space": "ignore"}"#, &body).0, Verdict::Ac);
        assert_eq!(said(r#"{"http": {"body_text": "a b"}}"#, &body).0, Verdict::Wa);
    }

    #[test]
    fn an_answer_for_api_gateway() {
        let answer = returned(r#"{"statusCode": 201, "headers": {"Location": "/a/7"}, "body": "{\"id\": 7, \"at\": 3}"}"#);
        for (expect, places) in [
            (r#"{"http": {"status": 201, "headers": {"LOCATION": "/a/7"}, "body": {"id": 7, "at": 3}}}"#, ""),
            (r#"{"http": {"body": {"id": 7, "at": 0}}, "ignore": ["$.body.at"], "matches": {"$.headers.location": "^/a"}}"#, ""),
            (r#"{"http": {"body_subset": {"id": 7}}, "types": {"$.status": "integer"}}"#, ""),
            (r#"{"http": {"body_text": "{\"id\": 7, \"at\": 3}"}}"#, ""),
            (
                r#"{"http": {"status": 200, "headers": {"location": "/b", "x": "1"}, "body": {"id": 7}}}"#,
                "$.status $.headers.location $.headers.x $.body.at",
            ),
            (r#"{"http": {"body_text": "7"}}"#, "body, line 1"),
        ] {
            let verdict = if places.is_empty() { Verdict::Ac } else { Verdict::Wa };
            assert_eq!(said(expect, &answer), (verdict, places.into()), "{expect}");
        }
        assert_eq!(said(r#"{"http": {"status": 200}}"#, &returned(r#"{"statusCode": "x"}"#)), (Verdict::Wa, "$".into()));
    }

    #[test]
    fn a_nan_keeps_nothing_else_from_being_compared() {
        let nan = returned(r#"{"mean": NaN, "count": 3, "text": "NaN"}"#);
        for (expect, places) in [
            (r#"{"subset": {"count": 3}}"#, ""),
            (r#"{"subset": {"text": "NaN"}}"#, ""),
            (r#"{"result": {"mean": 0, "count": 3, "text": "NaN"}, "ignore": ["$.mean"]}"#, ""),
            (r#"{"result": {"mean": 0, "count": 3, "text": "NaN"}, "types": {"$.mean": "nan"}}"#, ""),
            (r#"{"result": {"mean": 0, "count": 3, "text": "NaN"}, "matches": {"$.mean": "^NaN$"}}"#, ""),
            (r#"{"subset": {"count": 4}}"#, "$.count"),
            (r#"{"subset": {"mean": 0}, "tolerance": {"abs": 1e300}}"#, "$.mean"),
            (r#"{"subset": {"mean": null}}"#, "$.mean"),
            (r#"{"subset": {"mean": "NaN"}}"#, "$.mean"),
            (r#"{"types": {"$.mean": "number"}}"#, "$.mean"),
            (r#"{"types": {"$.text": "nan", "$.count": "nan"}}"#, "$.count $.text"),
        ] {
            let verdict = if places.is_empty() { Verdict::Ac } else { Verdict::Wa };
            let (got, said) = said(expect, &nan);
            assert_eq!((got, said.as_str()), (verdict, places), "{expect}");
        }
    }

    #[test]
    fn a_checker_gets_the_text_that_text_compares() {
        let mut asked = Vec::new();
        for body in [r#""a  b\n""#, "{\"a\": 1}", "raw"] {
            judge(&case(r#"{"checker": "c"}"#), b"{}", &returned(body), JudgeBounds { log: 99, stop: None }, &mut |_, question| {
                asked.push(serde_json::from_slice::<Value>(&question).expect("JSON")["text"].clone());
                Ok(returned("true"))
            });
        }
        assert_eq!(asked, ["a  b\n", "{\"a\": 1}", "raw"]);
        let slow = completion(Outcome::TimedOut("10".parse().expect("in bounds")));
        let judgement =
            judge(&case(r#"{"checker": "c"}"#), b"{}", &returned("1"), JudgeBounds { log: 99, stop: None }, &mut |_, _| Ok(slow.clone()));
        assert_eq!((judgement.verdict, judgement.detail.as_str()), (Verdict::Wa, "the checker c took longer than 10.00 seconds"));
    }

    #[test]
    fn a_checker_decides_and_its_own_failure_is_no_wrong_answer() {
        let case = case(r#"{"result": 41, "checker": {"package": "c.zip", "args": [1]}}"#);
        let mut asked = Value::Null;
        let mut ask = |answer: Result<Completion, String>| {
            let judgement = judge(&case, b"{\"n\": 1}", &returned("42"), JudgeBounds { log: 17, stop: None }, &mut |_, question| {
                asked = serde_json::from_slice(&question).expect("JSON");
                answer.clone()
            });
            (judgement.verdict, judgement.detail)
        };
        assert_eq!(ask(Ok(returned("true"))), (Verdict::Ac, String::new()));
        assert_eq!(ask(Ok(returned(r#"{"accepted": true, "message": "nice"}"#))), (Verdict::Ac, "nice".into()));
        assert_eq!(ask(Ok(returned("false"))).0, Verdict::Wa);
        assert_eq!(ask(Ok(returned(r#"{"accepted": false, "message": "off by one"}"#))), (Verdict::Wa, "off by one".into()));
        for wrong in ["1", "{}", r#"{"accepted": 1}"#, r#"{"accepted": true, "message": 1}"#, "no JSON"] {
            let (verdict, detail) = ask(Ok(returned(wrong)));
            assert!(verdict == Verdict::Ie && detail.ends_with("with the expected result as well"), "{wrong}: {detail}");
        }
        assert_eq!(ask(Ok(completion(raised()))).0, Verdict::Ie, "it fails on everything");
        assert_eq!(ask(Err("gone".into())), (Verdict::Ie, "the checker c.zip cannot be run: gone".into()));
        assert_eq!(
            asked,
            json!({"event": {"n": 1}, "expected": 41, "result": 42, "text": "42", "error": null, "log": "first 1\nsecond 2\n", "args": [1]})
        );
        // What it fails on is the guest's, unless it fails on the expected result as well.
        let fails_on_the_result = |case: &Case| {
            let judgement = judge(case, b"{}", &returned("42"), JudgeBounds { log: 17, stop: None }, &mut |_, question| {
                let question: Value = serde_json::from_slice(&question).expect("JSON");
                Ok(if question["result"] == 42 { completion(raised()) } else { returned("false") })
            });
            (judgement.verdict, judgement.detail)
        };
        let failed = (Verdict::Wa, "the checker c.zip failed: KeyError: 'k'".into());
        assert_eq!(fails_on_the_result(&case), failed);
        assert_eq!(fails_on_the_result(&self::case(r#"{"checker": "c.zip"}"#)), failed, "nothing else to try it on");
        let mut init = completion(raised());
        init.was_called = false;
        let ask = |answer: Completion| {
            judge(&case, b"{}", &returned("42"), JudgeBounds { log: 17, stop: None }, &mut |_, _| Ok(answer.clone())).verdict
        };
        assert_eq!(ask(init), Verdict::Ie, "its init does not know of the result");
        let large = returned(&format!("\"{}\"", "x".repeat(4_000_000)));
        let judgement = judge(&case, b"{}", &large, JudgeBounds { log: 17, stop: None }, &mut |_, _| panic!("it cannot be asked"));
        assert_eq!(judgement.verdict, Verdict::Ole, "{}", judgement.detail);
    }
}
