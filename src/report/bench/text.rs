//! Tables, histograms and warnings for a terminal.

use super::comparisons;
use crate::bench::{Baseline, BenchDocument, Progress, Series, SeriesKey, Strategy, median, percentile, recommend, sorted};
use crate::function::bytes_to_mb;

/// Histograms are drawn for up to so many series; more are better read in the HTML page.
const MAX_HISTOGRAMS: usize = 4;
/// Events that a table shows of each series; the JSON export has all.
const MAX_EVENTS: usize = 10;
const BINS: usize = 10;
const BAR: usize = 50;

/// A table: its first column is text, the others are numbers.
pub(super) struct Table {
    pub(super) title: String,
    pub(super) header: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
}

/// Microseconds with the unit that suits them.
pub fn time(us: f64) -> String {
    match us {
        us if us < 1e3 => format!("{us:.1} us"),
        us if us < 1e6 => format!("{:.2} ms", us / 1e3),
        us => format!("{:.2} s", us / 1e6),
    }
}

/// Digits in groups of three.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let groups = std::iter::once(&digits[..first]).chain((first..digits.len()).step_by(3).map(|at| &digits[at..at + 3]));
    groups.filter(|group| !group.is_empty()).collect::<Vec<_>>().join(",")
}

fn maybe<T>(value: Option<T>, shown: impl Fn(T) -> String) -> String {
    value.map_or_else(|| "-".into(), shown)
}

/// The live estimate: the median of the last runs of the series that had its turn.
pub fn estimate(key: &SeriesKey, progress: &Progress<'_>) -> String {
    const RECENT: usize = 2000;
    let samples = &progress.run.samples;
    let recent = samples[samples.len().saturating_sub(RECENT)..].iter();
    let p50 = median(recent.map(|sample| sample.whole.as_secs_f64() * 1e6));
    format!("{key}: p50 {}, {} runs", time(p50), samples.len())
}

/// What the command prints.
pub fn text(document: &BenchDocument, baseline: Baseline<'_>, strategy: Strategy) -> String {
    let mut out = String::new();
    for table in tables(document, baseline, strategy) {
        out += &aligned(&table);
        out.push('\n');
    }
    if document.series.len() <= MAX_HISTOGRAMS {
        for series in &document.series {
            out += &histogram(series);
            out.push('\n');
        }
    }
    for doubt in doubts(document, baseline) {
        out += &format!("warning: {doubt}\n");
    }
    out
}

/// Everything that a reader should doubt: about the comparison first, then the machine, then the series, where those that
/// differ in numbers only are one.
pub(super) fn doubts(document: &BenchDocument, baseline: Baseline<'_>) -> Vec<String> {
    let mut groups: Vec<(String, Vec<(&SeriesKey, &str)>)> = Vec::new();
    for series in &document.series {
        for doubt in &series.doubts {
            let kind: String = pieces(doubt).map(|(text, is_number)| if is_number { "#" } else { text }).collect();
            match groups.iter_mut().find(|(other, _)| *other == kind) {
                Some((_, doubts)) => doubts.push((&series.key, doubt)),
                None => groups.push((kind, vec![(&series.key, doubt)])),
            }
        }
    }
    let of_series = groups.iter().map(|(_, doubts)| match doubts[..] {
        [(key, doubt)] => format!("{key}: {doubt}"),
        _ => format!("in {} series {}", doubts.len(), ranges(&doubts.iter().map(|(_, doubt)| *doubt).collect::<Vec<_>>())),
    });
    document.remarks(baseline).into_iter().chain(document.environment.doubts.iter().cloned()).chain(of_series).collect()
}

/// A text as numbers and what is between them.
fn pieces(text: &str) -> impl Iterator<Item = (&str, bool)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let is_number = rest.starts_with(|c: char| c.is_ascii_digit());
        let in_number = |c: char| c.is_ascii_digit() || c == '.';
        let end = if is_number { rest.find(|c| !in_number(c)) } else { rest.find(|c: char| c.is_ascii_digit()) };
        let (piece, after) = rest.split_at(end.unwrap_or(rest.len()));
        rest = after;
        (!piece.is_empty()).then_some((piece, is_number))
    })
}

