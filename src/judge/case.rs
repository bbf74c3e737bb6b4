//! A case and what it expects, as they are written in a suite. Every field is told to serde once, here; the schema beside
//! this file says the same for editors, and a test holds the two together.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use super::call::Call;
use super::compare::float;
use super::json::{Json, JsonKind, View};
use super::path::Path;
use crate::function::{Fuel, MemorySize, Timeout};
use base64::Engine;
use regex::Regex;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// Characters in a name or a tag.
const MAX_NAME: usize = 200;
/// Tags of one case.
const MAX_TAGS: usize = 100;
/// Files of one case.
const MAX_FILES: usize = 1000;

/// A case, or the defaults of a suite.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a case such as {\"name\": ..., \"event\": ..., \"expect\": ...}")]
pub struct Case {
    /// Unique in its suite. Empty in the defaults only.
    #[serde(deserialize_with = "name")]
    pub name: String,
    /// The event.
    #[serde(deserialize_with = "present")]
    pub event: Option<Json>,
    /// Or the file that holds it, relative to the suite's folder.
    pub event_file: Option<PathBuf>,
    /// Or what a program reads from stdin: the package is then run as a program, whose result is what it prints.
    pub stdin: Option<FileContent>,
    /// Or a call of a function of the package, whose result is what it returns.
    pub call: Option<Call>,
    /// What must come out. If it is omitted, any successful result is accepted.
    pub expect: Option<Expect>,
    /// In place of `--timeout`.
    #[serde(deserialize_with = "quantity")]
    pub timeout: Option<Timeout>,
    /// In place of `--cpu-timeout`: seconds of CPU time.
    #[serde(deserialize_with = "quantity")]
    pub cpu_timeout: Option<Timeout>,
    /// Limits as multiples of what another package takes for the same.
    pub reference: Option<Reference>,
    /// In place of `--memory-size`.
    #[serde(deserialize_with = "quantity")]
    pub memory_size: Option<MemorySize>,
    /// In place of `--fuel`.
    #[serde(deserialize_with = "quantity")]
    pub fuel: Option<Fuel>,
    /// On top of `--env`.
    pub env: Option<BTreeMap<String, String>>,
    /// What it is worth.
    #[serde(deserialize_with = "points")]
    pub points: Option<f64>,
    /// Whether event, expectation, result and log are kept from reports.
    pub hidden: Option<bool>,
    /// Words to filter by; a case with the tag `skip` is not run.
    #[serde(deserialize_with = "tags")]
    pub tags: Option<Vec<String>>,
    /// What is in `/tmp` when the handler is called.
    #[serde(deserialize_with = "files")]
    pub files: Option<BTreeMap<String, FileContent>>,
    /// The recording that answers its requests in the place of a network, relative to the suite's folder.
    pub replay: Option<PathBuf>,
    /// Where it is written, for messages.
    #[serde(skip)]
    pub place: String,
}

impl Case {
    /// This case with the suite's defaults for what it does not say.
    pub(super) fn or(self, defaults: &Self) -> Self {
        // All together, so that a case that gives more than one is seen to by `check`.
        let (event, event_file, stdin, call) = match (self.event, self.event_file, self.stdin, self.call) {
            (None, None, None, None) => {
                (defaults.event.clone(), defaults.event_file.clone(), defaults.stdin.clone(), defaults.call.clone())
            }
            own => own,
        };
        Self {
            name: self.name,
            event,
            event_file,
            stdin,
            call,
            expect: self.expect.or_else(|| defaults.expect.clone()),
            timeout: self.timeout.or(defaults.timeout),
            cpu_timeout: self.cpu_timeout.or(defaults.cpu_timeout),
            reference: self.reference.or_else(|| defaults.reference.clone()),
            memory_size: self.memory_size.or(defaults.memory_size),
            fuel: self.fuel.or(defaults.fuel),
            env: self.env.or_else(|| defaults.env.clone()),
            points: self.points.or(defaults.points),
            hidden: self.hidden.or(defaults.hidden),
            tags: self.tags.or_else(|| defaults.tags.clone()),
            files: self.files.or_else(|| defaults.files.clone()),
            replay: self.replay.or_else(|| defaults.replay.clone()),
            place: self.place,
        }
    }

    /// What it is worth: one point if nothing is said.
    pub fn max_points(&self) -> f64 {
        self.points.unwrap_or(1.0)
    }

