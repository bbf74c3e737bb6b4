//! An API Gateway answer as status, headers and body: what a function URL makes of a result (lambda-semantics 7.12).

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine;
use serde_json::Value;

use super::compare::shown;
use super::json::{Json, JsonKind, View};

/// The result as `{"status", "headers", "body"}`: header names in lower case, the body parsed where it is JSON and as a
/// string where it is not. With it the body's bytes.
///
/// # Errors
/// Why it is no answer.
pub(super) fn answer(result: View<'_>) -> Result<(Json, Vec<u8>), String> {
    let (status, mut headers, body) = match result.member("statusCode") {
        Some(code) => (status(code)?, headers(result)?, body(result)?),
        None => (200, BTreeMap::new(), text(result).into_owned().into_bytes()),
    };
    headers.entry("content-type".into()).or_insert_with(|| "application/json".into());
    let quoted = |text: &str| Value::from(text).to_string();
    let members: Vec<String> = headers.iter().map(|(name, value)| format!("{}:{}", quoted(name), quoted(value))).collect();
    let with =
        |body: &str| Json::parse(format!("{{\"status\":{status},\"headers\":{{{}}},\"body\":{body}}}", members.join(",")).as_bytes());
    let parsed = Json::parse(&body).ok().and_then(|body| with(body.text()).ok());
    match parsed.map_or_else(|| with(&quoted(&String::from_utf8_lossy(&body))), Ok) {
        Ok(answer) => Ok((answer, body)),
        Err(error) => Err(error.to_string()),
    }
}

fn status(code: View<'_>) -> Result<u16, String> {
    let number = text(code).parse().ok();
    number.filter(|code| (100..=599).contains(code)).ok_or_else(|| format!("statusCode is {}, but must be 100 to 599", shown(code)))
}

fn headers(result: View<'_>) -> Result<BTreeMap<String, String>, String> {
    let mut headers = BTreeMap::new();
    for what in ["headers", "multiValueHeaders"] {
        let Some(given) = result.member(what).filter(|given| given.kind() != JsonKind::Null) else { continue };
        if given.kind() != JsonKind::Object {
            return Err(format!("{what} is {}, but must be an object", shown(given)));
        }
        for (name, value) in given.members().iter() {
            let value = match value.kind() {
                JsonKind::Array => value.elements().map(text).collect::<Vec<_>>().join(","),
                JsonKind::Null | JsonKind::Boolean | JsonKind::Number | JsonKind::String | JsonKind::Object => text(value).into_owned(),
            };
            headers.insert(name.to_ascii_lowercase(), value);
        }
    }
    Ok(headers)
}

fn body(result: View<'_>) -> Result<Vec<u8>, String> {
    let is_base64 = result.member("isBase64Encoded").is_some_and(|is| is.text() == "true");
    let Some(body) = result.member("body") else { return Ok(Vec::new()) };
    match (body.kind(), body.string()) {
        (JsonKind::Null, _) => Ok(Vec::new()),
        (_, Some(text)) if is_base64 => {
            base64::engine::general_purpose::STANDARD.decode(&*text).map_err(|error| format!("the body is no base64: {error}"))
        }
        _ => Ok(text(body).into_owned().into_bytes()),
    }
}

/// Of a string its value, else its JSON.
pub(super) fn text(value: View<'_>) -> Cow<'_, str> {
    value.string().unwrap_or_else(|| Cow::Owned(value.compact(usize::MAX).0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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
            let result = Json::parse(result.to_string().as_bytes()).expect("JSON");
            let (got, body) = answer(result.root()).expect("an answer");
            let got: Value = serde_json::from_str(got.text()).expect("JSON");
            assert_eq!((got, body), (view, bytes.to_vec()));
        }
        for wrong in [
            json!({"statusCode": "ok"}),
            json!({"statusCode": 7}),
            json!({"statusCode": 200, "headers": []}),
            json!({"statusCode": 200, "body": "?", "isBase64Encoded": true}),
        ] {
            let result = Json::parse(wrong.to_string().as_bytes()).expect("JSON");
            assert!(answer(result.root()).is_err(), "{wrong}");
        }
    }
}
