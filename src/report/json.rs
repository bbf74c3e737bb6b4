//! One invocation as one JSON document, for machines.

use serde::Serialize;
use serde_json::value::RawValue;

use super::{LogType, Platform, log_text, micros};
use crate::function::{Completion, Contact, ContactKind, Outcome, billed_call_ms};

#[derive(Serialize)]
struct CompletionDocument<'a> {
    request_id: &'a str,
    status: &'a str,
    mode: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'a RawValue>,
    /// For a result that is no JSON: `NaN`, or the bytes of a handler that returned `bytes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    result_text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    log: Option<String>,
    /// What it tried that no sandbox has.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attempts: Vec<String>,
    /// What it did on the network, and what it was refused there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    network: Vec<NetworkContact<'a>>,
    metrics: CompletionMetrics,
}

#[derive(Serialize)]
struct NetworkContact<'a> {
    kind: ContactKind,
    host: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<&'a str>,
    port: u16,
    allowed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<&'a str>,
    count: u64,
    sent_bytes: u64,
    received_bytes: u64,
    duration_us: u64,
    waited_us: u64,
}

impl<'a> From<&'a Contact> for NetworkContact<'a> {
    fn from(contact: &'a Contact) -> Self {
        Self {
            kind: contact.kind,
            host: &contact.host,
            address: contact.address.as_deref(),
            port: contact.port,
            allowed: contact.refused.is_none(),
            refused: contact.refused.as_deref(),
            count: contact.count,
            sent_bytes: contact.sent,
            received_bytes: contact.received,
            duration_us: micros(contact.duration),
            waited_us: micros(contact.waited),
        }
    }
}

#[derive(Serialize)]
struct CompletionMetrics {
    duration_us: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    init_duration_us: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    restore_duration_us: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reset_duration_us: Option<u64>,
    billed_duration_ms: u64,
    max_memory_used_bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    fuel_used: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pages_written: Option<u64>,
}

/// The document of one invocation, on one line.
pub fn document(completion: &Completion, platform: &Platform, log_type: LogType) -> String {
    let usage = &completion.usage;
    let (mut result, mut result_text) = (None, None);
    if let Outcome::Returned(body) = &completion.outcome {
        result = serde_json::from_slice(body).ok();
        result_text = result.is_none().then(|| String::from_utf8_lossy(body).into_owned());
    }
    let error = completion.outcome.error(&completion.request_id);
    let document = CompletionDocument {
        request_id: completion.request_id.as_str(),
        status: completion.outcome.status(),
        mode: completion.mode.name(),
        result,
        result_text,
        error: error.and_then(|error| RawValue::from_string(error.json().to_owned()).ok()),
        log: (log_type != LogType::None).then(|| log_text(completion, platform, log_type)),
        attempts: completion.attempts.iter().map(ToString::to_string).collect(),
        network: completion.network.iter().map(NetworkContact::from).collect(),
        metrics: CompletionMetrics {
            duration_us: micros(usage.duration),
            init_duration_us: usage.init_duration.map(micros),
            restore_duration_us: usage.restore_duration.map(micros),
            reset_duration_us: usage.reset.and_then(|reset| reset.duration).map(micros),
            billed_duration_ms: billed_call_ms(usage.duration, usage.init_duration),
            max_memory_used_bytes: usage.max_memory_bytes,
            fuel_used: usage.fuel,
            pages_written: usage.reset.and_then(|reset| reset.pages_written),
        },
    };
    // A result or error document of the guest is JSON, but may be spread over lines.
    serde_json::to_string(&document).unwrap_or_default().replace(['\n', '\r'], " ")
}
