//! `{"cases": [...], "summary": {...}}`, a case on each line.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Map, Value};

use super::super::micros;
use super::{Items, SuiteReport, to_json};
use crate::judge::{Difference, Record, Summary, Verdict};

pub(super) struct Json {
    cases: Items,
}

/// Everything that a record says.
#[derive(Serialize)]
struct Case<'a> {
    package: &'a str,
    name: &'a str,
    verdict: Verdict,
    idle: bool,
    detail: &'a str,
    wall_us: u64,
    cpu_us: u64,
    fuel: Option<u64>,
    peak_memory_bytes: u64,
    output_bytes: u64,
    points: f64,
    max_points: f64,
    hidden: bool,
    tags: &'a [String],
    runs: u32,
    changed: &'a [&'static str],
    updated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    differences: Option<&'a [Difference]>,
    /// Beyond those.
    #[serde(skip_serializing_if = "Option::is_none")]
    more_differences: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    log: Option<&'a str>,
}

impl Json {
    pub(super) fn begin(out: Box<dyn Write>) -> io::Result<Self> {
        Ok(Self { cases: Items::begin(out, "{\"cases\": [")? })
    }
}

impl SuiteReport for Json {
    fn case(&mut self, record: &Record) -> io::Result<()> {
        let evidence = record.evidence.as_ref();
        let raised = evidence.and_then(|evidence| evidence.raised.as_ref());
        self.cases.add(&Case {
            package: &record.package,
            name: &record.name,
            verdict: record.verdict,
            idle: record.idle,
            detail: &record.detail,
            wall_us: micros(record.wall),
            cpu_us: micros(record.cpu),
            fuel: record.fuel,
            peak_memory_bytes: record.peak_memory_bytes,
            output_bytes: record.output_bytes,
            points: record.points,
            max_points: record.max_points,
            hidden: record.hidden,
            tags: &record.tags,
            runs: record.runs,
            changed: &record.changed,
            updated: record.updated,
            event: evidence.map(|evidence| evidence.event.as_str()),
            differences: evidence.map(|evidence| evidence.differences.kept()),
            more_differences: evidence
                .map(|evidence| evidence.differences.count() - evidence.differences.kept().len() as u64)
                .filter(|more| *more > 0),
            file: raised.map(|place| place.file.as_str()),
            line: raised.map(|place| place.line),
            log: evidence.map(|evidence| evidence.log.as_str()),
        })
    }

    fn end(&mut self, summary: &Summary) -> io::Result<()> {
        #[derive(Serialize)]
        struct SuiteReportDocument {
            total: u64,
            passed: u64,
            failed: u64,
            skipped: u64,
            flaky: u64,
            verdicts: Map<String, Value>,
            points: f64,
            max_points: f64,
            wall_us: u64,
            interrupted: bool,
        }
        let given = Verdict::ALL.into_iter().filter(|verdict| summary.count(*verdict) > 0);
        let document = to_json(&SuiteReportDocument {
            total: summary.total,
            passed: summary.count(Verdict::Ac),
            failed: summary.failed(),
            skipped: summary.count(Verdict::Sk),
            flaky: summary.flaky,
            verdicts: given.map(|verdict| (verdict.code().to_owned(), summary.count(verdict).into())).collect(),
            points: summary.points,
            max_points: summary.max_points,
            wall_us: micros(summary.wall),
            interrupted: summary.interrupted,
        })?;
        self.cases.end(&format!(", \"summary\": {document}}}"))
    }
}
