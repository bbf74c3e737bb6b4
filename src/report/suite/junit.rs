//! JUnit's XML as Jenkins, GitLab and others read it: a suite for each package. Numbers stand before what they count, so
//! cases wait in a temporary file until their suite is whole.

use std::fs::File;
use std::io::{self, Seek, Write};

use super::{SuitePlan, SuiteReport, explanation, xml};
use crate::judge::{Record, Summary, Verdict};

pub(super) struct Junit {
    out: Box<dyn Write>,
    plan: SuitePlan,
    /// Suites that are whole.
    suites: File,
    /// The cases of the last one, its package and its numbers.
    cases: Option<(File, String, Summary)>,
}

impl Junit {
    pub(super) fn begin(out: Box<dyn Write>, plan: SuitePlan) -> io::Result<Self> {
        Ok(Self { out, plan, suites: tempfile::tempfile()?, cases: None })
    }

    fn end_suite(&mut self) -> io::Result<()> {
        let Some((mut cases, package, summary)) = self.cases.take() else { return Ok(()) };
        let skipped = summary.count(Verdict::Sk);
        writeln!(self.suites, "  <testsuite name=\"{}\"{} skipped=\"{skipped}\">", xml(&package), numbers(&summary))?;
        cases.rewind()?;
        io::copy(&mut cases, &mut self.suites)?;
        writeln!(self.suites, "  </testsuite>")
    }
}

/// What a suite and all of them together have.
fn numbers(summary: &Summary) -> String {
    let errors = summary.count(Verdict::Ie);
    let failures = summary.failed() - errors;
    format!(" tests=\"{}\" failures=\"{failures}\" errors=\"{errors}\" time=\"{:.6}\"", summary.total, summary.wall.as_secs_f64())
}

impl SuiteReport for Junit {
    fn case(&mut self, record: &Record) -> io::Result<()> {
        if self.cases.as_ref().is_none_or(|(_, package, _)| *package != record.package) {
            self.end_suite()?;
            self.cases = Some((tempfile::tempfile()?, record.package.clone(), Summary::default()));
        }
        let Some((file, _, summary)) = &mut self.cases else { return Ok(()) };
        summary.add(record);
        let (verdict, message) = (record.verdict.code(), xml(&record.detail));
        let body = || explanation(record).iter().map(|line| format!("{}\n", xml(line))).collect::<String>();
        let outcome = match record.verdict {
            Verdict::Ac => String::new(),
            Verdict::Sk => format!("<skipped>{message}</skipped>"),
            Verdict::Ie => format!("<error type=\"{verdict}\" message=\"{message}\">{}</error>", body()),
            Verdict::Ce | Verdict::Sv | Verdict::Mle | Verdict::Tle | Verdict::Fle | Verdict::Ole | Verdict::Re | Verdict::Wa => {
                format!("<failure type=\"{verdict}\" message=\"{message}\">{}</failure>", body())
            }
        };
        let text = format!(
            "    <testcase classname=\"{}\" name=\"{}\" time=\"{:.6}\">{outcome}</testcase>\n",
            xml(&record.package),
            xml(&record.name),
            record.wall.as_secs_f64()
        );
        file.write_all(text.as_bytes())
    }

    fn end(&mut self, summary: &Summary) -> io::Result<()> {
        let mut summary = summary.clone();
        if summary.interrupted {
            // The format has no word for it, and without one the cases that are there pass for all.
            let detail = format!("interrupted: {} of {} cases were run", summary.total, self.plan.total);
            let package = self.cases.as_ref().map_or_else(|| self.plan.suite.clone(), |(_, package, _)| package.clone());
            let record = Record { verdict: Verdict::Ie, detail, ..Record::new(package, "interrupted".into()) };
            summary.add(&record);
            self.case(&record)?;
        }
        self.end_suite()?;
        let head =
            format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"{}\"{}>\n", xml(&self.plan.suite), numbers(&summary));
        self.out.write_all(head.as_bytes())?;
        self.suites.rewind()?;
        io::copy(&mut self.suites, &mut self.out)?;
        self.out.write_all(b"</testsuites>\n")?;
        self.out.flush()
    }
}
