//! The three pipes of a guest: event in, log out, result out.

use crate::function::{Follower, Log, MAX_RESULT_BYTES, Seen};
use crate::protocol::{Answer, FrameKind, HEADER_SIZE, MAX_ANSWER_HEAD, Token, read_answer_header};

use super::abi::Errno;

/// Bytes of a log that are kept from its start. With [`LOG_TAIL`] this is the cap of what one call can make the host
/// hold. AWS passes logs on without a cap of its own; a CloudWatch event ends at 1 MB.
pub(crate) const LOG_HEAD: usize = (1 << 20) - LOG_TAIL;
/// Bytes of a longer log that are kept from its end: what `LogType=Tail` shows (lambda-semantics 5.5).
pub(crate) const LOG_TAIL: usize = 4096;

/// The largest frame that can hold a result; of a larger one no more than this is copied out of the guest.
pub(crate) const MAX_FRAME: usize = HEADER_SIZE + MAX_ANSWER_HEAD + MAX_RESULT_BYTES;

/// Everything the guest writes to descriptors 1 and 2, in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct LogPipe {
    head: Vec<u8>,
    tail: Vec<u8>,
    total: u64,
    /// Sees what is kept of the start as it comes.
    pub(crate) follower: Option<Follower>,
}

impl LogPipe {
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        self.total += bytes.len() as u64;
        let (head, rest) = bytes.split_at(bytes.len().min(LOG_HEAD - self.head.len()));
        self.head.extend_from_slice(head);
        if let Some(follower) = self.follower.as_ref().filter(|_| !head.is_empty()) {
            follower.see(Seen::Printed(head));
        }
        let rest = &rest[rest.len().saturating_sub(LOG_TAIL)..];
        self.tail.extend_from_slice(rest);
        // Cut now and then, not at each write.
        if self.tail.len() > 8 * LOG_TAIL {
            self.cut_tail();
        }
    }

    fn cut_tail(&mut self) {
        let surplus = self.tail.len().saturating_sub(LOG_TAIL);
        self.tail.drain(..surplus);
    }

    /// What was kept, with a note where something is missing.
    pub(crate) fn take(&mut self) -> Log {
        self.cut_tail();
        let mut bytes = std::mem::take(&mut self.head);
        let tail = std::mem::take(&mut self.tail);
        let written = std::mem::take(&mut self.total);
        let dropped = written - (bytes.len() + tail.len()) as u64;
        if dropped > 0 {
            let note = format!(
                "\n[wasmlam: {dropped} bytes of the log are left out here; it keeps the first {LOG_HEAD} and the last {LOG_TAIL}]\n"
            );
            bytes.extend_from_slice(note.as_bytes());
        }
        bytes.extend_from_slice(&tail);
        Log { bytes, dropped, written }
    }
}

/// What the guest reads from descriptor 0: one frame, then the end.
#[derive(Debug, Clone, Default)]
pub(crate) struct EventPipe {
    frame: Vec<u8>,
    at: usize,
}

impl EventPipe {
    pub(crate) fn new(frame: Vec<u8>) -> Self {
        Self { frame, at: 0 }
    }

    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> usize {
        let rest = &self.frame[self.at..];
        let size = rest.len().min(buffer.len());
        buffer[..size].copy_from_slice(&rest[..size]);
        self.at += size;
        if self.at == self.frame.len() {
            // An event can be 6 MB; it is in the guest now.
            self.frame = Vec::new();
            self.at = 0;
        }
        size
    }
}

/// What came out of the result pipe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum GuestResult {
    /// A whole answer.
    Answer { kind: FrameKind, body: Vec<u8> },
    /// Its body has this many bytes, more than a result may have; they were not kept.
    TooLarge(usize),
}

/// Takes one answer that carries the call's token; anything else written to it is refused like a closed descriptor.
#[derive(Debug, Clone)]
pub(crate) struct ResultPipe {
    token: Option<Token>,
    result: Option<GuestResult>,
}

impl ResultPipe {
    /// Takes nothing: there is no call to answer.
    pub(crate) fn closed() -> Self {
        Self { token: None, result: None }
    }

    pub(crate) fn new(token: Token) -> Self {
        Self { token: Some(token), result: None }
    }

