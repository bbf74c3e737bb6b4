//! Series and environment as they are kept. The JSON export is this document, and a baseline is read from it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::plan::{Run, Sample};
use super::stats::{mean, median, percentile, sorted, standard_deviation};
use super::{BenchMode, Doubt, Price};
use crate::function::billed_call_ms;

/// Changes when a reader of an older document would misread it.
pub const FORMAT: u32 = 1;

/// All of one `wasmlam bench`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BenchDocument {
    /// Where and how it was measured.
    pub environment: BenchEnvironment,
    /// In the order in which they were asked for.
    pub series: Vec<Series>,
}

/// What else the numbers depend on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BenchEnvironment {
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
    /// SHA-256 of the events in their order, each with its length before it. Older documents have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events_sha256: Option<String>,
    /// The prices that costs come from, where there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prices: Option<Price>,
    /// Doubts about the machine.
    pub doubts: Vec<String>,
}

/// What tells a series from the others of its run.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SeriesKey {
    /// The package's name, or its path where two have the same name.
    pub package: String,
    /// Which part of a function's life.
    pub mode: BenchMode,
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
    pub key: SeriesKey,
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
    /// Of each event's result, in the call whose fuel was counted, the first 16 digits of its SHA-256. Older documents have
    /// none, nor have modes without a counted call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub results: Vec<String>,
    /// Numbers of each event, where there is more than one. Older documents have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<EventNumbers>,
    /// What AWS would bill for one call, in milliseconds: the mean, each call rounded up, with the init where a call has
    /// one. Only under Lambda's CPU share.
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
    pub fn new(key: SeriesKey, run: &Run, fuel: Option<u64>, price: Option<&Price>) -> Self {
        let us = |duration: Duration| duration.as_nanos() as f64 / 1e3;
        // What lies between two samples has no more digits than they have.
        let nanoseconds = |us: f64| (us * 1e3).round() / 1e3;
        let samples_us: Vec<f64> = run.samples.iter().map(|sample| us(sample.whole)).collect();
        let ordered = sorted(samples_us.iter().copied());
        let at = |percent| nanoseconds(percentile(&ordered, percent));
        let middle = |values: Vec<f64>| (!values.is_empty()).then(|| nanoseconds(median(values)));
        let part = |part: fn(&Sample) -> Option<Duration>| middle(run.samples.iter().filter_map(part).map(us).collect());
        let starts = std::iter::once(&0).chain(&run.round_ends);
        let billed = |sample: &Sample| Some(billed_call_ms(sample.handler?, sample.init) as f64);
        let billed: Vec<f64> = run.samples.iter().filter_map(billed).collect();
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
            results: Vec::new(),
            events: EventNumbers::of(run),
            billed_ms,
            cost_per_million,
            doubts: Doubt::of(&samples_us, run, key.concurrency).iter().map(ToString::to_string).collect(),
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

/// What was measured with one event of several.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventNumbers {
    /// The event's place in its file, from 1, empty lines not counted.
    pub event: usize,
    /// Number of runs with it.
    pub runs: usize,
    /// Median of a whole run, in microseconds.
    pub p50_us: f64,
    /// Median of the handler's part, in microseconds, where it was measured.
    pub handler_us: Option<f64>,
    /// Operators of one call, where they were counted.
    pub fuel: Option<u64>,
}

impl EventNumbers {
    fn of(run: &Run) -> Vec<Self> {
        let mut samples: BTreeMap<usize, Vec<&Sample>> = BTreeMap::new();
        for sample in &run.samples {
            samples.entry(sample.event).or_default().push(sample);
        }
        if samples.len() < 2 {
            return Vec::new();
        }
        let us = |duration: Duration| (duration.as_secs_f64() * 1e9).round() / 1e3;
        let numbers = |(event, samples): (usize, Vec<&Sample>)| {
            let handler: Vec<f64> = samples.iter().filter_map(|sample| sample.handler.map(us)).collect();
            Self {
                event: event + 1,
                runs: samples.len(),
                p50_us: median(samples.iter().map(|sample| us(sample.whole))),
                handler_us: (!handler.is_empty()).then(|| median(handler)),
                fuel: None,
            }
        };
        samples.into_iter().map(numbers).collect()
    }
}

