//! What reports are made of: one record for each case, and a summary.

use std::fmt;
use std::time::Duration;

use super::compare::{Differences, cut};
use super::json::Json;
use super::verdict::Verdict;

/// Characters of a file's name in a [`Place`]: the guest can write any.
const MAX_FILE: usize = 1024;

/// A line of the user's code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Relative to the package.
    pub file: String,
    /// From 1.
    pub line: u64,
}

impl Place {
    /// The innermost frame of an error document's stack that is in the package.
    pub(super) fn of(document: &str) -> Option<Self> {
        let document = Json::parse(document.as_bytes()).ok()?;
        let frames = document.root().member("stackTrace")?;
        let place = |frame: &str| {
            let (_, rest) = frame.split_once("File \"/var/task/")?;
            let (file, rest) = rest.split_once("\", line ")?;
            let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
            Some(Self { file: cut(file.to_owned(), MAX_FILE), line: digits.parse().ok()? })
        };
        frames.elements().filter_map(|frame| frame.string().and_then(|frame| place(&frame))).last()
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, line {}", self.file, self.line)
    }
}

/// What is shown of a case that was not accepted; of a hidden one nothing is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Evidence {
    /// What the handler was given.
    pub event: String,
    /// Where the result differs.
    pub differences: Differences,
    /// Where it raised.
    pub raised: Option<Place>,
    /// The end of what it printed.
    pub log: String,
}

/// A case that was judged.
#[derive(Debug, Clone)]
pub struct Record {
    /// Which package.
    pub package: String,
    /// Which case.
    pub name: String,
    /// The verdict.
    pub verdict: Verdict,
    /// Whether the call slept for most of its time.
    pub idle: bool,
    /// The reason, in one line.
    pub detail: String,
    /// What a reader needs to see why.
    pub evidence: Option<Evidence>,
    /// Time of the call.
    pub wall: Duration,
    /// CPU time of the call.
    pub cpu: Duration,
    /// Operators, where they were counted.
    pub fuel: Option<u64>,
    /// Largest linear memory.
    pub peak_memory_bytes: u64,
    /// Bytes of result and log.
    pub output_bytes: u64,
    /// What it got.
    pub points: f64,
    /// Of what; 0 where nobody could have got any: IE, and cases with the tag `skip`.
    pub max_points: f64,
    /// Whether its content is kept secret.
    pub hidden: bool,
    /// Its tags.
    pub tags: Vec<String>,
    /// How often it was run.
    pub runs: u32,
    /// What was not the same in all runs.
    pub changed: Vec<&'static str>,
    /// Whether its expectation was rewritten.
    pub updated: bool,
}

impl Record {
    /// Of a case that has not been run.
    pub fn new(package: String, name: String) -> Self {
        Self {
            package,
            name,
            verdict: Verdict::Ac,
            idle: false,
            detail: String::new(),
            evidence: None,
            wall: Duration::ZERO,
            cpu: Duration::ZERO,
            fuel: None,
            peak_memory_bytes: 0,
            output_bytes: 0,
            points: 0.0,
            max_points: 0.0,
            hidden: false,
            tags: Vec::new(),
            runs: 0,
            changed: Vec::new(),
            updated: false,
        }
    }
}

/// What becomes of records when they are added up.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// Cases.
    pub total: u64,
    /// How many of each verdict, in the order of [`Verdict::ALL`].
    pub verdicts: [u64; Verdict::ALL.len()],
    /// Points that were got.
    pub points: f64,
    /// Points that there were.
    pub max_points: f64,
    /// The calls' time, added up.
    pub wall: Duration,
    /// Cases that were not the same in all of their runs.
    pub flaky: u64,
    /// Whether it was stopped before the last case.
    pub interrupted: bool,
}

impl Summary {
    /// One more.
    pub fn add(&mut self, record: &Record) {
        self.total += 1;
        self.verdicts[record.verdict as usize] += 1;
        self.points = sum_of_points(self.points, record.points);
        self.max_points = sum_of_points(self.max_points, record.max_points);
        self.wall += record.wall;
        self.flaky += u64::from(!record.changed.is_empty());
    }

    /// How many have this verdict.
    pub fn count(&self, verdict: Verdict) -> u64 {
        self.verdicts[verdict as usize]
    }

    /// How many have a verdict that speaks against the code.
    pub fn failed(&self) -> u64 {
        Verdict::ALL.into_iter().filter(|verdict| verdict.is_failure()).map(|verdict| self.count(verdict)).sum()
    }
}

/// A sum as people would write it down: 0.1 and 0.2 are 0.3. Points are given with few digits, so the billionth part is
/// rounding of the float and nothing else.
fn sum_of_points(a: f64, b: f64) -> f64 {
    let sum = a + b;
    if sum.abs() < 1e6 { (sum * 1e9).round() / 1e9 } else { sum }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_add_up_as_on_paper() {
        let mut summary = Summary::default();
        for points in [0.1, 0.2, 0.7, 1e-9] {
            summary.add(&Record { points, max_points: points, ..Record::new(String::new(), String::new()) });
        }
        assert_eq!(summary.points.to_string(), "1.000000001");
        assert_eq!(sum_of_points(0.1, 0.2).to_string(), "0.3");
        assert_eq!((0..1000).fold(0.0, |sum, _| sum_of_points(sum, 0.1)).to_string(), "100");
        assert_eq!(sum_of_points(1e300, 1.0).to_string(), 1e300.to_string());
    }

    #[test]
    fn the_innermost_frame_of_the_package_is_the_place() {
        let document = r#"{"stackTrace": [
            "  File \"/var/task/app.py\", line 2, in handler\n    return inner()\n",
            "  File \"/var/task/lib/deep.py\", line 71, in inner\n    json.loads('')\n",
            "  File \"/usr/lib/json.py\", line 9, in loads\n"]}"#;
        assert_eq!(Place::of(document).expect("a place").to_string(), "lib/deep.py, line 71");
        for without in ["{}", "[]", r#"{"stackTrace": [1]}"#, r#"{"stackTrace": ["  File \"/var/task/a"]}"#] {
            assert_eq!(Place::of(without), None);
        }
    }
}
