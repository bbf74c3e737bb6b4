//! An error as AWS sends it: a status, the exception's name in a header, and one of the four bodies that its clients know.

use std::borrow::Cow;

use http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Map, Value};

use super::body::{Body, full};

/// A request that is answered with an exception.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ApiError {
    pub(super) status: u16,
    /// The exception's name, as `ResourceNotFoundException`.
    pub(super) name: Cow<'static, str>,
    pub(super) form: Form,
    /// `None` where AWS's message is null.
    pub(super) message: Option<String>,
    /// Why a request was throttled, in AWS's words for it.
    pub(super) reason: Option<&'static str>,
    /// Seconds after which the same request may succeed.
    pub(super) retry_after: Option<u32>,
}

/// Which of AWS's bodies an exception has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `{"Type": "User", "message": ...}`
    Typed,
    /// `{"Type": "User", "Message": ...}`
    TypedUpper,
    /// `{"message": ...}`
    Plain,
    /// `{"Message": ...}`
    PlainUpper,
}

impl ApiError {
    /// An exception with this body.
    pub(super) fn new(status: u16, name: &'static str, form: Form, message: impl Into<String>) -> Self {
        Self { status, name: Cow::Borrowed(name), form, message: Some(message.into()), reason: None, retry_after: None }
    }

    /// Members that break the model's constraints.
    pub(super) fn validation(message: impl Into<String>) -> Self {
        Self::new(400, "ValidationException", Form::Plain, message)
    }

    /// A parameter whose value AWS's rules refuse.
    pub(super) fn invalid_parameter(message: impl Into<String>) -> Self {
        Self::new(400, "InvalidParameterValueException", Form::Typed, message)
    }

    /// A body or parameter whose JSON type is wrong.
    pub(super) fn serialization(message: impl Into<String>) -> Self {
        Self::new(400, "SerializationException", Form::Plain, message)
    }

    /// A body that is not JSON.
    pub(super) fn not_json(reason: &str) -> Self {
        let message = format!("Could not parse request body into json: Could not parse payload into json: {reason}");
        Self::new(400, "InvalidRequestContentException", Form::Typed, message)
    }

    /// A path and method that no operation has.
    pub(super) fn unknown_operation(method: &str, path: &str) -> Self {
        let message = format!("no operation of the Lambda API has {method} {}; docs/api.md has the table of operations", cut(path));
        Self::new(404, "UnknownOperationException", Form::Plain, message)
    }

    /// A body above the bound of its operation.
    pub(super) fn too_large(bound: usize, operation: &str) -> Self {
        let message = format!("Request must be smaller than {bound} bytes for the {operation} operation");
        Self::new(413, "RequestTooLargeException", Form::Typed, message)
    }

    /// An operation that this server does not have.
    pub(super) fn not_supported(operation: &str) -> Self {
        let message = format!("wasmlam does not support {operation}: docs/api.md has the state of every operation");
        Self::new(400, "InvalidParameterValueException", Form::Typed, message)
    }

    /// A fault of the server itself.
    pub(super) fn service(message: impl Into<String>) -> Self {
        Self::new(500, "ServiceException", Form::TypedUpper, message)
    }

    /// The body's JSON.
    pub(super) fn json(&self) -> String {
        let mut body = Map::new();
        if let Some(reason) = self.reason {
            body.insert("Reason".into(), reason.into());
        }
        if matches!(self.form, Form::Typed | Form::TypedUpper) {
            body.insert("Type".into(), if self.status >= 500 { "Service" } else { "User" }.into());
        }
        let key = if matches!(self.form, Form::Typed | Form::Plain) { "message" } else { "Message" };
        body.insert(key.into(), self.message.clone().map_or(Value::Null, Value::String));
        Value::Object(body).to_string()
    }

    /// The whole answer.
    pub(super) fn response(&self) -> Response<Body> {
        let mut response = Response::new(full(self.json().into_bytes()));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Ok(name) = HeaderValue::from_str(&self.name) {
            headers.insert("x-amzn-errortype", name);
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// As many bytes of a stranger's text as a message repeats.
const MAX_SHOWN: usize = 512;

/// Text of a request, cut to what a message repeats.
pub(super) fn cut(text: &str) -> Cow<'_, str> {
    match text.floor_char_boundary(MAX_SHOWN) {
        end if end < text.len() => format!("{}... ({} bytes)", &text[..end], text.len()).into(),
        _ => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_awss() {
        let error = |status, form| ApiError::new(status, "X", form, "m");
        assert_eq!(error(400, Form::Typed).json(), r#"{"Type":"User","message":"m"}"#);
        assert_eq!(error(404, Form::TypedUpper).json(), r#"{"Type":"User","Message":"m"}"#);
        assert_eq!(error(500, Form::TypedUpper).json(), r#"{"Type":"Service","Message":"m"}"#);
        assert_eq!(error(400, Form::Plain).json(), r#"{"message":"m"}"#);
        assert_eq!(error(404, Form::PlainUpper).json(), r#"{"Message":"m"}"#);
        let denied = ApiError { message: None, ..error(403, Form::TypedUpper) };
        assert_eq!(denied.json(), r#"{"Type":"User","Message":null}"#);
        let throttled = ApiError { reason: Some("R"), retry_after: Some(7), ..error(429, Form::Typed) };
        assert_eq!(throttled.json(), r#"{"Reason":"R","Type":"User","message":"m"}"#);
        let response = throttled.response();
        assert_eq!((response.status().as_u16(), &response.headers()["retry-after"], &response.headers()["x-amzn-errortype"]), (
            429,
            &HeaderValue::from(7),
            &HeaderValue::from_static("X")
        ));
    }
}
