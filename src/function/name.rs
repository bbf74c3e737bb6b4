//! Names: of a handler, of a runtime, of one invocation.

use std::fmt;
use std::str::FromStr;

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

/// Which version of a function a caller names: `$LATEST`, a number, or an alias. wasmlam has one version of everything,
/// so a number stands for itself and an alias for `$LATEST`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Qualifier(String);

impl Qualifier {
    /// As typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The version that runs.
    pub fn version(&self) -> &str {
        if self.0.bytes().all(|byte| byte.is_ascii_digit()) { &self.0 } else { LATEST }
    }
}

/// The version that has not been published.
pub(super) const LATEST: &str = "$LATEST";

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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantId(String);

impl TenantId {
    /// As typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

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
#[derive(Debug, Clone, PartialEq, Eq)]
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
}

impl HandlerName {
    /// As typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
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

impl fmt::Display for HandlerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An AWS runtime identifier for Python, such as `python3.13`. Every one AWS ever had is accepted, because packages name
/// them; which interpreter really runs is the bundle's business, and [`RuntimeName::runs_on`] says when they differ.
#[derive(Debug, Clone, PartialEq, Eq)]
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

    /// As typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

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
            assert_eq!(text.parse::<Qualifier>().as_ref().map(Qualifier::version), Ok(version));
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
