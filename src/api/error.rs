//! Errors as AWS sends them: a status, the exception's name in a header, and a body that its clients know.

use http::{HeaderValue, Response, StatusCode, header};

use super::body::{Body, full};
use crate::control::{ApiError, Exception};
use crate::text;

/// Members that break the model's constraints.
pub(super) fn validation(message: impl Into<String>) -> ApiError {
    ApiError::new(Exception::Validation, message)
}

/// A body or parameter whose JSON type is wrong.
pub(super) fn serialization(message: impl Into<String>) -> ApiError {
    ApiError::new(Exception::Serialization, message)
}

/// A body that is not JSON.
pub(super) fn not_json(reason: &str) -> ApiError {
    let message = format!("Could not parse request body into json: Could not parse payload into json: {reason}");
    ApiError::new(Exception::InvalidRequestContent, message)
}

/// A path and method that no operation has.
pub(super) fn unknown_operation(method: &str, path: &str) -> ApiError {
    let message = format!("no operation of the Lambda API has {} {}; docs/api.md has the table of operations", cut(method), cut(path));
    ApiError::new(Exception::UnknownOperation, message)
}

/// A body above the bound of its operation.
pub(super) fn too_large(bound: usize, operation: &str) -> ApiError {
    let message = format!("Request must be smaller than {bound} bytes for the {operation} operation");
    ApiError::new(Exception::RequestTooLarge, message)
}

/// An operation that this server does not have.
pub(super) fn not_supported(operation: &str) -> ApiError {
    ApiError::invalid(format!("wasmlam does not support {operation}; docs/api.md has the state of every operation"))
}

/// A caller or an address that may not do this.
pub(super) fn denied(message: impl Into<String>) -> ApiError {
    ApiError::new(Exception::AccessDenied, message)
}

/// The whole answer.
pub(super) fn response(error: &ApiError) -> Response<Body> {
    let mut response = Response::new(full(error.body().to_string().into_bytes()));
    *response.status_mut() = StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert("x-amzn-errortype", HeaderValue::from_static(error.code.name()));
    if let Some(seconds) = error.retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// As many characters of a stranger's text as a message repeats.
const MAX_SHOWN: usize = 512;

/// Text of a request, cut to what a message repeats.
pub(super) fn cut(text: &str) -> String {
    text::cut(text.to_owned(), MAX_SHOWN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::ThrottleReason;

    #[test]
    fn an_error_has_status_and_headers() {
        let error = ApiError::throttled("m", ThrottleReason::ConcurrentInvocationLimitExceeded);
        let response = response(&ApiError { retry_after: Some(7), ..error });
        let headers = response.headers();
        assert_eq!((response.status().as_u16(), &headers["retry-after"]), (429, &HeaderValue::from(7)));
        assert_eq!(headers["x-amzn-errortype"], "TooManyRequestsException");
    }

    #[test]
    fn text_of_strangers_is_cut() {
        assert_eq!(cut("abc"), "abc");
        assert_eq!(cut(&"é".repeat(1000)), format!("{}... (1000 characters)", "é".repeat(512)));
    }
}
