//! Suites: a folder of pairs, a JSON Lines file, or one YAML or JSON file. All give the same cases.
//!
//! JSON Lines and folders are read as they are used, so that a suite may have any number of cases. Of a JSON file the text is
//! kept, and where each case is in it. A YAML file is read whole, so it is bounded to a smaller size.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::case::{Case, Expect, FileContent};
use super::json::Json;
use crate::function::MAX_EVENT_BYTES;

/// Bytes of a line: an event, a result that is expected of it, and the rest.
const MAX_LINE: usize = 3 * MAX_EVENT_BYTES;
/// Bytes of a JSON file, whose text is held.
const MAX_FILE: usize = 64 << 20;
/// Bytes of a YAML file: its parser takes some sixty for each while it reads.
const MAX_YAML: usize = 8 << 20;
/// Brackets that may be open at the same place of a YAML file. The parser's time grows with the square of their number,
/// and only then does it say that they are too many. A text with brackets of its own comes nowhere near.
const MAX_OPEN: usize = 2000;
/// Bytes of one file for `/tmp`.
const MAX_PLACED: usize = 512 << 20;

/// What is wrong with a suite.
#[derive(Debug, thiserror::Error)]
pub enum SuiteError {
    /// A file cannot be read.
    #[error("cannot read {path}: {1}", path = .0.display())]
    Read(PathBuf, io::Error),
    /// A file cannot be written.
    #[error("cannot write {path}: {1}", path = .0.display())]
    Write(PathBuf, io::Error),
    /// What is written is not a case.
    #[error("{0}: {1}")]
    Wrong(String, String),
    /// It is none of the kinds.
    #[error("{path} is not a suite, which is a folder, or a file that ends in .jsonl, .yaml, .yml or .json", path = .0.display())]
    Kind(PathBuf),
}

/// A suite that was found; its cases are read when they are asked for.
#[derive(Debug)]
pub struct Suite {
    path: PathBuf,
    kind: SuiteKind,
}

#[derive(Debug)]
pub(super) enum SuiteKind {
    Lines,
    /// YAML's.
    Cases(Vec<Case>),
    /// JSON's: the text, and the bytes of each case in it.
    Json {
        text: String,
        defaults: Box<Case>,
        cases: Vec<(u32, u32)>,
    },
    /// The names of pairs.
    Folder(Vec<String>),
}

