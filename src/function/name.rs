//! Names: of a function and its versions, of a handler, of a runtime, of one invocation, of one environment. Each is parsed
//! in one place: serde reads a name with the same code as the command line.

use std::fmt;
use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use super::civil_date;

/// A value that breaks a rule of AWS's model, in the words of its ValidationException.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("1 validation error detected: Value '{value}' at '{path}' failed to satisfy constraint: {constraint}")]
pub struct ValidationError {
    value: String,
    path: &'static str,
    constraint: String,
}

impl ValidationError {
    pub(super) fn new(value: &str, path: &'static str, constraint: String) -> Self {
        Self { value: value.chars().take(300).collect(), path, constraint }
    }

    /// Holds a text to a length and to characters; `pattern` says which ones, as AWS writes it.
    fn check(text: &str, path: &'static str, most: usize, pattern: &str, allowed: impl Fn(char) -> bool) -> Result<(), Self> {
        if text.is_empty() {
            return Err(Self::new(text, path, "Member must have length greater than or equal to 1".into()));
        }
        if text.chars().count() > most {
            return Err(Self::new(text, path, format!("Member must have length less than or equal to {most}")));
        }
        if !text.chars().all(allowed) {
            return Err(Self::new(text, path, format!("Member must satisfy regular expression pattern: {pattern}")));
        }
        Ok(())
    }
}

/// Gives a name that is text inside its accessor, its [`fmt::Display`], and serde through its [`FromStr`].
macro_rules! text_name {
    ($type:ty) => {
        impl $type {
            /// The name as it was typed.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

text_name!(FunctionName);
text_name!(Qualifier);
text_name!(FunctionVersion);
text_name!(TenantId);
text_name!(HandlerName);
text_name!(RuntimeName);

/// A function's name as it stands in the ARN: 1 to 64 of letters, digits, `-` and `_`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionName(String);

impl FunctionName {
    /// The most characters that a name has.
    const MAX: usize = 64;

    /// The name of a package as AWS would allow it for a function: what is not allowed becomes `-`, what is too long is cut.
    pub fn of_package(package: &str) -> Self {
        let name: String = package.chars().map(|c| if Self::allows(c) { c } else { '-' }).take(Self::MAX).collect();
        Self(if name.is_empty() { "function".into() } else { name })
    }

    fn allows(c: char) -> bool {
        c.is_ascii_alphanumeric() || c == '-' || c == '_'
    }
}

impl FromStr for FunctionName {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        if (1..=Self::MAX).contains(&text.len()) && text.chars().all(Self::allows) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NameError::Function(text.chars().take(80).collect()))
        }
    }
}

/// Which version of a function a caller names: `$LATEST`, a number, or an alias.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Qualifier(String);

impl Qualifier {
    /// The version that this names where no aliases are kept: a number stands for itself, everything else for `$LATEST`.
    pub fn version(&self) -> FunctionVersion {
        self.0.parse().unwrap_or_default()
    }
}

/// A version of a function: `$LATEST`, or the number of one that was published.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FunctionVersion(String);

/// The version that has not been published.
const LATEST: &str = "$LATEST";

impl Default for FunctionVersion {
    fn default() -> Self {
        Self(LATEST.into())
    }
}

impl FunctionVersion {
    /// The published version of this number.
    pub fn of_number(number: u64) -> Self {
        Self(number.to_string())
    }
}

impl FromStr for FunctionVersion {
    type Err = ValidationError;
    fn from_str(text: &str) -> Result<Self, ValidationError> {
        let is_number = (1..=19).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_number || text == LATEST {
            return Ok(Self(text.to_owned()));
        }
        let pattern = r"(\$LATEST|[0-9]+)";
        Err(ValidationError::new(text, "functionVersion", format!("Member must satisfy regular expression pattern: {pattern}")))
    }
}

/// The log stream of one execution environment: its name in the log, in `context.log_stream_name` and, as `instanceId`, in the
/// platform's records. Every sandbox has one of its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LogStream(String);

impl LogStream {
    /// A new one, dated today: `2026/11/23/[$LATEST]` and 32 hexadecimal digits (lambda-semantics 5.6).
    pub fn new(version: &FunctionVersion) -> Self {
        let days = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs() / 86_400;
        let (year, month, day) = civil_date(days);
        Self(format!("{year:04}/{month:02}/{day:02}/[{version}]{}", uuid::Uuid::new_v4().simple()))
    }

