//! Bodies of answers: bytes that are there, or frames that come later.

use std::convert::Infallible;

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Either, Empty, Full};

/// The body of an answer. The common case, bytes that are there, costs no allocation of its own.
pub type Body = Either<Full<Bytes>, UnsyncBoxBody<Bytes, Infallible>>;

/// Bytes that are there.
pub(super) fn full(bytes: impl Into<Bytes>) -> Body {
    Either::Left(Full::new(bytes.into()))
}

/// No bytes.
pub(super) fn empty() -> Body {
    Either::Right(Empty::new().boxed_unsync())
}
