//! The operations of the Lambda API: which of them this server has, and how a request for one is answered.

use std::fmt::Display;

use bytes::Bytes;
use http::Response;
use serde_json::Value;

use super::body::Body;
use super::model::{MODEL, Operation};
use super::{Api, Call, blocking, error, input, invoke, output, route, validate};
use crate::control::{ApiError, OPERATIONS};

/// The largest request that carries code, in bytes.
const MAX_CODE_REQUEST: usize = 70_167_211;
/// The largest payload of a synchronous invocation, in bytes.
const MAX_PAYLOAD: usize = 6_291_556;
/// The largest payload of an asynchronous invocation, in bytes.
const MAX_EVENT_PAYLOAD: usize = 1_048_576;
/// The largest request of any other operation, in bytes.
const MAX_REQUEST: usize = 1_048_576;

/// What this server does with an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It has the effect that it has on AWS.
    Works,
    /// What was set is kept and returned, and has no effect here.
    Kept,
    /// It is answered with an error that says so.
    NotSupported,
}

impl State {
    /// The word for documentation.
    pub fn name(self) -> &'static str {
        match self {
            Self::Works => "works",
            Self::Kept => "kept",
            Self::NotSupported => "not supported",
        }
    }
}

/// An operation of the model, for documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OperationInfo {
    /// Its name.
    pub name: &'static str,
    /// The HTTP method.
    pub method: &'static str,
    /// The path, with the names of its labels in braces.
    pub uri: &'static str,
    /// What this server does with it.
    pub state: State,
}

/// Operations whose settings have nothing to act on without AWS: there is no signer, no other fleet and no caller with
/// an identity.
const KEPT: [&str; 15] = [
    "CreateCodeSigningConfig",
    "DeleteCodeSigningConfig",
    "DeleteFunctionCodeSigningConfig",
    "DeleteResourcePolicy",
    "GetCodeSigningConfig",
    "GetFunctionCodeSigningConfig",
    "GetFunctionScalingConfig",
    "GetResourcePolicy",
    "ListCodeSigningConfigs",
    "ListFunctionsByCodeSigningConfig",
    "PutFunctionCodeSigningConfig",
    "PutFunctionScalingConfig",
    "PutResourcePolicy",
    "PutRuntimeManagementConfig",
    "UpdateCodeSigningConfig",
];

/// How a request for an operation is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Invoke,
    InvokeAsync,
    InvokeWithResponseStream,
    Control,
    NotSupported,
}

fn way(operation: &str) -> Way {
    match operation {
        "Invoke" => Way::Invoke,
        "InvokeAsync" => Way::InvokeAsync,
        "InvokeWithResponseStream" => Way::InvokeWithResponseStream,
        name if OPERATIONS.contains(&name) => Way::Control,
        _ => Way::NotSupported,
    }
}

/// Every operation of the model, in the order of their names.
pub fn operations() -> Vec<OperationInfo> {
    let state = |name: &str| match way(name) {
        Way::NotSupported => State::NotSupported,
        Way::Invoke | Way::InvokeAsync | Way::InvokeWithResponseStream | Way::Control if KEPT.contains(&name) => State::Kept,
        Way::Invoke | Way::InvokeAsync | Way::InvokeWithResponseStream | Way::Control => State::Works,
    };
    let info = |operation: &'static Operation| OperationInfo {
        name: &operation.name,
        method: &operation.method,
        uri: &operation.uri,
        state: state(&operation.name),
    };
    MODEL.operations.iter().map(info).collect()
}

/// The bound of a request's body, and what AWS's message calls the operation.
fn bound(operation: &'static str, headers: &http::HeaderMap) -> (usize, &'static str) {
    match operation {
        "CreateFunction" | "UpdateFunctionCode" | "PublishLayerVersion" => (MAX_CODE_REQUEST, operation),
        "Invoke" if headers.get("x-amz-invocation-type").is_some_and(|kind| kind == "Event") => (MAX_EVENT_PAYLOAD, "InvokeFunction"),
        "Invoke" => (MAX_PAYLOAD, "InvokeFunction"),
        "InvokeAsync" => (MAX_EVENT_PAYLOAD, operation),
        "InvokeWithResponseStream" => (MAX_PAYLOAD, operation),
        _ => (MAX_REQUEST, operation),
    }
}

impl Api {
    /// Answers a request to the Lambda API.
    pub(super) async fn lambda<B>(&self, call: Call<B>, counted: &mut &'static str) -> Result<Response<Body>, ApiError>
    where
        B: http_body::Body<Data = Bytes> + Unpin,
        B::Error: Display,
    {
        let Call { parts, body, request_id, .. } = call;
        let query = parts.uri.query().unwrap_or_default();
        let route = route::route(parts.method.as_str(), parts.uri.path(), query)?;
        let operation = route.operation;
        *counted = &operation.name;
        let (most, name) = bound(&operation.name, &parts.headers);
        let mut received = self.intake.body(body, most, name).await?;
        let scope = self.scope(&parts, &received.bytes, &["lambda"], request_id)?;
        let members = input::members(&route, query, &parts.headers, &received.bytes)?;
        validate::check(operation, &members)?;
        let payload = match way(&operation.name) {
            Way::Control | Way::NotSupported => Bytes::new(),
            Way::Invoke | Way::InvokeAsync | Way::InvokeWithResponseStream => std::mem::take(&mut received.bytes),
        };
        match way(&operation.name) {
            Way::Invoke => invoke::invoke(self, scope, &members, &parts.headers, payload).await,
            Way::InvokeAsync => invoke::invoke_async(self, scope, &members, &parts.headers, payload).await,
            Way::InvokeWithResponseStream => invoke::invoke_with_response_stream(self, scope, &members, &parts.headers, payload).await,
            Way::Control => {
                let control = self.control.clone();
                let result = blocking(move || {
                    let result = control.call(&scope, &operation.name, Value::Object(members));
                    drop(received); // the body's part of the budget is in use as long as its members are
                    result
                });
                Ok(output::response(operation, result.await?))
            }
            Way::NotSupported => Err(error::not_supported(&operation.name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_a_state() {
        let operations = operations();
        let count = |state| operations.iter().filter(|operation| operation.state == state).count();
        assert_eq!((operations.len(), count(State::NotSupported)), (91, 18));
        assert_eq!(count(State::Kept), KEPT.len());
        // The two tables name the same operations.
        for name in OPERATIONS {
            assert!(MODEL.operation(name).is_some(), "{name} is not in the model");
        }
        assert_eq!(OPERATIONS.len() + 3 + count(State::NotSupported), 91);
    }
}
