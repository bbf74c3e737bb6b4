//! What makes a measurement doubtful. Each says what to do about it; each rule names where it comes from.

use std::fmt;
use std::time::Duration;

use super::plan::Run;
use super::stats::{median, modified_z_scores, percentile, sorted, trend};

/// Ten standard deviations, by way of the median absolute deviation, which an outlier cannot move (hyperfine's
/// `OUTLIER_THRESHOLD`; 1.4826 deviations are one standard deviation of a normal distribution).
const OUTLIER_SCORE: f64 = 1.4826 * 10.0;
/// Part of the runs that may be outliers. hyperfine doubts at the first one, but has ten runs; thousands of runs of
/// microseconds always meet a few interrupts.
const OUTLIERS: f64 = 0.01;
/// Of more runs, the first one alone moves nothing.
const FEW_RUNS: usize = 100;
/// Of the Mann-Kendall test: a trend that chance shows once in a thousand times.
const TREND: f64 = 3.29;
/// A trend of less than this part of the time is nothing to act on.
const DRIFT: f64 = 0.05;
/// Part of the time that threads may wait for a core, or that the hypervisor may take.
const WAIT: f64 = 0.02;
/// Load at the beginning, for each core: above it something else is running (a machine at rest is near 0).
const LOAD: f64 = 0.25;
/// Spread of the control: the distance of its quartiles, as part of its median. Criterion's fences are made from the same
/// distance (Tukey 1977); a machine at rest stays below 3 %.
const CONTROL_SPREAD: f64 = 0.10;

/// One reason to doubt.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Doubt {
    /// The first run was an outlier (hyperfine's rule).
    SlowFirst {
        /// What it took, in microseconds.
        first: f64,
        /// What the others take.
        median: f64,
    },
    /// Many runs were.
    Outliers {
        /// How many.
        count: usize,
        /// Of how many.
        runs: usize,
    },
    /// The runs became slower or faster.
    Drift {
        /// Median of the first third of the rounds, in microseconds.
        from: f64,
        /// And of the last.
        to: f64,
    },
    /// Threads waited for a core.
    Waited {
        /// Part of the time.
        part: f64,
        /// Calls at the same time.
        concurrency: usize,
    },
    /// The machine was at work before.
    Load {
        /// Its load average of the last minute.
        load: f64,
        /// Its cores.
        cores: usize,
    },
    /// The hypervisor gave the cores to others.
    Stolen {
        /// Part of the time.
        part: f64,
    },
    /// The machine's speed changed.
    UnsteadyControl {
        /// Distance of the control's quartiles, as part of its median.
        spread: f64,
    },
}

impl Doubt {
    /// Doubts about one series.
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    pub(super) fn of(samples_us: &[f64], run: &Run, concurrency: usize) -> Vec<Self> {
        let mut doubts = Vec::new();
        let scores: Vec<f64> = modified_z_scores(samples_us).collect();
        let count = scores.iter().filter(|score| score.abs() > OUTLIER_SCORE).count();
        let first_counts = (3..=FEW_RUNS).contains(&samples_us.len());
        if first_counts && scores.first().is_some_and(|score| *score > OUTLIER_SCORE) {
            doubts.push(Self::SlowFirst { first: samples_us[0], median: median(samples_us.iter().copied()) });
        } else if samples_us.len() >= 3 && count as f64 > OUTLIERS * samples_us.len() as f64 {
            doubts.push(Self::Outliers { count, runs: samples_us.len() });
        }
        let starts = std::iter::once(&0).chain(&run.round_ends);
        let rounds: Vec<f64> = starts.zip(&run.round_ends).map(|(start, end)| median(samples_us[*start..*end].iter().copied())).collect();
        let third = rounds.len() / 3;
        if third > 0 && trend(&rounds).abs() > TREND {
            let (from, to) = (median(rounds[..third].iter().copied()), median(rounds[rounds.len() - third..].iter().copied()));
            if (to / from - 1.0).abs() > DRIFT {
                doubts.push(Self::Drift { from, to });
            }
        }
        let part = run.waited.as_secs_f64() / run.elapsed.as_secs_f64().max(1e-9);
        if part > WAIT {
            doubts.push(Self::Waited { part, concurrency });
        }
        doubts
    }
}

/// What was seen of the machine while it measured.
#[derive(Debug, Clone, Default)]
pub struct Machine {
    /// Cores that this process may use.
    pub cores: usize,
    /// Load average of the minute before.
    pub load: Option<f64>,
    /// Part of the time that the hypervisor took.
    pub stolen: Option<f64>,
    /// What the control took in each round.
    pub control: Vec<Duration>,
}

