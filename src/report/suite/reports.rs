//! All reports of one run, and where each of them goes.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::{ReportFormat, SuitePlan, SuiteReport, gradescope_folder};
use crate::judge::{Record, Summary};

/// A report and the file it goes to, as typed: `FORMAT`, `FORMAT=FILE`, or `FORMAT=-` for stdout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportTo {
    /// The format.
    pub format: ReportFormat,
    /// The file, or for some formats a folder; `None` for stdout.
    pub file: Option<PathBuf>,
}

impl FromStr for ReportTo {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (format, file) = text.split_once('=').map_or((text, None), |(format, file)| (format, Some(file)));
        if file == Some("") {
            return Err(format!("'{text}' names no file"));
        }
        // `-` is stdout, as for files that are read it is stdin.
        Ok(Self { format: format.parse()?, file: file.filter(|file| *file != "-").map(PathBuf::from) })
    }
}

impl ReportTo {
    /// These reports, the last of which goes to this file, if one is given.
    ///
    /// # Errors
    /// When the last one names a file of its own.
    pub fn with_file(mut reports: Vec<Self>, file: Option<&Path>) -> Result<Vec<Self>, ReportsError> {
        if let (Some(file), Some(last)) = (file, reports.last_mut())
            && last.file.replace(file.to_owned()).is_some()
        {
            return Err(ReportsError::TwoFiles);
        }
        Ok(reports)
    }

    fn is_folder(&self) -> bool {
        self.file.as_ref().is_some_and(|file| file.as_os_str().to_string_lossy().ends_with('/'))
    }

    fn shown_file(&self) -> String {
        self.file.as_deref().unwrap_or("-".as_ref()).display().to_string()
    }
}

/// Why reports cannot be begun.
#[derive(Debug, thiserror::Error)]
pub enum ReportsError {
    /// A Gradescope report is about one submission.
    #[error("a gradescope report is about one package; gradescope=FOLDER/ writes one for each")]
    OneForAll,
    /// Only a Gradescope report can be a folder of files.
    #[error("{0} is a folder, but must be a file")]
    Folder(String),
    /// More than one report would be on stdout.
    #[error("one report can go to stdout; give the others a file: --report junit=FILE")]
    Stdout,
    /// One report has two places to go to.
    #[error("the last --report names a file, and --report-file another one")]
    TwoFiles,
    /// A report would be lost.
    #[error("two reports would be written to {0}")]
    SameFile(String),
    /// A file or a folder cannot be made.
    #[error("cannot write {path}: {error}")]
    Write {
        /// The file or folder.
        path: String,
        /// The file system's reason.
        error: io::Error,
    },
    /// The start of a report could not be written.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// The reports of one run.
pub struct Reports(Vec<Box<dyn SuiteReport>>);

impl Reports {
    /// Begins these reports, and a text on stdout if no other report goes there. `stdout` gives what writes a format to
    /// stdout; a file's text is never coloured.
    ///
    /// # Errors
    /// When two of them exclude each other, or one cannot be written.
    pub fn begin(
        mut wanted: Vec<ReportTo>,
        plan: &SuitePlan,
        stdout: impl Fn(ReportFormat) -> Box<dyn Write>,
    ) -> Result<Self, ReportsError> {
        if wanted.iter().any(|report| report.format == ReportFormat::Gradescope && !report.is_folder()) && plan.packages > 1 {
            return Err(ReportsError::OneForAll);
        }
        if let Some(folder) = wanted.iter().find(|report| report.format != ReportFormat::Gradescope && report.is_folder()) {
            return Err(ReportsError::Folder(folder.shown_file()));
        }
        match wanted.iter().filter(|report| report.file.is_none()).count() {
            0 => wanted.push(ReportTo { format: ReportFormat::Text, file: None }),
            1 => {}
            _ => return Err(ReportsError::Stdout),
        }
        for (i, report) in wanted.iter().enumerate() {
            if report.file.is_some() && wanted[..i].iter().any(|other| other.file == report.file) {
                return Err(ReportsError::SameFile(report.shown_file()));
            }
        }
        let begin = |report: &ReportTo| -> Result<Box<dyn SuiteReport>, ReportsError> {
            let cannot = |error| ReportsError::Write { path: report.shown_file(), error };
            Ok(match &report.file {
                Some(folder) if report.is_folder() => gradescope_folder(folder).map_err(cannot)?,
                Some(path) => {
                    let out = Box::new(BufWriter::new(File::create(path).map_err(cannot)?));
                    report.format.begin(out, SuitePlan { colour: false, ..plan.clone() })?
                }
                None => report.format.begin(stdout(report.format), plan.clone())?,
            })
        };
        Ok(Self(wanted.iter().map(begin).collect::<Result<_, _>>()?))
    }
}

impl SuiteReport for Reports {
    fn case(&mut self, record: &Record) -> io::Result<()> {
        self.0.iter_mut().try_for_each(|report| report.case(record))
    }

    fn end(&mut self, summary: &Summary) -> io::Result<()> {
        self.0.iter_mut().try_for_each(|report| report.end(summary))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begin(wanted: &[&str], packages: usize) -> Result<usize, String> {
        let wanted = wanted.iter().map(|text| text.parse().expect("a report")).collect();
        let plan = SuitePlan { suite: "s".into(), packages, total: 1, colour: false };
        Reports::begin(wanted, &plan, |_| Box::new(io::sink())).map(|reports| reports.0.len()).map_err(|error| error.to_string())
    }

    #[test]
    fn reports_that_exclude_each_other_are_refused() {
        assert!("json=".parse::<ReportTo>().is_err() && "pdf".parse::<ReportTo>().is_err());
        assert_eq!("json=-".parse(), Ok(ReportTo { format: ReportFormat::Json, file: None }));
        let folder = tempfile::tempdir().expect("a folder");
        let file = |format: &str, name: &str| format!("{format}={}", folder.path().join(name).display());
        assert_eq!(begin(&[], 1), Ok(1), "text");
        assert_eq!(begin(&["json"], 1), Ok(1), "in place of the text");
        assert_eq!(begin(&[&file("json", "a"), &file("tap", "b")], 1), Ok(3), "beside the text");
        assert!(begin(&["json", "tap"], 1).is_err_and(|error| error.starts_with("one report can go to stdout")));
        assert!(begin(&[&file("json", "a"), &file("tap", "a")], 1).is_err_and(|error| error.starts_with("two reports")));
        assert!(begin(&[&file("json", "a/")], 1).is_err_and(|error| error.ends_with("is a folder, but must be a file")));
        assert!(begin(&["gradescope"], 2).is_err_and(|error| error.contains("gradescope=FOLDER/")));
        assert_eq!(begin(&[&file("gradescope", "g/")], 2), Ok(2));
        assert!(begin(&[&file("json", "none/a")], 1).is_err_and(|error| error.starts_with("cannot write ")));
    }
}