    /// Whether a tag is set.
    pub fn has_tag(&self, tag: &str) -> bool {
        self.tags.iter().flatten().any(|own| own == tag)
    }

    /// What is wrong beyond what serde sees.
    pub(super) fn check(&self) -> Result<(), String> {
        let inputs = [
            ("event", self.event.is_some()),
            ("event_file", self.event_file.is_some()),
            ("stdin", self.stdin.is_some()),
            ("call", self.call.is_some()),
        ];
        let mut given = inputs.iter().filter(|(_, is_given)| *is_given).map(|(name, _)| name);
        if let (Some(one), Some(other)) = (given.next(), given.next()) {
            return Err(format!("both `{one}` and `{other}` are given"));
        }
        if self.stdin.is_none() && self.expect.as_ref().is_some_and(|expect| expect.stdout.is_some()) {
            return Err("`stdout` is expected of a case without `stdin`: `text` compares the result of a handler".into());
        }
        self.expect.as_ref().map_or(Ok(()), Expect::check)
    }
}

/// What must come out. Everything that is given must hold.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "an expectation such as {\"result\": ...} or {\"outcome\": ...}")]
pub struct Expect {
    /// Equal as JSON.
    #[serde(deserialize_with = "present")]
    pub result: Option<Json>,
    /// At least this: members and elements may be added.
    #[serde(deserialize_with = "present")]
    pub subset: Option<Json>,
    /// Places that are not compared.
    pub ignore: Vec<Path>,
    /// How far numbers may be off.
    pub tolerance: Tolerance,
    /// Arrays whose order does not matter.
    pub unordered: Unordered,
    /// Places whose text must match, in place of being compared.
    pub matches: BTreeMap<Path, Pattern>,
    /// Places that must have a type, in place of being compared.
    pub types: BTreeMap<Path, JsonType>,
    /// Those of `matches` and `types` that may find nothing; any other path that does is a difference.
    pub optional: Vec<Path>,
    /// The result's text: of a string its value, else the bytes as they were returned.
    pub text: Option<String>,
    /// What a program must print.
    pub stdout: Option<String>,
    /// What white space counts in texts; without it, all of it in `text` and `body_text`, and in `stdout` what is not at the
    /// end of a line or of the text.
    pub white_space: Option<WhiteSpace>,
    /// How it must fail.
    pub error: Option<ExpectedError>,
    /// What must be in the log, in this order. `^` and `$` are where lines begin and end.
    #[serde(deserialize_with = "lines")]
    pub log: Vec<Pattern>,
    /// How it must end.
    pub outcome: Option<Status>,
    /// The result as an answer for API Gateway.
    pub http: Option<ExpectedHttp>,
    /// A handler that decides.
    pub checker: Option<Checker>,
}

impl Expect {
    fn body_text(&self) -> Option<&str> {
        self.http.as_ref()?.body_text.as_deref()
    }

    fn check(&self) -> Result<(), String> {
        if self.result.is_some() && self.subset.is_some() {
            return Err("both `result` and `subset` are expected".into());
        }
        if self.text.is_some() && self.stdout.is_some() {
            return Err("both `text` and `stdout` are expected".into());
        }
        if self.white_space.is_some() && self.text.is_none() && self.stdout.is_none() && self.body_text().is_none() {
            return Err("`white_space` is given without `text`, `stdout` or `body_text`".into());
        }
        if let Some(path) = self.optional.iter().find(|path| !self.matches.contains_key(path) && !self.types.contains_key(path)) {
            return Err(format!("{path} is optional, but neither in `matches` nor in `types`"));
        }
        let http = self.http.as_ref();
        let compared = [
            (self.result.as_ref().filter(|_| self.checker.is_none()), false),
            (self.subset.as_ref(), true),
            (http.and_then(|http| http.body.as_ref()), false),
            (http.and_then(|http| http.body_subset.as_ref()), true),
        ];
        compared.into_iter().try_for_each(|(expected, subset)| expected.map_or(Ok(()), |expected| self.rules(subset).check(expected)))?;
        match &self.http {
            Some(_) if self.result.is_some() || self.subset.is_some() => {
                Err("`http` is expected beside `result` or `subset`; `matches`, `types` and `ignore` go with either".into())
            }
            Some(ExpectedHttp { status: Some(status), .. }) if !(100..=599).contains(status) => {
                Err(format!("status is {status}, but must be 100 to 599"))
            }
            Some(http)
                if [http.body.is_some(), http.body_subset.is_some(), http.body_text.is_some()].iter().filter(|is| **is).count() > 1 =>
            {
                Err("more than one of `body`, `body_subset` and `body_text` is expected".into())
            }
            _ => Ok(()),
        }
    }
}