impl Suite {
    /// Finds out what it is. YAML and JSON files are read.
    pub fn open(path: &Path) -> Result<Self, SuiteError> {
        let unreadable = |error| SuiteError::Read(path.to_owned(), error);
        let kind = if fs::metadata(path).map_err(unreadable)?.is_dir() {
            SuiteKind::Folder(pairs(path)?)
        } else {
            let shown = path.display();
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("jsonl" | "ndjson") => SuiteKind::Lines,
                Some("json") => json(path, &shown.to_string())?,
                Some("yaml" | "yml") => {
                    let bytes = read(path, MAX_YAML)?;
                    let bytes = without_bom(&bytes);
                    check_open(bytes).map_err(|reason| SuiteError::Wrong(shown.to_string(), reason))?;
                    let document = serde_norway::from_slice(bytes);
                    let wrong = |error: serde_norway::Error| {
                        let at = error.location().map(|at| format!(":{}:{}", at.line(), at.column())).unwrap_or_default();
                        let text = error.to_string();
                        SuiteError::Wrong(format!("{shown}{at}"), reworded(text.split(" at line ").next().unwrap_or(&text)))
                    };
                    SuiteKind::Cases(document.map_err(wrong).and_then(|document| cases(document, path))?)
                }
                _ => return Err(SuiteError::Kind(path.to_owned())),
            }
        };
        Ok(Self { path: path.to_owned(), kind })
    }

    /// Its cases, in its order.
    pub fn cases(&self) -> Result<Box<dyn Iterator<Item = Result<Case, SuiteError>> + '_>, SuiteError> {
        Ok(match &self.kind {
            SuiteKind::Lines => {
                let file = File::open(&self.path).map_err(|error| SuiteError::Read(self.path.clone(), error))?;
                Box::new(lines(&self.path, BufReader::new(file)))
            }
            SuiteKind::Cases(cases) => Box::new(cases.iter().cloned().map(Ok)),
            SuiteKind::Json { text, defaults, cases } => Box::new(
                cases
                    .iter()
                    .enumerate()
                    .map(|(i, place)| json_case(&self.path, text, (place.0 as usize, place.1 as usize), i + 1, defaults)),
            ),
            SuiteKind::Folder(names) => Box::new(names.iter().map(|name| pair(&self.path, name))),
        })
    }

    pub(super) fn kind(&self) -> &SuiteKind {
        &self.kind
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A path that a case names, from where the suite is.
    pub fn beside(&self, path: &Path) -> PathBuf {
        let folder = if matches!(self.kind, SuiteKind::Folder(_)) { Some(self.path.as_path()) } else { self.path.parent() };
        folder.unwrap_or(Path::new("")).join(path)
    }

    /// A case's event as JSON text.
    pub fn event(&self, case: &Case) -> Result<Vec<u8>, SuiteError> {
        if let Some(content) = &case.stdin {
            let bytes = self.content(content, MAX_EVENT_BYTES).map_err(|error| of_case(case, "stdin", &error))?;
            return Ok(match String::from_utf8(bytes) {
                Ok(text) => serde_json::json!({ "stdin": text }),
                Err(error) => serde_json::json!({ "stdin_base64": STANDARD.encode(error.as_bytes()) }),
            }
            .to_string()
            .into_bytes());
        }
        if let Some(call) = &case.call {
            return Ok(call.event().into_bytes());
        }
        match (&case.event, &case.event_file) {
            (Some(event), _) => Ok(event.text().as_bytes().to_vec()),
            (None, Some(path)) => read(&self.beside(path), MAX_EVENT_BYTES)
                .map(|event| without_bom(&event).to_vec())
                .map_err(|error| of_case(case, "event_file", &error)),
            (None, None) => Ok(b"{}".to_vec()),
        }
    }

    /// Whether the files that a case names are there, but for its event.
    pub fn check_files(&self, case: &Case) -> Result<(), SuiteError> {
        let placed = case.files.iter().flatten().filter_map(|(_, content)| match content {
            FileContent::File(path) => Some(path),
            FileContent::Bytes(_) => None,
        });
        let checker = case.expect.iter().filter_map(|expect| expect.checker.as_ref()).map(|checker| &checker.package);
        let reference = case.reference.iter().map(|reference| &reference.package);
        for path in placed.chain(checker).chain(reference).chain(&case.replay).map(|path| self.beside(path)) {
            fs::metadata(&path).map_err(|error| {
                SuiteError::Wrong(format!("{} ({})", case.place, case.name), format!("cannot read {}: {error}", path.display()))
            })?;
        }
        Ok(())
    }

    /// A case's files for `/tmp`: path below it and bytes.
    pub fn files(&self, case: &Case) -> Result<Vec<(String, Vec<u8>)>, SuiteError> {
        let content = |(path, content): (&String, &FileContent)| {
            let bytes = self.content(content, MAX_PLACED).map_err(|error| of_case(case, "files", &error))?;
            Ok((path.clone(), bytes))
        };
        case.files.iter().flatten().map(content).collect()
    }

    fn content(&self, content: &FileContent, limit: usize) -> Result<Vec<u8>, SuiteError> {
        match content {
            FileContent::Bytes(bytes) => Ok(bytes.clone()),
            FileContent::File(path) => read(&self.beside(path), limit),
        }
    }
}

