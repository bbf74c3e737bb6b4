//! The CPU share that a memory size buys on AWS: a guest runs for its share of each period and is paused for the rest.
//!
//! The kernel gives a container its share in this way: a quota of CPU time in each period, what is not used is lost,
//! what was used too much is taken from the next one. CPU time of this thread is counted, so a guest that sleeps, or a
//! machine that is busy with something else, does not use the quota up.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

use crate::function::CpuShare;

/// The period in which AWS hands out CPU time (seen from inside its containers).
const PERIOD: Duration = Duration::from_millis(20);

/// One guest's account.
#[derive(Debug)]
pub(crate) struct Pace {
    quota: i64,
    /// Nanoseconds of CPU time left in this period; below zero it is a debt to the next one.
    left: i64,
    period_end: Instant,
    /// This thread's CPU time when `left` was reckoned.
    seen: i64,
}

impl Pace {
    /// An account whose first period begins now. `None` for a share that one thread cannot use up.
    pub(crate) fn new(share: CpuShare) -> Option<Self> {
        let quota = signed(share.of(PERIOD)?);
        Some(Self { quota, left: quota, period_end: Instant::now() + PERIOD, seen: cpu_time() })
    }

    /// Reckons up to now. Until when the guest is paused, if it is; then ask again.
    pub(crate) fn pause(&mut self) -> Option<Instant> {
        self.reckon(Instant::now(), cpu_time())
    }

    /// The earliest moment at which the quota can be used up.
    pub(crate) fn next(&self) -> Instant {
        Instant::now() + Duration::from_nanos(self.left.max(0).unsigned_abs())
    }

    fn reckon(&mut self, now: Instant, cpu_time: i64) -> Option<Instant> {
        self.left -= cpu_time - self.seen;
        self.seen = cpu_time;
        while now >= self.period_end {
            self.period_end += PERIOD;
            self.left = (self.left + self.quota).min(self.quota);
        }
        (self.left <= 0).then_some(self.period_end)
    }
}

fn signed(time: Duration) -> i64 {
    i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
}

/// Nanoseconds that this thread has computed.
pub(crate) fn cpu_time() -> i64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_too_much_is_owed_and_what_is_not_used_is_lost() {
        let start = Instant::now();
        let at = |ms: u64| start + Duration::from_millis(ms);
        let ms = 1_000_000;
        let mut pace = Pace { quota: 5 * ms, left: 5 * ms, period_end: at(20), seen: 0 };
        assert_eq!(pace.reckon(at(4), 4 * ms), None);
        assert_eq!(pace.reckon(at(7), 7 * ms), Some(at(20)), "2 ms too much");
        assert_eq!(pace.reckon(at(20), 7 * ms), None);
        assert_eq!(pace.left, 3 * ms);
        assert_eq!(pace.reckon(at(35), 22 * ms), Some(at(40)), "15 ms without a look: 12 owed");
        assert_eq!(pace.reckon(at(40), 22 * ms), Some(at(60)));
        assert_eq!(pace.reckon(at(60), 22 * ms), Some(at(80)));
        assert_eq!(pace.reckon(at(80), 22 * ms), None);
        assert_eq!(pace.reckon(at(500), 22 * ms), None);
        assert_eq!(pace.left, 5 * ms, "a long sleep saves nothing up");
    }

    #[test]
    fn a_whole_vcpu_is_not_paced() {
        let share = |mb: &str| CpuShare::of_memory(mb.parse().expect("in bounds"));
        assert!(Pace::new(share("1769")).is_none());
        assert!(Pace::new(share("10240")).is_none());
        assert_eq!(Pace::new(share("128")).expect("paced").quota, 1_447_145);
    }
}
