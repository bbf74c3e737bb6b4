//! New expectations: what a case's function returned takes the place of what the suite says, and nothing else changes.
//!
//! What is written is read back and compared before it takes the place of anything: a format can have rules that make
//! another text of a text, and a result is a guest's.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;

use serde_json::Value;

use super::budget::Budget;
use super::case::{Case, Expect};
use super::compare::{Differences, Rules};
use super::json::Json;
use super::suite::{EXPECTED, Suite, SuiteError, SuiteKind};
use super::verdict::{JudgeBounds, Judgement, Verdict, judge};
use crate::disk::{self, Rights};
use crate::function::Completion;

/// What a case expects from now on.
#[derive(Debug, Clone, PartialEq)]
pub enum Update {
    /// As `expect.result`.
    Result(Json),
    /// As `expect.text`.
    Text(String),
    /// As `expect.stdout`.
    Stdout(String),
}

impl Update {
    fn member(&self) -> Result<(&'static str, Value), serde_json::Error> {
        Ok(match self {
            Self::Result(value) => ("result", serde_json::from_str(value.text())?),
            Self::Text(text) => ("text", text.as_str().into()),
            Self::Stdout(text) => ("stdout", text.as_str().into()),
        })
    }

    /// Whether a case expects it.
    fn is_in(&self, case: &Case) -> bool {
        let expect = case.expect.as_ref();
        match self {
            Self::Result(value) => expect.and_then(|expect| expect.result.as_ref()).is_some_and(|result| same(result, value)),
            Self::Text(text) => expect.and_then(|expect| expect.text.as_ref()) == Some(text),
            Self::Stdout(text) => expect.and_then(|expect| expect.stdout.as_ref()) == Some(text),
        }
    }
}

/// Whether two values are equal, as a case is compared that says nothing else.
fn same(a: &Json, b: &Json) -> bool {
    let (budget, mut found) = (Budget::new(None), Differences::default());
    Rules::default().compare(a.root(), b.root(), Default::default(), &budget, &mut found);
    found.count() == 0 && budget.ended().is_none()
}

/// The new expectation of a case that has none, or whose result differs in what `result` or `text` says. `None` when it is
/// accepted as it is, when its function failed, or when something else would still differ.
pub fn update(case: &Case, event: &[u8], completion: &Completion, bounds: JudgeBounds<'_>, judgement: &Judgement) -> Option<Update> {
    let body = completion.outcome.result()?;
    let expect = case.expect.clone().unwrap_or_default();
    let value = Json::parse(body).ok();
    let text = || match value.as_ref().and_then(|value| value.root().string()) {
        Some(text) => Some(text.into_owned()),
        None => String::from_utf8(body.to_vec()).ok(),
    };
    let update = match (judgement.verdict == Verdict::Wa, judgement.verdict == Verdict::Ac) {
        (true, _) if expect.text.is_some() => Update::Text(text()?),
        (true, _) if expect.stdout.is_some() => Update::Stdout(text()?),
        (true, _) if expect.result.is_some() && expect.checker.is_none() => Update::Result(value.clone()?),
        (_, true) if !expect.says_something() => Update::Result(value.clone()?),
        _ => return None,
    };
    let expect = match update.clone() {
        Update::Result(value) => Expect { result: Some(value), ..expect },
        Update::Text(text) => Expect { text: Some(text), ..expect },
        Update::Stdout(text) => Expect { stdout: Some(text), ..expect },
    };
    let updated = Case { expect: Some(expect), ..case.clone() };
    let again = judge(&updated, event, completion, bounds, &mut |_, _| Err("it is not asked for an update".into()));
    (again.verdict == Verdict::Ac).then_some(update)
}

impl Suite {
    /// Whether it can be rewritten at all, before its cases are run for that.
    ///
    /// # Errors
    /// When it cannot be read, or is YAML whose comments or anchors would be lost.
    pub fn check_writable(&self) -> Result<(), SuiteError> {
        if !matches!(self.kind(), SuiteKind::Cases(_)) {
            return Ok(());
        }
        let text = fs::read_to_string(self.path()).map_err(|error| SuiteError::Read(self.path().to_owned(), error))?;
        yaml(&text, &BTreeMap::new()).map(drop).map_err(|reason| SuiteError::Wrong(self.path().display().to_string(), reason))
    }