/// Refuses a YAML text in which too many brackets are open, wherever they stand.
fn check_open(bytes: &[u8]) -> Result<(), String> {
    let mut open: usize = 0;
    for byte in bytes {
        match byte {
            b'[' | b'{' => open += 1,
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        if open > MAX_OPEN {
            return Err(format!("more than {MAX_OPEN} brackets are open at the same place"));
        }
    }
    Ok(())
}

/// A JSON file: where its cases are.
fn json(path: &Path, shown: &str) -> Result<SuiteKind, SuiteError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Fields<'a> {
        #[serde(default)]
        defaults: Box<Case>,
        #[serde(borrow)]
        cases: Vec<&'a RawValue>,
    }
    let bytes = read(path, MAX_FILE)?;
    let text = str::from_utf8(without_bom(&bytes))
        .map_err(|error| SuiteError::Wrong(shown.to_owned(), format!("it is not UTF-8: {error}")))?
        .to_owned();
    let wrong = |error| json_error(&error, shown, None);
    let fields = match text.trim_ascii_start().as_bytes().first() {
        Some(b'[') => Fields { defaults: Box::default(), cases: serde_json::from_str(&text).map_err(wrong)? },
        Some(b'{') => serde_json::from_str(&text).map_err(wrong)?,
        None => return Err(SuiteError::Wrong(shown.to_owned(), "the suite is empty".into())),
        _ => {
            return Err(SuiteError::Wrong(shown.to_owned(), "expected a list of cases, or an object with `cases` and `defaults`".into()));
        }
    };
    if !fields.defaults.name.is_empty() {
        return Err(SuiteError::Wrong(shown.to_owned(), "the defaults have a name".into()));
    }
    // All of them lie in the text, whose size fits.
    let place = |case: &&RawValue| {
        let start = case.get().as_ptr().addr() - text.as_ptr().addr();
        (u32::try_from(start).unwrap_or(u32::MAX), u32::try_from(start + case.get().len()).unwrap_or(u32::MAX))
    };
    let cases = fields.cases.iter().map(place).collect();
    let defaults = fields.defaults;
    Ok(SuiteKind::Json { text, defaults, cases })
}

/// One of them.
fn json_case(path: &Path, text: &str, (start, end): (usize, usize), number: usize, defaults: &Case) -> Result<Case, SuiteError> {
    let shown = path.display();
    let case: Case = serde_json::from_str(&text[start..end]).map_err(|error| {
        // The parser counts lines and columns from the case on.
        let before = &text[..start];
        let line = before.matches('\n').count() + error.line();
        let column = if error.line() == 1 { start - before.rfind('\n').map_or(0, |at| at + 1) + error.column() } else { error.column() };
        let text = error.to_string();
        SuiteError::Wrong(format!("{shown}:{line}:{column}"), text.split(" at line ").next().unwrap_or(&text).to_owned())
    })?;
    finish(case.or(defaults), format!("{shown}, case {number}"))
}

/// A list of cases, or an object with defaults.
struct SuiteDocument {
    defaults: Case,
    cases: Vec<Case>,
}

impl<'de> Deserialize<'de> for SuiteDocument {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Fields {
            #[serde(default)]
            defaults: Case,
            cases: Vec<Case>,
        }
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = SuiteDocument;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a list of cases, or an object with `cases` and `defaults`")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, cases: A) -> Result<SuiteDocument, A::Error> {
                Ok(SuiteDocument { defaults: Case::default(), cases: Vec::deserialize(SeqAccessDeserializer::new(cases))? })
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<SuiteDocument, A::Error> {
                let Fields { defaults, cases } = Fields::deserialize(MapAccessDeserializer::new(map))?;
                if !defaults.name.is_empty() {
                    return Err(de::Error::custom("the defaults have a name"));
                }
                Ok(SuiteDocument { defaults, cases })
            }
        }
        deserializer.deserialize_any(Either)
    }
}

fn cases(document: SuiteDocument, path: &Path) -> Result<Vec<Case>, SuiteError> {
    let SuiteDocument { defaults, cases } = document;
    let numbered = cases.into_iter().enumerate();
    numbered.map(|(i, case)| finish(case.or(&defaults), format!("{}, case {}", path.display(), i + 1))).collect()
}

