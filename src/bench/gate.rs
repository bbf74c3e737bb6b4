//! `--fail-on`: one condition under which a run counts as a regression.

use std::fmt;
use std::str::FromStr;

use super::document::{Baseline, Before, BenchDocument, Unlike};
use super::{Series, SeriesKey};

/// `fuel>+1%`: the run fails when a series' number is on the wrong side of the bound.
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    text: String,
    metric: Metric,
    above: bool,
    bound: Bound,
    /// Words that a series' name must have, all of them.
    series: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Bound {
    /// Change against the baseline, as a part: 0.01 for `+1%`.
    Relative(f64),
    /// In the metric's own unit.
    Absolute(f64),
}

/// A number of a series that can be gated.
#[derive(Debug, Clone, Copy)]
struct Metric {
    name: &'static str,
    unit: Unit,
    of: fn(&Series) -> Option<f64>,
}

impl PartialEq for Metric {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Microseconds,
    Bytes,
    Number,
}

#[expect(clippy::cast_precision_loss, reason = "fuel and bytes are below 2^52: 4 GiB, and weeks of computing")]
const METRICS: [Metric; 18] = {
    const fn metric(name: &'static str, unit: Unit, of: fn(&Series) -> Option<f64>) -> Metric {
        Metric { name, unit, of }
    }
    use Unit::{Bytes, Microseconds, Number};
    [
        metric("fuel", Number, |series| series.fuel.map(|fuel| fuel as f64)),
        metric("min", Microseconds, |series| Some(series.min_us)),
        metric("mean", Microseconds, |series| Some(series.mean_us)),
        metric("p50", Microseconds, |series| Some(series.p50_us)),
        metric("p90", Microseconds, |series| Some(series.p90_us)),
        metric("p95", Microseconds, |series| Some(series.p95_us)),
        metric("p99", Microseconds, |series| Some(series.p99_us)),
        metric("p99.9", Microseconds, |series| Some(series.p99_9_us)),
        metric("max", Microseconds, |series| Some(series.max_us)),
        metric("init", Microseconds, |series| series.init_us),
        metric("restore", Microseconds, |series| series.restore_us),
        metric("handler", Microseconds, |series| series.handler_us),
        metric("reset", Microseconds, |series| series.reset_us),
        metric("throughput", Number, |series| Some(series.throughput_per_s)),
        metric("memory", Bytes, |series| Some(series.peak_memory_bytes as f64)),
        metric("pages", Number, |series| series.pages_written),
        metric("billed", Microseconds, |series| series.billed_ms.map(|ms| ms * 1e3)),
        metric("cost", Number, |series| series.cost_per_million),
    ]
};

const UNITS: [(&str, Unit, f64); 9] = [
    ("ns", Unit::Microseconds, 1e-3),
    ("us", Unit::Microseconds, 1.0),
    ("ms", Unit::Microseconds, 1e3),
    ("s", Unit::Microseconds, 1e6),
    ("B", Unit::Bytes, 1.0),
    ("KB", Unit::Bytes, 1024.0),
    ("MB", Unit::Bytes, 1024.0 * 1024.0),
    ("GB", Unit::Bytes, 1024.0 * 1024.0 * 1024.0),
    ("", Unit::Number, 1.0),
];

/// Why a gate cannot be read, or not be judged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GateError {
    /// Not of the form that it must have.
    #[error(
        "'{0}' is not a condition: write METRIC>BOUND or METRIC<BOUND, for instance fuel>+1% or p99>250us, and for some series only p99>250us in new snapshot"
    )]
    Form(String),
    /// No number of that name.
    #[error("'{metric}' in '{gate}' is not a metric: choose one of {}", METRICS.map(|metric| metric.name).join(", "))]
    Metric {
        /// The whole of it.
        gate: String,
        /// What was named.
        metric: String,
    },
    /// Nothing that the metric can be compared with.
    #[error("'{bound}' in '{gate}' is not a bound for {metric}: {hint}")]
    Bound {
        /// The whole of it.
        gate: String,
        /// What was named.
        metric: &'static str,
        /// What was written.
        bound: String,
        /// What can be.
        hint: String,
    },
    /// Its series are not there.
    #[error("'{0}' was not measured in any series of this run")]
    NotMeasured(String),
    /// It names a series that is not there.
    #[error("'{gate}' is for series that this run does not have (it has: {has})")]
    NoSuchSeries {
        /// The whole of it.
        gate: String,
        /// Those there are.
        has: String,
    },
    /// The baseline cannot be compared with.
    #[error("'{gate}' cannot be judged: {unlike}; measure the baseline again")]
    Unlike {
        /// The whole of it.
        gate: String,
        /// What is different.
        unlike: Unlike,
    },
    /// Nothing to compare with.
    #[error("'{gate}' needs a baseline for {series}: give --baseline, measured with the same modes, memory sizes and concurrency")]
    NoBaseline {
        /// The whole of it.
        gate: String,
        /// Which series has none.
        series: String,
    },
}

