//! Names of places in a JSON value: `$.items[0].id`, `$["odd key"]`, and `*` for every element or member.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

/// One step down.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// A member of an object.
    Key(String),
    /// An element of an array.
    Index(usize),
    /// Every element or member.
    Any,
}

/// A path from the root, as a suite's author writes it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Path(pub(super) Vec<Step>);

impl Path {
    /// Whether it names this place.
    pub(super) fn names(&self, place: &[Step]) -> bool {
        self.0.len() == place.len() && self.0.iter().zip(place).all(|(step, at)| *step == Step::Any || step == at)
    }

    /// All that it names in a value, each with its place.
    pub(super) fn select<'a>(&self, value: &'a Value) -> Vec<(Self, &'a Value)> {
        let mut found = vec![(Self::default(), value)];
        for step in &self.0 {
            found = found.into_iter().flat_map(|(at, value)| children(step, &at, value)).collect();
        }
        found
    }

    /// Whether it can name more than one place.
    pub(super) fn is_pattern(&self) -> bool {
        self.0.contains(&Step::Any)
    }
}

fn children<'a>(step: &Step, at: &Path, value: &'a Value) -> Vec<(Path, &'a Value)> {
    let place = |step: Step| Path(at.0.iter().cloned().chain([step]).collect());
    match (step, value) {
        (Step::Key(key), Value::Object(members)) => members.get(key).map(|child| (place(step.clone()), child)).into_iter().collect(),
        (Step::Index(index), Value::Array(elements)) => {
            elements.get(*index).map(|child| (place(step.clone()), child)).into_iter().collect()
        }
        (Step::Any, Value::Object(members)) => members.iter().map(|(key, child)| (place(Step::Key(key.clone())), child)).collect(),
        (Step::Any, Value::Array(elements)) => elements.iter().enumerate().map(|(i, child)| (place(Step::Index(i)), child)).collect(),
        (
            Step::Key(_) | Step::Index(_) | Step::Any,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_),
        ) => Vec::new(),
    }
}

fn is_plain(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '-'
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "$")?;
        for step in &self.0 {
            match step {
                Step::Key(key) if !key.is_empty() && key.chars().all(is_plain) => write!(f, ".{key}")?,
                Step::Key(key) => write!(f, "[{}]", Value::from(key.as_str()))?,
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Any => write!(f, "[*]")?,
            }
        }
        Ok(())
    }
}

impl FromStr for Path {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = |rest: &str, what: &str| format!("path '{text}', character {}: {what}", text.len() - rest.len() + 1);
        let mut rest = text.strip_prefix('$').ok_or_else(|| format!("path '{text}' must begin with $, as $.items[0].id"))?;
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let step;
            if let Some(name) = rest.strip_prefix('.') {
                let end = if name.starts_with('*') { 1 } else { name.find(|c| !is_plain(c)).unwrap_or(name.len()) };
                step = match &name[..end] {
                    "" => return Err(wrong(name, "a name or * must follow; other names are written [\"so\"]")),
                    "*" => Step::Any,
                    key => Step::Key(key.to_owned()),
                };
                rest = &name[end..];
            } else if let Some(inner) = rest.strip_prefix('[') {
                let mut quoted = serde_json::Deserializer::from_str(inner).into_iter::<String>();
                let (found, end) = if inner.starts_with('"') {
                    let key = quoted.next().and_then(Result::ok).ok_or_else(|| wrong(inner, "the name does not end"))?;
                    (Step::Key(key), quoted.byte_offset())
                } else {
                    let end = inner.find(']').unwrap_or(inner.len());
                    match (&inner[..end], inner[..end].parse()) {
                        ("*", _) => (Step::Any, end),
                        (_, Ok(index)) => (Step::Index(index), end),
                        (_, Err(_)) => return Err(wrong(inner, "expected a number, * or a name in double quotes")),
                    }
                };
                step = found;
                rest = inner[end..].strip_prefix(']').ok_or_else(|| wrong(&inner[end..], "expected ]"))?;
            } else {
                return Err(wrong(rest, "expected . or ["));
            }
            steps.push(step);
        }
        Ok(Self(steps))
    }
}

impl<'de> Deserialize<'de> for Path {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn what_is_written_is_what_is_shown() {
        for text in ["$", "$.a", "$.a[0].b-c", r#"$["odd key"][3]"#, r#"$["]\"\\"].x"#, "$[*].é", r#"$[""]"#] {
            assert_eq!(text.parse::<Path>().expect("a path").to_string(), text);
        }
        assert_eq!("$.*.a".parse::<Path>().expect("a path").to_string(), "$[*].a");
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (text, position) in [
            ("a.b", "begin with $"),
            ("$a", "character 2"),
            ("$.", "character 3"),
            ("$.a..b", "character 5"),
            ("$[x]", "character 3"),
            ("$[-1]", "character 3"),
            ("$[0", "character 4"),
            (r#"$["a]"#, "character 3"),
            ("$.a b", "character 4"),
        ] {
            let error = text.parse::<Path>().expect_err(text);
            assert!(error.contains(position), "{error}");
        }
    }

    #[test]
    fn a_pattern_selects_every_place() {
        let value = json!({"items": [{"id": 1}, {"x": 2}, {"id": 3}], "one": 7});
        let select = |path: &str| -> Vec<String> {
            let path: Path = path.parse().expect("a path");
            path.select(&value).into_iter().map(|(place, value)| format!("{place}={value}")).collect()
        };
        assert_eq!(select("$.items[*].id"), ["$.items[0].id=1", "$.items[2].id=3"]);
        assert_eq!(select("$.one"), ["$.one=7"]);
        assert!(select("$.one.two").is_empty() && select("$.items[3]").is_empty());
        assert_eq!(select("$.*").len(), 2);
    }

    proptest! {
        #[test]
        fn every_place_can_be_written(keys in proptest::collection::vec(".{0,6}", 0..4), index in 0_usize..99) {
            let path = Path(keys.into_iter().map(Step::Key).chain([Step::Index(index)]).collect());
            prop_assert_eq!(path.to_string().parse::<Path>(), Ok(path));
        }
    }
}
