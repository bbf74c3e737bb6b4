//! wasmlam beside AWS's own Python runtime client: the cases of `tests/handlers/oracle`, whose answers were recorded by
//! `tests/oracle/record.sh`. Results, errors and logs must be the same to the byte, but for what `differences.json` says
//! and why; what it says must still be so.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};
use wasmlam::function::{ApplicationLogLevel, Completion, Environment, Invocation, LogFormat, LoggingConfig, Outcome, Qualifier};
use wasmlam::package::Package;
use wasmlam::runner::{DeployRequest, in_order};
use wasmlam::sandbox::on_guest_thread;

use crate::common::{library, request_of, root};

/// What record.py gives the client.
const REQUEST_ID: &str = "8f5d3a1c-0b7e-4c2d-9a6f-1e2d3c4b5a69";
const TRACE_ID: &str = "Root=1-65e5f0a1-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=0";
const STREAM: &str = "2026/11/23/[$LATEST]0123456789abcdef0123456789abcdef";

/// One case with its recorded answers.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// Of the handler's files when it was recorded.
    digest: String,
    handler: String,
    #[serde(default)]
    environment: BTreeMap<String, String>,
    log_format: Option<String>,
    application_log_level: Option<String>,
    qualifier: Option<String>,
    client_context: Option<String>,
    cognito_identity: Option<String>,
    tenant_id: Option<String>,
    /// Whether the client ran its hooks; wasmlam always does.
    #[serde(default)]
    #[expect(dead_code, reason = "for the recorder")]
    snap_start: bool,
    calls: Vec<Call>,
}

/// One event and what the client made of it.
#[derive(Deserialize)]
struct Call {
    event: String,
    init_log: String,
    log: String,
    #[serde(flatten)]
    end: End,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum End {
    Returned(String),
    Raised(String),
    InitFailed(String),
    /// An after-restore hook failed: here the call that was restored for is answered with it.
    RestoreFailed(String),
    Exited(i32),
}

/// What WebAssembly makes unavoidable.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Difference {
    reason: String,
    /// `subject/case` and what stands in AWS's answers, with what stands in ours.
    cases: BTreeMap<String, Vec<(String, String)>>,
}

fn read<T: for<'a> Deserialize<'a>>(path: &Path) -> T {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn wasmlam_answers_as_awss_runtime_client_does() {
    let folder = root().join("tests/oracle");
    let differences: Vec<Difference> = read(&folder.join("differences.json"));
    let mut replacements = BTreeMap::<String, Vec<(String, String)>>::new();
    for Difference { reason, cases } in differences {
        assert!(!reason.is_empty());
        cases.into_iter().for_each(|(name, pairs)| replacements.entry(name).or_default().extend(pairs));
    }
    let mut cases = Vec::new();
    for subject in files_of(&root().join("tests/handlers/oracle")) {
        let name = subject.file_name().expect("a name").to_string_lossy().into_owned();
        let mut answers: BTreeMap<String, Case> = read(&folder.join("answers").join(format!("{name}.json")));
        for path in files_of(&subject) {
            let stem = path.file_stem().expect("a name").to_string_lossy().into_owned();
            let case = answers.remove(&stem).filter(|case| case.digest == digest(&path));
            let case = case.unwrap_or_else(|| panic!("{name}/{stem} is not as it was recorded: run tests/oracle/record.sh {name}"));
            cases.push((format!("{name}/{stem}"), path, case));
        }
        assert!(answers.is_empty(), "{name}: recorded, but gone: {:?}", answers.keys());
    }
    assert!(cases.len() >= 300, "only {} cases were found", cases.len());

    let mut failures = String::new();
    on_guest_thread(|| {
        let threads = NonZeroUsize::new(2).expect("not zero");
        let inputs = cases.iter().map(Ok::<_, std::io::Error>);
        let worker = || |(name, path, case): &(String, PathBuf, Case)| (name.clone(), pairs(path, case));
        in_order(threads, inputs, worker, |(name, pairs)| {
            let replaced = replacements.remove(&name).unwrap_or_default();
            compare(&name, pairs, &replaced, &mut failures);
            Ok(())
        })
        .expect("no fault of the host");
    })
    .expect("a thread");
    assert!(replacements.is_empty(), "differences of cases that are not there: {:?}", replacements.keys());
    let count = failures.lines().filter(|line| line.starts_with("=== ")).count();
    assert!(failures.is_empty(), "{count} differences; - is AWS's client, + is wasmlam\n{failures}");
}

/// The entries of a folder in the order of their names.
fn files_of(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| !path.ends_with("__pycache__"));
    paths.sort();
    paths
}

/// As record.py makes it.
fn digest(path: &Path) -> String {
    let mut hasher = Sha256::new();
    if path.is_dir() {
        let mut names = Vec::new();
        names_under(path, path, &mut names);
        names.sort();
        for name in names {
            hasher.update(&name);
            hasher.update([0]);
            hasher.update(fs::read(path.join(&name)).expect("reads"));
            hasher.update([0]);
        }
    } else {
        hasher.update(fs::read(path).expect("reads"));
    }
    format!("{:x}", hasher.finalize())[..16].to_owned()
}

