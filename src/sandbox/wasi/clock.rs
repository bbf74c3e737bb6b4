//! What time it is for a guest and where its randomness comes from: this machine's clocks and kernel, or, where the same
//! bytes must come out twice, a clock that counts what the guest does and a generator with a fixed seed.

use std::time::{Duration, Instant, SystemTime};

use sha2::{Digest, Sha256};

use super::abi::Errno;

/// What a counted clock shows first, in nanoseconds since 1970: 2026-01-01T00:00:00Z.
const COUNTED_START: u64 = 1_767_225_600_000_000_000;
/// Nanoseconds that a counted clock takes for one host call, and for each byte that it moves. About what they take.
const CALL_COST: u64 = 100;
const BYTE_COST: u64 = 1;

/// A guest's clocks. They go on from where its image stood, so a restored guest never sees one go back.
#[derive(Debug, Clone)]
pub(crate) enum Clock {
    /// This machine's.
    Real {
        /// When the guest was made.
        started: Instant,
        /// What the monotonic clock showed when the image was taken.
        base: Duration,
    },
    /// Time that passes by what the guest does.
    Counted(Counted),
}

/// A nanosecond for each operator, and more for host calls; a sleep passes at once.
///
/// A call's time and its fuel are both bounds on operators, so the store is given whichever is less.
#[derive(Debug, Clone)]
pub(crate) struct Counted {
    /// What the monotonic clock showed when the image was taken.
    base: u64,
    /// Operators until the store's fuel was last looked at.
    used: u64,
    /// The store's fuel then.
    granted: u64,
    /// Nanoseconds of sleep and of host calls.
    charged: u64,
    /// What the clock shows when the call's time is up.
    deadline: u64,
    /// `used` when the call's fuel is up, and when the call began.
    limit: u64,
    began: u64,
}

impl Clock {
    pub(crate) fn real(started: Instant, base: Duration) -> Self {
        Self::Real { started, base }
    }

    pub(crate) fn counted(base: Duration) -> Self {
        Self::Counted(Counted { base: nanoseconds(base), used: 0, granted: 0, charged: 0, deadline: u64::MAX, limit: u64::MAX, began: 0 })
    }

    /// The monotonic clock.
    pub(crate) fn monotonic(&self) -> Duration {
        match self {
            Self::Real { started, base } => *base + started.elapsed(),
            Self::Counted(counted) => Duration::from_nanos(counted.now()),
        }
    }

    /// Nanoseconds since 1970.
    pub(crate) fn wall(&self) -> u64 {
        match self {
            Self::Real { .. } => nanoseconds(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()),
            Self::Counted(counted) => COUNTED_START.saturating_add(counted.now()),
        }
    }

    pub(crate) fn as_counted(&mut self) -> Option<&mut Counted> {
        match self {
            Self::Real { .. } => None,
            Self::Counted(counted) => Some(counted),
        }
    }
}

impl Counted {
    fn now(&self) -> u64 {
        self.base.saturating_add(self.used).saturating_add(self.charged)
    }

    /// A call begins, with so many operators and so much time.
    pub(crate) fn begin(&mut self, fuel: u64, timeout: Duration) {
        self.began = self.used;
        self.limit = self.used.saturating_add(fuel);
        self.deadline = self.now().saturating_add(nanoseconds(timeout));
    }

    /// The store has this much fuel left.
    pub(crate) fn observe(&mut self, left: u64) {
        self.used += self.granted.saturating_sub(left);
        self.granted = left;
    }

    /// The fuel that the store is to be given now.
    pub(crate) fn grant(&mut self) -> u64 {
        self.granted = self.limit.saturating_sub(self.used).min(self.deadline.saturating_sub(self.now()));
        self.granted
    }

    /// A host call that moved so many bytes.
    pub(crate) fn charge_call(&mut self, bytes: u64) {
        self.charged = self.charged.saturating_add(CALL_COST).saturating_add(bytes.saturating_mul(BYTE_COST));
    }

