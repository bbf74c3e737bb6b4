//! Results as Python writes them: `NaN`, `Infinity` and `-Infinity` are not JSON, but Python's json has them, and one of
//! them somewhere must not keep the rest of a result from being compared.

use serde_json::{Number, Value};

/// What Python writes, the longest first.
const SPECIAL: [&str; 3] = ["-Infinity", "Infinity", "NaN"];

/// The value of a result. Of what is not JSON, a `NaN` or an infinity becomes a number with that name, which is equal to no
/// number that a suite can write.
///
/// # Errors
///
/// What is wrong, when it is not JSON even so.
pub(super) fn parse(body: &[u8]) -> Result<Value, serde_json::Error> {
    serde_json::from_slice(body).or_else(|error| str::from_utf8(body).ok().and_then(with_special).ok_or(error))
}

/// Whether it is a `NaN` or an infinity.
pub(super) fn is_special(number: &Number) -> bool {
    SPECIAL.contains(&number.to_string().as_str())
}

/// Whether there is a `NaN` or an infinity in it.
#[cfg(test)]
fn has_special(value: &Value) -> bool {
    match value {
        Value::Number(number) => is_special(number),
        Value::Array(items) => items.iter().any(has_special),
        Value::Object(members) => members.values().any(has_special),
        Value::Null | Value::Bool(_) | Value::String(_) => false,
    }
}

fn with_special(text: &str) -> Option<Value> {
    // A string that the guest cannot foresee stands for each; a name would do as well if nobody could return it.
    let mark = uuid::Uuid::new_v4().to_string();
    let mut marked = String::with_capacity(text.len());
    let (mut in_string, mut rest) = (false, text);
    while let Some(c) = rest.chars().next() {
        let special = if in_string { None } else { SPECIAL.into_iter().find(|special| rest.starts_with(special)) };
        if let Some(special) = special {
            marked += &format!("\"{mark}{special}\"");
            rest = &rest[special.len()..];
            continue;
        }
        // An escaped character is taken with its backslash, so that an escaped quote does not end the string.
        let next = if in_string && c == '\\' { rest.chars().nth(1).map_or(0, char::len_utf8) } else { 0 };
        in_string ^= c == '"';
        let length = c.len_utf8() + next;
        marked += &rest[..length];
        rest = &rest[length..];
    }
    let mut value = serde_json::from_str(&marked).ok()?;
    unmark(&mut value, &mark).then_some(value)
}

/// Puts numbers in place of marks; false where a mark is the name of a member.
fn unmark(value: &mut Value, mark: &str) -> bool {
    match value {
        Value::String(text) => {
            if let Some(special) = text.strip_prefix(mark) {
                *value = Value::Number(Number::from_string_unchecked(special.to_owned()));
            }
            true
        }
        Value::Array(items) => items.iter_mut().all(|item| unmark(item, mark)),
        Value::Object(members) => members.iter_mut().all(|(name, member)| !name.starts_with(mark) && unmark(member, mark)),
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_numbers_are_kept_and_strings_left_alone() {
        for text in [r#"{"mean":NaN,"n":[-Infinity,Infinity,1]}"#, "NaN", r#"["NaN",NaN,"\"",NaN,"é\\"]"#] {
            let value = parse(text.as_bytes()).expect(text);
            assert_eq!(value.to_string(), text);
            assert!(has_special(&value));
        }
        assert!(!has_special(&parse(br#"["NaN", 1e400]"#).expect("JSON")));
        for text in ["", "{", "nan", "NaNa", "{NaN: 1}", "[NaN", "[1 NaN]", "-NaN", "\"\\"] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
        assert!(parse(b"[NaN, \xff]").is_err());
    }
}