/// What the series of a run are compared with.
#[derive(Debug, Clone, Copy)]
pub enum Baseline<'a> {
    /// The first package of the same run.
    First,
    /// An earlier run.
    Earlier(&'a BenchDocument),
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

/// What makes two runs unlike, so that numbers of one say nothing about the other.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unlike {
    /// They were given other events.
    #[error("the baseline had other events ({} in {} bytes, here {} in {})", .before.0, .before.1, .now.0, .now.1)]
    Events {
        /// How many and how large together, in the baseline.
        before: (usize, u64),
        /// And here.
        now: (usize, u64),
    },
    /// One had the CPU share of a memory size, the other a whole core.
    #[error("the baseline was measured with --cpu-model {before}, this run with {now}")]
    CpuModel {
        /// In the baseline.
        before: String,
        /// Here.
        now: String,
    },
    /// They ran on another processor.
    #[error("the baseline was measured on another processor ({before}, here {now})")]
    Cpu {
        /// In the baseline.
        before: String,
        /// Here.
        now: String,
    },
    /// Operators of another interpreter were counted.
    #[error("the fuel of the baseline was counted with another interpreter (module {before:.12}, here {now:.12})")]
    Interpreter {
        /// SHA-256 in the baseline.
        before: String,
        /// And here.
        now: String,
    },
}

impl Unlike {
    /// Whether it takes the meaning from a comparison of fuel, if `fuel`, or else of times.
    pub fn concerns(&self, fuel: bool) -> bool {
        match self {
            Self::Events { .. } => true,
            Self::CpuModel { .. } | Self::Cpu { .. } => !fuel,
            Self::Interpreter { .. } => fuel,
        }
    }
}

impl BenchEnvironment {
    /// How this environment differs from a baseline's in what numbers depend on. What an older document does not have is
    /// taken for the same.
    pub fn unlike(&self, before: &Self) -> Vec<Unlike> {
        let mut found = Vec::new();
        if self.events_sha256.is_some() && before.events_sha256.is_some() && self.events_sha256 != before.events_sha256 {
            found.push(Unlike::Events { before: (before.events, before.event_bytes), now: (self.events, self.event_bytes) });
        }
        if self.cpu_model != before.cpu_model {
            found.push(Unlike::CpuModel { before: before.cpu_model.clone(), now: self.cpu_model.clone() });
        }
        if self.cpu != before.cpu {
            found.push(Unlike::Cpu { before: before.cpu.clone(), now: self.cpu.clone() });
        }
        if self.module_sha256 != before.module_sha256 {
            found.push(Unlike::Interpreter { before: before.module_sha256.clone(), now: self.module_sha256.clone() });
        }
        found
    }
}

/// SHA-256 of these events in their order, for [`BenchEnvironment::events_sha256`].
pub fn events_digest<'a>(events: impl Iterator<Item = &'a [u8]>) -> String {
    let mut digest = Sha256::new();
    for event in events {
        digest.update((event.len() as u64).to_le_bytes());
        digest.update(event);
    }
    format!("{:x}", digest.finalize())
}

/// The first 16 digits of a result's SHA-256, for [`Series::results`].
pub fn result_digest(result: &[u8]) -> String {
    let mut digest = format!("{:x}", Sha256::digest(result));
    digest.truncate(16);
    digest
}

