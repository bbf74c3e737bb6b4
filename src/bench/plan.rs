//! How often each series is run, and in which order.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Fewer runs say little, however long they took (hyperfine's bound).
pub const MIN_RUNS: usize = 10;
/// A series is measured in about so many rounds, in each of which all series take a turn: a machine that becomes slower
/// does so for all alike, and the interval of a ratio is taken over rounds.
const ROUNDS: u32 = 30;
/// Samples of one series that are kept; more would only take memory.
const MAX_RUNS: usize = 1_000_000;
/// A call shorter than this feels that another series ran before it (its sandbox was unmapped, caches are cold), which is
/// due to taking turns: then the first call of a turn does not count.
const SETTLES_BELOW: Duration = Duration::from_millis(10);

/// A duration as it is typed: `3s`, `500ms`, or a number of seconds; at most an hour.
///
/// # Errors
/// When it is not one, with examples of what is.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let (digits, factor) = match (text.strip_suffix("ms"), text.strip_suffix('s')) {
        (Some(digits), _) => (digits, 1e-3),
        (None, Some(digits)) => (digits, 1.0),
        (None, None) => (text, 1.0),
    };
    let seconds = digits.parse::<f64>().ok().map(|number| number * factor).filter(|seconds| (0.0..=3600.0).contains(seconds));
    seconds.map(Duration::from_secs_f64).ok_or_else(|| format!("invalid duration '{text}': use for example 3s or 500ms (at most 3600s)"))
}

/// One measured run.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sample {
    /// All of it, from asking for a sandbox until its memory is ready for the next one.
    pub whole: Duration,
    /// The function's init, where the run had one.
    pub init: Option<Duration>,
    /// Making the sandbox from the function's image; when cold, booting the interpreter.
    pub restore: Option<Duration>,
    /// The handler: AWS's "Duration".
    pub handler: Option<Duration>,
    /// Making the sandbox's memory ready for the next one.
    pub reset: Option<Duration>,
    /// Largest size of the guest's memory.
    pub peak_memory_bytes: u64,
    /// Pages of 4 KiB that the call wrote, where they were counted.
    pub pages_written: Option<u64>,
    /// The number of its event, from 0.
    pub event: usize,
}

/// One turn of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Batch {
    /// Runs before the first one that counts.
    pub uncounted: usize,
    /// Goes on until it has so many ...
    pub at_least: usize,
    /// ... and either so many, or the time has passed.
    pub at_most: usize,
    /// Since the first one that counts.
    pub time: Duration,
}

/// What a turn gave.
#[derive(Debug, Clone, Default)]
pub struct Measured {
    /// The runs that count, in the order in which they began.
    pub samples: Vec<Sample>,
    /// From the first to the last of them, with all that lies between.
    pub elapsed: Duration,
    /// How long its threads waited for a core that something else had.
    pub waited: Duration,
}

/// What can be measured: some series, each by its number.
pub trait Measure {
    /// Why a run could not be made.
    type Error;
    /// Runs a turn of a series.
    fn batch(&mut self, series: usize, batch: Batch) -> Result<Measured, Self::Error>;
}

/// How much to measure.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Runs of each series before anything counts.
    pub warmup: usize,
    /// So many runs of each series ...
    pub runs: Option<usize>,
    /// ... or else until they took this time together and are [`MIN_RUNS`].
    pub min_time: Duration,
}

/// All that was measured of one series.
#[derive(Debug, Clone, Default)]
pub struct Run {
    /// Every run that counts.
    pub samples: Vec<Sample>,
    /// Where in `samples` each round ends.
    pub round_ends: Vec<usize>,
    /// Time of all rounds together.
    pub elapsed: Duration,
    /// Of this, how long its threads waited for a core.
    pub waited: Duration,
}

/// Ends a measurement before its plan is done: when somebody asks for it, or when its time is over. Clones are the same one.
#[derive(Debug, Clone, Default)]
pub struct StopRequest {
    asked: Arc<AtomicBool>,
    deadline: Option<Instant>,
}

impl StopRequest {
    /// One that is due at this time, or earlier when it is asked for.
    pub fn at(deadline: Instant) -> Self {
        Self { asked: Arc::default(), deadline: Some(deadline) }
    }

