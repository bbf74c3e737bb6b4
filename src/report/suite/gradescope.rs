//! Gradescope's results.json (gradescope-autograders.readthedocs.io): tests with scores, which Gradescope adds up. An
//! internal error has no score, so that it does not count against the submission.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{Items, SuiteReport, explanation, to_json};
use crate::judge::{Record, Summary, Verdict};

pub(super) struct Gradescope {
    tests: Items,
}

#[derive(Serialize)]
struct Test<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_score: Option<f64>,
    status: &'static str,
    output: String,
    output_format: &'static str,
    tags: &'a [String],
    visibility: &'static str,
}

impl Gradescope {
    pub(super) fn begin(out: Box<dyn Write>) -> io::Result<Self> {
        Ok(Self { tests: Items::begin(out, "{\"tests\": [")? })
    }
}

impl SuiteReport for Gradescope {
    fn case(&mut self, record: &Record) -> io::Result<()> {
        let scored = record.verdict != Verdict::Ie;
        let (code, words) = (record.verdict.code(), record.verdict.name());
        let mut output = explanation(record);
        if record.verdict != Verdict::Ac || !record.detail.is_empty() {
            output.insert(0, format!("{code} ({words}): {}", super::one_line(&record.detail, 500)));
        }
        self.tests.add(&Test {
            name: &record.name,
            score: scored.then_some(record.points),
            max_score: scored.then_some(record.max_points),
            status: if record.verdict == Verdict::Ac { "passed" } else { "failed" },
            output: output.join("\n"),
            output_format: "text",
            tags: &record.tags,
            visibility: if record.hidden { "hidden" } else { "visible" },
        })
    }

    fn end(&mut self, summary: &Summary) -> io::Result<()> {
        #[derive(Serialize)]
        struct Rest {
            execution_time: f64,
            output: String,
            output_format: &'static str,
            visibility: &'static str,
            stdout_visibility: &'static str,
        }
        let interrupted = if summary.interrupted { " The run was interrupted: cases are missing." } else { "" };
        let internal = summary.count(Verdict::Ie);
        let broken = if internal == 0 { String::new() } else { format!(" {internal} could not be judged; please tell your instructor.") };
        let rest = to_json(&Rest {
            execution_time: summary.wall.as_secs_f64(),
            output: format!("{} of {} cases accepted.{broken}{interrupted}", summary.count(Verdict::Ac), summary.total),
            output_format: "text",
            visibility: "visible",
            stdout_visibility: "hidden",
        })?;
        self.tests.end(&format!(", {}", rest.strip_prefix('{').unwrap_or_default()))
    }
}

/// A report for each package, by its file name, in one folder.
pub(super) struct Folder {
    folder: PathBuf,
    /// File names that are taken: two packages may have the same name in two folders.
    taken: HashSet<String>,
    current: Option<(String, Gradescope, Summary)>,
}

impl Folder {
    pub(super) fn begin(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        Ok(Self { folder: folder.to_owned(), taken: HashSet::new(), current: None })
    }

    fn open(&mut self, package: &str) -> io::Result<Gradescope> {
        let name = Path::new(package).file_name().unwrap_or_default().to_string_lossy().into_owned();
        let numbered = std::iter::once(name.clone()).chain((2..).map(|number| format!("{name}-{number}")));
        let mut free = numbered.filter(|name| !self.taken.contains(name));
        let name = free.next().unwrap_or(name);
        self.taken.insert(name.clone());
        Gradescope::begin(Box::new(BufWriter::new(File::create(self.folder.join(format!("{name}.json")))?)))
    }

    fn close(&mut self, interrupted: bool) -> io::Result<()> {
        match self.current.take() {
            Some((_, mut report, summary)) => report.end(&Summary { interrupted, ..summary }),
            None => Ok(()),
        }
    }
}

impl SuiteReport for Folder {
    fn case(&mut self, record: &Record) -> io::Result<()> {
        if self.current.as_ref().is_none_or(|(package, ..)| *package != record.package) {
            self.close(false)?;
            self.current = Some((record.package.clone(), self.open(&record.package)?, Summary::default()));
        }
        let Some((_, report, summary)) = &mut self.current else { return Ok(()) };
        summary.add(record);
        report.case(record)
    }

    fn end(&mut self, summary: &Summary) -> io::Result<()> {
        self.close(summary.interrupted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn every_package_has_a_file_of_its_own() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut reports = Folder::begin(&folder.path().join("new")).expect("begins");
        for (package, case) in [("a/x.py", "one"), ("a/x.py", "two"), ("b/x.py", "one"), ("b/y.py", "one")] {
            let record = Record { points: 1.0, max_points: 1.0, ..Record::new(package.into(), case.into()) };
            reports.case(&record).expect("writes");
        }
        reports.end(&Summary { interrupted: true, ..Summary::default() }).expect("ends");
        let read = |name: &str| -> Value {
            serde_json::from_slice(&fs::read(folder.path().join("new").join(name)).expect(name)).expect("whole JSON")
        };
        assert_eq!(read("x.py.json")["tests"].as_array().map(Vec::len), Some(2));
        assert_eq!(read("x.py.json")["output"], "2 of 2 cases accepted.");
        assert_eq!(read("x.py-2.json")["tests"].as_array().map(Vec::len), Some(1));
        assert!(read("y.py.json")["output"].as_str().is_some_and(|text| text.ends_with("cases are missing.")));
    }
}
