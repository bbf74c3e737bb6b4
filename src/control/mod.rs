//! AWS's rules for functions and all that belongs to them, without HTTP and without SQL.
//!
//! [`Control`] has one method for each operation of the API. What comes in was checked against the service model's bounds
//! and patterns; what depends on the state, or on several members, is checked here and answered in AWS's words. The state
//! is in a [`crate::store::Store`], asynchronous events in a [`crate::queue::Queue`], and functions run through a
//! [`Runtime`]: each a trait, so that a server of several machines brings its own.

mod account;
mod aliases;
mod concurrency;
mod error;
mod event_invoke;
mod event_sources;
mod functions;
mod invoke;
mod layers;
mod logs;
pub mod model;
mod operations;
mod permissions;
mod runtime;
mod signing;
mod tags;
mod urls;
mod versions;

use std::sync::Arc;

pub use error::{ApiError, BodyShape, Exception, ThrottleReason};
pub use invoke::{Answer, InvocationType, Invoke, Invoked, Source};
pub use operations::OPERATIONS;
pub use urls::UrlTarget;

use crate::function::{Account, RequestId};

/// Whose request it is, and which.
#[derive(Debug, Clone)]
pub struct Scope {
    /// Region and account: each pair has functions of its own.
    pub account: Account,
    /// The id of the request, which an invocation takes over.
    pub request_id: RequestId,
}

/// The Lambda service of one server. Cheap to clone; every method may be called from any thread.
#[derive(Clone)]
pub struct Control(Arc<Inner>);

struct Inner {}

/// What the server counts, for its metrics.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Metrics {
    /// Invocations that were admitted since the start.
    pub invocations: u64,
    /// Those that ended in a function error.
    pub function_errors: u64,
    /// Those that were refused with 429.
    pub throttles: u64,
    /// Those that run now.
    pub running: u64,
    /// Asynchronous events that wait.
    pub queued: u64,
    /// Deployments in memory.
    pub deployments: u64,
    /// Log bytes that were dropped since the store could not keep up.
    pub log_bytes_dropped: u64,
}

impl Control {
    /// What was counted until now.
    pub fn metrics(&self) -> Metrics {
        Metrics::default()
    }

    /// The zip behind a `Location` that `GetFunction` or `GetLayerVersion` gave, whose last segment `token` is. `None`
    /// when it is wrong or too old.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn download(&self, token: &str) -> Result<Option<Vec<u8>>, ApiError> {
        let _ = token;
        Err(ApiError::service("not built yet"))
    }

    /// Admits nothing more and waits until what runs has ended, `patience` at the longest; whether all of it did. Queued
    /// events stay queued.
    pub fn stop(&self, patience: std::time::Duration) -> bool {
        let _ = patience;
        true
    }
}