    /// Asks for the end, which comes after the run that is under way.
    pub fn ask(&self) {
        self.asked.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked for it.
    pub fn is_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    /// Whether nothing more should begin.
    pub fn is_due(&self) -> bool {
        self.is_asked() || self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }
}

/// Told after each turn.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'a> {
    /// Which series had the turn.
    pub series: usize,
    /// What it has so far.
    pub run: &'a Run,
    /// Part of the whole plan that is done, 0 to 1; an estimate.
    pub done: f64,
}

impl Progress<'_> {
    /// The part of the whole plan that is done, in thousandths.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1000")]
    pub fn per_mille(&self) -> u64 {
        (self.done.clamp(0.0, 1.0) * 1000.0) as u64
    }
}

/// Measures `count` series in rounds. Beside them, what a fixed computation took in each round: the control, whose
/// spread is the machine's own. Ends early where `stop` is due; a series that had no turn until then has no samples.
pub fn measure<M: Measure>(
    measure: &mut M,
    count: usize,
    plan: &Plan,
    stop: &StopRequest,
    mut tell: impl FnMut(Progress<'_>),
) -> Result<(Vec<Run>, Vec<Duration>), M::Error> {
    let mut runs = vec![Run::default(); count];
    let mut control = Vec::new();
    if plan.warmup > 0 {
        for series in (0..count).take_while(|_| !stop.is_due()) {
            measure.batch(series, Batch { uncounted: 0, at_least: plan.warmup, at_most: plan.warmup, time: Duration::ZERO })?;
        }
    }
    while !stop.is_due() && runs.iter().any(|run| plan.done(run) < 1.0) {
        control.push(fixed_computation());
        for turn in 0..count {
            // Another one begins each round, so that none always follows the same.
            let series = (turn + control.len()) % count;
            if plan.done(&runs[series]) >= 1.0 || stop.is_due() {
                continue;
            }
            let measured = measure.batch(series, plan.batch(&runs[series], count))?;
            if measured.samples.is_empty() {
                continue; // stopped before the first one
            }
            let run = &mut runs[series];
            run.samples.extend(measured.samples);
            run.round_ends.push(run.samples.len());
            run.elapsed += measured.elapsed;
            run.waited += measured.waited;
            let run = &runs[series];
            #[expect(clippy::cast_precision_loss, reason = "a handful of series")]
            tell(Progress { series, run, done: runs.iter().map(|run| plan.done(run)).sum::<f64>() / count as f64 });
        }
    }
    Ok((runs, control))
}

impl Plan {
    /// How far a series is, 1 or more when it is done.
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    fn done(&self, run: &Run) -> f64 {
        let part = |of: usize| run.samples.len() as f64 / of.max(1) as f64;
        match self.runs {
            Some(runs) => part(runs),
            None if run.samples.len() >= MAX_RUNS => 1.0,
            None => part(MIN_RUNS).min(run.elapsed.as_secs_f64() / self.min_time.as_secs_f64().max(1e-9)),
        }
    }

    fn batch(&self, run: &Run, count: usize) -> Batch {
        let calls = run.samples.len();
        let is_short = u32::try_from(calls).is_ok_and(|calls| run.elapsed < SETTLES_BELOW * calls);
        let uncounted = usize::from(count > 1 && (calls == 0 || is_short));
        match self.runs {
            Some(runs) => {
                let share = runs.div_ceil(ROUNDS as usize).min(runs.saturating_sub(calls)).max(1);
                Batch { uncounted, at_least: share, at_most: share, time: Duration::ZERO }
            }
            None => Batch { uncounted, at_least: 1, at_most: MAX_RUNS, time: self.min_time / ROUNDS },
        }
    }
}

/// About a millisecond of arithmetic that touches no memory.
fn fixed_computation() -> Duration {
    let started = Instant::now();
    let mut x = 1_u64;
    for i in 0..500_000_u64 {
        x = black_box(x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(i));
    }
    black_box(x);
    started.elapsed()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every call takes a fixed time; the turns are written down.
    struct Fake {
        takes: Vec<Duration>,
        turns: Vec<(usize, usize)>,
    }

    impl Measure for Fake {
        type Error = String;
        fn batch(&mut self, series: usize, batch: Batch) -> Result<Measured, String> {
            let whole = self.takes[series];
            if whole.is_zero() {
                return Err(format!("series {series}"));
            }
            let mut measured = Measured::default();
            while measured.samples.len() < batch.at_most && (measured.samples.len() < batch.at_least || measured.elapsed < batch.time) {
                measured.samples.push(Sample { whole, ..Sample::default() });
                measured.elapsed += whole;
            }
            self.turns.push((series, measured.samples.len() + batch.uncounted));
            Ok(measured)
        }
    }

    fn fake(takes: &[u64]) -> Fake {
        Fake { takes: takes.iter().map(|ms| Duration::from_millis(*ms)).collect(), turns: Vec::new() }
    }

    #[test]
    fn durations() {
        for (text, ms) in
            [("3s", Some(3000)), ("500ms", Some(500)), ("0.25", Some(250)), ("-1s", None), ("3m", None), ("nan", None), ("", None)]
        {
            assert_eq!(parse_duration(text).ok(), ms.map(Duration::from_millis), "{text}");
        }
    }

    #[test]
    fn series_take_turns_until_time_and_runs_are_enough() {
        let plan = Plan { warmup: 2, runs: None, min_time: Duration::from_millis(300) };
        let mut fake = fake(&[1, 100]);
        let (runs, control) = measure(&mut fake, 2, &plan, &StopRequest::default(), |_| {}).expect("no error");
        assert_eq!((runs[0].samples.len(), runs[1].samples.len()), (300, MIN_RUNS), "time for one, runs for the other");
        assert_eq!(fake.turns[..2], [(0, 2), (1, 2)], "warm-up");
        assert_eq!(fake.turns[2..6], [(1, 2), (0, 11), (0, 11), (1, 1)], "turns of 10 ms; a short call has one that does not count");
        assert_eq!((runs[0].round_ends.len(), runs[0].round_ends[1]), (30, 20));
        assert_eq!(control.len(), 30);
        assert!(control.iter().all(|took| *took > Duration::ZERO));
    }

    #[test]
    fn a_number_of_runs_is_kept_exactly() {
        for number in [1, 7, 30, 100] {
            let plan = Plan { warmup: 0, runs: Some(number), min_time: Duration::from_secs(3) };
            let mut told = Vec::new();
            let (runs, _) =
                measure(&mut fake(&[1]), 1, &plan, &StopRequest::default(), |progress| told.push(progress.done)).expect("no error");
            assert_eq!(runs[0].samples.len(), number);
            assert!(told.is_sorted() && told.last().is_some_and(|done| *done >= 1.0), "{told:?}");
        }
    }

    #[test]
    fn a_stop_ends_it_with_what_there_is() {
        let plan = Plan { warmup: 0, runs: Some(300), min_time: Duration::ZERO };
        let stop = StopRequest::default();
        let (runs, _) = measure(&mut fake(&[1, 1]), 2, &plan, &stop.clone(), |_| stop.ask()).expect("no error");
        assert_eq!((runs[0].samples.len(), runs[1].samples.len()), (0, 10), "one turn");
        let over = StopRequest::at(Instant::now());
        let (runs, control) = measure(&mut fake(&[1]), 1, &Plan { warmup: 3, ..plan }, &over, |_| {}).expect("no error");
        assert!(runs[0].samples.is_empty() && control.is_empty() && over.is_due() && !over.is_asked());
    }

    #[test]
    fn an_error_ends_it() {
        let plan = Plan { warmup: 0, runs: Some(3), min_time: Duration::ZERO };
        assert_eq!(measure(&mut fake(&[1, 0]), 2, &plan, &StopRequest::default(), |_| {}).err(), Some("series 1".into()));
    }

    #[test]
    fn what_was_measured_before_a_stop_is_kept() {
        let stop = StopRequest::default();
        let plan = Plan { warmup: 0, runs: Some(1000), min_time: Duration::ZERO };
        let mut turns = 0;
        let tell = |_: Progress<'_>| {
            turns += 1;
            if turns == 5 {
                stop.ask();
            }
        };
        let (runs, _) = measure(&mut fake(&[1, 1]), 2, &plan, &stop, tell).expect("no error");
        let rounds: Vec<usize> = runs.iter().map(|run| run.round_ends.len()).collect();
        assert!(rounds == [3, 2] || rounds == [2, 3], "{rounds:?}");
        assert!(runs.iter().all(|run| !run.samples.is_empty() && run.samples.len() < 1000));
    }
}
