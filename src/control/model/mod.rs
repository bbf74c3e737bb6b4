//! The API's shapes as data: one struct for each operation's input and output, with AWS's member names.
//!
//! An input is the one JSON object that the members of path, query, headers and body make together; unknown members are
//! ignored. An output becomes one JSON object without its absent members. Bounds, patterns and enums are the service
//! model's and are checked before a value gets here; what depends on more than one member is checked by `control`.
//! What AWS calls `XRequest` is `X` here, and `XResponse` is `XOutput`.
#![expect(missing_docs, reason = "the members are AWS's, and its API reference says what they mean")]

mod account;
mod aliases;
mod blob;
mod concurrency;
mod event_invoke;
mod event_sources;
mod functions;
mod layers;
mod logs;
mod permissions;
mod runtime;
mod signing;
mod tags;
mod urls;
mod versions;

pub use account::*;
pub use aliases::*;
pub use blob::{Blob, Epoch};
pub use concurrency::*;
pub use event_invoke::*;
pub use event_sources::*;
pub use functions::*;
pub use layers::*;
pub use logs::*;
pub use permissions::*;
pub use runtime::*;
pub use signing::*;
pub use tags::*;
pub use urls::*;
pub use versions::*;