fn names_under(folder: &Path, base: &Path, names: &mut Vec<String>) {
    for path in files_of(folder) {
        if path.is_dir() {
            names_under(&path, base, names);
        } else {
            names.push(path.strip_prefix(base).expect("inside").to_string_lossy().into_owned());
        }
    }
}

/// For each call of a case what was recorded and what wasmlam does, as text.
fn pairs(path: &Path, case: &Case) -> Vec<(String, String)> {
    let qualifier: Option<Qualifier> = case.qualifier.as_ref().map(|qualifier| qualifier.parse().expect("a qualifier"));
    let deployment = library().deploy(deploy_request(path, case, qualifier.as_ref())).expect("no fault of the host");
    let init = deployment.take_init();
    case.calls
        .iter()
        .map(|call| {
            let mut invocation = Invocation::new("{}".into(), None).expect("JSON");
            // AWS's front end refuses what is no JSON, and so does `Invocation::new`; the client does not rely on it.
            invocation.event = call.event.clone().into();
            invocation.client_context.clone_from(&case.client_context);
            invocation.cognito_identity.clone_from(&case.cognito_identity);
            invocation.qualifier.clone_from(&qualifier);
            invocation.tenant_id = case.tenant_id.as_ref().map(|id| id.parse().expect("a tenant"));
            invocation.trace_id = TRACE_ID.into();
            let completion = deployment.worker().invoke_after(&invocation, init.clone()).expect("no fault of the host");
            (recorded(call), ours(&call.event, &completion, deployment.platform().version.as_str()))
        })
        .collect()
}

fn deploy_request(path: &Path, case: &Case, qualifier: Option<&Qualifier>) -> DeployRequest {
    let (task, opt) = if path.is_dir() { (path.join("task"), path.join("opt")) } else { (path.to_owned(), PathBuf::new()) };
    let level = case.application_log_level.as_ref().map(|level| level.parse::<ApplicationLogLevel>().expect("a level"));
    let format = case.log_format.as_deref().unwrap_or("Text").parse::<LogFormat>().expect("a format");
    let mut request = request_of(&task, &case.handler);
    request.config.name = "oracle".parse().expect("a name");
    request.config.environment = Environment::new(case.environment.clone()).expect("allowed");
    request.config.logging = LoggingConfig::new(format, level, None).expect("they fit together");
    request.version = qualifier.map(Qualifier::version).unwrap_or_default();
    request.layers.extend(opt.is_dir().then(|| Package::open(&opt).unwrap_or_else(|error| panic!("{}: {error}", opt.display()))));
    request
}

fn recorded(call: &Call) -> String {
    let end = match &call.end {
        End::Returned(body) => format!("returned: {body}"),
        End::Raised(document) | End::RestoreFailed(document) => format!("raised: {document}"),
        End::InitFailed(document) => format!("init_failed: {document}"),
        End::Exited(status) => format!("exited: {status}"),
    };
    told(&call.event, &end, &call.init_log, &call.log)
}

fn ours(event: &str, completion: &Completion, version: &str) -> String {
    let end = match &completion.outcome {
        Outcome::Returned(body) => format!("returned: {}", text(body)),
        Outcome::Raised(document) => format!("raised: {}", document.json()),
        Outcome::InitFailed(document) => format!("init_failed: {}", document.json()),
        Outcome::Exited(status) => format!("exited: {status}"),
        other @ (Outcome::Trapped(_)
        | Outcome::TimedOut(_)
        | Outcome::OutOfMemory(_)
        | Outcome::OutOfFuel(_)
        | Outcome::ResultTooLarge(_)) => format!("{other:?}"),
    };
    let stream = STREAM.replace("$LATEST", version);
    let redacted =
        |text: String| redact(&text.replace(completion.request_id.as_str(), REQUEST_ID).replace(completion.log_stream.as_str(), &stream));
    let init_log = [&completion.init_log.bytes[..], &completion.restore_log.bytes].concat();
    told(event, &redacted(end), &redacted(text(&init_log)), &redacted(text(&completion.log.bytes)))
}

fn told(event: &str, end: &str, init_log: &str, log: &str) -> String {
    let end = without_runtime_entries(end);
    let [init_log, log] = [init_log, log].map(|log| without_runtime_entries(&without_runtime(log)));
    format!("event: {event}\n{end}\n--- log of the init\n{init_log}\n--- log\n{log}\n")
}

/// What is no UTF-8 as `\xff`.
fn text(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        chunk.invalid().iter().for_each(|byte| write!(text, "\\x{byte:02x}").expect("a String takes all"));
    }
    text
}

