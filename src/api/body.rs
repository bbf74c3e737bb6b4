//! Bodies of answers: bytes that are there, or frames that come later.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::Frame;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Either, Empty, Full};

/// The body of an answer. The common case, bytes that are there, costs no allocation of its own.
pub type Body = Either<Full<Bytes>, UnsyncBoxBody<Bytes, Infallible>>;

/// Bytes that are there.
pub(super) fn full(bytes: impl Into<Bytes>) -> Body {
    Either::Left(Full::new(bytes.into()))
}

/// Frames that come later. An error ends them: the head has gone out already.
pub(super) fn frames<B>(body: B) -> Body
where
    B: http_body::Body<Data = Bytes> + Send + Unpin + 'static,
{
    Either::Right(UntilError(body).boxed_unsync())
}

struct UntilError<B>(B);

impl<B: http_body::Body<Data = Bytes> + Unpin> http_body::Body for UntilError<B> {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Pin::new(&mut self.0).poll_frame(context).map(|frame| frame?.ok().map(Ok))
    }
}

/// No bytes.
pub(super) fn empty() -> Body {
    Either::Right(Empty::new().boxed_unsync())
}
