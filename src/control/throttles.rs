//! How often each function was throttled, by the minute, since the server's start. Refused calls have no log to count from.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use super::{Control, Scope, time};
use crate::function::Account;

/// Minutes that are kept of a function, those with a throttle alone; the oldest go.
const MAX_MINUTES: usize = 2_000;
/// Functions that are kept; beyond it all are forgotten.
const MAX_FUNCTIONS: usize = 10_000;

/// Milliseconds since 1970 of a minute's begin, and the calls that were refused in it.
type Minutes = VecDeque<(u64, u64)>;

/// The counts of all functions.
#[derive(Default)]
pub(super) struct Throttles(Mutex<HashMap<(Account, String), Minutes>>);

impl Throttles {
    /// Counts one.
    pub(super) fn count(&self, account: &Account, name: &str) {
        self.count_at(account, name, time::now().as_secs() / 60 * 60_000);
    }

    fn count_at(&self, account: &Account, name: &str, minute: u64) {
        let mut functions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (account.clone(), name.to_owned());
        if functions.len() >= MAX_FUNCTIONS && !functions.contains_key(&key) {
            functions.clear();
        }
        let minutes = functions.entry(key).or_default();
        match minutes.back_mut() {
            // A clock that was set back must not make the list disordered.
            Some((last, count)) if *last >= minute => *count += 1,
            Some(_) | None => minutes.push_back((minute, 1)),
        }
        if minutes.len() > MAX_MINUTES {
            minutes.pop_front();
        }
    }

    fn since(&self, account: &Account, name: &str, from_ms: u64) -> Vec<(u64, u64)> {
        let functions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let minutes = functions.get(&(account.clone(), name.to_owned()));
        minutes.into_iter().flatten().copied().filter(|(minute, _)| minute + 60_000 > from_ms).collect()
    }

    /// Forgets a function that is gone.
    pub(super) fn forget(&self, account: &Account, name: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&(account.clone(), name.to_owned()));
    }
}

impl Control {
    /// The minutes from `from_ms` on in which calls of this function were refused with 429, each with their number; times are
    /// milliseconds since 1970. As far back as the server's start, and at most 2,000 minutes.
    pub fn throttles(&self, scope: &Scope, function_name: &str, from_ms: u64) -> Vec<(u64, u64)> {
        self.0.throttles.since(&scope.account, function_name, from_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_are_counted_apart_and_bounded() {
        let throttles = Throttles::default();
        let account = Account::default();
        for minute in [60_000, 60_000, 120_000, 60_000] {
            throttles.count_at(&account, "f", minute);
        }
        throttles.count_at(&account, "g", 180_000);
        assert_eq!(throttles.since(&account, "f", 0), [(60_000, 2), (120_000, 2)], "a clock that goes back adds to the last minute");
        assert_eq!(throttles.since(&account, "f", 120_001), [(120_000, 2)], "a minute that has begun before counts");
        assert_eq!(throttles.since(&account, "f", 180_000), []);
        for minute in 0..2 * MAX_MINUTES as u64 {
            throttles.count_at(&account, "h", minute * 60_000);
        }
        let kept = throttles.since(&account, "h", 0);
        assert_eq!((kept.len(), kept[0].0), (MAX_MINUTES, MAX_MINUTES as u64 * 60_000));
        throttles.forget(&account, "h");
        assert_eq!(throttles.since(&account, "h", 0), []);
    }
}