impl BenchDocument {
    /// What a reader of a comparison must know: that it compares what is unlike, that series have no counterpart, that
    /// versions return different results.
    pub fn remarks(&self, baseline: Baseline<'_>) -> Vec<String> {
        let mut remarks = Vec::new();
        if let Baseline::Earlier(earlier) = baseline {
            remarks.extend(self.environment.unlike(&earlier.environment).iter().map(|unlike| match unlike {
                Unlike::Interpreter { .. } => format!("{unlike}: its fuel says nothing about this run's"),
                Unlike::Events { .. } | Unlike::CpuModel { .. } | Unlike::Cpu { .. } => {
                    format!("{unlike}: the ratios say nothing about the function; measure the baseline again")
                }
            }));
            let missing: Vec<&Series> =
                self.series.iter().filter(|series| matches!(self.before(baseline, &series.key), Before::Missing)).collect();
            if let Some(first) = missing.first() {
                let has: Vec<String> = earlier.series.iter().map(|series| series.key.to_string()).collect();
                let what = match missing.len() {
                    all if all == self.series.len() => "no series of the baseline matches".to_owned(),
                    1 => format!("no series of the baseline matches {}", first.key),
                    more => format!("no series of the baseline matches {} and {} more", first.key, more - 1),
                };
                remarks.push(format!("{what} (it has: {})", has.join(", ")));
            }
        }
        for now in &self.series {
            let Before::Series(before) = self.before(baseline, &now.key) else { continue };
            let same_events = matches!(baseline, Baseline::First) || now.results.len() == before.results.len();
            let other = now.results.iter().zip(&before.results).position(|(now, before)| now != before);
            if let (Some(event), true) = (other, same_events) {
                let remark = match baseline {
                    Baseline::First => {
                        format!("{} returns another result than {} for event {}", now.key.package, before.key.package, event + 1)
                    }
                    Baseline::Earlier(_) => {
                        format!("{} returns another result than in the baseline for event {}", now.key.package, event + 1)
                    }
                };
                if !remarks.contains(&remark) {
                    remarks.push(remark);
                }
            }
        }
        remarks
    }