    /// Writes new expectations, by the names of their cases. Each file is replaced whole or not at all, and only by one that
    /// reads back as the same cases with the new expectations.
    ///
    /// # Errors
    /// When a file cannot be written, when it is YAML whose comments or anchors would be lost, or when the suite's format
    /// cannot say what a case returned.
    pub fn write(&self, updates: &BTreeMap<String, Update>) -> Result<(), SuiteError> {
        let path = self.path();
        let io = |error| SuiteError::Write(path.to_owned(), error);
        let wrong = |reason: String| SuiteError::Wrong(path.display().to_string(), reason);
        let done = match self.kind() {
            SuiteKind::Lines => self.put(updates, |out| {
                let file = BufReader::new(File::open(path)?);
                for line in file.split(b'\n') {
                    let line = line?;
                    let mut case: Value = serde_json::from_slice(&line).unwrap_or_default();
                    if set(&mut case, updates)? {
                        out.write_all(case.to_string().as_bytes())?;
                    } else {
                        out.write_all(&line)?;
                    }
                    out.write_all(b"\n")?;
                }
                Ok(())
            })?,
            SuiteKind::Folder(_) => {
                return updates.iter().try_for_each(|(name, update)| {
                    let path = path.join(format!("{name}{EXPECTED}"));
                    let text = format!("{:#}\n", update.member().map_err(|error| io(error.into()))?.1);
                    let read = Json::parse(text.as_bytes()).ok();
                    if !read.is_some_and(|read| matches!(update, Update::Result(value) if same(&read, value))) {
                        return Err(SuiteError::Wrong(path.display().to_string(), CHANGES.into()));
                    }
                    let write = |out: &mut dyn Write| out.write_all(text.as_bytes());
                    replace(&path, write, |_| Ok(true)).map(drop).map_err(|error| SuiteError::Write(path.clone(), error))
                });
            }
            SuiteKind::Json { .. } => {
                let mut document: Value = serde_json::from_slice(&fs::read(path).map_err(io)?).map_err(|error| io(error.into()))?;
                let cases = if document.is_array() { &mut document } else { &mut document["cases"] };
                for case in cases.as_array_mut().into_iter().flatten() {
                    set(case, updates).map_err(io)?;
                }
                self.put(updates, |out| writeln!(out, "{document:#}"))?
            }
            SuiteKind::Cases(_) => {
                let document = yaml(&fs::read_to_string(path).map_err(io)?, updates).map_err(wrong)?;
                let text = serde_norway::to_string(&document).map_err(|error| wrong(error.to_string()))?;
                // YAML folds some characters in the text that its own writer makes. JSON is YAML, and can escape them.
                self.put(updates, |out| out.write_all(text.as_bytes()))? || {
                    let text = serde_json::to_string_pretty(&document).map_err(|error| wrong(error.to_string()))?;
                    let folds = |c: char| matches!(c, '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}');
                    let text = text.chars().fold(String::new(), |mut text, c| {
                        if folds(c) {
                            text.push_str(&format!("\\u{:04x}", u32::from(c)))
                        } else {
                            text.push(c)
                        }
                        text
                    });
                    self.put(updates, |out| writeln!(out, "{text}"))?
                }
            }
        };
        if done { Ok(()) } else { Err(wrong(CHANGES.into())) }
    }

    /// Writes the suite's file anew if it then reads as it should; whether it does.
    fn put(&self, updates: &BTreeMap<String, Update>, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<bool, SuiteError> {
        let check = |written: &Path| -> io::Result<bool> {
            let Ok(suite) = Self::open(written) else { return Ok(false) };
            let (Ok(before), Ok(after)) = (self.cases(), suite.cases()) else { return Ok(false) };
            let (mut before, mut after) = (before, after);
            Ok(loop {
                match (before.next(), after.next()) {
                    (None, None) => break true,
                    (Some(Ok(before)), Some(Ok(after))) => {
                        let same_event = match (&before.event, &after.event) {
                            (Some(a), Some(b)) => same(a, b),
                            (a, b) => a == b,
                        };
                        let is_updated = updates.get(&before.name).is_none_or(|update| update.is_in(&after));
                        if before.name != after.name || !same_event || !is_updated {
                            break false;
                        }
                    }
                    _ => break false,
                }
            })
        };
        replace(self.path(), write, check).map_err(|error| SuiteError::Write(self.path().to_owned(), error))
    }
}

/// Why nothing was written.
const CHANGES: &str = "it is not rewritten, because it would not read back as it should: its format cannot say a case's event or result";

/// Puts its new expectation into a case; whether it has one.
fn set(case: &mut Value, updates: &BTreeMap<String, Update>) -> io::Result<bool> {
    let Some(update) = case.get("name").and_then(Value::as_str).and_then(|name| updates.get(name)) else { return Ok(false) };
    let (member, value) = update.member()?;
    case["expect"][member] = value;
    Ok(true)
}

/// The same in YAML. Its own values are used: those of JSON write numbers in a way of their own.
fn yaml(text: &str, updates: &BTreeMap<String, Update>) -> Result<serde_norway::Value, String> {
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
        let (member, value) = update.member().map_err(|error| error.to_string())?;
        let Value::Mapping(case) = case else { continue };
        let expect = case.entry("expect".into()).or_insert(Value::Mapping(Default::default()));
        if expect.is_null() {
            *expect = Value::Mapping(Default::default());
        }
        expect[member] = from_json(&value)?;
    }
    Ok(document)
}

/// A value of JSON as one of YAML, texts as they are. Numbers are read as YAML reads them.
fn from_json(value: &Value) -> Result<serde_norway::Value, String> {
    use serde_norway::Value as Yaml;
    Ok(match value {
        Value::String(text) => Yaml::String(text.clone()),
        Value::Array(elements) => Yaml::Sequence(elements.iter().map(from_json).collect::<Result<_, _>>()?),
        Value::Object(members) => {
            let member = |(key, value): (&String, &Value)| Ok::<_, String>((Yaml::String(key.clone()), from_json(value)?));
            Yaml::Mapping(members.iter().map(member).collect::<Result<_, _>>()?)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => serde_norway::from_str(&value.to_string()).map_err(|error| error.to_string())?,
    })
}

/// Writes a file in place of this one, with its rights, if it passes; whether it does.
fn replace(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    passes: impl FnOnce(&Path) -> io::Result<bool>,
) -> io::Result<bool> {
    let write = |file: &mut File| {
        let mut out = io::BufWriter::new(file);
        write(&mut out)?;
        out.flush()
    };
    disk::replace_if(path, Rights::Kept, write, passes)
}
