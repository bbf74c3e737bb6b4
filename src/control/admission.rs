//! Who may run now: the account's concurrency, reservations, and the memory of this machine.

use std::collections::HashMap;
use std::fs;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{ApiError, ThrottleReason};
use crate::function::Account;

/// How old a look at the memory may be that admits an invocation.
const MEMORY_AGE: Duration = Duration::from_millis(50);
/// Bytes that an invocation is expected to need before its version has shown what it needs.
const EXPECTED_BYTES: u64 = 16 << 20;

/// Counts what runs.
pub(super) struct Admission {
    state: Mutex<State>,
    /// Invocations of one account and region at the same time.
    account_limit: u64,
    /// Bytes that invocations may need together.
    memory_budget: u64,
}

#[derive(Default)]
struct State {
    functions: HashMap<(Account, String), u64>,
    /// Of functions without a reservation.
    unreserved: HashMap<Account, u64>,
    running: u64,
    expected_bytes: u64,
    anonymous: Option<(Instant, u64)>,
    is_closed: bool,
}

/// What counts for one invocation.
#[derive(Debug, Clone)]
pub(super) struct Demand {
    pub(super) account: Account,
    pub(super) function: String,
    /// What the function has for itself, less what is provisioned elsewhere.
    pub(super) reserved: Option<u64>,
    /// What all functions without a reservation share.
    pub(super) unreserved: u64,
    /// What the version needed until now, at the most.
    pub(super) expected_bytes: Option<u64>,
    /// The function's memory size.
    pub(super) memory_size: u64,
}

/// One invocation that was admitted; it counts until this is dropped.
pub(super) struct Permit {
    admission: Arc<Admission>,
    key: (Account, String),
    is_reserved: bool,
    bytes: u64,
}

impl Admission {
    pub(super) fn new(account_limit: u64, memory_budget: u64) -> Self {
        Self { state: Mutex::default(), account_limit, memory_budget }
    }

    pub(super) fn account_limit(&self) -> u64 {
        self.account_limit
    }

    /// How many run.
    pub(super) fn running(&self) -> u64 {
        self.locked().running
    }

    /// Admits nothing more.
    pub(super) fn close(&self) {
        self.locked().is_closed = true;
    }

    /// Admits an invocation, or says which limit is reached.
    pub(super) fn admit(self: &Arc<Self>, demand: &Demand) -> Result<Permit, ApiError> {
        let mut state = self.locked();
        if state.is_closed {
            return Err(ApiError::new(super::Exception::ServiceUnavailable, "The server is stopping."));
        }
        let key = (demand.account.clone(), demand.function.clone());
        let of_function = state.functions.get(&key).copied().unwrap_or(0);
        let of_account = state.unreserved.get(&demand.account).copied().unwrap_or(0);
        match demand.reserved {
            Some(most) if of_function >= most => {
                let reason = ThrottleReason::ReservedFunctionConcurrentInvocationLimitExceeded;
                return Err(ApiError::throttled("Rate Exceeded.", reason));
            }
            None if of_account >= demand.unreserved => {
                return Err(ApiError::throttled("Rate Exceeded.", ThrottleReason::ConcurrentInvocationLimitExceeded));
            }
            Some(_) | None => {}
        }
        let bytes = demand.expected_bytes.unwrap_or(EXPECTED_BYTES).min(demand.memory_size);
        let used = state.anonymous_bytes();
        if state.expected_bytes.max(used) + bytes > self.memory_budget {
            return Err(self.out_of_memory(&state, used, bytes));
        }
        *state.functions.entry(key.clone()).or_default() += 1;
        if demand.reserved.is_none() {
            *state.unreserved.entry(demand.account.clone()).or_default() += 1;
        }
        state.running += 1;
        state.expected_bytes += bytes;
        Ok(Permit { admission: Arc::clone(self), key, is_reserved: demand.reserved.is_some(), bytes })
    }