    /// What a series of this run is compared with: the one of the same mode, size and concurrency. In an earlier run it
    /// is of the same package, unless both runs have one package only, whose name may then have changed with its version.
    pub fn before<'a>(&'a self, baseline: Baseline<'a>, key: &SeriesKey) -> Before<'a> {
        let one_package = |document: &Self| document.series.iter().all(|series| series.key.package == document.series[0].key.package);
        let find = |document: &'a Self, package: &str| {
            let wanted = SeriesKey { package: package.to_owned(), ..key.clone() };
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
pub(crate) mod tests {
    use super::*;

    pub(crate) fn key(package: &str) -> SeriesKey {
        SeriesKey { package: package.into(), mode: BenchMode::Snapshot, memory_size_mb: 128, concurrency: 1 }
    }

    /// A series whose rounds of ten took these microseconds.
    pub(crate) fn series(package: &str, rounds: &[u64], fuel: Option<u64>) -> Series {
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

    pub(crate) fn document(series: Vec<Series>) -> BenchDocument {
        let environment = serde_json::json!({
            "format": 1, "date": "", "wasmlam": "", "wasmtime": "", "python": "", "module_sha256": "m", "cpu": "", "cores": 2,
            "kernel": "", "cpu_model": "full", "arguments": [], "events": 1, "event_bytes": 2, "doubts": [],
        });
        BenchDocument { environment: serde_json::from_value(environment).expect("an environment"), series }
    }

    #[test]
    fn every_event_has_its_numbers_where_there_are_several() {
        let sample = |event: usize, us: u64| Sample {
            event,
            whole: Duration::from_micros(us),
            handler: (event == 0).then(|| Duration::from_micros(us / 2)),
            ..Sample::default()
        };
        let run = Run { samples: vec![sample(0, 10), sample(1, 100), sample(0, 30), sample(1, 300), sample(0, 20)], ..Run::default() };
        let numbers: Vec<_> = EventNumbers::of(&run).iter().map(|n| (n.event, n.runs, n.p50_us, n.handler_us)).collect();
        assert_eq!(numbers, [(1, 3, 20.0, Some(10.0)), (2, 2, 200.0, None)]);
        let run = Run { samples: vec![sample(0, 10), sample(0, 30)], ..Run::default() };
        assert_eq!(EventNumbers::of(&run), []);
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
    fn what_cannot_be_compared_is_said() {
        let now = document(vec![series("a", &[100], Some(7))]);
        let mut before = now.clone();
        assert_eq!(now.remarks(Baseline::Earlier(&before)), [""; 0]);
        before.environment.cpu_model = "lambda".into();
        before.environment.cpu = "Z80".into();
        before.environment.module_sha256 = "n".into();
        assert_eq!(before.environment.unlike(&now.environment).len(), 3, "an event digest that is not there is not another one");
        let mut now = now;
        now.environment.events_sha256 = Some(events_digest([b"{}".as_slice()].into_iter()));
        before.environment.events_sha256 = Some(events_digest([b"{".as_slice(), b"}"].into_iter()));
        assert_eq!(
            now.remarks(Baseline::Earlier(&before)),
            [
                "the baseline had other events (1 in 2 bytes, here 1 in 2): the ratios say nothing about the function; measure the baseline again",
                "the baseline was measured with --cpu-model lambda, this run with full: the ratios say nothing about the function; measure the baseline again",
                "the baseline was measured on another processor (Z80, here ): the ratios say nothing about the function; measure the baseline again",
                "the fuel of the baseline was counted with another interpreter (module n, here m): its fuel says nothing about this run's",
            ]
        );
        let concerns = |fuel| now.environment.unlike(&before.environment).iter().map(|unlike| unlike.concerns(fuel)).collect::<Vec<_>>();
        assert_eq!((concerns(true), concerns(false)), (vec![true, false, false, true], vec![true, true, true, false]));
    }

    #[test]
    fn a_series_without_a_counterpart_and_another_result_are_said() {
        let before = document(vec![series("a", &[100], None)]);
        let mut now = before.clone();
        now.series[0].key.memory_size_mb = 256;
        assert_eq!(now.remarks(Baseline::Earlier(&before)), ["no series of the baseline matches (it has: a snapshot 128 MB)"]);
        now.series.insert(0, before.series[0].clone());
        assert_eq!(
            now.remarks(Baseline::Earlier(&before)),
            ["no series of the baseline matches a snapshot 256 MB (it has: a snapshot 128 MB)"]
        );
        let results = |package: &str, results: &[&[u8]]| Series {
            results: results.iter().map(|result| result_digest(result)).collect(),
            ..series(package, &[100], None)
        };
        let two = document(vec![results("old", &[b"1", b"2"]), results("new", &[b"1", b"3"])]);
        assert_eq!(two.remarks(Baseline::First), ["new returns another result than old for event 2"]);
        let (old, new) = (document(vec![two.series[0].clone()]), document(vec![two.series[1].clone()]));
        assert_eq!(new.remarks(Baseline::Earlier(&old)), ["new returns another result than in the baseline for event 2"]);
        assert_eq!(old.remarks(Baseline::Earlier(&old)), [""; 0]);
    }

    #[test]
    fn a_bill_has_the_init_of_each_call() {
        let ms = Duration::from_millis;
        let sample = Sample { whole: ms(203), init: Some(ms(200)), handler: Some(Duration::from_micros(1500)), ..Sample::default() };
        let run = Run { samples: vec![sample; 3], round_ends: vec![3], elapsed: ms(600), ..Run::default() };
        let price = Price::read(Price::DEFAULT).expect("a table");
        let series = Series::new(SeriesKey { mode: BenchMode::Each, ..key("a") }, &run, None, Some(&price));
        assert_eq!((series.billed_ms, series.cost_per_million), (Some(202.0), Some(price.per_million(128, 202.0))));
    }

    #[test]
    fn a_document_is_read_back_and_finds_its_counterparts() {
        let document = document(vec![series("old", &[100], Some(7))]);
        let text = serde_json::to_string(&document).expect("JSON");
        let read: BenchDocument = serde_json::from_str(&text).expect("reads its own");
        assert_eq!(serde_json::to_string(&read).expect("JSON"), text);
        let now = BenchDocument { series: vec![series("new", &[100], Some(8))], ..document.clone() };
        let fuel = |now: &BenchDocument, key: &SeriesKey| match now.before(Baseline::Earlier(&read), key) {
            Before::Series(series) => series.fuel,
            Before::Itself | Before::Missing => None,
        };
        assert_eq!(fuel(&now, &key("new")), Some(7), "the one package may have another name");
        assert_eq!(fuel(&now, &SeriesKey { concurrency: 2, ..key("new") }), None);
        assert!(matches!(now.before(Baseline::First, &key("new")), Before::Missing));
        let two = BenchDocument { series: vec![series("old", &[100], Some(7)), series("new", &[100], Some(8))], ..document.clone() };
        assert_eq!((fuel(&two, &key("new")), fuel(&two, &key("old"))), (None, Some(7)), "several packages go by their names");
        assert!(matches!(two.before(Baseline::First, &key("old")), Before::Itself));
        assert!(matches!(two.before(Baseline::First, &key("new")), Before::Series(series) if series.fuel == Some(7)));
    }
}
