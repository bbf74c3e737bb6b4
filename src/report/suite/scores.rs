//! Scores as CSV, one row for each package: what a gradebook takes.

use std::io::{self, Write};

use super::SuiteReport;
use crate::judge::{Record, Summary, Verdict};

pub(super) struct Scores {
    out: Box<dyn Write>,
    package: Option<(String, Summary)>,
}

impl Scores {
    pub(super) fn begin(mut out: Box<dyn Write>) -> io::Result<Self> {
        let verdicts = Verdict::ALL.map(Verdict::code).join(",");
        out.write_all(format!("package,points,max_points,cases,{verdicts}\n").as_bytes())?;
        Ok(Self { out, package: None })
    }

    fn row(&mut self) -> io::Result<()> {
        let Some((package, summary)) = self.package.take() else { return Ok(()) };
        let verdicts = Verdict::ALL.map(|verdict| summary.count(verdict).to_string()).join(",");
        let row = format!("{},{},{},{},{verdicts}\n", field(&package), summary.points, summary.max_points, summary.total);
        self.out.write_all(row.as_bytes())
    }
}

/// As RFC 4180 has it; what a spreadsheet would take for a formula is taken for text.
fn field(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{guard}{}\"", text.replace('"', "\"\"")) } else { format!("{guard}{text}") }
}

impl SuiteReport for Scores {
    fn case(&mut self, record: &Record) -> io::Result<()> {
        if self.package.as_ref().is_none_or(|(package, _)| *package != record.package) {
            self.row()?;
        }
        self.package.get_or_insert_with(|| (record.package.clone(), Summary::default())).1.add(record);
        Ok(())
    }

    fn end(&mut self, _: &Summary) -> io::Result<()> {
        self.row()?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_safe_in_a_spreadsheet() {
        for (text, wanted) in [
            ("subs/ann.py", "subs/ann.py"),
            ("Smith, Jo.py", "\"Smith, Jo.py\""),
            ("a\"b", "\"a\"\"b\""),
            ("=HYPERLINK(1,2)", "\"'=HYPERLINK(1,2)\""),
            ("-x.py", "'-x.py"),
        ] {
            assert_eq!(field(text), wanted);
        }
    }
}
