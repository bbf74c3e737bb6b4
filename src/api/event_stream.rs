//! AWS's binary framing of a stream of events, `application/vnd.amazon.eventstream`, written only.

use bytes::{BufMut, Bytes, BytesMut};

/// The media type of a response in this framing.
pub(super) const MEDIA_TYPE: &str = "application/vnd.amazon.eventstream";
/// Bytes of a result in one event: far below the bound of 16 MiB for a message.
const MAX_CHUNK: usize = 128 * 1024;
/// The type number of a header whose value is text.
const TEXT: u8 = 7;
/// Lengths and checksum before the headers, and the checksum after the payload.
const PRELUDE: usize = 12;
const TRAILER: usize = 4;

/// A whole result as a stream: its bytes in chunks, then the event that ends it.
pub(super) fn whole(payload: &[u8], complete: &str) -> Bytes {
    let mut buffer = BytesMut::with_capacity(payload.len() + complete.len() + 256);
    for chunk in payload.chunks(MAX_CHUNK) {
        event(&mut buffer, "PayloadChunk", "application/octet-stream", chunk);
    }
    event(&mut buffer, "InvokeComplete", "application/json", complete.as_bytes());
    buffer.freeze()
}

/// Writes one event. Its type, media type and payload are short enough for the lengths of the framing.
fn event(buffer: &mut BytesMut, event_type: &str, content_type: &str, payload: &[u8]) {
    let mut headers = BytesMut::new();
    for (name, value) in [(":event-type", event_type), (":content-type", content_type), (":message-type", "event")] {
        headers.put_u8(u8::try_from(name.len()).unwrap_or(u8::MAX));
        headers.put_slice(name.as_bytes());
        headers.put_u8(TEXT);
        headers.put_u16(u16::try_from(value.len()).unwrap_or(u16::MAX));
        headers.put_slice(value.as_bytes());
    }
    let total = PRELUDE + headers.len() + payload.len() + TRAILER;
    let start = buffer.len();
    buffer.put_u32(u32::try_from(total).unwrap_or(u32::MAX));
    buffer.put_u32(u32::try_from(headers.len()).unwrap_or(u32::MAX));
    buffer.put_u32(crc32fast::hash(&buffer[start..]));
    buffer.put_slice(&headers);
    buffer.put_slice(payload);
    buffer.put_u32(crc32fast::hash(&buffer[start..]));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads the framing back: event types and payloads.
    fn events(mut bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
        let number = |bytes: &[u8]| u32::from_be_bytes(bytes[..4].try_into().expect("four bytes"));
        let mut found = Vec::new();
        while !bytes.is_empty() {
            let (total, headers) = (number(bytes) as usize, number(&bytes[4..]) as usize);
            assert_eq!(number(&bytes[8..]), crc32fast::hash(&bytes[..8]));
            assert_eq!(number(&bytes[total - 4..]), crc32fast::hash(&bytes[..total - 4]));
            let text = String::from_utf8_lossy(&bytes[12..12 + headers]).into_owned();
            assert!(text.contains(":message-type\u{7}\0\u{5}event"), "{text:?}");
            let kind = if text.contains("PayloadChunk") { "PayloadChunk" } else { "InvokeComplete" };
            found.push((kind.to_owned(), bytes[12 + headers..total - 4].to_vec()));
            bytes = &bytes[total..];
        }
        found
    }

    #[test]
    fn a_result_is_framed() {
        let long = vec![b'x'; MAX_CHUNK + 1];
        let events = events(&whole(&long, "{}"));
        let lengths: Vec<_> = events.iter().map(|(kind, payload)| (kind.as_str(), payload.len())).collect();
        assert_eq!(lengths, [("PayloadChunk", MAX_CHUNK), ("PayloadChunk", 1), ("InvokeComplete", 2)]);
        assert_eq!(events.iter().flat_map(|(_, payload)| payload.clone()).take(long.len()).collect::<Vec<_>>(), long);
    }

    #[test]
    fn a_message_has_the_bytes_that_the_format_asks_for() {
        let mut buffer = BytesMut::new();
        event(&mut buffer, "a", "b", b"");
        let expected = [
            &[0, 0, 0, 72, 0, 0, 0, 56][..],
            &crc32fast::hash(&[0, 0, 0, 72, 0, 0, 0, 56]).to_be_bytes(),
            b"\x0b:event-type\x07\0\x01a\x0d:content-type\x07\0\x01b\x0d:message-type\x07\0\x05event",
        ]
        .concat();
        assert_eq!(&buffer[..buffer.len() - 4], expected);
    }
}
