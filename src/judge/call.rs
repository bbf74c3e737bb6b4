//! A call of a plain function as a suite writes it: `solve([3, 1, 2], "up")`.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer};

use super::json::Json;

/// A call of a function of the package, with JSON values as arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The function, with dots where it is an attribute of something.
    pub function: String,
    /// Its arguments: an array.
    pub arguments: Json,
}

impl Call {
    /// Reads `NAME(ARGUMENTS)`.
    fn read(text: &str) -> Result<Self, String> {
        let wrong = |what: &str| format!("'{}' is not a call such as solve([3, 1], \"up\"): {what}", crate::text::line(text, 100));
        let (function, rest) = text.trim().split_once('(').ok_or_else(|| wrong("it has no parenthesis"))?;
        let arguments = rest.strip_suffix(')').ok_or_else(|| wrong("it does not end with a parenthesis"))?;
        let is_name = |name: &str| {
            let mut characters = name.chars();
            characters.next().is_some_and(|c| c == '_' || c.is_alphabetic()) && characters.all(|c| c == '_' || c.is_alphanumeric())
        };
        let function = function.trim();
        if !function.split('.').all(is_name) {
            return Err(wrong("it does not begin with the name of a function"));
        }
        let arguments = Json::parse(format!("[{arguments}]").as_bytes());
        let arguments = arguments.map_err(|error| wrong(&format!("its arguments must be JSON values: {error}")))?;
        Ok(Self { function: function.to_owned(), arguments })
    }

    /// The event that a handler makes this call of.
    pub(super) fn event(&self) -> String {
        format!("{{\"call\":{},\"arguments\":{}}}", serde_json::Value::from(self.function.as_str()), self.arguments.text())
    }
}

impl<'de> Deserialize<'de> for Call {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl de::Visitor<'_> for Text {
            type Value = Call;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a call such as solve([3, 1], \"up\")")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Call, E> {
                Call::read(text).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_has_a_name_and_json_arguments() {
        for (text, event) in [
            ("solve()", r#"{"call":"solve","arguments":[]}"#),
            (" solve ( [3, 1] , \"a)b\" ) ", r#"{"call":"solve","arguments":[ [3, 1] , "a)b" ]}"#),
            ("Solver.of({\"k\": null})", r#"{"call":"Solver.of","arguments":[{"k": null}]}"#),
        ] {
            assert_eq!(Call::read(text).map(|call| call.event()), Ok(event.to_owned()), "{text}");
        }
        for (text, what) in [
            ("solve", "it has no parenthesis"),
            ("solve(1", "it does not end with a parenthesis"),
            ("2(1)", "name of a function"),
            ("a..b(1)", "name of a function"),
            ("solve(x)", "JSON values"),
            ("solve(1], [2)", "JSON values"),
        ] {
            let error = Call::read(text).expect_err(text);
            assert!(error.contains(what), "{error}");
        }
    }
}
