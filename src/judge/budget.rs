//! What the host spends on a guest's result: steps, time, and a look at whether somebody wants it to stop.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Steps for one result. A value that is looked at takes one, and so does each [`BYTES`] of text; the largest result
/// takes some ten million where it is compared in its order.
const STEPS: u64 = 50_000_000;
/// Bytes of text that count as one step.
const BYTES: u64 = 32;
/// The steps take a second or two. On a machine that is much slower, or stands still, this ends it.
const TIME: Duration = Duration::from_secs(60);
/// Steps between two looks at the clock and at the caller's wish.
const LOOK: u64 = 1 << 16;

/// Why a comparison did not come to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// Its steps were used up.
    Steps,
    /// Its time was.
    Time,
    /// The caller wants it to stop.
    Stopped,
}

impl Ended {
    /// In words, for the verdict.
    pub(super) fn reason(self) -> String {
        match self {
            Self::Steps => format!("the result takes more than {STEPS} steps to compare; with a fixed order it would not"),
            Self::Time => format!("the result took longer than {} s to compare", TIME.as_secs()),
            Self::Stopped => "stopped".into(),
        }
    }
}

/// The account of one result.
#[derive(Debug)]
pub(super) struct Budget<'a> {
    left: Cell<u64>,
    look_at: Cell<u64>,
    until: Instant,
    stop: Option<&'a AtomicBool>,
    ended: Cell<Option<Ended>>,
}

impl<'a> Budget<'a> {
    /// A full one.
    pub(super) fn new(stop: Option<&'a AtomicBool>) -> Self {
        Self { left: Cell::new(STEPS), look_at: Cell::new(STEPS), until: Instant::now() + TIME, stop, ended: Cell::new(None) }
    }

    /// Takes steps from it; `false` when the comparison must end.
    pub(super) fn spend(&self, steps: u64) -> bool {
        if self.ended.get().is_some() {
            return false;
        }
        let Some(left) = self.left.get().checked_sub(steps) else {
            self.ended.set(Some(Ended::Steps));
            return false;
        };
        self.left.set(left);
        if left <= self.look_at.get() {
            self.look_at.set(left.saturating_sub(LOOK));
            if self.stop.is_some_and(|stop| stop.load(Ordering::Relaxed)) {
                self.ended.set(Some(Ended::Stopped));
            } else if Instant::now() >= self.until {
                self.ended.set(Some(Ended::Time));
            }
        }
        self.ended.get().is_none()
    }

    /// The same for a text that is gone through.
    pub(super) fn spend_text(&self, bytes: usize) -> bool {
        self.spend(1 + bytes as u64 / BYTES)
    }

    /// Why it ended, if it did.
    pub(super) fn ended(&self) -> Option<Ended> {
        self.ended.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_end_it_exactly_and_so_does_a_wish() {
        let budget = Budget::new(None);
        assert!(budget.spend(STEPS - 1) && budget.spend(1) && budget.ended().is_none());
        assert!(!budget.spend(1) && !budget.spend(0), "it stays ended");
        assert_eq!(budget.ended(), Some(Ended::Steps));
        let stop = AtomicBool::new(false);
        let budget = Budget::new(Some(&stop));
        assert!(budget.spend(1));
        stop.store(true, Ordering::Relaxed);
        assert!((0..=LOOK).any(|_| !budget.spend(1)), "it is looked at");
        assert_eq!(budget.ended(), Some(Ended::Stopped));
    }
}
