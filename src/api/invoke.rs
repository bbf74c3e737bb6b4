//! The three operations that call a function, and how their answers travel.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use serde_json::{Map, Value, json};
use tokio::sync::oneshot;

use super::Api;
use super::body::{Body, empty, full};
use super::event_stream;
use crate::control::{ApiError, Exception, InvocationType, Invoke, Invoked, Scope, Source};

/// The longest client context, in bytes of base64.
const MAX_CLIENT_CONTEXT: usize = 3583;
/// X-Ray's header, which a function gets as its own.
const TRACE_ID: &str = "x-amzn-trace-id";

impl Api {
    /// Calls a function and waits for it: on a thread that can run functions it runs there.
    ///
    /// # Errors
    /// What the rules refuse; a function that fails is a result.
    pub(super) async fn call_function(&self, scope: Scope, invoke: Invoke) -> Result<Invoked, ApiError> {
        let (sender, receiver) = oneshot::channel();
        // A client that went away has no receiver any more; the invocation goes on without it, as on AWS.
        let answer = Box::new(move |answer| drop(sender.send(answer)));
        let here = self.threads.clone().filter(|_| invoke.invocation_type == InvocationType::RequestResponse);
        self.control.invoke(scope, Invoke { here, ..invoke }, answer);
        receiver.await.map_err(|_| ApiError::service("the invocation ended without an answer"))?
    }
}

/// `Invoke`.
pub(super) async fn invoke(
    api: &Api,
    scope: Scope,
    members: &Map<String, Value>,
    headers: &HeaderMap,
    payload: Bytes,
) -> Result<Response<Body>, ApiError> {
    let invoked = api.call_function(scope, read(members, headers, payload)?).await?;
    let mut response = Response::new(if invoked.status == 200 { full(invoked.payload) } else { empty() });
    *response.status_mut() = StatusCode::from_u16(invoked.status).unwrap_or_default();
    let headers = response.headers_mut();
    if invoked.status == 200 {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    if let Some(version) = invoked.executed_version {
        insert(headers, "x-amz-executed-version", &version);
    }
    if let Some(kind) = invoked.function_error {
        headers.insert("x-amz-function-error", HeaderValue::from_static(kind));
    }
    if let Some(tail) = invoked.log_tail {
        insert(headers, "x-amz-log-result", &STANDARD.encode(tail));
    }
    Ok(response)
}

/// `InvokeAsync`, which `Invoke` with the type Event took the place of.
pub(super) async fn invoke_async(
    api: &Api,
    scope: Scope,
    members: &Map<String, Value>,
    headers: &HeaderMap,
    payload: Bytes,
) -> Result<Response<Body>, ApiError> {
    let invoke = Invoke { invocation_type: InvocationType::Event, ..read(members, headers, payload)? };
    api.call_function(scope, invoke).await?;
    let mut response = Response::new(full(json!({"Status": 202}).to_string()));
    *response.status_mut() = StatusCode::ACCEPTED;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

/// `InvokeWithResponseStream`: a result that Python returns as a whole comes in as few events as fit.
pub(super) async fn invoke_with_response_stream(
    api: &Api,
    scope: Scope,
    members: &Map<String, Value>,
    headers: &HeaderMap,
    payload: Bytes,
) -> Result<Response<Body>, ApiError> {
    let invoked = api.call_function(scope, read(members, headers, payload)?).await?;
    if invoked.status != 200 {
        let mut response = Response::new(empty());
        *response.status_mut() = StatusCode::from_u16(invoked.status).unwrap_or_default();
        return Ok(response);
    }
    let mut complete = Map::new();
    let mut result = invoked.payload;
    if let Some(kind) = invoked.function_error {
        complete.insert("ErrorCode".into(), kind.into());
        complete.insert("ErrorDetails".into(), String::from_utf8_lossy(&result).into());
        result = Vec::new();
    }
    if let Some(tail) = invoked.log_tail {
        complete.insert("LogResult".into(), STANDARD.encode(tail).into());
    }
    let mut response = Response::new(full(event_stream::whole(&result, &Value::Object(complete).to_string())));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(event_stream::MEDIA_TYPE));
    if let Some(version) = invoked.executed_version {
        insert(response.headers_mut(), "x-amz-executed-version", &version);
    }
    Ok(response)
}

fn insert(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

fn read(members: &Map<String, Value>, headers: &HeaderMap, payload: Bytes) -> Result<Invoke, ApiError> {
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    if members.contains_key("DurableExecutionName") {
        return Err(ApiError::invalid("DurableExecutionName is for durable functions, which wasmlam does not support"));
    }
    let invocation_type = match text("InvocationType") {
        Some("Event") => InvocationType::Event,
        Some("DryRun") => InvocationType::DryRun,
        _ => InvocationType::RequestResponse,
    };
    Ok(Invoke {
        function_name: text("FunctionName").unwrap_or_default().to_owned(),
        qualifier: text("Qualifier").map(str::to_owned),
        invocation_type,
        payload: payload.into(),
        wants_log_tail: text("LogType") == Some("Tail"),
        client_context: text("ClientContext").map(client_context).transpose()?,
        trace_id: headers.get(TRACE_ID).and_then(|value| value.to_str().ok()).map(str::to_owned),
        tenant_id: text("TenantId").map(str::to_owned),
        source: Source::Api,
        here: None,
    })
}

fn client_context(base64: &str) -> Result<String, ApiError> {
    let refused = |message: String| ApiError::new(Exception::InvalidRequestContent, message);
    if base64.len() > MAX_CLIENT_CONTEXT {
        return Err(refused(format!("Client context must be at most {MAX_CLIENT_CONTEXT} bytes of base64, but has {}", base64.len())));
    }
    let text = STANDARD.decode(base64).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let text = text.filter(|text| serde_json::from_str::<Map<String, Value>>(text).is_ok());
    text.ok_or_else(|| refused("Client context must be a valid Base64-encoded JSON object.".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(given: Value) -> Map<String, Value> {
        given.as_object().expect("an object").clone()
    }

    #[test]
    fn a_request_becomes_an_invocation() {
        let headers: HeaderMap =
            [(header::HeaderName::from_static(TRACE_ID), HeaderValue::from_static("Root=1-a-b"))].into_iter().collect();
        let given = json!({"FunctionName": "f", "Qualifier": "live", "InvocationType": "Event", "LogType": "Tail",
            "ClientContext": STANDARD.encode(r#"{"custom": {}}"#), "TenantId": "t"});
        let invoke = read(&members(given), &headers, Bytes::from_static(b"[1]")).expect("reads");
        assert_eq!((invoke.function_name.as_str(), invoke.qualifier.as_deref()), ("f", Some("live")));
        assert_eq!((invoke.invocation_type, invoke.wants_log_tail), (InvocationType::Event, true));
        assert_eq!((invoke.client_context.as_deref(), invoke.tenant_id.as_deref()), (Some(r#"{"custom": {}}"#), Some("t")));
        assert_eq!((invoke.trace_id.as_deref(), invoke.payload.as_slice()), (Some("Root=1-a-b"), &b"[1]"[..]));
    }

    #[test]
    fn a_client_context_is_checked() {
        let encode = |text: &str| STANDARD.encode(text);
        for wrong in ["?", "e30", &encode("["), &encode("[]"), &encode("3"), &STANDARD.encode(b"\xff"), &"A".repeat(3584)] {
            let given = json!({"FunctionName": "f", "ClientContext": wrong});
            let error = read(&members(given), &HeaderMap::new(), Bytes::new()).expect_err("refused");
            assert_eq!(error.code, Exception::InvalidRequestContent, "{wrong}");
        }
    }
}