impl FromStr for Gate {
    type Err = GateError;

    fn from_str(text: &str) -> Result<Self, GateError> {
        let text = text.trim();
        let at = text.find(['>', '<']).ok_or_else(|| GateError::Form(text.to_owned()))?;
        let (name, written) = (text[..at].trim(), text[at + 1..].trim());
        let (written, series) = written.split_once(" in ").unwrap_or((written, ""));
        let series = series.split_whitespace().map(str::to_owned).collect();
        let metric = METRICS.into_iter().find(|metric| metric.name == name);
        let metric = metric.ok_or_else(|| GateError::Metric { gate: text.into(), metric: name.into() })?;
        let wrong = |hint: String| GateError::Bound { gate: text.into(), metric: metric.name, bound: written.into(), hint };
        let number = |digits: &str| digits.parse::<f64>().ok().filter(|number| number.is_finite());
        let bound = if let Some(digits) = written.strip_suffix('%') {
            let signed = digits.starts_with(['+', '-']);
            let number = number(digits.trim_end()).filter(|number| signed && *number > -100.0);
            Bound::Relative(number.ok_or_else(|| wrong("a change has a sign, as in +1% or -5%".into()))? / 100.0)
        } else {
            let digits = written.trim_end_matches(|c: char| c.is_ascii_alphabetic());
            let unit = &written[digits.len()..];
            let factor = UNITS.iter().find(|(name, kind, _)| *name == unit && *kind == metric.unit).map(|(_, _, factor)| factor);
            let units: Vec<&str> = UNITS.iter().filter(|(_, kind, _)| *kind == metric.unit).map(|(name, _, _)| *name).collect();
            let hint = match metric.unit {
                Unit::Number => "a number, or a change such as +1%".into(),
                Unit::Microseconds | Unit::Bytes => format!("a number with one of {}, or a change such as +1%", units.join(", ")),
            };
            let number = number(digits.trim_end()).filter(|number| *number >= 0.0 && !digits.starts_with('+'));
            match (number, factor) {
                (Some(number), Some(factor)) => Bound::Absolute(number * factor),
                (None, _) | (_, None) => return Err(wrong(hint)),
            }
        };
        Ok(Self { text: text.to_owned(), metric, above: text.as_bytes()[at] == b'>', bound, series })
    }
}

impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Gate {
    fn is_for(&self, key: &SeriesKey) -> bool {
        let name = key.to_string();
        let words: Vec<&str> = name.split_whitespace().collect();
        self.series.iter().all(|word| words.contains(&word.as_str()))
    }

    /// Whether it is on fuel, which needs the same interpreter on both sides.
    pub fn is_on_fuel(&self) -> bool {
        self.metric.name == "fuel"
    }

    /// Whether it compares with something measured before.
    pub fn is_relative(&self) -> bool {
        matches!(self.bound, Bound::Relative(_))
    }
}

/// One series held against one gate.
#[derive(Debug, Clone, PartialEq)]
pub struct GateVerdict {
    /// Whether it is on the right side.
    pub passed: bool,
    /// The gate and the numbers.
    pub text: String,
}