    /// One of the same form for runs whose output must be the same each time.
    pub fn fixed(version: &FunctionVersion) -> Self {
        Self(format!("2026/01/01/[{version}]{:032}", 0))
    }

    /// A stream that already has this name.
    pub fn named(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// Its name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Qualifier {
    type Err = ValidationError;
    fn from_str(text: &str) -> Result<Self, ValidationError> {
        let pattern = r"\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+";
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '$');
        if text != "$LATEST.PUBLISHED" {
            ValidationError::check(text, "qualifier", 128, pattern, allowed)?;
        }
        Ok(Self(text.to_owned()))
    }
}

/// Whom an invocation of a function with tenant isolation is for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TenantId(String);

impl FromStr for TenantId {
    type Err = ValidationError;
    fn from_str(text: &str) -> Result<Self, ValidationError> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "._:/=+-@ ".contains(c);
        ValidationError::check(text, "tenantId", 256, r"[a-zA-Z0-9\._:\/=+\-@ ]+", allowed)?;
        Ok(Self(text.to_owned()))
    }
}

/// What AWS calls `Handler`: "module.function", or "folder/module.function". Kept as it was typed: the guest runtime
/// resolves it and reports a malformed one in AWS's words, so only what AWS's own API would refuse is refused here.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HandlerName(String);

/// A name that AWS's API would not take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Longer than the model's 128 characters.
    #[error("handler '{0}...' has {1} characters, but at most 128 are allowed")]
    TooLong(String, usize),
    /// White space or a NUL in it.
    #[error("handler '{0}' contains white space; write it as module.function")]
    WhiteSpace(String),
    /// Not an AWS runtime for Python.
    #[error("runtime '{0}' is not known. Known: {known}", known = RuntimeName::KNOWN.join(", "))]
    UnknownRuntime(String),
    /// AWS's pattern for function names.
    #[error("function name '{0}' is not allowed: 1 to 64 of letters, digits, '-' and '_'")]
    Function(String),
}

impl FromStr for HandlerName {
    type Err = NameError;
    /// The model's rule: 0 to 128 characters, none of them white space.
    fn from_str(text: &str) -> Result<Self, NameError> {
        let count = text.chars().count();
        if count > 128 {
            return Err(NameError::TooLong(text.chars().take(40).collect(), count));
        }
        if text.chars().any(|c| c.is_whitespace() || c == '\0') {
            return Err(NameError::WhiteSpace(text.replace('\0', "\\0")));
        }
        Ok(Self(text.to_owned()))
    }
}

/// An AWS runtime identifier for Python, such as `python3.13`. Every one AWS ever had is accepted, because packages name
/// them; which interpreter really runs is the bundle's business, and [`RuntimeName::runs_on`] says when they differ.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RuntimeName(String);

impl RuntimeName {
    /// In AWS's order of appearance.
    pub const KNOWN: [&'static str; 11] = [
        "python2.7",
        "python3.6",
        "python3.7",
        "python3.8",
        "python3.9",
        "python3.10",
        "python3.11",
        "python3.12",
        "python3.13",
        "python3.14",
        "python3.15",
    ];

    /// A sentence for the user when the bundle's runtime is another one than was asked for.
    pub fn runs_on(&self, bundle_runtime: &str, python_version: &str) -> Option<String> {
        (self.0 != bundle_runtime)
            .then(|| format!("runtime {} is not here: this function runs on CPython {python_version} ({bundle_runtime})", self.0))
    }
}

impl FromStr for RuntimeName {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        if Self::KNOWN.contains(&text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NameError::UnknownRuntime(text.chars().take(64).collect()))
        }
    }
}