/// One text for several that differ in numbers only, with the least and the largest in their place.
fn ranges(texts: &[&str]) -> String {
    let columns: Vec<Vec<(&str, bool)>> = texts.iter().map(|text| pieces(text).collect()).collect();
    let piece = |(i, (text, is_number)): (usize, &(&str, bool))| {
        let numbers = || columns.iter().filter_map(|column| Some((column.get(i)?.0.parse::<f64>().ok()?, column[i].0)));
        let least = numbers().min_by(|a, b| a.0.total_cmp(&b.0));
        let most = numbers().max_by(|a, b| a.0.total_cmp(&b.0));
        match (is_number, least, most) {
            (true, Some((low, least)), Some((high, most))) if low < high => format!("{least} to {most}"),
            _ => (*text).to_owned(),
        }
    };
    columns[0].iter().enumerate().map(piece).collect()
}

pub(super) fn tables(document: &BenchDocument, baseline: Baseline<'_>, strategy: Strategy) -> Vec<Table> {
    let mut tables = vec![whole(document), parts(document)];
    tables.extend(by_event(document));
    tables.extend(compared(document, baseline));
    tables.extend(tuning(document, strategy));
    tables
}

fn table<const N: usize>(title: &str, header: [&str; N], rows: impl Iterator<Item = [String; N]>) -> Table {
    Table { title: title.into(), header: header.map(String::from).into(), rows: rows.map(Vec::from).collect() }
}

fn whole(document: &BenchDocument) -> Table {
    let header = ["series", "runs", "mean", "sd", "min", "p50", "p90", "p95", "p99", "p99.9", "max", "per second"];
    let rows = document.series.iter().map(|series| {
        // A percentile beyond the runs there are would be the maximum by another name.
        let from = |runs: usize, us: f64| maybe((series.runs >= runs).then_some(us), time);
        [
            series.key.to_string(),
            grouped(series.runs as u64),
            time(series.mean_us),
            maybe((series.runs > 1).then_some(series.sd_us), time),
            time(series.min_us),
            time(series.p50_us),
            from(10, series.p90_us),
            from(20, series.p95_us),
            from(100, series.p99_us),
            from(1000, series.p99_9_us),
            time(series.max_us),
            number(series.throughput_per_s),
        ]
    });
    table("Whole run, sandbox included", header, rows)
}

/// As exact as is worth reading.
fn number(value: f64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "above 100, and no rate is near 2^64")]
    if value >= 100.0 { grouped(value.round() as u64) } else { format!("{value:.2}") }
}

fn parts(document: &BenchDocument) -> Table {
    let header = ["series", "init", "restore", "handler", "reset", "pages", "memory", "fuel"];
    let rows = document.series.iter().map(|series| {
        [
            series.key.to_string(),
            maybe(series.init_us, time),
            maybe(series.restore_us, time),
            maybe(series.handler_us, time),
            maybe(series.reset_us, time),
            maybe(series.pages_written, |pages| format!("{pages:.0}")),
            format!("{} MB", bytes_to_mb(series.peak_memory_bytes)),
            maybe(series.fuel, grouped),
        ]
    });
    table("Its parts (medians), 4 KiB pages written, peak memory, operators", header, rows)
}

/// The events of each series, those that took the longest first.
fn by_event(document: &BenchDocument) -> Option<Table> {
    let mut rows = Vec::new();
    for series in &document.series {
        let mut events: Vec<_> = series.events.iter().collect();
        events.sort_by(|a, b| b.p50_us.total_cmp(&a.p50_us));
        rows.extend(events.into_iter().take(MAX_EVENTS).map(|event| {
            [
                series.key.to_string(),
                event.event.to_string(),
                grouped(event.runs as u64),
                time(event.p50_us),
                maybe(event.handler_us, time),
                maybe(event.fuel, grouped),
            ]
        }));
    }
    let title = format!("By event, the slowest {MAX_EVENTS} of each series (medians, operators)");
    (!rows.is_empty()).then(|| table(&title, ["series", "event", "runs", "p50", "handler", "fuel"], rows.into_iter()))
}