/// Holds every series that has the gate's number against it; a relative gate leaves those out that others are compared
/// with.
///
/// # Errors
/// When no series has that number, or one has nothing to be compared with.
pub fn judge_gate(gate: &Gate, document: &BenchDocument, baseline: Baseline<'_>) -> Result<Vec<GateVerdict>, GateError> {
    if let (Baseline::Earlier(earlier), true) = (baseline, gate.is_relative()) {
        let unlike = document.environment.unlike(&earlier.environment).into_iter().find(|unlike| unlike.concerns(gate.is_on_fuel()));
        if let Some(unlike) = unlike {
            return Err(GateError::Unlike { gate: gate.text.clone(), unlike });
        }
    }
    let mut verdicts = Vec::new();
    let meant: Vec<&Series> = document.series.iter().filter(|series| gate.is_for(&series.key)).collect();
    if meant.is_empty() {
        let has = document.series.iter().map(|series| series.key.to_string()).collect::<Vec<_>>().join(", ");
        return Err(GateError::NoSuchSeries { gate: gate.text.clone(), has });
    }
    for one in meant {
        let Some(now) = (gate.metric.of)(one) else { continue };
        let (limit, was) = match gate.bound {
            Bound::Absolute(limit) => (limit, None),
            Bound::Relative(change) => {
                let missing = || GateError::NoBaseline { gate: gate.text.clone(), series: one.key.to_string() };
                let was = match document.before(baseline, &one.key) {
                    Before::Series(other) => (gate.metric.of)(other).ok_or_else(missing)?,
                    Before::Itself => continue,
                    Before::Missing => return Err(missing()),
                };
                (was * (1.0 + change), Some(was))
            }
        };
        let passed = if gate.above { now <= limit } else { now >= limit };
        let shown = |value: f64| match gate.metric.unit {
            Unit::Microseconds => format!("{value:.1} us"),
            Unit::Bytes | Unit::Number if value.fract() == 0.0 => format!("{value}"),
            Unit::Bytes | Unit::Number => format!("{value:.2}"),
        };
        let against = match was {
            Some(was) => format!("was {}, {:+.2} %", shown(was), (now / was - 1.0) * 100.0),
            None => format!("bound {}", shown(limit)),
        };
        let word = if passed { "passed" } else { "FAILED" };
        verdicts.push(GateVerdict { passed, text: format!("{word} {}: {} is {} ({against})", gate.text, one.key, shown(now)) });
    }
    if verdicts.is_empty() { Err(GateError::NotMeasured(gate.text.clone())) } else { Ok(verdicts) }
}

impl fmt::Display for SeriesKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.package, self.mode.name())?;
        write!(f, " {} MB", self.memory_size_mb)?;
        if self.concurrency > 1 { write!(f, " x{}", self.concurrency) } else { Ok(()) }
    }
}

/// Holds a document against all gates: the verdicts of those that can be judged, and why the first of the others cannot.
pub fn judge_gates(gates: &[Gate], document: &BenchDocument, baseline: Baseline<'_>) -> (Vec<GateVerdict>, Option<GateError>) {
    let (mut verdicts, mut refused) = (Vec::new(), None);
    for gate in gates {
        match judge_gate(gate, document, baseline) {
            Ok(judged) => verdicts.extend(judged),
            Err(error) => refused = refused.or(Some(error)),
        }
    }
    (verdicts, refused)
}

#[cfg(test)]
mod tests {
    use super::super::document::tests::{document, series};
    use super::*;
    use proptest::prelude::*;