/// Absolute and relative distance from what is expected; one of them is enough.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Distance {
    pub(super) abs: f64,
    pub(super) rel: f64,
}

/// How far numbers may be from what is expected: everywhere, and at some places in its stead.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tolerance {
    pub(super) everywhere: Distance,
    pub(super) places: Vec<(Path, Distance)>,
}

impl Distance {
    /// A number is both distances; an object has one or both.
    fn read(value: View<'_>) -> Result<Self, String> {
        let number = |value: View<'_>| match float(value.text()).filter(|_| value.kind() == JsonKind::Number) {
            Some(number) if number >= 0.0 => Ok(number),
            _ => Err(format!("the tolerance is {}, but must be 0 or more", value.compact(100).0)),
        };
        match value.kind() {
            JsonKind::Object => value.members().iter().try_fold(Self::default(), |distance, (name, value)| match name {
                "abs" => Ok(Self { abs: number(value)?, ..distance }),
                "rel" => Ok(Self { rel: number(value)?, ..distance }),
                other => Err(format!("unknown field `{other}`, expected `abs` or `rel`")),
            }),
            JsonKind::Null | JsonKind::Boolean | JsonKind::Number | JsonKind::String | JsonKind::Array => {
                number(value).map(|distance| Self { abs: distance, rel: distance })
            }
        }
    }
}

impl<'de> Deserialize<'de> for Tolerance {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Json::deserialize(deserializer)?;
        let root = json.root();
        if root.kind() != JsonKind::Object {
            let form = r#"expected a tolerance as {"abs": ..., "rel": ...}, or for some places as {"$.mean": 1e-6}"#;
            return Err(de::Error::custom(format!("invalid type: {}, {form}", root.compact(100).0)));
        }
        let mut tolerance = Self::default();
        for (name, value) in root.members().iter() {
            let place = || name.parse::<Path>().map_err(de::Error::custom);
            match name {
                "abs" => tolerance.everywhere.abs = Distance::read(value).map_err(de::Error::custom)?.abs,
                "rel" => tolerance.everywhere.rel = Distance::read(value).map_err(de::Error::custom)?.rel,
                name if name.starts_with('$') => tolerance.places.push((place()?, Distance::read(value).map_err(de::Error::custom)?)),
                other => {
                    return Err(de::Error::custom(format!("unknown field `{other}`, expected `abs`, `rel`, or a path such as $.mean")));
                }
            }
        }
        Ok(tolerance)
    }
}

/// What white space counts where texts are compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WhiteSpace {
    /// All of it.
    #[default]
    Exact,
    /// All but that at the end of lines and of the text.
    Trailing,
    /// None of it: only the words between count, in their order.
    Ignore,
}

/// Limits as multiples of what a reference solution takes for the same case.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a reference as {\"package\": ..., \"time\": 5}")]
pub struct Reference {
    /// Its package, relative to the suite's folder.
    pub package: PathBuf,
    /// The CPU time that a case may take is this many times the reference's, and 50 ms at least.
    #[serde(default, deserialize_with = "factor")]
    pub time: Option<f64>,
    /// The operators that a case may take are this many times the reference's.
    #[serde(default, deserialize_with = "factor")]
    pub fuel: Option<f64>,
}

/// `true`, or the paths of arrays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unordered {
    /// Every array, or none.
    All(bool),
    /// These.
    Paths(Vec<Path>),
}

impl Default for Unordered {
    fn default() -> Self {
        Self::All(false)
    }
}

impl<'de> Deserialize<'de> for Unordered {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Unordered;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true, or the paths of arrays")
            }
            fn visit_bool<E>(self, all: bool) -> Result<Unordered, E> {
                Ok(Unordered::All(all))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, paths: A) -> Result<Unordered, A::Error> {
                Vec::deserialize(de::value::SeqAccessDeserializer::new(paths)).map(Unordered::Paths)
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// A regular expression; it may match anywhere. Matching takes linear time, whatever the guest wrote.
#[derive(Debug, Clone)]
pub struct Pattern(pub(super) Regex);

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(&String::deserialize(deserializer)?, false).map_err(de::Error::custom)
    }
}

