//! What was measured, as text for a terminal and in the formats of `--export`.

mod csv;
mod html;
mod markdown;
mod plot;
mod profile;
mod text;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

pub use profile::{ProfileFormat, ProfileTo, profile, profile_text};
pub use text::{estimate, text, time};

use serde::Serialize;
use serde_json::{Value, json};

use crate::bench::{Baseline, Before, BenchDocument, GateVerdict, Interval, Series, Strategy, median, ratio_of_medians, recommend};
use crate::disk;

/// A series beside its counterpart.
struct Comparison<'a> {
    now: &'a Series,
    /// Medians of the rounds' medians, in microseconds: what the ratio is of.
    before_us: f64,
    now_us: f64,
    /// Of the medians of the whole run, now to before.
    ratio: Interval,
    /// Of the fuel, where both have it.
    fuel: Option<f64>,
}

fn comparisons<'a>(document: &'a BenchDocument, baseline: Baseline<'a>) -> Vec<Comparison<'a>> {
    let paired = matches!(baseline, Baseline::First);
    let compared = document.series.iter().filter_map(|now| {
        let Before::Series(before) = document.before(baseline, &now.key) else { return None };
        let ratio = ratio_of_medians(&before.rounds_p50_us, &now.rounds_p50_us, paired);
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let fuel = before.fuel.zip(now.fuel).map(|(before, now)| now as f64 / before.max(1) as f64);
        let middle = |series: &Series| median(series.rounds_p50_us.iter().copied());
        Some(Comparison { now, before_us: middle(before), now_us: middle(now), ratio, fuel })
    });
    compared.collect()
}

impl Comparison<'_> {
    fn says(&self) -> &'static str {
        match () {
            () if self.ratio.contains(1.0) => "no difference seen",
            () if self.ratio.value < 1.0 => "faster",
            () => "slower",
        }
    }

    /// For the JSON export.
    fn json(&self) -> Value {
        json!({
            "series": self.now.key, "before_us": self.before_us, "now_us": self.now_us, "ratio": self.ratio.value,
            "ratio_low": self.ratio.low, "ratio_high": self.ratio.high, "time": self.says(), "fuel_ratio": self.fuel,
        })
    }
}

/// A format of `--export`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// Everything, with every sample; also what a baseline is.
    Json,
    /// One row for each series, without samples.
    Csv,
    /// Tables for a README.
    Markdown,
    /// Pictures.
    Svg,
    /// One page with all of it, to look at and to click through.
    Html,
}

impl FromStr for ExportFormat {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "json" => Ok(Self::Json),
            "csv" => Ok(Self::Csv),
            "markdown" => Ok(Self::Markdown),
            "svg" => Ok(Self::Svg),
            "html" => Ok(Self::Html),
            other => Err(format!("the format is '{other}', but must be json, csv, markdown, svg or html")),
        }
    }
}

/// An export and where it goes: `FORMAT=FILE`, with `-` for stdout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportTo {
    /// The format.
    pub format: ExportFormat,
    /// The file, or `-`.
    pub path: PathBuf,
}

impl ExportTo {
    /// Whether it goes to stdout.
    pub fn is_stdout(&self) -> bool {
        self.path.as_os_str() == "-"
    }
}

impl FromStr for ExportTo {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (format, path) =
            text.split_once('=').filter(|(_, path)| !path.is_empty()).ok_or("write FORMAT=FILE, or FORMAT=- for stdout")?;
        Ok(Self { format: format.parse()?, path: path.into() })
    }
}

/// Why a result cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// A result would be lost.
    #[error("two results would be written to {path}", path = .0.display())]
    SameFile(PathBuf),
    /// A file cannot be written.
    #[error("cannot write {path}: {error}", path = .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The file system's reason.
        error: io::Error,
    },
    /// Stdout cannot be written.
    #[error(transparent)]
    Stdout(#[from] io::Error),
}

/// Whether these files can be written, before minutes are spent on what goes into them.
///
/// # Errors
/// When one cannot be, or is there twice.
pub fn check_files(exports: &[ExportTo], profile: Option<&ProfileTo>) -> Result<(), OutputError> {
    let exports = exports.iter().filter(|export| !export.is_stdout()).map(|export| &export.path);
    let paths: Vec<&PathBuf> = exports.chain(profile.map(|file| &file.path)).collect();
    for (i, path) in paths.iter().enumerate() {
        if paths[..i].contains(path) {
            return Err(OutputError::SameFile((*path).clone()));
        }
        disk::check_writable(path).map_err(|error| OutputError::Write { path: (*path).clone(), error })?;
    }
    Ok(())
}

