//! Series and environment as they are kept. The JSON export is this document, and a baseline is read from it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::plan::{Run, Sample};
use super::stats::{mean, median, percentile, sorted, standard_deviation};
use super::{Doubt, Mode, Price};
use crate::function::billed_ms;

/// Changes when a reader of an older document would misread it.
pub const FORMAT: u32 = 1;

/// All of one `wasmlam bench`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Document {
    /// Where and how it was measured.
    pub environment: Environment,
    /// In the order in which they were asked for.
    pub series: Vec<Series>,
}

/// What else the numbers depend on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Environment {
    /// [`FORMAT`].
    pub format: u32,
    /// When it began, in UTC.
    pub date: String,
    /// wasmlam's version.
    pub wasmlam: String,
    /// wasmtime's.
    pub wasmtime: String,
    /// CPython's.
    pub python: String,
    /// SHA-256 of the interpreter's module: fuel can be compared between equal ones only.
    pub module_sha256: String,
    /// As the kernel names it.
    pub cpu: String,
    /// That this process may use.
    pub cores: usize,
    /// Its name and release.
    pub kernel: String,
    /// `full` or `lambda`.
    pub cpu_model: String,
    /// What was typed after the program's name.
    pub arguments: Vec<String>,
    /// How many events took turns.
    pub events: usize,
    /// Their size together.
    pub event_bytes: u64,
    /// The prices that costs come from, where there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prices: Option<Price>,
    /// Doubts about the machine.
    pub doubts: Vec<String>,
}

/// What tells a series from the others of its run.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Key {
    /// The package's name, or its path where two have the same name.
    pub package: String,
    /// Which part of a function's life.
    pub mode: Mode,
    /// The function's setting.
    pub memory_size_mb: u32,
    /// Threads that call at the same time.
    pub concurrency: usize,
}

/// One series. Times are in microseconds; parts are medians.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Series {
    /// Which one.
    #[serde(flatten)]
    pub key: Key,
    /// How many runs.
    pub runs: usize,
    /// Of a whole run, as the next seven.
    pub min_us: f64,
    /// Arithmetic.
    pub mean_us: f64,
    /// Standard deviation.
    pub sd_us: f64,
    /// Median.
    pub p50_us: f64,
    /// Percentile.
    pub p90_us: f64,
    /// Percentile.
    pub p95_us: f64,
    /// Percentile.
    pub p99_us: f64,
    /// Percentile.
    pub p99_9_us: f64,
    /// The longest.
    pub max_us: f64,
    /// Runs in a second, of all threads together.
    pub throughput_per_s: f64,
    /// The init, where runs had one.
    pub init_us: Option<f64>,
    /// Making the sandbox.
    pub restore_us: Option<f64>,
    /// The handler: AWS's "Duration".
    pub handler_us: Option<f64>,
    /// Making the memory ready for the next sandbox.
    pub reset_us: Option<f64>,
    /// Operators of one call, counted apart; the mean over the events.
    pub fuel: Option<u64>,
    /// Largest size of the guest's memory.
    pub peak_memory_bytes: u64,
    /// Pages of 4 KiB written by a call.
    pub pages_written: Option<f64>,
    /// What AWS would bill for one call, in milliseconds: the mean, each call rounded up. Only under Lambda's CPU share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billed_ms: Option<f64>,
    /// Cost of a million such calls, in the currency of the price table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_per_million: Option<f64>,
    /// What makes these numbers doubtful.
    pub doubts: Vec<String>,
    /// The median of each round: what the interval of a ratio is taken over.
    pub rounds_p50_us: Vec<f64>,
    /// Every run, in order.
    pub samples_us: Vec<f64>,
}

impl Series {
    /// Sums up what was measured.
    #[expect(clippy::cast_precision_loss, reason = "counts and bytes are far below 2^52")]
    pub fn new(key: Key, run: &Run, fuel: Option<u64>, price: Option<&Price>) -> Self {
        let us = |duration: Duration| duration.as_nanos() as f64 / 1e3;
        // What lies between two samples has no more digits than they have.
        let nanoseconds = |us: f64| (us * 1e3).round() / 1e3;
        let samples_us: Vec<f64> = run.samples.iter().map(|sample| us(sample.whole)).collect();
        let ordered = sorted(samples_us.iter().copied());
        let at = |percent| nanoseconds(percentile(&ordered, percent));
        let middle = |values: Vec<f64>| (!values.is_empty()).then(|| nanoseconds(median(values)));
        let part = |part: fn(&Sample) -> Option<Duration>| middle(run.samples.iter().filter_map(part).map(us).collect());
        let starts = std::iter::once(&0).chain(&run.round_ends);
        let billed: Vec<f64> = run.samples.iter().filter_map(|sample| sample.handler).map(|duration| billed_ms(duration) as f64).collect();
        let billed_ms = (price.is_some() && !billed.is_empty()).then(|| mean(&billed));
        let cost_per_million = price.zip(billed_ms).map(|(price, billed)| price.per_million(key.memory_size_mb, billed));
        Self {
            runs: samples_us.len(),
            min_us: at(0.0),
            mean_us: nanoseconds(mean(&samples_us)),
            sd_us: nanoseconds(standard_deviation(&samples_us)),
            p50_us: at(50.0),
            p90_us: at(90.0),
            p95_us: at(95.0),
            p99_us: at(99.0),
            p99_9_us: at(99.9),
            max_us: at(100.0),
            throughput_per_s: samples_us.len() as f64 / run.elapsed.as_secs_f64().max(1e-9),
            init_us: part(|sample| sample.init),
            restore_us: part(|sample| sample.restore),
            handler_us: part(|sample| sample.handler),
            reset_us: part(|sample| sample.reset),
            fuel,
            peak_memory_bytes: run.samples.iter().map(|sample| sample.peak_memory_bytes).max().unwrap_or(0),
            pages_written: middle(run.samples.iter().filter_map(|sample| sample.pages_written).map(|pages| pages as f64).collect()),
            billed_ms,
            cost_per_million,
            doubts: Doubt::of(&samples_us, run).iter().map(ToString::to_string).collect(),
            rounds_p50_us: starts
                .zip(&run.round_ends)
                .map(|(start, end)| nanoseconds(median(samples_us[*start..*end].iter().copied())))
                .collect(),
            samples_us,
            key,
        }
    }