    /// A sleep, but not beyond the deadline. Whether it was reached.
    pub(crate) fn sleep(&mut self, time: Duration) -> bool {
        let left = self.deadline.saturating_sub(self.now());
        self.charged = self.charged.saturating_add(nanoseconds(time).min(left));
        nanoseconds(time) >= left
    }

    /// Operators since the call began.
    pub(crate) fn fuel_used(&self) -> u64 {
        self.used - self.began
    }

    /// Of the two bounds, whether the fuel was the one that was met.
    pub(crate) fn is_out_of_fuel(&self) -> bool {
        self.used >= self.limit
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Where random bytes come from.
#[derive(Debug, Clone)]
pub(crate) enum Entropy {
    /// The kernel.
    Real,
    /// SHA-256 of a seed and a counter: the same bytes in the same order each time.
    Seeded {
        /// Different for boot, init and call, so that a call does not repeat what its init drew.
        seed: u64,
        /// Blocks drawn.
        drawn: u64,
    },
}

impl Entropy {
    pub(crate) fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Errno> {
        match self {
            Self::Real => getrandom::fill(buffer).map_err(|_| Errno::InputOutput),
            Self::Seeded { seed, drawn } => {
                for part in buffer.chunks_mut(32) {
                    let block = Sha256::new().chain_update("wasmlam").chain_update(seed.to_le_bytes()).chain_update(drawn.to_le_bytes());
                    part.copy_from_slice(&block.finalize()[..part.len()]);
                    *drawn += 1;
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    fn counted() -> Clock {
        Clock::counted(Duration::from_millis(5))
    }

    #[test]
    fn a_counted_clock_moves_by_operators_calls_and_sleep_only() {
        let mut clock = counted();
        assert_eq!(clock.monotonic(), Duration::from_millis(5));
        assert_eq!(clock.wall(), COUNTED_START + 5 * MS);
        let counted = clock.as_counted().expect("it is");
        counted.begin(u64::MAX, Duration::from_millis(10));
        assert_eq!(counted.grant(), 10 * MS);
        counted.observe(9 * MS);
        counted.charge_call(50);
        assert!(!counted.sleep(Duration::from_millis(2)));
        assert_eq!(counted.grant(), 7 * MS - 150);
        assert_eq!(counted.fuel_used(), MS, "sleep is no work");
        assert_eq!(clock.monotonic(), Duration::from_nanos(8 * MS + 150));
    }

    #[test]
    fn a_call_is_out_of_fuel_or_out_of_time_whichever_is_less() {
        for (fuel, out_of_fuel) in [(3 * MS, true), (30 * MS, false)] {
            let mut clock = counted();
            let counted = clock.as_counted().expect("it is");
            counted.begin(fuel, Duration::from_millis(10));
            assert_eq!(counted.grant(), fuel.min(10 * MS));
            counted.observe(0);
            assert_eq!(counted.is_out_of_fuel(), out_of_fuel);
            assert_eq!(counted.grant(), 0);
        }
    }

    #[test]
    fn a_sleep_of_centuries_ends_at_the_deadline() {
        let mut clock = counted();
        let counted = clock.as_counted().expect("it is");
        counted.begin(u64::MAX, Duration::from_millis(10));
        assert!(counted.sleep(Duration::MAX));
        assert_eq!(clock.monotonic(), Duration::from_millis(15));
    }

    #[test]
    fn seeded_bytes_are_the_same_twice_and_differ_by_seed_and_by_place() {
        let draw = |seed: u64| {
            let mut entropy = Entropy::Seeded { seed, drawn: 0 };
            let mut bytes = [[0; 40]; 2];
            bytes.iter_mut().for_each(|bytes| entropy.fill(bytes).expect("cannot fail"));
            bytes
        };
        assert_eq!(draw(1), draw(1));
        let [first, second] = draw(1);
        assert_ne!(first, second);
        assert_ne!(draw(1), draw(2));
    }
}