/// What differs from run to run, as record.py writes it: times with and without milliseconds, addresses.
fn redact(text: &str) -> String {
    let mut redacted = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let forms = [("dddd-dd-ddTdd:dd:dd.dddZ", "<time.ms>"), ("dddd-dd-ddTdd:dd:ddZ", "<time>")];
        if let Some((form, word)) = forms.iter().find(|(form, _)| has_form(rest, form)) {
            redacted.push_str(word);
            rest = &rest[form.len()..];
        } else if let Some(address) = rest.strip_prefix("0x").filter(|rest| rest.starts_with(|c: char| is_lower_hex(c))) {
            redacted.push_str("<address>");
            rest = address.trim_start_matches(is_lower_hex);
        } else {
            redacted.push(next);
            rest = &rest[next.len_utf8()..];
        }
    }
    redacted
}

fn is_lower_hex(c: char) -> bool {
    matches!(c, '0'..='9' | 'a'..='f')
}

/// Whether a text starts with this form, in which `d` is a digit.
fn has_form(text: &str, form: &str) -> bool {
    text.len() >= form.len() && text.bytes().zip(form.bytes()).all(|(c, f)| if f == b'd' { c.is_ascii_digit() } else { c == f })
}

/// A log without the frames of either runtime: a line that names a file of theirs, and the source below it. Ordinary
/// spaces are those of a traceback that a process prints when it ends, the others those of an error that is reported;
/// there, the frame that calls the handler stays.
fn without_runtime(log: &str) -> String {
    let mut kept = String::new();
    let mut source = "";
    for line in log.split_inclusive('\n') {
        let bare = line.trim_start_matches([' ', '\u{a0}']);
        let (indent, at_warning) = (&line[..line.len() - bare.len()], RUNTIME_FILES.iter().find_map(|file| line.find(file)));
        if !source.is_empty() && line.starts_with(source) {
            continue;
        }
        source = "";
        let is_frame = bare.strip_prefix("File \"").is_some_and(|path| RUNTIME_FILES.iter().any(|file| path.starts_with(file)));
        match at_warning {
            Some(_) if is_frame && (indent == "  " || !bare.contains(CALL_OF_HANDLER)) => {
                source = if indent == "  " { "    " } else { "\u{a0}\u{a0}\u{a0}\u{a0}" };
            }
            // `file:line: RuntimeWarning: ...`, where the runtime lets go of what a handler returned.
            Some(at) if !is_frame && line[at..].contains(": RuntimeWarning: ") => {
                let (_, warning) = line[at..].split_once(": ").expect("it was found");
                kept.extend([&line[..at], "<runtime>: ", warning]);
                source = "  ";
            }
            _ => kept.push_str(line),
        }
    }
    kept
}

/// The same for the `stackTrace` of an error document.
fn without_runtime_entries(document: &str) -> String {
    let (mut kept, mut rest) = (String::new(), document);
    while let Some(at) = rest.find(r#""  File \""#) {
        let (before, entry) = rest.split_at(at);
        let end = entry[1..].find(r#"\n""#).map_or(entry.len(), |end| end + 1 + r#"\n""#.len());
        let path = &entry[r#""  File \""#.len()..];
        kept.push_str(before);
        rest = &entry[end..];
        if RUNTIME_FILES.iter().any(|file| path.starts_with(file)) && !entry[..end].contains(CALL_OF_HANDLER) {
            rest = rest.strip_prefix(", ").unwrap_or(rest);
        } else {
            kept.push_str(&entry[..end]);
        }
    }
    kept + rest
}

/// Files of AWS's client and of ours.
const RUNTIME_FILES: [&str; 2] = ["/var/lang/lib/python3.13/site-packages/awslambdaric/", "/var/runtime/"];
/// What wasmlam shows of its own as AWS does.
const CALL_OF_HANDLER: &str = "line 178, in handle_event_request";

/// Notes what is not the same, but for the replacements, all of which must be of use.
fn compare(name: &str, pairs: Vec<(String, String)>, replacements: &[(String, String)], failures: &mut String) {
    for (from, _) in replacements {
        if !pairs.iter().any(|(recorded, _)| recorded.contains(from)) {
            writeln!(failures, "=== {name}: differences.json replaces what is not there: {from}").expect("a String takes all");
        }
    }
    for (recorded, ours) in pairs {
        let expected = replacements.iter().fold(recorded, |text, (from, to)| text.replace(from, to));
        if expected != ours {
            writeln!(failures, "=== {name}\n{}", diff(&expected, &ours)).expect("a String takes all");
        }
    }
}

/// Both texts without the lines that they have in common at either end, but for two.
fn diff(expected: &str, ours: &str) -> String {
    let (expected, ours): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), ours.lines().collect());
    let start = expected.iter().zip(&ours).take_while(|(a, b)| a == b).count();
    let shorter = expected.len().min(ours.len()) - start;
    let end = expected.iter().rev().zip(ours.iter().rev()).take(shorter).take_while(|(a, b)| a == b).count();
    let around = |lines: &[&str], sign: &str| lines.iter().map(|line| format!("{sign} {line}\n")).collect::<String>();
    let first = start.saturating_sub(2);
    format!(
        "{}{}{}{}",
        around(&expected[..1.min(first)], " "),
        around(&expected[first..start], " "),
        around(&expected[start..expected.len() - end], "-"),
        around(&ours[start..ours.len() - end], "+"),
    )
}