impl Machine {
    /// Doubts about all series.
    #[expect(clippy::cast_precision_loss, reason = "a number of cores")]
    pub fn doubts(&self) -> Vec<Doubt> {
        let mut doubts = Vec::new();
        if let Some(load) = self.load.filter(|load| *load > LOAD * self.cores as f64) {
            doubts.push(Doubt::Load { load, cores: self.cores });
        }
        if let Some(part) = self.stolen.filter(|part| *part > WAIT) {
            doubts.push(Doubt::Stolen { part });
        }
        let control = sorted(self.control.iter().map(Duration::as_secs_f64));
        let spread = (percentile(&control, 75.0) - percentile(&control, 25.0)) / percentile(&control, 50.0).max(1e-12);
        if spread > CONTROL_SPREAD {
            doubts.push(Doubt::UnsteadyControl { spread });
        }
        doubts
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |part: &f64| part * 100.0;
        match self {
            Self::SlowFirst { first, median } => {
                write!(f, "the first run took {first:.0} us, the median is {median:.0} us: raise --warmup")
            }
            Self::Outliers { count, runs } => {
                write!(f, "{count} of {runs} runs are outliers (modified Z-score above 10): close other programs, or trust p50 only")
            }
            Self::Drift { from, to } => {
                let change = percent(&(to / from - 1.0));
                write!(
                    f,
                    "runs drifted from {from:.1} to {to:.1} us ({change:+.0} %): let the machine cool down, raise --min-time; compare ratios only"
                )
            }
            Self::Waited { part, concurrency } => {
                let or = if *concurrency > 1 { ", or lower --concurrency" } else { "" };
                write!(f, "its threads waited {:.0} % of the time for a core: close other programs{or}", percent(part))
            }
            Self::Load { load, cores } => {
                write!(
                    f,
                    "the load was {load:.1} on {cores} cores before this began: close other programs; gate on fuel, which is unaffected by load"
                )
            }
            Self::Stolen { part } => {
                write!(f, "the hypervisor took {:.0} % of the time: use another machine, or gate on fuel", percent(part))
            }
            Self::UnsteadyControl { spread } => {
                write!(
                    f,
                    "a fixed computation varied by {:.0} % between rounds: the machine's speed changes; fix its clock rate, compare ratios only",
                    percent(spread)
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doubts(samples: &[f64], per_round: usize) -> Vec<Doubt> {
        let round_ends = (1..=samples.len() / per_round).map(|round| round * per_round).collect();
        Doubt::of(samples, &Run { round_ends, elapsed: Duration::from_secs(1), ..Run::default() }, 1)
    }

    /// A hundred runs of about 100 us that do not repeat.
    fn steady() -> Vec<f64> {
        (0..100).map(|i| 100.0 + f64::from(i * 37 % 100) / 25.0).collect()
    }

    #[test]
    fn steady_runs_are_not_doubted() {
        assert_eq!(doubts(&steady(), 10), []);
        assert_eq!(doubts(&[100.0; 30], 1), []);
        assert_eq!(doubts(&[100.0], 1), []);
    }

    #[test]
    fn each_rule_has_its_doubt() {
        let mut first = steady();
        first[0] = 5000.0;
        assert!(matches!(doubts(&first, 10)[..], [Doubt::SlowFirst { first: 5000.0, .. }]));
        let mut some = steady();
        some[50] = 5000.0;
        assert_eq!(doubts(&some, 10), [], "one in a hundred");
        some[70] = 5000.0;
        assert_eq!(doubts(&some, 10), [Doubt::Outliers { count: 2, runs: 100 }]);
        let slower: Vec<f64> = steady().iter().enumerate().map(|(i, us)| us * (1.0 + i as f64 / 500.0)).collect();
        assert!(matches!(doubts(&slower, 5)[..], [Doubt::Drift { .. }]), "{:?}", doubts(&slower, 5));
        let run = Run { round_ends: vec![100], elapsed: Duration::from_secs(1), waited: Duration::from_millis(30), ..Run::default() };
        for (concurrency, advice) in [(1, "close other programs"), (4, "close other programs, or lower --concurrency")] {
            let doubts = Doubt::of(&steady(), &run, concurrency);
            assert_eq!(doubts, [Doubt::Waited { part: 0.03, concurrency }]);
            assert_eq!(doubts[0].to_string(), format!("its threads waited 3 % of the time for a core: {advice}"));
        }
    }

    #[test]
    fn a_machine_is_doubted_above_its_bounds() {
        let ms = |ms: &[u64]| ms.iter().map(|ms| Duration::from_millis(*ms)).collect();
        let quiet = Machine { cores: 2, load: Some(0.5), stolen: Some(0.02), control: ms(&[100, 102, 101, 103]) };
        assert_eq!(quiet.doubts(), []);
        let busy = Machine { cores: 2, load: Some(0.6), stolen: Some(0.03), control: ms(&[100, 140, 100, 150]) };
        assert!(
            matches!(busy.doubts()[..], [Doubt::Load { cores: 2, .. }, Doubt::Stolen { .. }, Doubt::UnsteadyControl { .. }]),
            "{:?}",
            busy.doubts()
        );
        for doubt in busy.doubts() {
            assert!(doubt.to_string().contains(": "), "says what to do: {doubt}");
        }
    }
}
