//! The bodies of requests: bounded in size, in time, and in the memory that all of them together may take.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body::Body;
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout, timeout_at};

use super::error;
use crate::control::{ApiError, Exception};

/// Bytes that all bodies which are being received or handled may take together.
const BUDGET: usize = 512 * 1024 * 1024;
/// The unit of the budget.
const PAGE: usize = 64 * 1024;
/// A client may wait this long between two pieces of a body, and for a part of the budget.
const PAUSE: Duration = Duration::from_secs(30);
/// A body may take this long in all.
const TOTAL: Duration = Duration::from_secs(600);
/// Bytes of a body that is too large which are read and thrown away, so that its client gets to read the answer.
const MAX_THROWN_AWAY: usize = 256 * 1024 * 1024;

/// Receives bodies.
#[derive(Debug)]
pub(super) struct Intake {
    budget: Arc<Semaphore>,
    /// How long a client may wait between two pieces of a body.
    pause: Duration,
}

/// A body in memory. Its part of the budget is free again when it goes.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) bytes: Bytes,
    _part: Option<OwnedSemaphorePermit>,
}

impl Default for Intake {
    fn default() -> Self {
        Self { budget: Arc::new(Semaphore::new(BUDGET / PAGE)), pause: PAUSE }
    }
}

impl Intake {
    /// Reads a body to its end.
    ///
    /// # Errors
    /// When it is larger than the bound, in the words of this operation; when it stops or does not come in time.
    pub(super) async fn body<B>(&self, body: B, bound: usize, operation: &str) -> Result<Received, ApiError>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: std::fmt::Display,
    {
        let mut body = body;
        let deadline = Instant::now() + TOTAL;
        let mut pieces = Pieces::default();
        let mut part: Option<OwnedSemaphorePermit> = None;
        let mut taken = PAGE; // what is this small is not counted: the number of connections bounds it
        let mut thrown_away = 0;
        if body.size_hint().lower() > u64::try_from(bound).unwrap_or(u64::MAX) {
            thrown_away = 1;
        }
        while let Some(frame) = self.frame(&mut body, deadline).await? {
            let Ok(data) = frame.into_data() else { continue };
            if thrown_away > 0 || pieces.length + data.len() > bound {
                thrown_away += data.len();
                pieces = Pieces::default();
                if thrown_away > MAX_THROWN_AWAY {
                    break;
                }
                continue;
            }
            if pieces.length + data.len() > taken {
                let pages = (pieces.length + data.len() - taken).div_ceil(PAGE);
                taken += pages * PAGE;
                let more = Arc::clone(&self.budget).acquire_many_owned(u32::try_from(pages).unwrap_or(u32::MAX));
                let more = timeout(self.pause, more).await.ok().and_then(Result::ok).ok_or_else(busy)?;
                match &mut part {
                    Some(part) => part.merge(more),
                    None => part = Some(more),
                }
            }
            pieces.push(data);
        }
        if thrown_away > 0 {
            return Err(error::too_large(bound, operation));
        }
        Ok(Received { bytes: pieces.into_bytes(), _part: part })
    }

    async fn frame<B>(&self, body: &mut B, deadline: Instant) -> Result<Option<http_body::Frame<Bytes>>, ApiError>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: std::fmt::Display,
    {
        let until = deadline.min(Instant::now() + self.pause);
        let late = || ApiError::new(Exception::InvalidRequestContent, "the body of the request did not come in time");
        match timeout_at(until, body.frame()).await.map_err(|_| late())? {
            None => Ok(None),
            Some(Ok(frame)) => Ok(Some(frame)),
            Some(Err(error)) => {
                Err(ApiError::new(Exception::InvalidRequestContent, format!("the body of the request could not be read: {error}")))
            }
        }
    }
}

fn busy() -> ApiError {
    let message = format!("the server is receiving {} MiB of requests, its bound: try again", BUDGET / 1024 / 1024);
    ApiError { retry_after: Some(1), ..ApiError::new(Exception::ServiceUnavailable, message) }
}

/// Pieces of a body. The common body is one piece, which is not copied.
#[derive(Default)]
struct Pieces {
    first: Bytes,
    rest: BytesMut,
    length: usize,
}

impl Pieces {
    fn push(&mut self, data: Bytes) {
        self.length += data.len();
        if self.first.is_empty() && self.rest.is_empty() {
            self.first = data;
            return;
        }
        if self.rest.is_empty() {
            self.rest.extend_from_slice(&std::mem::take(&mut self.first));
        }
        self.rest.extend_from_slice(&data);
    }

    fn into_bytes(self) -> Bytes {
        if self.rest.is_empty() { self.first } else { self.rest.freeze() }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use http_body::Frame;

    use super::*;

    /// Sends these pieces, then waits without end or ends.
    struct Sender {
        pieces: Vec<Bytes>,
        ends: bool,
    }

    impl Body for Sender {
        type Data = Bytes;
        type Error = std::io::Error;

        fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
            match (self.pieces.pop(), self.ends) {
                (Some(piece), _) => Poll::Ready(Some(Ok(Frame::data(piece)))),
                (None, true) => Poll::Ready(None),
                (None, false) => Poll::Pending,
            }
        }
    }

    fn receive(pieces: Vec<Bytes>, ends: bool, bound: usize) -> Result<Received, ApiError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        // A body that is all there is read without a wait, so that the pause of one that stops can be short.
        let intake = Intake { pause: Duration::from_millis(1), ..Intake::default() };
        runtime.block_on(intake.body(Sender { pieces, ends }, bound, "Test"))
    }

    #[test]
    fn a_body_is_put_together_within_its_bound() {
        let piece = |length| Bytes::from(vec![b'x'; length]);
        assert_eq!(receive(vec![], true, 3).expect("fits").bytes, "");
        assert_eq!(receive(vec![piece(3)], true, 3).expect("fits").bytes, "xxx");
        assert_eq!(receive(vec![piece(200_000), piece(1)], true, 200_001).expect("fits").bytes.len(), 200_001);
        for pieces in [vec![piece(4)], vec![piece(2), piece(2)], vec![piece(1), piece(100)]] {
            let error = receive(pieces, true, 3).expect_err("too large");
            assert_eq!(
                (error.code, error.message.as_deref()),
                (Exception::RequestTooLarge, Some("Request must be smaller than 3 bytes for the Test operation"))
            );
        }
    }

    #[test]
    fn a_body_that_stops_is_given_up() {
        let error = receive(vec![Bytes::from_static(b"x")], false, 3).expect_err("late");
        assert_eq!(error.code, Exception::InvalidRequestContent);
    }
}