fn compared(document: &BenchDocument, baseline: Baseline<'_>) -> Option<Table> {
    let comparisons = comparisons(document, baseline);
    let title = match baseline {
        Baseline::First => "Compared with the first package (medians of the rounds' medians)",
        Baseline::Earlier(_) => "Compared with the baseline (medians of the rounds' medians)",
    };
    let rows = comparisons.iter().map(|comparison| {
        let ratio = comparison.ratio;
        [
            comparison.now.key.to_string(),
            time(comparison.before_us),
            time(comparison.now_us),
            format!("{:.3}", ratio.value),
            format!("{:.3} to {:.3}", ratio.low, ratio.high),
            comparison.says().into(),
            maybe(comparison.fuel, |ratio| format!("{:+.3} %", (ratio - 1.0) * 100.0)),
        ]
    });
    (!comparisons.is_empty()).then(|| table(title, ["series", "before", "now", "ratio", "95 % interval", "time", "fuel"], rows))
}

/// One table for each function whose memory sizes have costs.
fn tuning(document: &BenchDocument, strategy: Strategy) -> Vec<Table> {
    let Some(price) = &document.environment.prices else { return Vec::new() };
    let mut tables = Vec::new();
    for sizes in sweeps(document) {
        let Some(best) = recommend(strategy, &sizes) else { continue };
        let word = strategy.name();
        let title = format!(
            "Memory sizes of {} {} (a model: this machine's cores at Lambda's CPU share; prices of {} {} of {}); for {word}: {} MB",
            best.key.package,
            best.key.mode.name(),
            price.region,
            price.architecture,
            price.date,
            best.key.memory_size_mb
        );
        let longest = sizes.iter().filter_map(|series| series.handler_us).fold(0.0, f64::max);
        let cost_header = format!("{} per million", price.currency);
        let header = ["memory", "handler p50", "billed mean", "headroom", cost_header.as_str(), "", "time"];
        let rows = sizes.iter().map(|series| {
            let handler = series.handler_us.unwrap_or(0.0);
            [
                format!("{} MB", series.key.memory_size_mb),
                time(handler),
                maybe(series.billed_ms, |ms| format!("{ms:.1} ms")),
                format!("{} MB", series.headroom_bytes() >> 20),
                maybe(series.cost_per_million, |cost| format!("{cost:.3}")),
                if std::ptr::eq(*series, best) { "<".into() } else { String::new() },
                bar(handler / longest.max(1e-9), 30),
            ]
        });
        tables.push(table(&title, header, rows));
    }
    tables
}

/// The series of each function that differ in nothing but the memory size, where there are several.
pub(super) fn sweeps(document: &BenchDocument) -> Vec<Vec<&Series>> {
    let mut sweeps: Vec<Vec<&Series>> = Vec::new();
    for series in document.series.iter().filter(|series| series.cost_per_million.is_some()) {
        let same = |other: &Series| SeriesKey { memory_size_mb: series.key.memory_size_mb, ..other.key.clone() } == series.key;
        match sweeps.iter_mut().find(|sweep| same(sweep[0])) {
            Some(sweep) => sweep.push(series),
            None => sweeps.push(vec![series]),
        }
    }
    sweeps
}