    fn out_of_memory(&self, state: &State, used: u64, bytes: u64) -> ApiError {
        const MIB: u64 = 1 << 20;
        let message = format!(
            "The memory budget of this server is in use: {} invocations run with {} of {} MB, and this one is expected to need {} MB. \
             Try again later, or start the server with a larger --memory-budget.",
            state.running,
            state.expected_bytes.max(used) / MIB,
            self.memory_budget / MIB,
            bytes.div_ceil(MIB)
        );
        ApiError { retry_after: Some(1), ..ApiError::throttled(message, ThrottleReason::ConcurrentInvocationLimitExceeded) }
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Bytes of memory of this process that no file backs: what sandboxes have written is among them, what they share is not.
    fn anonymous_bytes(&mut self) -> u64 {
        match self.anonymous {
            Some((at, bytes)) if at.elapsed() < MEMORY_AGE => bytes,
            _ => {
                let bytes = read_anonymous_bytes().unwrap_or(0);
                self.anonymous = Some((Instant::now(), bytes));
                bytes
            }
        }
    }
}

fn read_anonymous_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kib| kib * 1024)
}

/// Bytes of memory that this machine has; a budget leaves a quarter of it to everything else.
pub fn machine_memory() -> Option<u64> {
    let info = fs::read_to_string("/proc/meminfo").ok()?;
    let line = info.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kib| kib * 1024)
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut state = self.admission.locked();
        state.running -= 1;
        state.expected_bytes -= self.bytes;
        if !self.is_reserved {
            lower(&mut state.unreserved, &self.key.0);
        }
        lower(&mut state.functions, &self.key);
    }
}

/// Counts one less; what is at zero goes, so that the map is no longer than what runs.
fn lower<K: std::hash::Hash + Eq>(counts: &mut HashMap<K, u64>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn demand(function: &str, reserved: Option<u64>) -> Demand {
        Demand {
            account: Account::default(),
            function: function.into(),
            reserved,
            unreserved: 3,
            expected_bytes: Some(1 << 20),
            memory_size: 128 << 20,
        }
    }

    #[test]
    fn reservations_and_the_rest_count_apart() {
        let admission = Arc::new(Admission::new(5, u64::MAX));
        let reserved = demand("r", Some(2));
        let held: Vec<_> = (0..2).map(|_| admission.admit(&reserved).expect("reserved")).collect();
        let error = admission.admit(&reserved).map(drop).expect_err("two already");
        assert_eq!(error.reason, Some(ThrottleReason::ReservedFunctionConcurrentInvocationLimitExceeded));
        let others: Vec<_> = (0..3).map(|n| admission.admit(&demand(&n.to_string(), None)).expect("unreserved")).collect();
        let error = admission.admit(&demand("x", None)).map(drop).expect_err("three already");
        assert_eq!((error.code.status(), error.reason), (429, Some(ThrottleReason::ConcurrentInvocationLimitExceeded)));
        let mut elsewhere = demand("x", None);
        elsewhere.account.region = "eu-west-1".into();
        assert!(admission.admit(&elsewhere).is_ok(), "each region has its own");
        drop((held, others));
        assert_eq!(admission.running(), 0);
        assert!(admission.admit(&reserved).is_ok());
        assert!(admission.locked().functions.is_empty() && admission.locked().unreserved.is_empty());
        assert!(admission.admit(&demand("z", Some(0))).is_err(), "zero stops a function");
    }

    #[test]
    fn memory_is_a_limit_that_says_so() {
        let admission = Arc::new(Admission::new(1000, u64::MAX));
        let base = read_anonymous_bytes().expect("a status");
        let admission = Arc::new(Admission { memory_budget: base + (64 << 20), ..Arc::into_inner(admission).expect("one") });
        let mut large = demand("f", None);
        large.unreserved = 1000;
        large.expected_bytes = Some(base + (60 << 20));
        large.memory_size = u64::MAX;
        let first = Permit { admission: Arc::clone(&admission), key: (large.account.clone(), "f".into()), is_reserved: true, bytes: 0 };
        admission.locked().running += 1;
        admission.locked().expected_bytes = base + (60 << 20);
        large.expected_bytes = Some(5 << 20);
        let error = admission.admit(&large).map(drop).expect_err("no room");
        assert_eq!((error.code.status(), error.retry_after), (429, Some(1)));
        assert!(error.to_string().contains("The memory budget of this server is in use: 1 invocations run with"), "{error}");
        drop(first);
    }
}