/// A case with its place, if it is one.
fn finish(mut case: Case, place: String) -> Result<Case, SuiteError> {
    let wrong =
        |what: String| SuiteError::Wrong(if case.name.is_empty() { place.clone() } else { format!("{place} ({})", case.name) }, what);
    if case.name.is_empty() {
        return Err(wrong("it has no `name`".into()));
    }
    case.check().map_err(wrong)?;
    case.place = place;
    Ok(case)
}

/// The parser's words, with the place in front. Of a line the number is known; of a file the parser says it.
fn json_error(error: &serde_json::Error, shown: &str, line: Option<u64>) -> SuiteError {
    let text = error.to_string();
    let reason = text.split(" at line ").next().unwrap_or(&text);
    let reason = match (error.classify(), line) {
        (Category::Eof, None) if error.line() <= 1 && error.column() == 0 => "the file is empty".into(),
        (Category::Syntax | Category::Eof, Some(_)) => format!("the line is not a JSON object: {}", reworded(reason)),
        (Category::Syntax | Category::Eof | Category::Data | Category::Io, _) => reworded(reason),
    };
    SuiteError::Wrong(format!("{shown}:{}:{}", line.unwrap_or(error.line() as u64), error.column()), reason)
}

/// What the parsers say, in words of JSON in place of Rust's, with the field that was probably meant.
fn reworded(reason: &str) -> String {
    let mut text = reason.to_owned();
    for (theirs, ours) in [
        ("expected f64", "expected a number"),
        ("expected u64", "expected a whole number"),
        ("expected u32", "expected a whole number"),
        ("expected u16", "expected a whole number"),
        ("expected a sequence", "expected a list"),
        ("invalid type: sequence", "invalid type: list"),
        ("invalid type: unit value", "invalid type: nothing"),
        ("invalid type: Option value", "invalid type: nothing"),
        ("expected ident", "expected null, true, false, a number, text in double quotes, a list or an object"),
        ("key must be a string", "the name of a member must be text in double quotes"),
    ] {
        text = text.replace(theirs, ours);
    }
    let mut quoted = reason.split('`').skip(1).step_by(2);
    if reason.starts_with("unknown ")
        && let Some(unknown) = quoted.next()
    {
        let likeness = |known: &&str| strsim::jaro_winkler(unknown, known);
        let best = quoted.filter(|known| likeness(known) > 0.8).max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        if let Some(best) = best {
            text += &format!("; did you mean `{best}`?");
        }
    }
    text
}

/// An error about a file that a case names, with the case.
fn of_case(case: &Case, member: &str, error: &SuiteError) -> SuiteError {
    SuiteError::Wrong(format!("{} ({})", case.place, case.name), format!("{member}: {error}"))
}

/// Without the byte order mark that editors on Windows put in front.
fn without_bom(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

fn lines<'a>(path: &'a Path, mut file: BufReader<File>) -> impl Iterator<Item = Result<Case, SuiteError>> + 'a {
    let mut number = 0;
    let mut line = Vec::new();
    let mut read = move || loop {
        number += 1;
        line.clear();
        let size = (&mut file).take(MAX_LINE as u64 + 1).read_until(b'\n', &mut line);
        match size.map_err(|error| SuiteError::Read(path.to_owned(), error)) {
            Err(error) => return Some(Err(error)),
            Ok(0) => return None,
            Ok(size) if size > MAX_LINE => {
                return Some(Err(SuiteError::Wrong(
                    format!("{}:{number}", path.display()),
                    format!("the line has more than {MAX_LINE} bytes"),
                )));
            }
            Ok(_) if line.trim_ascii().is_empty() => {}
            Ok(_) => {
                let shown = path.display();
                let text = if number == 1 { without_bom(&line) } else { &line };
                let case =
                    serde_json::from_slice(text.trim_ascii_end()).map_err(|error| json_error(&error, &shown.to_string(), Some(number)));
                return Some(case.and_then(|case| finish(case, format!("{shown}:{number}"))));
            }
        }
    };
    let mut failed = false;
    std::iter::from_fn(move || {
        let next = if failed { None } else { read() };
        failed = matches!(next, Some(Err(_)));
        next
    })
}

