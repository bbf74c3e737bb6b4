//! Verdicts as reports. Each is written as the cases come, so that a suite may have any number of them.

mod gradescope;
mod json;
mod junit;
mod reports;
mod scores;
mod tap;
mod text;

pub use reports::{ReportTo, Reports, ReportsError};

use std::io::{self, Write};
use std::path::Path;
use std::str::FromStr;

use serde::Serialize;

use crate::judge::{Difference, Record, Summary};
use crate::text::{line as one_line, xml};

/// The formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportFormat {
    /// For a reader.
    Text,
    /// One document.
    Json,
    /// JUnit's XML, as CI systems read it.
    Junit,
    /// TAP version 14.
    Tap,
    /// Gradescope's results.json.
    Gradescope,
    /// The scores of packages as CSV.
    Csv,
}

impl FromStr for ReportFormat {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text {
            "text" => Self::Text,
            "json" => Self::Json,
            "junit" => Self::Junit,
            "tap" => Self::Tap,
            "gradescope" => Self::Gradescope,
            "csv" => Self::Csv,
            other => return Err(format!("report is '{other}', but must be text, json, junit, tap, gradescope or csv")),
        })
    }
}

/// What is known before the first case.
#[derive(Debug, Clone)]
pub struct SuitePlan {
    /// The suite's file name.
    pub suite: String,
    /// How many packages are tested.
    pub packages: usize,
    /// How many cases there are in all.
    pub total: u64,
    /// Whether text is coloured.
    pub colour: bool,
}

/// Writes one report.
pub trait SuiteReport {
    /// The next case.
    fn case(&mut self, record: &Record) -> io::Result<()>;
    /// No more cases.
    fn end(&mut self, summary: &Summary) -> io::Result<()>;
}

impl ReportFormat {
    /// Begins a report.
    pub fn begin(self, out: Box<dyn Write>, plan: SuitePlan) -> io::Result<Box<dyn SuiteReport>> {
        Ok(match self {
            Self::Text => Box::new(text::Text::begin(out, plan)),
            Self::Json => Box::new(json::Json::begin(out)?),
            Self::Junit => Box::new(junit::Junit::begin(out, plan)?),
            Self::Tap => Box::new(tap::Tap::begin(out, &plan)?),
            Self::Gradescope => Box::new(gradescope::Gradescope::begin(out)?),
            Self::Csv => Box::new(scores::Scores::begin(out)?),
        })
    }
}

/// Begins Gradescope reports, one for each package, in a folder that is made if it is not there.
///
/// # Errors
/// When the folder cannot be made.
pub fn gradescope_folder(folder: &Path) -> io::Result<Box<dyn SuiteReport>> {
    Ok(Box::new(gradescope::Folder::begin(folder)?))
}

/// Why a case was not accepted, as lines of text: what every format shows besides its verdict. Nothing of a hidden case.
fn explanation(record: &Record) -> Vec<String> {
    let Some(evidence) = &record.evidence else { return Vec::new() };
    let mut lines = vec![format!("event: {}", one_line(&evidence.event, 200))];
    for Difference { path, expected, got } in evidence.differences.kept().iter().take(MAX_SHOWN_DIFFERENCES) {
        let side = |text: &Option<String>| text.as_ref().map_or("nothing".into(), |text| one_line(text, 200));
        lines.push(format!("{}: expected {}, got {}", one_line(path, 200), side(expected), side(got)));
    }
    let more = evidence.differences.count().saturating_sub(MAX_SHOWN_DIFFERENCES as u64);
    if more > 0 {
        lines.push(format!("and {more} more differences"));
    }
    let log: Vec<&str> = evidence.log.lines().collect();
    let shown = &log[log.len().saturating_sub(MAX_SHOWN_LOG)..];
    lines.extend(shown.iter().map(|line| format!("log: {}", one_line(line, 200))));
    lines
}

/// Differences that a report for readers shows of one case; JSON has the first hundred.
const MAX_SHOWN_DIFFERENCES: usize = 10;
/// Lines of the log, its last ones.
const MAX_SHOWN_LOG: usize = 10;

/// A JSON array that is written as its items come, one on each line.
struct Items {
    out: Box<dyn Write>,
    is_first: bool,
}

impl Items {
    /// `opening` is what comes before the first one, the bracket included.
    fn begin(mut out: Box<dyn Write>, opening: &str) -> io::Result<Self> {
        out.write_all(opening.as_bytes())?;
        Ok(Self { out, is_first: true })
    }

    fn add(&mut self, item: &impl Serialize) -> io::Result<()> {
        let separator = if std::mem::take(&mut self.is_first) { "\n" } else { ",\n" };
        self.out.write_all(format!("{separator}{}", to_json(item)?).as_bytes())
    }

    /// `rest` is what comes after the closing bracket.
    fn end(&mut self, rest: &str) -> io::Result<()> {
        self.out.write_all(format!("\n]{rest}\n").as_bytes())?;
        self.out.flush()
    }
}

/// A value as JSON on one line.
fn to_json(value: &impl Serialize) -> io::Result<String> {
    Ok(serde_json::to_string(value)?)
}