    /// Takes a frame of `total` bytes, of which `start` are the first ones: all of them unless there are more than
    /// [`MAX_FRAME`]. An honest guest writes its frame in one call, so there is no state of half an answer.
    pub(crate) fn write(&mut self, start: &[u8], total: usize) -> Result<(), Errno> {
        let token = self.token.ok_or(Errno::BadDescriptor)?;
        let Answer { kind, head_size, body_size } = read_answer_header(start, token).map_err(|_| Errno::BadDescriptor)?;
        let body_at = HEADER_SIZE + head_size;
        if body_at + body_size != total {
            return Err(Errno::BadDescriptor);
        }
        let result = if body_size > MAX_RESULT_BYTES {
            GuestResult::TooLarge(body_size)
        } else {
            GuestResult::Answer { kind, body: start.get(body_at..).ok_or(Errno::BadDescriptor)?.to_vec() }
        };
        self.token = None;
        self.result = Some(result);
        Ok(())
    }

    pub(crate) fn take(&mut self) -> Option<GuestResult> {
        self.result.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::encode;

    #[test]
    fn a_log_keeps_its_start_and_its_end() {
        let mut log = LogPipe::default();
        log.write(&[b'a'; LOG_HEAD]);
        log.write(&[b'b'; LOG_TAIL]);
        let whole = log.clone().take();
        assert_eq!((whole.bytes.len(), whole.dropped), (LOG_HEAD + LOG_TAIL, 0));
        log.write(b"c");
        let cut = log.take();
        assert_eq!(cut.dropped, 1);
        assert!(cut.bytes.ends_with(b"bbbc"));
        assert!(String::from_utf8_lossy(&cut.bytes).contains("[wasmlam: 1 bytes of the log are left out"));
        assert_eq!(log.take(), Log::default());
    }

    #[test]
    fn a_flood_takes_no_more_memory_than_the_cap() {
        let mut log = LogPipe::default();
        for _ in 0..10_000 {
            log.write(&[b'x'; 1000]);
            assert!(log.head.len() + log.tail.len() <= LOG_HEAD + 9 * LOG_TAIL);
        }
        log.write(&[b'y'; 20 << 20]);
        assert!(log.tail.len() <= 9 * LOG_TAIL);
        assert_eq!(log.take().dropped, 10_000_000 + (20 << 20) - (1 << 20));
    }

    #[test]
    fn an_event_is_read_once_and_then_ends() {
        let mut pipe = EventPipe::new(b"abcde".to_vec());
        let mut buffer = [0; 3];
        assert_eq!((pipe.read(&mut buffer), &buffer), (3, b"abc"));
        assert_eq!(pipe.read(&mut buffer), 2);
        assert_eq!(&buffer[..2], b"de");
        assert_eq!(pipe.read(&mut buffer), 0);
    }

    fn write(pipe: &mut ResultPipe, frame: &[u8]) -> Result<(), Errno> {
        pipe.write(&frame[..frame.len().min(MAX_FRAME)], frame.len())
    }

    #[test]
    fn only_one_answer_with_the_token_is_taken() {
        let token = Token([3; 16]);
        let mut pipe = ResultPipe::new(token);
        let good = encode(FrameKind::Returned, token, b"application/json", b"1");
        assert!(write(&mut pipe, b"forged").is_err());
        assert!(write(&mut pipe, &encode(FrameKind::Returned, Token([0; 16]), b"", b"2")).is_err());
        assert!(write(&mut pipe, &good[..good.len() - 1]).is_err(), "half of it");
        assert!(write(&mut pipe, &[good.as_slice(), b"x"].concat()).is_err(), "more than it");
        assert_eq!(pipe.take(), None);
        assert!(write(&mut pipe, &good).is_ok());
        assert!(write(&mut pipe, &good).is_err(), "a second one");
        assert_eq!(pipe.take(), Some(GuestResult::Answer { kind: FrameKind::Returned, body: b"1".to_vec() }));
    }

    #[test]
    fn the_result_cap_is_exact() {
        let token = Token([3; 16]);
        for (size, too_large) in [(MAX_RESULT_BYTES, false), (MAX_RESULT_BYTES + 1, true), (MAX_RESULT_BYTES + 1000, true)] {
            let mut pipe = ResultPipe::new(token);
            write(&mut pipe, &encode(FrameKind::Returned, token, b"", &vec![b'1'; size])).expect("taken");
            assert_eq!(pipe.take() == Some(GuestResult::TooLarge(size)), too_large, "{size}");
        }
    }
}
