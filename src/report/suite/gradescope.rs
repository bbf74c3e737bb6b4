//! Gradescope's results.json (gradescope-autograders.readthedocs.io): tests with scores, which Gradescope adds up. An
//! internal error has no score, so that it does not count against the submission.

use std::io::{self, Write};

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