pub(super) fn aligned(table: &Table) -> String {
    let width = |column: usize| {
        let cells = table.rows.iter().map(|row| &row[column]).chain([&table.header[column]]);
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..table.header.len()).map(width).collect();
    let line = |cells: &[String]| {
        let cells =
            cells.iter().zip(&widths).enumerate().map(|(i, (cell, width))| {
                if i == 0 || cell.starts_with('█') { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
            });
        format!("  {}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    let rows: String = table.rows.iter().map(|row| line(row)).collect();
    format!("{}\n{}{rows}", table.title, line(&table.header))
}

fn bar(part: f64, width: usize) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "0 to the width")]
    let length = (part.clamp(0.0, 1.0) * width as f64).ceil() as usize;
    "█".repeat(length)
}

/// Runs by time, from the fastest to p99; what is slower is counted in the last line.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bins and counts of runs")]
fn histogram(series: &Series) -> String {
    let samples = sorted(series.samples_us.iter().copied());
    if samples.first() == samples.last() {
        let each = samples.first().map_or(String::new(), |us| format!(", {} each", time(*us)));
        return format!("{}\n  {} run{}{each}\n", series.key, samples.len(), if samples.len() == 1 { "" } else { "s" });
    }
    let (low, high) = (percentile(&samples, 0.0), percentile(&samples, 99.0));
    let step = (high - low) / BINS as f64;
    let mut bins = [0_usize; BINS];
    let mut above = 0;
    for sample in &samples {
        match if step > 0.0 { ((sample - low) / step) as usize } else { 0 } {
            bin if bin < BINS => bins[bin] += 1,
            _ if *sample <= high => bins[BINS - 1] += 1,
            _ => above += 1,
        }
    }
    let most = bins.iter().copied().max().unwrap_or(0).max(1) as f64;
    let mut out = format!("{}\n", series.key);
    for (i, count) in bins.into_iter().enumerate() {
        let line = format!("  {:>10}  {:>8}  {}", time(low + step * i as f64), grouped(count as u64), bar(count as f64 / most, BAR));
        out += line.trim_end();
        out.push('\n');
    }
    match above {
        0 => out,
        above => out + &format!("  {:>10}  {:>8}  (above p99)\n", time(high), grouped(above)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_of_a_kind_are_one() {
        let waited = |part: u32| format!("its threads waited {part} % of the time for a core: close other programs");
        assert_eq!(
            ranges(&[&waited(10), &waited(41), &waited(7)]),
            "its threads waited 7 to 41 % of the time for a core: close other programs"
        );
        assert_eq!(ranges(&["p99.9 of 5", "p99.9 of 12.5"]), "p99.9 of 5 to 12.5");
        let with = |package: &str, doubts: &[String]| Series {
            doubts: doubts.to_vec(),
            ..crate::bench::document_tests::series(package, &[100], None)
        };
        let series = vec![with("a", &[waited(10)]), with("b", &[waited(20), "other".into()]), with("c", &[])];
        let mut document = crate::bench::document_tests::document(series);
        document.environment.doubts = vec!["the load was 3.0".into()];
        assert_eq!(
            doubts(&document, Baseline::First),
            [
                "the load was 3.0",
                "in 2 series its threads waited 10 to 20 % of the time for a core: close other programs",
                "b snapshot 128 MB: other"
            ]
        );
    }

    #[test]
    fn one_run_is_no_distribution() {
        let mut one = crate::bench::document_tests::series("a", &[100], None);
        one.samples_us.truncate(1);
        one.runs = 1;
        assert_eq!(histogram(&one), "a snapshot 128 MB\n  1 run, 100.0 us each\n");
        let row = whole(&crate::bench::document_tests::document(vec![one])).rows.remove(0);
        assert_eq!((row[1].as_str(), row[3].as_str()), ("1", "-"));
    }

    #[test]
    fn numbers_are_written_to_be_read() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (12_345_678, "12,345,678")] {
            assert_eq!(grouped(number), text);
        }
        for (us, text) in [(0.5, "0.5 us"), (999.0, "999.0 us"), (1000.0, "1.00 ms"), (2_500_000.0, "2.50 s")] {
            assert_eq!(time(us), text);
        }
    }
}
