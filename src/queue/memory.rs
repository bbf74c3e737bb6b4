//! The queue of one process: a heap by time.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{Event, Full, Queue};

/// Events in memory, which end with the process.
pub struct MemoryQueue {
    state: Mutex<State>,
    changed: Condvar,
    max_events: usize,
    max_bytes: u64,
}

#[derive(Default)]
struct State {
    heap: BinaryHeap<Reverse<Waiting>>,
    bytes: u64,
    next_number: u64,
}

/// In the order of its time, then of its arrival.
struct Waiting {
    number: u64,
    event: Event,
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.event.due, self.number).cmp(&(other.event.due, other.number))
    }
}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Waiting {}

impl MemoryQueue {
    /// A queue that accepts up to this many events with this many bytes together.
    pub fn new(max_events: usize, max_bytes: u64) -> Self {
        Self { state: Mutex::default(), changed: Condvar::new(), max_events, max_bytes }
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, mut state: MutexGuard<'_, State>, event: Event) {
        state.bytes += event.bytes();
        let number = state.next_number;
        state.next_number += 1;
        state.heap.push(Reverse(Waiting { number, event }));
        drop(state);
        self.changed.notify_all();
    }
}

impl Queue for MemoryQueue {
    fn push(&self, event: Event) -> Result<(), Full> {
        let state = self.locked();
        if state.heap.len() >= self.max_events || state.bytes + event.bytes() > self.max_bytes {
            return Err(Full { events: state.heap.len(), bytes: state.bytes });
        }
        self.add(state, event);
        Ok(())
    }

    fn put_back(&self, event: Event) {
        self.add(self.locked(), event);
    }

    fn take(&self, now: Duration) -> Option<Event> {
        let mut state = self.locked();
        if state.heap.peek().is_none_or(|first| first.0.event.due > now) {
            return None;
        }
        let Reverse(waiting) = state.heap.pop()?;
        state.bytes -= waiting.event.bytes();
        Some(waiting.event)
    }

    fn wait(&self, now: Duration, patience: Duration) {
        let state = self.locked();
        let until_due = state.heap.peek().map(|first| first.0.event.due.saturating_sub(now));
        let time = until_due.map_or(patience, |due| due.min(patience));
        if !time.is_zero() {
            drop(self.changed.wait_timeout(state, time));
        }
    }

    fn len(&self) -> usize {
        self.locked().heap.len()
    }

    fn wake(&self) {
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::function::{Account, RequestId};

    fn event(due: u64, name: &str) -> Event {
        Event {
            account: Account::default(),
            function: name.into(),
            qualifier: None,
            request_id: RequestId::fixed(),
            payload: vec![b' '; 88],
            client_context: None,
            trace_id: None,
            tenant_id: None,
            accepted: Duration::ZERO,
            due: Duration::from_secs(due),
            attempts: 0,
            throttles: 0,
        }
    }

    #[test]
    fn events_come_when_they_are_due_the_first_first() {
        let queue = MemoryQueue::new(10, 1 << 20);
        for (due, name) in [(5, "late"), (1, "a"), (1, "b")] {
            queue.push(event(due, name)).expect("room");
        }
        let names = |now| std::iter::from_fn(|| queue.take(Duration::from_secs(now))).map(|event| event.function).collect::<Vec<_>>();
        assert_eq!(names(0), [""; 0]);
        assert_eq!(names(1), ["a", "b"]);
        assert_eq!(names(9), ["late"]);
        assert!(queue.is_empty());
    }

    #[test]
    fn both_bounds_count_for_new_events_and_none_for_those_that_come_back() {
        let few = MemoryQueue::new(1, 1 << 20);
        few.push(event(0, "a")).expect("room");
        let full = few.push(event(0, "b")).expect_err("full");
        assert_eq!(full.to_string(), "1 events with 600 bytes wait already, which is all that there is room for");
        few.put_back(event(0, "b"));
        assert_eq!(few.len(), 2);
        let small = MemoryQueue::new(100, 1199);
        small.push(event(0, "a")).expect("room");
        assert!(small.push(event(0, "b")).is_err());
        small.take(Duration::ZERO).expect("the first");
        small.push(event(0, "b")).expect("room again");
    }
}
