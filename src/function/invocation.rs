//! One call of a function: what the caller sent and what the platform adds.

use super::RequestId;

/// The largest event of a synchronous invocation, in bytes (lambda-semantics section 8).
pub const MAX_EVENT_BYTES: usize = 6_291_456;
/// The largest result, in bytes (lambda-semantics section 8).
pub const MAX_RESULT_BYTES: usize = 6_291_556;

/// An event on its way to a handler.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// Fresh for each call.
    pub request_id: RequestId,
    /// JSON text, checked for size and for being JSON.
    pub event: Vec<u8>,
    /// JSON text of the client context, as the caller gave it.
    pub client_context: Option<String>,
}

/// An event or client context that AWS would not take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// AWS's own sentence.
    #[error("Request must be smaller than {MAX_EVENT_BYTES} bytes for the InvokeFunction operation (this one has {0})")]
    TooLarge(usize),
    /// Where the text stops being JSON.
    #[error("{what} is not JSON: {reason}")]
    NotJson {
        /// Which text.
        what: &'static str,
        /// The parser's words, with line and column.
        reason: String,
    },
}

impl Invocation {
    /// Checks the event's size and that it is JSON; its value is the guest's to read, so nothing is rewritten. Mints the
    /// request id.
    pub fn new(event: Vec<u8>, client_context: Option<String>) -> Result<Self, EventError> {
        if event.len() > MAX_EVENT_BYTES {
            return Err(EventError::TooLarge(event.len()));
        }
        check_json("the event", &event)?;
        if let Some(context) = &client_context {
            check_json("the client context", context.as_bytes())?;
        }
        Ok(Self { request_id: RequestId::mint(), event, client_context })
    }
}

fn check_json(what: &'static str, text: &[u8]) -> Result<(), EventError> {
    let checked: Result<&serde_json::value::RawValue, _> = serde_json::from_slice(text);
    checked.map(drop).map_err(|error| EventError::NotJson { what, reason: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_bound_is_exact() {
        let text = |n: usize| format!("\"{}\"", "x".repeat(n - 2)).into_bytes();
        assert!(Invocation::new(text(MAX_EVENT_BYTES), None).is_ok());
        assert_eq!(Invocation::new(text(MAX_EVENT_BYTES + 1), None).err(), Some(EventError::TooLarge(MAX_EVENT_BYTES + 1)));
    }

    #[test]
    fn any_json_value_is_an_event() {
        for event in ["{}", "[]", "\"s\"", "1", "1.5", "null", "true", " 1e400 ", "\"\\ud800\"", "12345678901234567890123"] {
            assert!(Invocation::new(event.into(), None).is_ok(), "{event}");
        }
        for event in ["", "{", "[1,]", "1 2", "NaN", "{'a':1}", "\u{feff}{}"] {
            assert!(Invocation::new(event.into(), None).is_err(), "{event}");
        }
        assert!(Invocation::new("{}".into(), Some("{".into())).is_err());
    }
}
