//! The messages of the host, typed.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{FrameKind, Token, encode};

/// What a guest is told once, before its image is taken: the body of an Init frame, as JSON.
#[derive(Debug, Clone, Serialize)]
pub struct InitSettings {
    /// All of `os.environ`. The handler and the format of the log are in it, as on AWS.
    pub environment: BTreeMap<String, String>,
    /// Whether an image is taken after the init; else the same guest serves calls.
    pub snapshot: bool,
    /// Bytes that /tmp can hold.
    pub ephemeral_storage: u64,
}

/// A frame of the host before it is bytes.
#[derive(Debug, Clone)]
pub enum HostMessage<'a> {
    /// Load the function.
    Init(&'a InitSettings),
    /// Call it. The fields are the head, in this order, separated by NUL; the event is the body.
    Invoke {
        /// UUID.
        request_id: &'a str,
        /// Milliseconds since 1970.
        deadline_ms: u64,
        /// As the caller named the function.
        invoked_function_arn: &'a str,
        /// X-Ray's header, or empty.
        trace_id: &'a str,
        /// JSON text, or empty.
        client_context: &'a str,
        /// JSON text, or empty.
        cognito_identity: &'a str,
        /// Or empty.
        tenant_id: &'a str,
        /// JSON text.
        event: &'a [u8],
    },
}

impl HostMessage<'_> {
    /// The frame. A NUL inside a field of the head would shift the others, so it is dropped there.
    pub fn encode(&self, token: Token) -> Vec<u8> {
        match self {
            Self::Init(settings) => encode(FrameKind::Init, token, b"", &serde_json::to_vec(settings).unwrap_or_default()),
            Self::Invoke {
                request_id,
                deadline_ms,
                invoked_function_arn,
                trace_id,
                client_context,
                cognito_identity,
                tenant_id,
                event,
            } => {
                let deadline = deadline_ms.to_string();
                let fields = [request_id, deadline.as_str(), invoked_function_arn, trace_id, client_context, cognito_identity, tenant_id];
                let head = fields.map(|field| field.replace('\0', "")).join("\0");
                encode(FrameKind::Invoke, token, head.as_bytes(), event)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::HEADER_SIZE;

    #[test]
    fn the_head_of_an_invoke_frame_has_seven_fields() {
        let message = HostMessage::Invoke {
            request_id: "id",
            deadline_ms: 12,
            invoked_function_arn: "arn\0x",
            trace_id: "",
            client_context: "{}",
            cognito_identity: "",
            tenant_id: "t",
            event: b"[1]",
        };
        let frame = message.encode(Token([1; 16]));
        assert_eq!(&frame[HEADER_SIZE..], b"id\x0012\0arnx\0\0{}\0\0t[1]");
    }
}
