//! An operation's result, split into status, headers and body as the model says.

use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde_json::Value;

use super::body::{Body, empty, full};
use super::model::{Location, MODEL, Operation};

/// The answer that a result becomes. Without members in the body, and where the status allows none, there is no body.
pub(super) fn response(operation: &Operation, mut result: Value) -> Response<Body> {
    let mut status = operation.status;
    let mut headers = Vec::new();
    let members = operation.output.map(|output| MODEL.structure(output).0).unwrap_or_default();
    for member in members.iter().filter(|member| member.location != Location::Body) {
        let Some(value) = result.as_object_mut().and_then(|object| object.shift_remove(&member.name)) else { continue };
        match member.location {
            Location::StatusCode => status = value.as_u64().and_then(|code| u16::try_from(code).ok()).unwrap_or(status),
            Location::Header => headers.push((member.wire.as_str(), value)),
            Location::Body | Location::Uri | Location::Query => {}
        }
    }
    let has_body = operation.output.is_some() && status != 204;
    let body = if has_body && !result.is_null() { full(result.to_string().into_bytes()) } else { empty() };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    if has_body {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    for (name, value) in headers {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_str(&text)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;
    use serde_json::json;

    use super::*;

    fn answer(operation: &str, result: Value) -> (u16, String) {
        let response = response(MODEL.operation(operation).expect("an operation"), result);
        let status = response.status().as_u16();
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let body = runtime.block_on(response.into_body().collect()).expect("a body").to_bytes();
        (status, String::from_utf8_lossy(&body).into_owned())
    }

    #[test]
    fn members_go_where_the_model_says() {
        assert_eq!(answer("CreateFunction", json!({"FunctionName": "f"})), (201, r#"{"FunctionName":"f"}"#.into()));
        assert_eq!(answer("DeleteAlias", Value::Null), (204, String::new()));
        assert_eq!(answer("DeleteFunction", json!({"StatusCode": 204})), (204, String::new()));
        assert_eq!(answer("DeleteFunction", json!({"StatusCode": 202})), (202, "{}".into()));
        assert_eq!(answer("InvokeAsync", json!({"Status": 202})).0, 202);
        assert_eq!(answer("GetFunctionConcurrency", json!({})), (200, "{}".into()));
    }
}
