//! TAP version 14 (testanything.org).

use std::io::{self, Write};

use serde_json::Value;

use super::{SuitePlan, SuiteReport, explanation, one_line};
use crate::judge::{Record, Summary, Verdict};

pub(super) struct Tap {
    out: Box<dyn Write>,
    number: u64,
    with_package: bool,
}

impl Tap {
    pub(super) fn begin(mut out: Box<dyn Write>, plan: &SuitePlan) -> io::Result<Self> {
        out.write_all(format!("TAP version 14\n1..{}\n", plan.total).as_bytes())?;
        Ok(Self { out, number: 0, with_package: plan.packages > 1 })
    }
}

/// `#` would begin a directive.
fn escaped(text: &str) -> String {
    one_line(text, 300).replace('\\', "\\\\").replace('#', "\\#")
}

impl SuiteReport for Tap {
    fn case(&mut self, record: &Record) -> io::Result<()> {
        self.number += 1;
        let ok = if record.verdict.is_failure() { "not ok" } else { "ok" };
        let package = if self.with_package { format!("{}: ", escaped(&record.package)) } else { String::new() };
        let skip = if record.verdict == Verdict::Sk { format!(" # SKIP {}", escaped(&record.detail)) } else { String::new() };
        let mut lines = format!("{ok} {} - {package}{}{skip}\n", self.number, escaped(&record.name));
        if record.verdict.is_failure() || !record.changed.is_empty() {
            // YAML, of which JSON's strings and numbers are a part.
            let field = |name: &str, value: Value| format!("  {name}: {value}\n");
            lines.push_str("  ---\n");
            lines.push_str(&field("verdict", record.verdict.code().into()));
            lines.push_str(&field("message", one_line(&record.detail, 500).into()));
            lines.push_str(&field("duration_ms", (record.wall.as_secs_f64() * 1e3).into()));
            if !record.changed.is_empty() {
                lines.push_str(&field("flaky", record.changed.join(", ").into()));
            }
            let why = explanation(record);
            if !why.is_empty() {
                lines.push_str("  explanation:\n");
            }
            for line in why {
                lines.push_str(&format!("    - {}\n", Value::from(line)));
            }
            lines.push_str("  ...\n");
        }
        self.out.write_all(lines.as_bytes())
    }

    fn end(&mut self, summary: &Summary) -> io::Result<()> {
        if summary.interrupted {
            self.out.write_all(b"Bail out! interrupted\n")?;
        }
        self.out.flush()
    }
}
