//! Following an invocation while it runs.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::{Completion, Log, LogStream, Outcome, RequestId};

/// An invocation that begins, or that could not: everything that its log has before what the handler prints.
#[derive(Debug, Clone, Copy)]
pub struct Begun<'a> {
    /// The invocation's id.
    pub request_id: &'a RequestId,
    /// The function's ARN as the caller named it.
    pub invoked_arn: &'a str,
    /// The log stream of the environment that it runs in.
    pub log_stream: &'a LogStream,
    /// The guest's wall clock when the call begins, since 1970.
    pub started: Duration,
    /// The duration and the log of the init, where this invocation waited for one.
    pub init: Option<(Duration, &'a Log)>,
    /// How the init ended, where it failed and nothing was called.
    pub failed: Option<&'a Outcome>,
    /// The duration of making the sandbox from an image, where it was made from one.
    pub restore: Option<Duration>,
    /// What the hooks after a restore printed.
    pub restore_log: &'a Log,
}

impl<'a> Begun<'a> {
    /// How an invocation that has ended began.
    pub fn of(completion: &'a Completion) -> Self {
        Self {
            request_id: &completion.request_id,
            invoked_arn: &completion.invoked_arn,
            log_stream: &completion.log_stream,
            started: completion.started,
            init: completion.usage.init_duration.map(|duration| (duration, &completion.init_log)),
            failed: (!completion.was_called).then_some(&completion.outcome),
            restore: completion.usage.restore_duration,
            restore_log: &completion.restore_log,
        }
    }

    /// The duration of the restore, where the log reports it: an init is reported in its place.
    pub fn reported_restore(&self) -> Option<Duration> {
        self.restore.filter(|_| self.init.is_none())
    }
}

/// What a follower sees.
#[derive(Debug, Clone, Copy)]
pub enum Seen<'a> {
    /// The handler is about to be called.
    Begun(Begun<'a>),
    /// It has printed this: the next bytes of [`Completion::log`], as far as that keeps the start of a log.
    Printed(&'a [u8]),
}

/// Somebody who follows an invocation while it runs. What it does takes time of the invocation.
#[derive(Clone)]
pub struct Follower(Arc<dyn Fn(Seen<'_>) + Send + Sync>);

impl Follower {
    /// A follower that does this with what it sees, on the guest's thread.
    pub fn new(see: impl Fn(Seen<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(see))
    }

    pub(crate) fn see(&self, seen: Seen<'_>) {
        (self.0)(seen);
    }
}

impl fmt::Debug for Follower {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Follower")
    }
}
