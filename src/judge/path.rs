//! Names of places in a JSON value: `$.items[0].id`, `$["odd key"]`, and `*` for every element or member.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

use super::json::{JsonKind, View};

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

    /// Shows `see` all that it names in a value, each with its place, and `None` wherever there is nothing: then the place
    /// goes on in the path's own words. What was seen is kept nowhere, for a guest decides how much it is. `see` says
    /// whether to go on.
    pub(super) fn visit(&self, value: View<'_>, see: &mut dyn FnMut(&[Step], Option<View<'_>>) -> bool) -> bool {
        visit(&self.0, &mut Vec::new(), value, see)
    }
}

fn visit(steps: &[Step], at: &mut Vec<Step>, value: View<'_>, see: &mut dyn FnMut(&[Step], Option<View<'_>>) -> bool) -> bool {
    let Some((step, rest)) = steps.split_first() else { return see(at, Some(value)) };
    let here = at.len();
    let mut below = |at: &mut Vec<Step>, step: Step, value: View<'_>| {
        at.push(step);
        let goes_on = visit(rest, at, value, see);
        at.truncate(here);
        goes_on
    };
    let found = match (step, value.kind()) {
        (Step::Key(key), JsonKind::Object) => value.member(key).map(|child| below(at, step.clone(), child)),
        (Step::Index(index), JsonKind::Array) => value.elements().nth(*index).map(|child| below(at, step.clone(), child)),
        (Step::Any, JsonKind::Object) => {
            let members = value.members();
            (members.len() > 0).then(|| members.iter().all(|(key, child)| below(at, Step::Key(key.to_owned()), child)))
        }
        (Step::Any, JsonKind::Array) => {
            let mut elements = value.elements().enumerate().peekable();
            elements.peek().is_some().then(|| elements.all(|(i, child)| below(at, Step::Index(i), child)))
        }
        (
            Step::Key(_) | Step::Index(_) | Step::Any,
            JsonKind::Null | JsonKind::Boolean | JsonKind::Number | JsonKind::String | JsonKind::Array | JsonKind::Object,
        ) => None,
    };
    found.unwrap_or_else(|| {
        at.extend(steps.iter().cloned());
        let goes_on = see(at, None);
        at.truncate(here);
        goes_on
    })
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
    use super::super::json::Json;
    use super::*;
    use proptest::prelude::*;

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
    fn a_pattern_visits_every_place_and_tells_where_nothing_is() {
        let value = Json::parse(br#"{"items": [{"id": 1}, {"x": 2}, {"id": 3}, 5], "one": 7, "none": [], "nil": null}"#).expect("JSON");
        let visited = |path: &str| -> Vec<String> {
            let path: Path = path.parse().expect("a path");
            let mut found = Vec::new();
            path.visit(value.root(), &mut |place, value| {
                found.push(format!("{}={}", Path(place.to_vec()), value.map_or("nothing", View::text)));
                true
            });
            found
        };
        let ids = ["$.items[0].id=1", "$.items[1].id=nothing", "$.items[2].id=3", "$.items[3].id=nothing"];
        assert_eq!(visited("$.items[*].id"), ids);
        assert_eq!(visited("$.one"), ["$.one=7"]);
        assert_eq!(visited("$.one.two"), ["$.one.two=nothing"]);
        assert_eq!(visited("$.items[4]"), ["$.items[4]=nothing"]);
        assert_eq!(visited("$.*").len(), 4);
        for (path, nothing) in
            [("$.none[*].id", "$.none[*].id"), ("$.nil[*]", "$.nil[*]"), ("$.one.*", "$.one[*]"), ("$.gone[*].a", "$.gone[*].a")]
        {
            assert_eq!(visited(path), [format!("{nothing}=nothing")]);
        }
        let mut seen = 0;
        let path: Path = "$.items[*]".parse().expect("a path");
        path.visit(value.root(), &mut |_, _| {
            seen += 1;
            seen < 2
        });
        assert_eq!(seen, 2, "it stops when asked to");
    }

    proptest! {
        #[test]
        fn every_place_can_be_written(keys in proptest::collection::vec(".{0,6}", 0..4), index in 0_usize..99) {
            let path = Path(keys.into_iter().map(Step::Key).chain([Step::Index(index)]).collect());
            prop_assert_eq!(path.to_string().parse::<Path>(), Ok(path));
        }
    }
}