impl Pattern {
    fn new(text: &str, of_lines: bool) -> Result<Self, String> {
        regex::RegexBuilder::new(text).multi_line(of_lines).build().map(Self).map_err(|error| {
            let reason = error.to_string();
            format!("invalid pattern '{text}': {}", reason.lines().last().unwrap_or_default().trim())
        })
    }
}

/// The types of JSON, whole numbers, and Python's `nan`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JsonType {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean,
    /// Any number.
    Number,
    /// A number without a fraction: `1` and `1.0`, not `1.5`.
    Integer,
    /// `NaN`, which Python's json writes although it is not JSON.
    Nan,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl JsonType {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Number => "number",
            Self::Integer => "integer",
            Self::Nan => "nan",
            Self::String => "string",
            Self::Array => "array",
            Self::Object => "object",
        }
    }

    pub(super) fn fits(self, value: View<'_>) -> bool {
        match (self, value.kind()) {
            (Self::Nan, JsonKind::Number) => value.text() == "NaN",
            (Self::Number | Self::Integer, JsonKind::Number) if value.is_special() => false,
            (Self::Integer, JsonKind::Number) => {
                let text = value.text();
                !text.contains(['.', 'e', 'E']) || float(text).is_some_and(|float| float.fract() == 0.0)
            }
            (Self::Null, JsonKind::Null)
            | (Self::Boolean, JsonKind::Boolean)
            | (Self::Number, JsonKind::Number)
            | (Self::String, JsonKind::String)
            | (Self::Array, JsonKind::Array)
            | (Self::Object, JsonKind::Object) => true,
            (Self::Null | Self::Boolean | Self::Number | Self::Integer | Self::Nan | Self::String | Self::Array | Self::Object, _) => false,
        }
    }
}

/// An error as a caller of the function would see it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "an error as {\"type\": ..., \"message\": ...}")]
pub struct ExpectedError {
    /// `errorType`, exactly.
    #[serde(rename = "type")]
    pub error_type: Option<String>,
    /// What `errorMessage` must match.
    pub message: Option<Pattern>,
}

/// How an invocation can end: the words of `wasmlam run`'s JSON document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status(pub(super) &'static str);

/// Every status, as [`Outcome::status`](crate::function::Outcome::status) spells them; a test compares the two.
pub(super) const STATUSES: [&str; 9] =
    ["ok", "function_error", "init_error", "exited", "trapped", "timeout", "out_of_memory", "out_of_fuel", "result_too_large"];

impl<'de> Deserialize<'de> for Status {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        let known = STATUSES.into_iter().find(|status| *status == word);
        known.map(Self).ok_or_else(|| de::Error::unknown_variant(&word, &STATUSES))
    }
}

/// An answer as API Gateway would pass it on.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "an answer as {\"status\": ..., \"headers\": ..., \"body\": ...}")]
pub struct ExpectedHttp {
    /// Status code.
    pub status: Option<u16>,
    /// These headers, whatever the case of their names; others may be there.
    pub headers: BTreeMap<String, String>,
    /// The body, equal as JSON.
    #[serde(deserialize_with = "present")]
    pub body: Option<Json>,
    /// The body, at least this.
    #[serde(deserialize_with = "present")]
    pub body_subset: Option<Json>,
    /// The body's text, exactly.
    pub body_text: Option<String>,
}

/// A handler that decides: it gets `{"event", "expected", "result", "text", "error", "log", "args"}` and answers
/// `true`, `false` or `{"accepted": true, "message": "..."}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checker {
    /// Its package, relative to the suite's folder.
    pub package: PathBuf,
    /// For `args`.
    pub args: Json,
    /// How long it may take for one result; [`Timeout::CHECKER`] if nothing is said.
    pub timeout: Timeout,
}

impl<'de> Deserialize<'de> for Checker {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Fields {
            package: PathBuf,
            #[serde(default)]
            args: Json,
            #[serde(default, deserialize_with = "quantity")]
            timeout: Option<Timeout>,
        }
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Checker;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the path of a package, or an object with `package`, `args` and `timeout`")
            }
            fn visit_str<E>(self, package: &str) -> Result<Checker, E> {
                Ok(Checker { package: package.into(), args: Json::default(), timeout: Timeout::CHECKER })
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Checker, A::Error> {
                let Fields { package, args, timeout } = Fields::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Checker { package, args, timeout: timeout.unwrap_or(Timeout::CHECKER) })
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// What a file in `/tmp` holds: text, bytes in base64, or what a file beside the suite holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileContent {
    /// As it is.
    Bytes(Vec<u8>),
    /// Relative to the suite's folder.
    File(PathBuf),
}