    fn gate(text: &str) -> Gate {
        text.parse().unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn what_can_be_written() {
        for (text, name, above, bound) in [
            ("fuel>+1%", "fuel", true, Bound::Relative(0.01)),
            (" p50 > +10% ", "p50", true, Bound::Relative(0.1)),
            ("throughput<-5%", "throughput", false, Bound::Relative(-0.05)),
            ("p99>250us", "p99", true, Bound::Absolute(250.0)),
            ("p99.9>1.5ms", "p99.9", true, Bound::Absolute(1500.0)),
            ("memory>64MB", "memory", true, Bound::Absolute(67_108_864.0)),
            ("throughput<1000", "throughput", false, Bound::Absolute(1000.0)),
        ] {
            let gate = gate(text);
            assert_eq!((gate.metric.name, gate.above, gate.bound), (name, above, bound), "{text}");
        }
    }

    #[test]
    fn errors_name_what_is_wrong() {
        for (text, says) in [
            ("fuel", "not a condition"),
            ("p98>1us", "choose one of fuel, min,"),
            ("p50>10%", "a change has a sign"),
            ("p50>250", "a number with one of ns, us, ms, s"),
            ("fuel>10us", "a number, or a change"),
            ("p50>", "not a bound for p50"),
            ("p50>+1us", "not a bound"),
            ("fuel>-100%", "a change has a sign"),
            ("p50>nan%", "a change has a sign"),
            ("memory>1s", "one of B, KB, MB, GB"),
        ] {
            let error = text.parse::<Gate>().expect_err(text).to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }

    fn passes(text: &str, now: &Series, was: &Series) -> bool {
        let (now, was) = (document(vec![now.clone()]), document(vec![was.clone()]));
        let verdicts = judge_gate(&gate(text), &now, Baseline::Earlier(&was)).expect("can be judged");
        verdicts.iter().all(|verdict| verdict.passed)
    }

    #[test]
    fn one_series_can_be_meant() {
        let mut slow = series("slow", &[300], None);
        slow.key.mode = crate::bench::BenchMode::Reuse;
        let both = document(vec![series("fast", &[100], None), slow]);
        let judged = |text: &str| judge_gate(&gate(text), &both, Baseline::First);
        assert_eq!(judged("p50>200us").expect("judged").iter().map(|verdict| verdict.passed).collect::<Vec<_>>(), [true, false]);
        assert_eq!(judged("p50>200us in fast").expect("judged").len(), 1);
        assert!(!judged("p50>200us in slow reuse 128 MB").expect("judged")[0].passed);
        let error = judged("p50>200us in slow snapshot").expect_err("no such series").to_string();
        assert!(error.ends_with("(it has: fast snapshot 128 MB, slow reuse 128 MB)"), "{error}");
    }

    #[test]
    fn what_is_unlike_is_not_judged() {
        let was = document(vec![series("a", &[100], Some(100))]);
        let mut now = document(vec![series("a", &[100], Some(100))]);
        now.environment.cpu = "another".into();
        let judged = |now: &BenchDocument, text: &str| judge_gate(&gate(text), now, Baseline::Earlier(&was)).map(drop);
        assert!(matches!(judged(&now, "p50>+5%"), Err(GateError::Unlike { unlike: Unlike::Cpu { .. }, .. })));
        assert_eq!((judged(&now, "fuel>+1%"), judged(&now, "p50>1s")), (Ok(()), Ok(())), "fuel and bounds do not depend on it");
        now.environment.module_sha256 = "another".into();
        assert!(matches!(judged(&now, "fuel>+1%"), Err(GateError::Unlike { unlike: Unlike::Interpreter { .. }, .. })));
    }

    #[test]
    fn fuel_is_held_to_the_operator() {
        let was = series("a", &[100], Some(1_000_000));
        for (fuel, passed) in [(990_000, true), (1_000_000, true), (1_010_000, true), (1_010_001, false)] {
            assert_eq!(passes("fuel>+1%", &series("a", &[100], Some(fuel)), &was), passed, "{fuel}");
        }
        assert!(!passes("fuel>+0%", &series("a", &[100], Some(1_000_001)), &was), "one operator more");
        assert!(!passes("fuel<-1%", &series("a", &[100], Some(989_999)), &was));
    }

    #[test]
    fn absolute_bounds_need_no_baseline_and_relative_ones_do() {
        let now = document(vec![series("a", &[200], None)]);
        let judged = |text: &str| judge_gate(&gate(text), &now, Baseline::First);
        assert!(!judged("p50>199us").expect("judged")[0].passed);
        let verdict = &judged("p50>0.2ms").expect("judged")[0];
        assert_eq!((verdict.passed, verdict.text.as_str()), (true, "passed p50>0.2ms: a snapshot 128 MB is 200.0 us (bound 200.0 us)"));
        assert!(matches!(judged("p50>+1%"), Err(GateError::NoBaseline { .. })));
        assert!(matches!(judged("fuel>+1%"), Err(GateError::NotMeasured(_))));
    }

    proptest! {
        #[test]
        fn reading_never_panics(text in "\\PC{0,20}") {
            let _ = text.parse::<Gate>();
        }

        #[test]
        fn what_is_written_is_read(change in -9999_i32..100_000, above: bool) {
            let side = if above { '>' } else { '<' };
            let read = gate(&format!("p50{side}{:+}%", f64::from(change) / 100.0));
            prop_assert_eq!(read.above, above);
            let Bound::Relative(part) = read.bound else { panic!("relative") };
            prop_assert!((part - f64::from(change) / 10_000.0).abs() < 1e-9);
        }
    }
}
