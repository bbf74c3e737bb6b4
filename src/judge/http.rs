//! An HTTP answer of a function as a JSON value that expectations can point into.

use serde_json::{Map, Value, json};

use crate::function::HttpAnswer;

/// The answer as `{"status", "headers", "body"}`: the body is parsed where it is JSON and is a string where it is not.
/// Beside it the body's bytes.
///
/// # Errors
/// Why the result is not an HTTP answer.
pub(super) fn answer(result: &Value) -> Result<(Value, Vec<u8>), String> {
    let HttpAnswer { status, headers, cookies: _, body } = HttpAnswer::of(result).map_err(|error| error.to_string())?;
    let headers: Map<String, Value> = headers.into_iter().map(|(name, value)| (name, value.into())).collect();
    let parsed = serde_json::from_slice(&body).unwrap_or_else(|_| Value::from(String::from_utf8_lossy(&body)));
    Ok((json!({"status": status, "headers": headers, "body": parsed}), body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_parsed_where_it_is_json() {
        for (result, view, bytes) in [
            (
                json!({"statusCode": "418", "headers": {"X-A": 1}, "body": "{\"a\": 1}"}),
                json!({"status": 418, "headers": {"x-a": "1", "content-type": "application/json"}, "body": {"a": 1}}),
                &b"{\"a\": 1}"[..],
            ),
            (json!("hello"), json!({"status": 200, "headers": {"content-type": "application/json"}, "body": "hello"}), b"hello"),
            (json!({"statusCode": 204}), json!({"status": 204, "headers": {"content-type": "application/json"}, "body": ""}), b""),
        ] {
            assert_eq!(answer(&result), Ok((view, bytes.to_vec())));
        }
        assert!(answer(&json!({"statusCode": 7})).is_err());
    }
}