impl<'de> Deserialize<'de> for FileContent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Fields {
            base64: Option<String>,
            file: Option<PathBuf>,
        }
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = FileContent;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text, or an object with `base64` or `file`")
            }
            fn visit_str<E>(self, text: &str) -> Result<FileContent, E> {
                Ok(FileContent::Bytes(text.as_bytes().to_vec()))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<FileContent, A::Error> {
                let fields = Fields::deserialize(MapAccessDeserializer::new(map))?;
                match (fields.base64, fields.file) {
                    (Some(base64), None) => {
                        base64::engine::general_purpose::STANDARD.decode(base64).map(FileContent::Bytes).map_err(de::Error::custom)
                    }
                    (None, Some(file)) => Ok(FileContent::File(file)),
                    _ => Err(de::Error::custom("a file has `base64` or `file`, one of them")),
                }
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// A value that was written, `null` included: serde would take that for nothing.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Json>, D::Error> {
    Json::deserialize(deserializer).map(Some)
}

fn lines<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Pattern>, D::Error> {
    let patterns: Vec<String> = Vec::deserialize(deserializer)?;
    patterns.iter().map(|text| Pattern::new(text, true)).collect::<Result<_, _>>().map_err(de::Error::custom)
}

fn short(what: &str, text: &str) -> Result<(), String> {
    let length = text.chars().count();
    if (1..=MAX_NAME).contains(&length) && !text.contains(char::is_control) {
        Ok(())
    } else {
        Err(format!("{what} has {length} characters, but must have 1 to {MAX_NAME}, none of them a control character"))
    }
}

fn name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let name = String::deserialize(deserializer)?;
    short("the name", &name).map_err(de::Error::custom)?;
    Ok(name)
}

fn tags<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<String>>, D::Error> {
    let tags: Vec<String> = Vec::deserialize(deserializer)?;
    if tags.len() > MAX_TAGS {
        return Err(de::Error::custom(format!("there are {} tags, but at most {MAX_TAGS} may be", tags.len())));
    }
    tags.iter().try_for_each(|tag| short("a tag", tag)).map_err(de::Error::custom)?;
    Ok(Some(tags))
}

/// A quantity that was written; `null` is none.
fn quantity<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

fn not_negative<'de, D: Deserializer<'de>>(deserializer: D, what: &str) -> Result<f64, D::Error> {
    let number = f64::deserialize(deserializer)?;
    if number.is_finite() && number >= 0.0 {
        Ok(number)
    } else {
        Err(de::Error::custom(format!("{what} is {number}, but must be 0 or more")))
    }
}

fn factor<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    let number = f64::deserialize(deserializer)?;
    if (1.0..=1000.0).contains(&number) {
        Ok(Some(number))
    } else {
        Err(de::Error::custom(format!("the factor is {number}, but must be 1 to 1000")))
    }
}

fn points<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    not_negative(deserializer, "points").map(Some)
}

/// Paths below `/tmp`, which may be named in front, without a way out of it.
fn files<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<BTreeMap<String, FileContent>>, D::Error> {
    let files: BTreeMap<String, FileContent> = BTreeMap::deserialize(deserializer)?;
    if files.len() > MAX_FILES {
        return Err(de::Error::custom(format!("there are {} files, but at most {MAX_FILES} may be", files.len())));
    }
    let mut below = BTreeMap::new();
    for (path, content) in files {
        let name = path.strip_prefix("/tmp/").unwrap_or(&path);
        let plain = |part: &str| !matches!(part, "" | "." | "..") && part.len() <= 255 && !part.contains('\0');
        if name.len() > 1024 || !name.split('/').all(plain) {
            return Err(de::Error::custom(format!("'{path}' is not a path of a file below /tmp")));
        }
        if below.insert(name.to_owned(), content).is_some() {
            return Err(de::Error::custom(format!("'{path}' is there twice, once below /tmp and once without it")));
        }
    }
    // Both are in /tmp when the handler is called, so one of them cannot be a file and the other's folder.
    for path in below.keys() {
        let above = path.match_indices('/').map(|(end, _)| &path[..end]).find(|above| below.contains_key(*above));
        if let Some(above) = above {
            return Err(de::Error::custom(format!("'{path}' would lie inside '{above}', which is a file")));
        }
    }
    Ok(Some(below))
}