const EVENT: &str = ".event.json";
pub(super) const EXPECTED: &str = ".expected.json";

/// The names in a folder, sorted.
fn pairs(folder: &Path) -> Result<Vec<String>, SuiteError> {
    let unreadable = |error| SuiteError::Read(folder.to_owned(), error);
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.file_name().to_string_lossy().into_owned();
        if let Some(name) = file.strip_suffix(EVENT) {
            names.push(name.to_owned());
        } else if let Some(name) = file.strip_suffix(EXPECTED) {
            if !folder.join(format!("{name}{EVENT}")).is_file() {
                return Err(SuiteError::Wrong(folder.join(&file).display().to_string(), format!("there is no {name}{EVENT} beside it")));
            }
        } else if file.ends_with(".json") {
            let what = format!("in a folder of pairs every .json file ends in {EVENT} or {EXPECTED}");
            return Err(SuiteError::Wrong(folder.join(&file).display().to_string(), what));
        }
    }
    names.sort_unstable();
    Ok(names)
}

fn pair(folder: &Path, name: &str) -> Result<Case, SuiteError> {
    let path = folder.join(format!("{name}{EXPECTED}"));
    let expect = if path.is_file() {
        let result = Json::parse(&read(&path, MAX_EVENT_BYTES)?)
            .map_err(|error| SuiteError::Wrong(path.display().to_string(), error.to_string()))?;
        Some(Expect { result: Some(result), ..Expect::default() })
    } else {
        None
    };
    let event_file = Some(PathBuf::from(format!("{name}{EVENT}")));
    let place = folder.join(format!("{name}{EVENT}")).display().to_string();
    finish(Case { name: name.to_owned(), event_file, expect, ..Case::default() }, place)
}

