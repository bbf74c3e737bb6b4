//! Bounds on what all guests of this process have together.

use std::sync::atomic::{AtomicUsize, Ordering};

/// How many places are taken.
#[derive(Debug, Default)]
pub(super) struct Places(AtomicUsize);

/// A place that was taken; gives itself back when dropped.
#[derive(Debug)]
pub(super) struct Place(&'static Places);

impl Places {
    pub(super) const fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    /// Takes a place, if fewer than `most` are taken.
    pub(super) fn take(&'static self, most: usize) -> Option<Place> {
        let taken = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |count| (count < most).then_some(count + 1));
        // Only what was taken may be made: a place that is refused would give back another's.
        taken.ok().map(|_| Place(self))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_gives_nothing_back() {
        static PLACES: Places = Places::new();
        let mut taken: Vec<Place> = (0..3).filter_map(|_| PLACES.take(3)).collect();
        assert_eq!(taken.len(), 3);
        assert!((0..10).all(|_| PLACES.take(3).is_none()), "as often as it is asked");
        taken.pop();
        let again = PLACES.take(3).expect("one is free");
        assert!(PLACES.take(3).is_none());
        drop((taken, again));
        assert_eq!(PLACES.0.load(Ordering::SeqCst), 0);
    }
}
