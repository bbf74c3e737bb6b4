//! Asynchronous events that wait for their turn, in memory and within bounds.
//!
//! Knows when an event is due and what it takes, not what a function is: who takes an event out runs it and, where AWS would
//! try it again, puts it back with a later time. Behind a trait, for a queue that survives the process.

mod clock;
mod memory;

pub use clock::{Clock, ManualClock, SystemClock};
pub use memory::MemoryQueue;

use std::time::Duration;

use crate::function::{Account, RequestId};

/// An event on its way to a function.
#[derive(Debug, Clone)]
pub struct Event {
    /// Whose.
    pub account: Account,
    /// The function's name.
    pub function: String,
    /// The version or alias that was named; resolved when its turn comes, so a change of the function counts.
    pub qualifier: Option<String>,
    /// The same in every attempt.
    pub request_id: RequestId,
    /// JSON text.
    pub payload: Vec<u8>,
    /// JSON text of the client context.
    pub client_context: Option<String>,
    /// X-Ray's header.
    pub trace_id: Option<String>,
    /// Of a function with tenant isolation.
    pub tenant_id: Option<String>,
    /// When it was accepted, since 1970.
    pub accepted: Duration,
    /// When its turn is, since 1970.
    pub due: Duration,
    /// How often the function was called with it.
    pub attempts: u32,
    /// How often there was no room for it.
    pub throttles: u32,
}

impl Event {
    /// Bytes that it takes in a queue.
    pub fn bytes(&self) -> u64 {
        (self.payload.len() + self.client_context.as_ref().map_or(0, String::len)) as u64 + 512
    }
}

/// There is no room for another event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{events} events with {bytes} bytes wait already, which is all that there is room for")]
pub struct Full {
    /// Events that wait.
    pub events: usize,
    /// Bytes that they take.
    pub bytes: u64,
}

/// Events that wait.
pub trait Queue: Send + Sync {
    /// Accepts an event.
    ///
    /// # Errors
    /// When there is no room.
    fn push(&self, event: Event) -> Result<(), Full>;

    /// Puts back an event that was taken: there is always room.
    fn put_back(&self, event: Event);

    /// Takes an event whose time has come; the one whose turn was first.
    fn take(&self, now: Duration) -> Option<Event>;

    /// Waits until there may be an event to take, `patience` at the longest.
    fn wait(&self, now: Duration, patience: Duration);

    /// How many wait.
    fn len(&self) -> usize;

    /// Whether none waits.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Ends every wait.
    fn wake(&self);
}
