//! A function's result as an HTTP answer: what API Gateway's payload format 2.0 and function URLs make of it
//! (lambda-semantics 7.12).

use base64::Engine;
use serde_json::{Map, Value};

/// Status, headers and body that a result stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpAnswer {
    /// 100 to 599.
    pub status: u16,
    /// Names in lower case, each once, with their values. There is always a `content-type`.
    pub headers: Vec<(String, String)>,
    /// Values for one `set-cookie` header each.
    pub cookies: Vec<String>,
    /// The bytes of the body.
    pub body: Vec<u8>,
}

/// A result that has a `statusCode` and cannot be an HTTP answer; the text says which member is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotHttp(String);

impl HttpAnswer {
    /// Reads a result. Without a `statusCode` the status is 200 and the body is the result itself: text as it is, anything
    /// else as compact JSON.
    ///
    /// # Errors
    /// When a member of an answer has a value that HTTP cannot carry.
    pub fn of(result: &Value) -> Result<Self, NotHttp> {
        let (Some(members), Some(code)) = (result.as_object(), result.get("statusCode")) else {
            let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
            return Ok(Self { status: 200, headers, cookies: Vec::new(), body: text_of(result).into_bytes() });
        };
        let mut headers = headers(members)?;
        if !headers.iter().any(|(name, _)| name == "content-type") {
            headers.push(("content-type".to_owned(), "application/json".to_owned()));
        }
        Ok(Self { status: status(code)?, headers, cookies: cookies(members)?, body: body(members)? })
    }
}

fn status(code: &Value) -> Result<u16, NotHttp> {
    let number = text_of(code).parse().ok();
    number.filter(|code| (100..=599).contains(code)).ok_or_else(|| NotHttp(format!("statusCode is {code}, but must be 100 to 599")))
}

fn headers(members: &Map<String, Value>) -> Result<Vec<(String, String)>, NotHttp> {
    let mut headers: Vec<(String, String)> = Vec::new();
    let single = members.get("headers").unwrap_or(&Value::Null);
    let multiple = members.get("multiValueHeaders").unwrap_or(&Value::Null);
    for (what, given) in [("headers", single), ("multiValueHeaders", multiple)] {
        if !given.is_null() && !given.is_object() {
            return Err(NotHttp(format!("{what} is {given}, but must be an object")));
        }
        for (name, value) in given.as_object().into_iter().flatten() {
            let several = value.as_array().map(|values| values.iter().map(text_of).collect::<Vec<_>>().join(","));
            let value = several.unwrap_or_else(|| text_of(value));
            let name = name.to_ascii_lowercase();
            match headers.iter_mut().find(|(known, _)| *known == name) {
                Some(header) => header.1 = value,
                None => headers.push((name, value)),
            }
        }
    }
    Ok(headers)
}

fn cookies(members: &Map<String, Value>) -> Result<Vec<String>, NotHttp> {
    match members.get("cookies") {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(cookies)) => Ok(cookies.iter().map(text_of).collect()),
        Some(other) => Err(NotHttp(format!("cookies is {other}, but must be a list"))),
    }
}

fn body(members: &Map<String, Value>) -> Result<Vec<u8>, NotHttp> {
    let is_base64 = members.get("isBase64Encoded") == Some(&Value::Bool(true));
    match members.get("body") {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(text)) if is_base64 => {
            base64::engine::general_purpose::STANDARD.decode(text).map_err(|error| NotHttp(format!("the body is not base64: {error}")))
        }
        Some(value) => Ok(text_of(value).into_bytes()),
    }
}

/// The value of a string, or the JSON of anything else.
pub fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)], cookies: &[&str], body: &[u8]) -> HttpAnswer {
        let owned = |text: &&str| (*text).to_owned();
        let headers = headers.iter().map(|(name, value)| (owned(name), owned(value))).collect();
        HttpAnswer { status, headers, cookies: cookies.iter().map(owned).collect(), body: body.to_vec() }
    }

    #[test]
    fn an_answer_is_read_as_a_function_url_reads_it() {
        let json_type = ("content-type", "application/json");
        for (result, expected) in [
            (
                json!({"statusCode": "418", "headers": {"X-A": 1}, "multiValueHeaders": {"x-b": ["1", "2"]}, "cookies": ["a=1"], "body": "{\"a\": 1}"}),
                answer(418, &[("x-a", "1"), ("x-b", "1,2"), json_type], &["a=1"], b"{\"a\": 1}"),
            ),
            (
                json!({"statusCode": 200, "headers": {"Content-Type": "text/plain"}, "body": "aGk=", "isBase64Encoded": true}),
                answer(200, &[("content-type", "text/plain")], &[], b"hi"),
            ),
            (json!({"hello": 1}), answer(200, &[json_type], &[], b"{\"hello\":1}")),
            (json!("hello"), answer(200, &[json_type], &[], b"hello")),
            (json!({"statusCode": 204}), answer(204, &[json_type], &[], b"")),
            (json!({"statusCode": 200, "headers": {"A": "1", "a": "2"}}), answer(200, &[("a", "2"), json_type], &[], b"")),
        ] {
            assert_eq!(HttpAnswer::of(&result), Ok(expected));
        }
        for wrong in [
            json!({"statusCode": "ok"}),
            json!({"statusCode": 7}),
            json!({"statusCode": 200, "headers": []}),
            json!({"statusCode": 200, "cookies": "a=1"}),
            json!({"statusCode": 200, "body": "?", "isBase64Encoded": true}),
        ] {
            assert!(HttpAnswer::of(&wrong).is_err(), "{wrong}");
        }
    }
}
