//! New expectations: what a case's function returned takes the place of what the suite says, and nothing else changes.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;

use serde_json::Value;

use super::case::{Case, Expect};
use super::suite::{EXPECTED, Kind, Suite, SuiteError};
use super::verdict::{Bounds, Judgement, Verdict, judge};
use crate::disk::{self, Rights};
use crate::function::Completion;

/// What a case expects from now on.
#[derive(Debug, Clone, PartialEq)]
pub enum Update {
    /// As `expect.result`.
    Result(Value),
    /// As `expect.text`.
    Text(String),
}

impl Update {
    fn member(&self) -> (&'static str, Value) {
        match self {
            Self::Result(value) => ("result", value.clone()),
            Self::Text(text) => ("text", text.as_str().into()),
        }
    }
}

/// The new expectation of a case that has none, or whose result differs in what `result` or `text` says. `None` when it is
/// accepted as it is, when its function failed, or when something else would still differ.
pub fn update(case: &Case, event: &[u8], completion: &Completion, bounds: Bounds, judgement: &Judgement) -> Option<Update> {
    let body = completion.outcome.result()?;
    let expect = case.expect.clone().unwrap_or_default();
    let value: Option<Value> = serde_json::from_slice(body).ok();
    let text = || match &value {
        Some(Value::String(text)) => Some(text.clone()),
        _ => String::from_utf8(body.to_vec()).ok(),
    };
    let update = match (judgement.verdict == Verdict::Wa, judgement.verdict == Verdict::Ac) {
        (true, _) if expect.text.is_some() => Update::Text(text()?),
        (true, _) if expect.result.is_some() && expect.checker.is_none() => Update::Result(value.clone()?),
        (_, true) if !expect.says_something() => Update::Result(value.clone()?),
        _ => return None,
    };
    let expect = match update.clone() {
        Update::Result(value) => Expect { result: Some(value), ..expect },
        Update::Text(text) => Expect { text: Some(text), ..expect },
    };
    let updated = Case { expect: Some(expect), ..case.clone() };
    let again = judge(&updated, event, completion, bounds, &mut |_, _| Err("it is not asked for an update".into()));
    (again.verdict == Verdict::Ac).then_some(update)
}

impl Suite {
    /// Writes new expectations, by the names of their cases. Each file is replaced whole or not at all.
    ///
    /// # Errors
    /// When a file cannot be written, or when it is YAML whose comments or anchors would be lost.
    pub fn write(&self, updates: &BTreeMap<String, Update>) -> Result<(), SuiteError> {
        let path = self.path();
        let io = |error| SuiteError::Write(path.to_owned(), error);
        match self.kind() {
            Kind::Lines => {
                let file = BufReader::new(File::open(path).map_err(io)?);
                replace(path, |out| {
                    for line in file.split(b'\n') {
                        let line = line?;
                        let changed = serde_json::from_slice(&line).ok().and_then(|mut case| {
                            let is_changed = set(&mut case, updates);
                            is_changed.then(|| case.to_string().into_bytes())
                        });
                        out.write_all(&changed.unwrap_or(line))?;
                        out.write_all(b"\n")?;
                    }
                    Ok(())
                })
                .map_err(io)
            }
            Kind::Folder(_) => updates.iter().try_for_each(|(name, update)| {
                let path = path.join(format!("{name}{EXPECTED}"));
                let write = |out: &mut dyn Write| Ok(writeln!(out, "{:#}", update.member().1)?);
                replace(&path, write).map_err(|error| SuiteError::Write(path.clone(), error))
            }),
            Kind::Cases(_) => {
                let text = fs::read_to_string(path).map_err(io)?;
                let text = if path.extension().is_some_and(|extension| extension == "json") {
                    let mut document: Value = serde_json::from_str(&text).map_err(|error| io(error.into()))?;
                    let cases = if document.is_array() { &mut document } else { &mut document["cases"] };
                    for case in cases.as_array_mut().into_iter().flatten() {
                        set(case, updates);
                    }
                    format!("{document:#}\n")
                } else {
                    yaml(&text, updates).map_err(|reason| SuiteError::Wrong(path.display().to_string(), reason))?
                };
                replace(path, |out| out.write_all(text.as_bytes())).map_err(io)
            }
        }
    }
}

/// Puts its new expectation into a case; whether it has one.
fn set(case: &mut Value, updates: &BTreeMap<String, Update>) -> bool {
    let Some(update) = case.get("name").and_then(Value::as_str).and_then(|name| updates.get(name)) else { return false };
    let (member, value) = update.member();
    case["expect"][member] = value;
    true
}

/// The same in YAML. Its own values are used: those of JSON write numbers in a way of their own.
fn yaml(text: &str, updates: &BTreeMap<String, Update>) -> Result<String, String> {
    use serde_norway::Value;
    let loses = |line: &str| {
        line.trim_start().starts_with('#') || line.contains(" #") || line.contains(": &") || line.contains(": *") || line.contains("- &")
    };
    if let Some((i, _)) = text.lines().enumerate().find(|(_, line)| loses(line)) {
        let line = i + 1;
        return Err(format!(
            "it is not rewritten, because the comment or anchor in line {line} would be lost; JSON Lines and folders have none"
        ));
    }
    let parse = |text: &str| serde_norway::from_str::<Value>(text).map_err(|error| error.to_string());
    let mut document = parse(text)?;
    let cases = if document.is_sequence() { &mut document } else { &mut document["cases"] };
    for case in cases.as_sequence_mut().into_iter().flatten() {
        let Some(update) = case.get("name").and_then(Value::as_str).and_then(|name| updates.get(name)) else { continue };
        let (member, value) = update.member();
        let Value::Mapping(case) = case else { continue };
        let expect = case.entry("expect".into()).or_insert(Value::Mapping(Default::default()));
        if expect.is_null() {
            *expect = Value::Mapping(Default::default());
        }
        // JSON is YAML.
        expect[member] = parse(&value.to_string())?;
    }
    serde_norway::to_string(&document).map_err(|error| error.to_string())
}

/// Writes a file in place of this one, with its rights.
fn replace(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    disk::replace(path, Rights::Kept, |file| {
        let mut out = io::BufWriter::new(file);
        write(&mut out)?;
        out.flush()
    })
}
