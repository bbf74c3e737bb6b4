//! The operations of CloudWatch Logs that read, on the same port: JSON 1.1, one path, the operation in a header.

use std::fmt::Display;

use bytes::Bytes;
use http::{HeaderValue, Response, header};
use serde_json::{Map, Value};

use super::body::{Body, full};
use super::error::cut;
use super::{Api, Call, blocking, error};
use crate::control::{ApiError, BodyShape, Exception};

/// The header that names service and operation.
pub(super) const TARGET: &str = "x-amz-target";
/// What metrics call these requests.
pub(super) const OPERATION: &str = "Logs";
const SERVICE: &str = "Logs_20140328.";
const MEDIA_TYPE: &str = "application/x-amz-json-1.1";
const MAX_REQUEST: usize = 1_048_576;

impl Api {
    /// Answers a request to CloudWatch Logs.
    pub(super) async fn logs<B>(&self, call: Call<B>, target: &str) -> Result<Response<Body>, ApiError>
    where
        B: http_body::Body<Data = Bytes> + Unpin,
        B::Error: Display,
    {
        let mut response = match self.logs_result(call, target).await {
            Ok(result) => Response::new(full(result.to_string())),
            Err(error) => {
                // The error's name is in the body here.
                let mut response = error::response(&error);
                let body = serde_json::json!({"__type": error.code.name(), "message": error.message});
                *response.body_mut() = full(body.to_string());
                response
            }
        };
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        Ok(response)
    }

    async fn logs_result<B>(&self, call: Call<B>, target: &str) -> Result<Value, ApiError>
    where
        B: http_body::Body<Data = Bytes> + Unpin,
        B::Error: Display,
    {
        let Call { parts, body, request_id, .. } = call;
        let operation = target.strip_prefix(SERVICE).filter(|_| parts.method == http::Method::POST && parts.uri.path() == "/");
        let operation = operation.map(str::to_owned).ok_or_else(|| {
            let message = format!(
                "{} {} with X-Amz-Target '{}' is not an operation of this server",
                parts.method,
                cut(parts.uri.path()),
                cut(target)
            );
            ApiError::new(Exception::UnknownOperation, message).shaped(BodyShape::LowerAlone)
        })?;
        let received = self.intake.body(body, MAX_REQUEST, "CloudWatch Logs").await?;
        let scope = self.scope(&parts, &received.bytes, &["logs"], request_id)?;
        let input: Map<String, Value> = match received.bytes.is_empty() {
            true => Map::new(),
            false => serde_json::from_slice(&received.bytes).map_err(|error| error::serialization(error.to_string()))?,
        };
        let control = self.control.clone();
        blocking(move || control.call_logs(&scope, &operation, Value::Object(input))).await
    }
}
