//! An API Gateway answer as status, headers and body: what a function URL makes of a result (lambda-semantics 7.12).

use base64::Engine;
use serde_json::{Map, Value, json};

/// The result as `{"status", "headers", "body"}`: header names in lower case, the body parsed where it is JSON and as a
/// string where it is not. With it the body's bytes.
///
/// # Errors
/// Why it is no answer.
pub(super) fn answer(result: &Value) -> Result<(Value, Vec<u8>), String> {
    let (status, mut headers, body) = match (result.as_object(), result.get("statusCode")) {
        (Some(members), Some(code)) => (status(code)?, headers(members)?, body(members)?),
        _ => (200, Map::new(), text(result).into_bytes()),
    };
    headers.entry("content-type").or_insert_with(|| "application/json".into());
    let parsed = serde_json::from_slice(&body).unwrap_or_else(|_| Value::from(String::from_utf8_lossy(&body)));
    Ok((json!({"status": status, "headers": headers, "body": parsed}), body))
}

fn status(code: &Value) -> Result<u16, String> {
    let number = text(code).parse().ok();
    number.filter(|code| (100..=599).contains(code)).ok_or_else(|| format!("statusCode is {code}, but must be 100 to 599"))
}

fn headers(members: &Map<String, Value>) -> Result<Map<String, Value>, String> {
    let mut headers = Map::new();
    let single = members.get("headers").unwrap_or(&Value::Null);
    let multiple = members.get("multiValueHeaders").unwrap_or(&Value::Null);
    for (what, given) in [("headers", single), ("multiValueHeaders", multiple)] {
        if !given.is_null() && !given.is_object() {
            return Err(format!("{what} is {given}, but must be an object"));
        }
        for (name, value) in given.as_object().into_iter().flatten() {
            let several = value.as_array().map(|values| values.iter().map(text).collect::<Vec<_>>().join(","));
            let value = several.unwrap_or_else(|| text(value));
            headers.insert(name.to_ascii_lowercase(), value.into());
        }
    }
    Ok(headers)
}

fn body(members: &Map<String, Value>) -> Result<Vec<u8>, String> {
    let is_base64 = members.get("isBase64Encoded") == Some(&Value::Bool(true));
    match members.get("body") {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(text)) if is_base64 => {
            base64::engine::general_purpose::STANDARD.decode(text).map_err(|error| format!("the body is no base64: {error}"))
        }
        Some(value) => Ok(text(value).into_bytes()),
    }
}

/// Of a string its value, else its JSON.
pub(super) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_as_a_function_url_reads_it() {
        for (result, view, bytes) in [
            (
                json!({"statusCode": "418", "headers": {"X-A": 1}, "multiValueHeaders": {"x-b": ["1", "2"]}, "body": "{\"a\": 1}"}),
                json!({"status": 418, "headers": {"x-a": "1", "x-b": "1,2", "content-type": "application/json"}, "body": {"a": 1}}),
                &b"{\"a\": 1}"[..],
            ),
            (
                json!({"statusCode": 200, "headers": {"Content-Type": "text/plain"}, "body": "aGk=", "isBase64Encoded": true}),
                json!({"status": 200, "headers": {"content-type": "text/plain"}, "body": "hi"}),
                b"hi",
            ),
            (
                json!({"hello": 1}),
                json!({"status": 200, "headers": {"content-type": "application/json"}, "body": {"hello": 1}}),
                b"{\"hello\":1}",
            ),
            (json!("hello"), json!({"status": 200, "headers": {"content-type": "application/json"}, "body": "hello"}), b"hello"),
            (json!({"statusCode": 204}), json!({"status": 204, "headers": {"content-type": "application/json"}, "body": ""}), b""),
        ] {
            assert_eq!(answer(&result), Ok((view, bytes.to_vec())));
        }
        for wrong in [
            json!({"statusCode": "ok"}),
            json!({"statusCode": 7}),
            json!({"statusCode": 200, "headers": []}),
            json!({"statusCode": 200, "body": "?", "isBase64Encoded": true}),
        ] {
            assert!(answer(&wrong).is_err(), "{wrong}");
        }
    }
}