/// Writes results: exports to their files, and to stdout the export that goes there, or else a text with how the gates were
/// judged.
///
/// # Errors
/// When a file or stdout cannot be written.
pub fn write(
    document: &BenchDocument,
    baseline: Baseline<'_>,
    strategy: Strategy,
    gates: &[GateVerdict],
    exports: &[ExportTo],
    stdout: &mut impl Write,
) -> Result<(), OutputError> {
    if !exports.iter().any(ExportTo::is_stdout) {
        let gates: String = gates.iter().map(|gate| format!("{}\n", gate.text)).collect();
        stdout.write_all((text(document, baseline, strategy) + &gates).as_bytes())?;
    }
    for to in exports {
        let text = export(to.format, document, baseline, strategy, gates);
        if to.is_stdout() { stdout.write_all(text.as_bytes())? } else { write_file(&to.path, &text)? }
    }
    Ok(())
}

/// Writes a result's file, complete or as it was.
///
/// # Errors
/// When it cannot be written.
pub fn write_file(path: &Path, text: &str) -> Result<(), OutputError> {
    let written = disk::replace(path, disk::Rights::Kept, |file| file.write_all(text.as_bytes()));
    written.map_err(|error| OutputError::Write { path: path.to_owned(), error })
}

/// The content of an exported file; `gates` is how the conditions of `--fail-on` were judged.
pub fn export(format: ExportFormat, document: &BenchDocument, baseline: Baseline<'_>, strategy: Strategy, gates: &[GateVerdict]) -> String {
    match format {
        ExportFormat::Json => json(document, baseline, strategy, gates),
        ExportFormat::Csv => csv::csv(document, baseline),
        ExportFormat::Markdown => markdown::markdown(document, baseline, strategy),
        ExportFormat::Svg => plot::svg(document, strategy),
        ExportFormat::Html => html::html(document, baseline, strategy),
    }
}

/// The document, which is all that a baseline needs, with what was made of it.
fn json(document: &BenchDocument, baseline: Baseline<'_>, strategy: Strategy, gates: &[GateVerdict]) -> String {
    #[derive(Serialize)]
    struct Exported<'a> {
        #[serde(flatten)]
        document: &'a BenchDocument,
        comparison: Vec<Value>,
        gates: Vec<Value>,
        recommended: Vec<Value>,
        remarks: Vec<String>,
    }
    let recommended = text::sweeps(document).iter().filter_map(|sweep| recommend(strategy, sweep)).map(|best| json!(best.key)).collect();
    let exported = Exported {
        document,
        comparison: comparisons(document, baseline).iter().map(Comparison::json).collect(),
        gates: gates.iter().map(|verdict| json!({"passed": verdict.passed, "text": verdict.text})).collect(),
        recommended,
        remarks: document.remarks(baseline),
    };
    serde_json::to_string(&exported).unwrap_or_default() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::document_tests::{document, series};

    #[test]
    fn an_export_has_the_comparison_and_the_gates_and_is_still_a_baseline() {
        let both = document(vec![series("old", &[100, 300, 200], Some(50)), series("new", &[50, 150, 100], Some(100))]);
        let gate = "p50>+5%".parse().expect("a gate");
        let gates = crate::bench::judge_gate(&gate, &both, Baseline::First).expect("judged");
        let text = export(ExportFormat::Json, &both, Baseline::First, Strategy::Balanced, &gates);
        let read: Value = serde_json::from_str(&text).expect("JSON");
        let compared = &read["comparison"][0];
        assert_eq!((&compared["before_us"], &compared["now_us"], &compared["ratio"]), (&json!(200.0), &json!(100.0), &json!(0.5)));
        assert_eq!(
            (&compared["time"], &compared["fuel_ratio"], &compared["series"]["package"]),
            (&json!("faster"), &json!(2.0), &json!("new"))
        );
        assert_eq!((&read["gates"][0]["passed"], &read["recommended"], &read["remarks"]), (&json!(true), &json!([]), &json!([])));
        let again: BenchDocument = serde_json::from_str(&text).expect("a document");
        assert_eq!(serde_json::to_string(&again).expect("JSON"), serde_json::to_string(&both).expect("JSON"));

        let csv = export(ExportFormat::Csv, &both, Baseline::First, Strategy::Balanced, &gates);
        let rows: Vec<&str> = csv.lines().collect();
        assert!(rows[0].ends_with(",before_us,now_us,ratio,ratio_low,ratio_high,fuel_ratio"), "{csv}");
        assert!(rows[1].ends_with(",,,,,,") && rows[2].contains(",200.0,100.0,0.5,") && rows[2].ends_with(",2.0"), "{csv}");

        // The ratio is that of the two columns beside it.
        let shown = text::text(&both, Baseline::First, Strategy::Balanced);
        let row = shown.lines().find(|line| line.contains("0.500")).expect("a row");
        assert!(row.contains("200.0 us") && row.contains("100.0 us"), "{row}");
    }

    #[test]
    fn a_baseline_that_matches_nothing_is_said() {
        let now = document(vec![series("a", &[100], None)]);
        let mut earlier = now.clone();
        earlier.series[0].key.memory_size_mb = 512;
        let shown = text::text(&now, Baseline::Earlier(&earlier), Strategy::Balanced);
        assert!(shown.contains("warning: no series of the baseline matches (it has: a snapshot 512 MB)\n"), "{shown}");
        assert!(!shown.contains("Compared with"), "{shown}");
    }
}