/// Reads a file of at most this many bytes.
fn read(path: &Path, limit: usize) -> Result<Vec<u8>, SuiteError> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(limit as u64 + 1).read_to_end(&mut bytes));
    read.map_err(|error| SuiteError::Read(path.to_owned(), error))?;
    if bytes.len() > limit {
        return Err(SuiteError::Wrong(path.display().to_string(), format!("it has more than {limit} bytes")));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(name);
        fs::write(&path, text).expect("writes");
        (folder, path)
    }

    fn all(path: &Path) -> Result<Vec<Case>, SuiteError> {
        Suite::open(path)?.cases()?.collect()
    }

    #[test]
    fn every_kind_gives_the_same_cases() {
        let json = r#"[{"name": "a", "event": {"z": 1, "a": 1.0}, "expect": {"result": null}, "timeout": 2, "points": 2.5, "tags": ["t"]}, {"name": "b"}]"#;
        let lines = "\n{\"name\": \"a\", \"event\": {\"z\": 1, \"a\": 1.0}, \"expect\": {\"result\": null}, \"timeout\": 2, \"points\": 2.5, \"tags\": [\"t\"]}\r\n\n{\"name\": \"b\"}";
        let yaml = "cases:\n- name: a\n  event: {z: 1, a: 1.0}\n  expect:\n    result: null\n  timeout: 2\n- name: b\n  points: 1\n  tags: []\ndefaults:\n  points: 2.5\n  tags: [t]\n";
        for (name, text) in [("s.json", json), ("s.jsonl", lines), ("s.yaml", yaml)] {
            let (_folder, path) = file(name, text);
            let suite = Suite::open(&path).expect(name);
            let cases = all(&path).expect(name);
            assert_eq!(cases.len(), 2, "{name}");
            let a = &cases[0];
            assert_eq!(String::from_utf8_lossy(&suite.event(a).expect("an event")), r#"{"z":1,"a":1.0}"#, "{name}: order and digits");
            assert_eq!(a.expect.as_ref().and_then(|expect| expect.result.clone()), Some(Json::default()), "{name}");
            assert_eq!((a.max_points(), a.has_tag("t"), a.timeout), (2.5, true, "2".parse().ok()), "{name}");
            assert_eq!((cases[1].max_points(), cases[1].has_tag("t")), (1.0, false), "{name}");
            assert_eq!(suite.event(&cases[1]).expect("an event"), b"{}");
        }
    }

    #[test]
    fn a_folder_is_pairs() {
        let (folder, _) = file("b.event.json", "[1]");
        fs::write(folder.path().join("a.event.json"), "{}").expect("writes");
        fs::write(folder.path().join("a.expected.json"), "{\"x\": 1}").expect("writes");
        fs::write(folder.path().join("README.md"), "words").expect("writes");
        let suite = Suite::open(folder.path()).expect("a suite");
        let cases = all(folder.path()).expect("cases");
        assert_eq!(cases.iter().map(|case| case.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(suite.event(&cases[1]).expect("an event"), b"[1]");
        assert_eq!(cases[0].expect.as_ref().and_then(|expect| expect.result.clone()), Json::parse(b"{\"x\": 1}").ok());
        assert!(cases[1].expect.is_none());
        fs::write(folder.path().join("c.expected.json"), "1").expect("writes");
        assert!(Suite::open(folder.path()).expect_err("no event").to_string().contains("there is no c.event.json"));
        fs::rename(folder.path().join("c.expected.json"), folder.path().join("c.json")).expect("renames");
        assert!(Suite::open(folder.path()).expect_err("neither").to_string().contains("c.json: in a folder of pairs"));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let ok = r#"{"name": "ok"}"#;
        for (name, text, words) in [
            (
                "s.jsonl",
                format!("{ok}\n\n{{\"name\": \"b\", \"evnt\": 1}}\n"),
                "s.jsonl:3:20: unknown field `evnt`, expected one of `name`, `event`,",
            ),
            (
                "s.jsonl",
                format!("{ok}\n{{\"name\": \"b\", \"expect\": {{\"reslt\": 1}}}}"),
                "s.jsonl:2:32: unknown field `reslt`, expected one of `result`,",
            ),
            ("s.jsonl", format!("{ok}\n{{\"event\": 1}}"), "s.jsonl:2: it has no `name`"),
            ("s.jsonl", format!("{ok}\nnot JSON"), "s.jsonl:2:|the line is not a JSON object: expected null, true,"),
            ("s.jsonl", "{\"name\": \"b\", \"evnt\": 1}".into(), "|; did you mean `event`?"),
            ("s.jsonl", "{\"name\": \"b\", \"expect\": {\"outcome\": \"timout\"}}".into(), "|; did you mean `timeout`?"),
            ("s.jsonl", "{'name': 1}".into(), "|the name of a member must be text in double quotes"),
            ("s.jsonl", "{\"name\": \"b\", \"points\": \"2\"}".into(), "|expected a number"),
            (
                "s.jsonl",
                "{\"name\": \"b\", \"expect\": {\"tolerance\": 0.1}}".into(),
                "|expected a tolerance as {\"abs\": ..., \"rel\": ...}",
            ),
            (
                "s.jsonl",
                "{\"name\": \"b\", \"expect\": {\"error\": \"KeyError\"}}".into(),
                "|expected an error as {\"type\": ..., \"message\": ...}",
            ),
            ("s.jsonl", "{\"name\": \"b\", \"expect\": {\"ignore\": \"$.a\"}}".into(), "|expected a list"),
            ("s.json", String::new(), "s.json: the suite is empty"),
            (
                "s.json",
                "[{\"name\": \"b\", \"event\": 1, \"event_file\": \"x\"}]".into(),
                "s.json, case 1 (b): both `event` and `event_file` are given",
            ),
            ("s.yaml", "- {name: b, event: 1, event_file: x}".into(), "s.yaml, case 1 (b): both `event` and `event_file` are given"),
            (
                "s.yaml",
                "cases: [{name: b}]\ndefaults: {event: 1, event_file: x}".into(),
                "s.yaml, case 1 (b): both `event` and `event_file` are given",
            ),
            (
                "s.jsonl",
                format!("{{\"name\": \"b\", \"timeout\": 901}}\n{ok}"),
                "s.jsonl:1:|: timeout is 901 s, but must be 0.001 to 900 seconds",
            ),
            ("s.jsonl", "{\"name\": \"b\", \"memory_size\": 64}".into(), "memory-size is 64 MB, but must be 128 to 10240 MB"),
            ("s.jsonl", "{\"name\": \"b\", \"fuel\": 0}".into(), "fuel is 0"),
            ("s.jsonl", "{\"name\": \"b\", \"points\": -1}".into(), "points is -1, but must be 0 or more"),
            ("s.jsonl", "{\"name\": \"\"}".into(), "the name has 0 characters"),
            ("s.jsonl", format!("{{\"name\": \"{}\"}}", "x".repeat(201)), "the name has 201 characters, but must have 1 to 200"),
            ("s.jsonl", "{\"name\": \"b\", \"event\": 1, \"event_file\": \"x\"}".into(), "s.jsonl:1 (b): both `event` and `event_file`"),
            ("s.jsonl", "{\"name\": \"b\", \"expect\": {\"ignore\": [\"a\"]}}".into(), "path 'a' must begin with $"),
            ("s.jsonl", "{\"name\": \"b\", \"expect\": {\"matches\": {\"$.a\": \"(\"}}}".into(), "invalid pattern '('"),
            (
                "s.jsonl",
                "{\"name\": \"b\", \"expect\": {\"outcome\": \"failed\"}}".into(),
                "unknown variant `failed`, expected one of `ok`",
            ),
            ("s.jsonl", "{\"name\": \"b\", \"expect\": {\"result\": 1, \"subset\": 1}}".into(), "both `result` and `subset`"),
            ("s.jsonl", "{\"name\": \"b\", \"expect\": {\"http\": {\"body\": 1, \"body_text\": \"\"}}}".into(), "more than one of `body`"),
            ("s.jsonl", "{\"name\": \"b\", \"files\": {\"../x\": \"\"}}".into(), "'../x' is not a path of a file below /tmp"),
            ("s.jsonl", "{\"name\": \"b\", \"files\": {\"x\": {\"base64\": \"?\"}}}".into(), "Invalid"),
            (
                "s.jsonl",
                "{\"name\": \"b\", \"files\": {\"x\": {\"bas64\": \"\"}}}".into(),
                "unknown field `bas64`, expected `base64` or `file`",
            ),
            ("s.json", "[{\"name\": \"a\"},\n {\"name\": \"b\",\n  \"evnt\": 1}]".into(), "s.json:3:|: unknown field `evnt`"),
            ("s.json", "{\"cases\": [], \"default\": {}}".into(), "s.json:1:|: unknown field `default`, expected `defaults` or `cases`"),
            ("s.json", "{\"cases\": [], \"defaults\": {\"name\": \"x\"}}".into(), "the defaults have a name"),
            ("s.json", "7".into(), "expected a list of cases, or an object with `cases`"),
            ("s.json", "[{}]".into(), "s.json, case 1: it has no `name`"),
            ("s.yaml", "- name: a\n- name: b\n  evnt: 1\n".into(), "unknown field `evnt`"),
            ("s.yaml", "- name: a\n- name: b\n  evnt: 1\n".into(), "s.yaml:3:"),
            ("s.yaml", "- name: [\n".into(), "s.yaml:1:|invalid type: list"),
            ("s.yaml", "- name: 'a\n".into(), "s.yaml:2:|unexpected end"),
            (
                "s.yaml",
                format!("- name: x\n  event: {}", "[".repeat(100_000)),
                "s.yaml: more than 2000 brackets are open at the same place",
            ),
            (
                "s.jsonl",
                "{\"name\": \"b\", \"files\": {\"a\": \"\", \"a-b\": \"\", \"a/b\": \"\"}}".into(),
                "'a/b' would lie inside 'a', which is a file",
            ),
            ("s.jsonl", "{\"name\": \"b\", \"files\": {\"a\": \"\", \"/tmp/a\": \"\"}}".into(), "'a' is there twice"),
            (
                "s.jsonl",
                "{\"name\": \"b\", \"expect\": {\"types\": {\"$.a\": \"null\"}, \"optional\": [\"$.b\"]}}".into(),
                "$.b is optional, but neither in `matches` nor in `types`",
            ),
            ("s.txt", String::new(), "is not a suite, which is a folder, or a file that ends in"),
        ] {
            let (_folder, path) = file(name, &text);
            let error = all(&path).expect_err(&text).to_string();
            assert!(words.split('|').all(|part| error.contains(part)), "{text}\n{error}");
        }
        let error = Suite::open(Path::new("/nowhere/s.yaml")).expect_err("not there").to_string();
        assert!(error.starts_with("cannot read /nowhere/s.yaml: "), "{error}");
    }

    #[test]
    fn a_case_that_gives_its_event_in_one_way_has_it_from_there() {
        for (case, event, event_file) in [
            ("{name: a}", Some("1"), None),
            ("{name: a, event: 2}", Some("2"), None),
            ("{name: a, event_file: f}", None, Some(PathBuf::from("f"))),
        ] {
            let (_folder, path) = file("s.yaml", &format!("defaults: {{event: 1}}\ncases: [{case}]"));
            let cases = all(&path).expect(case);
            assert_eq!((cases[0].event.as_ref().map(|event| event.text()), &cases[0].event_file), (event, &event_file), "{case}");
        }
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_a_file() {
        for (name, text) in [("s.json", "[{\"name\": \"a\"}]"), ("s.jsonl", "{\"name\": \"a\"}\n"), ("s.yaml", "- name: a\n")] {
            let (folder, path) = file(name, &format!("\u{feff}{text}"));
            assert_eq!(all(&path).expect(name).len(), 1, "{name}");
            fs::write(folder.path().join("e.json"), "\u{feff}[1]").expect("writes");
            let case = Case { event_file: Some("e.json".into()), ..Case::default() };
            assert_eq!(Suite::open(&path).expect(name).event(&case).expect("an event"), b"[1]");
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_named_once_with_its_case() {
        let (_folder, path) = file("s.yaml", "- {name: a, event_file: gone.json}");
        let suite = Suite::open(&path).expect("a suite");
        let case = suite.cases().expect("opens").next().expect("one").expect("a case");
        let error = suite.event(&case).expect_err("not there");
        assert!(error.to_string().contains("s.yaml, case 1 (a): event_file: cannot read "), "{error}");
        assert_eq!(error.to_string().matches("os error").count(), 1, "{error}");
        assert!(std::error::Error::source(&error).is_none(), "or the command line would say it twice");
        assert!(std::error::Error::source(&Suite::open(Path::new("/nowhere/s.yaml")).expect_err("not there")).is_none());
    }

    #[test]
    fn sizes_are_bounded() {
        let line = |size: usize| format!("{{\"name\": \"a\", \"event\": \"{}\"}}", "x".repeat(size - 26));
        let (_folder, path) = file("s.jsonl", &line(MAX_LINE));
        assert!(all(&path).is_ok());
        let (_folder, path) = file("s.jsonl", &line(MAX_LINE + 1));
        assert!(all(&path).err().is_some_and(|error| error.to_string().contains("s.jsonl:1: the line has more than")));
        let (folder, _) = file("e", &"1".repeat(MAX_EVENT_BYTES + 1));
        let suite = folder.path().join("s.jsonl");
        fs::write(&suite, "{\"name\": \"a\", \"event_file\": \"e\"}").expect("writes");
        let suite = Suite::open(&suite).expect("a suite");
        let case = suite.cases().expect("opens").next().expect("one").expect("a case");
        assert!(suite.event(&case).err().is_some_and(|error| error.to_string().contains("it has more than 6291456 bytes")));
    }
}