    /// Memory that is left of what the function may have, in bytes.
    pub fn headroom_bytes(&self) -> u64 {
        (u64::from(self.key.memory_size_mb) << 20).saturating_sub(self.peak_memory_bytes)
    }
}

/// What the series of a run are compared with.
#[derive(Debug, Clone, Copy)]
pub enum Baseline<'a> {
    /// The first package of the same run.
    First,
    /// An earlier run.
    Earlier(&'a Document),
}

/// The other side of a comparison.
#[derive(Debug, Clone, Copy)]
pub enum Before<'a> {
    /// This one.
    Series(&'a Series),
    /// None: it is one that others are compared with.
    Itself,
    /// None was measured.
    Missing,
}

impl Document {
    /// What a series of this run is compared with: the one of the same mode, size and concurrency. In an earlier run it
    /// is of the same package, unless both runs have one package only, whose name may then have changed with its version.
    pub fn before<'a>(&'a self, baseline: Baseline<'a>, key: &Key) -> Before<'a> {
        let one_package = |document: &Self| document.series.iter().all(|series| series.key.package == document.series[0].key.package);
        let find = |document: &'a Self, package: &str| {
            let wanted = Key { package: package.to_owned(), ..key.clone() };
            document.series.iter().find(|series| series.key == wanted).map_or(Before::Missing, Before::Series)
        };
        match (baseline, self.series.first()) {
            (Baseline::Earlier(earlier), _) => match earlier.series.first() {
                Some(first) if one_package(self) && one_package(earlier) => find(earlier, &first.key.package),
                _ => find(earlier, &key.package),
            },
            (Baseline::First, Some(first)) if !one_package(self) => {
                if key.package == first.key.package {
                    Before::Itself
                } else {
                    find(self, &first.key.package)
                }
            }
            (Baseline::First, _) => Before::Missing,
        }
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "exact values are wanted")]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn key(package: &str) -> Key {
        Key { package: package.into(), mode: Mode::Snapshot, memory_size_mb: 128, concurrency: 1 }
    }

    /// A series whose rounds of ten took these microseconds.
    pub(in super::super) fn series(package: &str, rounds: &[u64], fuel: Option<u64>) -> Series {
        let mut run = Run::default();
        for us in rounds {
            let handler = Some(Duration::from_micros(us / 2));
            let sample = Sample { whole: Duration::from_micros(*us), handler, peak_memory_bytes: 31 << 20, ..Sample::default() };
            run.samples.extend([sample; 10]);
            run.round_ends.push(run.samples.len());
            run.elapsed += Duration::from_micros(us * 10);
        }
        Series::new(key(package), &run, fuel, None)
    }

    pub(in super::super) fn document(series: Vec<Series>) -> Document {
        let environment = serde_json::json!({
            "format": 1, "date": "", "wasmlam": "", "wasmtime": "", "python": "", "module_sha256": "m", "cpu": "", "cores": 2,
            "kernel": "", "cpu_model": "full", "arguments": [], "events": 1, "event_bytes": 2, "doubts": [],
        });
        Document { environment: serde_json::from_value(environment).expect("an environment"), series }
    }

    #[test]
    fn a_series_sums_up_its_runs() {
        let series = series("a", &[100, 200, 300], Some(5));
        assert_eq!((series.runs, series.min_us, series.p50_us, series.max_us, series.mean_us), (30, 100.0, 200.0, 300.0, 200.0));
        assert_eq!((series.handler_us, series.restore_us), (Some(100.0), None));
        assert_eq!(series.rounds_p50_us, [100.0, 200.0, 300.0]);
        assert_eq!(series.throughput_per_s, 5000.0);
        assert_eq!(series.headroom_bytes(), 97 << 20);
    }

    #[test]
    fn a_document_is_read_back_and_finds_its_counterparts() {
        let document = document(vec![series("old", &[100], Some(7))]);
        let text = serde_json::to_string(&document).expect("JSON");
        let read: Document = serde_json::from_str(&text).expect("reads its own");
        assert_eq!(serde_json::to_string(&read).expect("JSON"), text);
        let now = Document { series: vec![series("new", &[100], Some(8))], ..document.clone() };
        let fuel = |now: &Document, key: &Key| match now.before(Baseline::Earlier(&read), key) {
            Before::Series(series) => series.fuel,
            Before::Itself | Before::Missing => None,
        };
        assert_eq!(fuel(&now, &key("new")), Some(7), "the one package may have another name");
        assert_eq!(fuel(&now, &Key { concurrency: 2, ..key("new") }), None);
        assert!(matches!(now.before(Baseline::First, &key("new")), Before::Missing));
        let two = Document { series: vec![series("old", &[100], Some(7)), series("new", &[100], Some(8))], ..document.clone() };
        assert_eq!((fuel(&two, &key("new")), fuel(&two, &key("old"))), (None, Some(7)), "several packages go by their names");
        assert!(matches!(two.before(Baseline::First, &key("old")), Before::Itself));
        assert!(matches!(two.before(Baseline::First, &key("new")), Before::Series(series) if series.fuel == Some(7)));
    }
}
