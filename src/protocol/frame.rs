//! The header of a frame, in bytes.

/// Bytes before the head.
pub const HEADER_SIZE: usize = 32;
/// Changes whenever either side's understanding of a frame does.
pub const VERSION: u8 = 1;
const MAGIC: [u8; 4] = *b"WLAM";
/// The head of an answer is a content type; no honest guest sends more.
pub const MAX_ANSWER_HEAD: usize = 256;

/// What a frame is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum FrameKind {
    /// Host to guest: load this function.
    Init = 1,
    /// Host to guest: call it.
    Invoke = 2,
    /// Guest to host: loaded.
    Ready = 3,
    /// Guest to host: not loaded; the body is an error document.
    InitFailed = 4,
    /// Guest to host: the body is the result, the head its content type.
    Returned = 5,
    /// Guest to host: the body is an error document.
    Raised = 6,
}

impl FrameKind {
    const ALL: [Self; 6] = [Self::Init, Self::Invoke, Self::Ready, Self::InitFailed, Self::Returned, Self::Raised];
}

/// Ties an answer to its frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token(pub [u8; 16]);

/// A header that came from the guest and is not an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Fewer bytes than a header has.
    #[error("a frame needs a header of {HEADER_SIZE} bytes")]
    Short,
    /// Magic, version, kind or padding are wrong.
    #[error("not a frame of version {VERSION}")]
    NotAFrame,
    /// Not the token of the frame that is being answered.
    #[error("the frame does not carry this call's token")]
    WrongToken,
    /// Sizes that no answer has.
    #[error("the head has {0} bytes, at most {MAX_ANSWER_HEAD} are allowed")]
    HeadTooLarge(usize),
}

/// An answer's header, checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// One of the kinds that a guest sends.
    pub kind: FrameKind,
    /// Bytes of the head.
    pub head_size: usize,
    /// Bytes of the body. Not bounded here: what is too large for a result is an outcome, not a broken frame.
    pub body_size: usize,
}

/// One frame, ready for the pipe. Head and body are at most 4 GiB - 1 each, which events and settings cannot reach.
pub fn encode(kind: FrameKind, token: Token, head: &[u8], body: &[u8]) -> Vec<u8> {
    let size = |part: &[u8]| u32::try_from(part.len()).unwrap_or(u32::MAX).to_le_bytes();
    let mut frame = Vec::with_capacity(HEADER_SIZE + head.len() + body.len());
    frame.extend_from_slice(&MAGIC);
    frame.extend_from_slice(&[VERSION, kind as u8, 0, 0]);
    frame.extend_from_slice(&size(head));
    frame.extend_from_slice(&size(body));
    frame.extend_from_slice(&token.0);
    frame.extend_from_slice(head);
    frame.extend_from_slice(body);
    frame
}