/// One invocation's id: a version 4 UUID in lower case, as AWS's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    /// A fresh random one.
    pub fn mint() -> Self {
        Self(uuid::Uuid::new_v4().to_string())
    }

    /// The one of every invocation that must be the same each time.
    pub fn fixed() -> Self {
        Self("00000000-0000-4000-8000-000000000000".into())
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handler_bounds() {
        assert!("".parse::<HandlerName>().is_ok(), "the guest reports this one as AWS does");
        assert!("a".repeat(128).parse::<HandlerName>().is_ok());
        assert!("é".repeat(128).parse::<HandlerName>().is_ok(), "characters, not bytes");
        assert!("a".repeat(129).parse::<HandlerName>().is_err());
        assert!("a b.c".parse::<HandlerName>().is_err());
        assert!("a\0b".parse::<HandlerName>().is_err());
    }

    #[test]
    fn qualifiers() {
        for (text, version) in [("$LATEST", "$LATEST"), ("7", "7"), ("live", "$LATEST"), ("v-1_b", "$LATEST")] {
            assert_eq!(text.parse::<Qualifier>().map(|qualifier| qualifier.version().to_string()), Ok(version.to_owned()));
        }
        assert!("a".repeat(128).parse::<Qualifier>().is_ok());
        for wrong in ["", "a b", "é", "a.b", &"a".repeat(129)] {
            assert!(wrong.parse::<Qualifier>().is_err(), "{wrong}");
        }
        assert_eq!(
            "a:b".parse::<Qualifier>().expect_err("a colon").to_string(),
            "1 validation error detected: Value 'a:b' at 'qualifier' failed to satisfy constraint: Member must satisfy regular \
             expression pattern: \\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+"
        );
    }

    #[test]
    fn function_names() {
        for right in ["hello_python-1", &"a".repeat(64)] {
            assert!(right.parse::<FunctionName>().is_ok(), "{right}");
        }
        for wrong in ["", "a.b", "a b", &"a".repeat(65)] {
            assert!(wrong.parse::<FunctionName>().is_err(), "{wrong}");
        }
        for (package, name) in
            [("hello", "hello"), ("my app.v2", "my-app-v2"), ("", "function"), ("é", "-"), (&"a".repeat(70), &"a".repeat(64))]
        {
            assert_eq!(FunctionName::of_package(package).as_str(), name);
            assert!(name.parse::<FunctionName>().is_ok());
        }
    }

    #[test]
    fn serde_reads_names_as_the_command_line_does() {
        let name: FunctionName = serde_json::from_str("\"f-1\"").expect("a name");
        assert_eq!(serde_json::to_string(&name).expect("text"), "\"f-1\"");
        let error = serde_json::from_str::<FunctionName>("\"a b\"").expect_err("a space");
        assert!(error.to_string().starts_with(&"a b".parse::<FunctionName>().expect_err("a space").to_string()), "{error}");
        assert!(serde_json::from_str::<RuntimeName>("\"python4\"").is_err());
    }

    #[test]
    fn a_log_stream_is_of_its_version_and_never_twice_the_same() {
        let version = FunctionVersion::of_number(7);
        let (one, two) = (LogStream::new(&version), LogStream::new(&version));
        assert_ne!(one, two);
        assert_eq!(one.as_str().len(), LogStream::fixed(&version).as_str().len());
        assert_eq!(&one.as_str()[10..14], "/[7]");
    }

    #[test]
    fn tenants() {
        assert!("a-Z0._:/=+@ ".parse::<TenantId>().is_ok());
        assert!("a".repeat(256).parse::<TenantId>().is_ok());
        for wrong in ["", "a#", "é", "a\nb", &"a".repeat(257)] {
            assert!(wrong.parse::<TenantId>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn runtimes() {
        let old: RuntimeName = "python3.6".parse().expect("the seed's runtime");
        assert_eq!(
            old.runs_on("python3.13", "3.13.5").as_deref(),
            Some("runtime python3.6 is not here: this function runs on CPython 3.13.5 (python3.13)")
        );
        assert_eq!("python3.13".parse::<RuntimeName>().expect("known").runs_on("python3.13", "3.13.5"), None);
        for wrong in ["PYTHON3.9", "python3", "nodejs20.x", ""] {
            assert!(wrong.parse::<RuntimeName>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_request_id_is_a_lower_case_uuid_v4() {
        let id = RequestId::mint();
        assert_eq!(id.as_str().len(), 36);
        assert_eq!(id.as_str().as_bytes()[14], b'4');
        assert_eq!(id.as_str(), id.as_str().to_lowercase());
        assert_ne!(id, RequestId::mint());
    }
}