/// Checks the header of an answer from the guest.
pub fn read_answer_header(bytes: &[u8], token: Token) -> Result<Answer, FrameError> {
    let header = bytes.first_chunk::<HEADER_SIZE>().ok_or(FrameError::Short)?;
    let kind = FrameKind::ALL.into_iter().find(|kind| *kind as u8 == header[5]);
    let kind = match kind {
        Some(kind @ (FrameKind::Ready | FrameKind::InitFailed | FrameKind::Returned | FrameKind::Raised)) => kind,
        Some(FrameKind::Init | FrameKind::Invoke) | None => return Err(FrameError::NotAFrame),
    };
    if header[..4] != MAGIC || header[4] != VERSION || header[6..8] != [0, 0] {
        return Err(FrameError::NotAFrame);
    }
    if header[16..] != token.0 {
        return Err(FrameError::WrongToken);
    }
    let size = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]) as usize;
    if size(8) > MAX_ANSWER_HEAD {
        return Err(FrameError::HeadTooLarge(size(8)));
    }
    Ok(Answer { kind, head_size: size(8), body_size: size(12) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TOKEN: Token = Token([7; 16]);

    fn answer_kind() -> impl Strategy<Value = FrameKind> {
        prop_oneof![Just(FrameKind::Ready), Just(FrameKind::InitFailed), Just(FrameKind::Returned), Just(FrameKind::Raised)]
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_read_back(kind in answer_kind(), token: [u8; 16], head in prop::collection::vec(any::<u8>(), 0..=MAX_ANSWER_HEAD), body: Vec<u8>) {
            let frame = encode(kind, Token(token), &head, &body);
            let answer = read_answer_header(&frame, Token(token)).expect("an answer");
            prop_assert_eq!(answer, Answer { kind, head_size: head.len(), body_size: body.len() });
            prop_assert_eq!(&frame[HEADER_SIZE..HEADER_SIZE + head.len()], &head[..]);
            prop_assert_eq!(&frame[HEADER_SIZE + head.len()..], &body[..]);
        }

        #[test]
        fn arbitrary_bytes_are_never_an_answer(bytes: Vec<u8>) {
            prop_assert!(read_answer_header(&bytes, TOKEN).is_err());
        }

        #[test]
        fn any_changed_byte_before_the_sizes_or_in_the_token_is_noticed(at in prop_oneof![0usize..8, 16usize..32], change in 1u8..) {
            let mut frame = encode(FrameKind::Returned, TOKEN, b"", b"1");
            frame[at] ^= change;
            // Only the kind may turn into another valid kind.
            let still_valid = at == 5 && matches!(frame[5], 3..=6);
            prop_assert_eq!(read_answer_header(&frame, TOKEN).is_ok(), still_valid);
        }
    }

    #[test]
    fn bounds() {
        let frame = encode(FrameKind::Ready, TOKEN, &[0; MAX_ANSWER_HEAD], b"");
        assert!(read_answer_header(&frame, TOKEN).is_ok());
        assert_eq!(read_answer_header(&frame[..HEADER_SIZE - 1], TOKEN), Err(FrameError::Short));
        let frame = encode(FrameKind::Ready, TOKEN, &[0; MAX_ANSWER_HEAD + 1], b"");
        assert_eq!(read_answer_header(&frame, TOKEN), Err(FrameError::HeadTooLarge(MAX_ANSWER_HEAD + 1)));
        assert_eq!(read_answer_header(&encode(FrameKind::Invoke, TOKEN, b"", b""), TOKEN), Err(FrameError::NotAFrame));
        assert_eq!(read_answer_header(&encode(FrameKind::Ready, Token([8; 16]), b"", b""), TOKEN), Err(FrameError::WrongToken));
    }

    /// The guest's two halves are other languages; this is what keeps the three in step.
    #[test]
    fn the_guest_has_the_same_numbers() {
        let python = include_str!("../../wasm-python/runtime/protocol.py");
        let number = |name: &str| -> Option<u8> {
            let line = python.lines().find(|line| line.starts_with(&format!("{name} = ")))?;
            line.split(['=', '#']).nth(1)?.trim().parse().ok()
        };
        for (name, want) in [
            ("VERSION", VERSION),
            ("INIT", FrameKind::Init as u8),
            ("INVOKE", FrameKind::Invoke as u8),
            ("READY", FrameKind::Ready as u8),
            ("INIT_FAILED", FrameKind::InitFailed as u8),
            ("RETURNED", FrameKind::Returned as u8),
            ("RAISED", FrameKind::Raised as u8),
        ] {
            assert_eq!(number(name), Some(want), "{name} in protocol.py");
        }
        let c = include_str!("../../wasm-python/platform/entry/wasmlam.c");
        for line in [
            r#"#define FRAME_MAGIC "WLAM""#.to_owned(),
            format!("#define FRAME_VERSION {VERSION}"),
            format!("#define TOKEN_SIZE {}", TOKEN.0.len()),
            format!("#define RESULT_FD {}", crate::protocol::RESULT_DESCRIPTOR),
        ] {
            assert!(c.lines().any(|l| l == line), "wasmlam.c should have the line {line}");
        }
    }
}
