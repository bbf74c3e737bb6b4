//! Results of benchmarks that are kept under a name, to compare later ones with.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Home;
use crate::bench::{BenchDocument, FORMAT, Price, PriceError};
use crate::disk::{Rights, private_folder, replace};

/// Bytes of a baseline: a hundred series of a hundred thousand samples.
const MAX_BASELINE_BYTES: u64 = 256 << 20;
/// Characters of a name.
const MAX_NAME: usize = 100;

/// The name of a kept result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaselineName(String);

impl std::str::FromStr for BaselineName {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if text.is_empty() || text.len() > MAX_NAME || text.starts_with('.') || !text.chars().all(allowed) {
            return Err("a name has 1 to 100 letters, digits, '-', '_' and '.'; for a file use --export json=FILE".into());
        }
        Ok(Self(text.to_owned()))
    }
}

/// Why there is no baseline to compare with.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// Nothing of this name.
    #[error("there is no baseline '{0}': neither kept by --save nor a file")]
    Missing(String),
    /// Larger than any result that is kept.
    #[error("{path} is larger than {MAX_BASELINE_BYTES} bytes", path = .0.display())]
    TooLarge(PathBuf),
    /// The file system said no.
    #[error("cannot read {path}: {1}", path = .0.display())]
    Read(PathBuf, io::Error),
    /// Not a document of `--export json`.
    #[error("{path} is not an export of bench: {1}", path = .0.display())]
    NotAnExport(PathBuf, serde_json::Error),
    /// Of another version of this program.
    #[error("{path} has format {1}, this program reads {FORMAT}", path = .0.display())]
    Format(PathBuf, u32),
}

fn path_of(home: &Home, name: &BaselineName) -> PathBuf {
    home.benchmarks().join(format!("{}.json", name.0))
}

/// Reads the result that is kept under a name, or else the file of this name.
///
/// # Errors
/// When there is neither, or when it cannot be read as a result.
pub fn read_baseline(home: &Home, name_or_file: &str) -> Result<BenchDocument, BaselineError> {
    let kept = name_or_file.parse().ok().map(|name| path_of(home, &name)).filter(|path| path.is_file());
    let path = kept.unwrap_or_else(|| name_or_file.into());
    let size = fs::metadata(&path).map_err(|_| BaselineError::Missing(name_or_file.to_owned()))?.len();
    if size > MAX_BASELINE_BYTES {
        return Err(BaselineError::TooLarge(path));
    }
    let text = fs::read(&path).map_err(|error| BaselineError::Read(path.clone(), error))?;
    let document: BenchDocument = serde_json::from_slice(&text).map_err(|error| BaselineError::NotAnExport(path.clone(), error))?;
    match document.environment.format {
        FORMAT => Ok(document),
        format => Err(BaselineError::Format(path, format)),
    }
}

/// Why there are no prices to calculate costs with.
#[derive(Debug, thiserror::Error)]
pub enum PricesError {
    /// The file cannot be read.
    #[error("cannot read {path}: {error}", path = .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The file system's reason.
        error: io::Error,
    },
    /// What it holds cannot be used.
    #[error(transparent)]
    Price(#[from] PriceError),
}

/// The prices in a file, or without one those of `us-east-1`.
///
/// # Errors
/// When the file cannot be read or is not a price table.
pub fn read_prices(file: Option<&Path>) -> Result<Price, PricesError> {
    let text = match file {
        Some(path) => fs::read_to_string(path).map_err(|error| PricesError::Read { path: path.to_owned(), error })?,
        None => Price::DEFAULT.to_owned(),
    };
    Ok(Price::read(&text)?)
}

/// Keeps a result under a name, complete or as it was.
///
/// # Errors
/// When it cannot be written.
pub fn save_baseline(home: &Home, name: &BaselineName, document: &BenchDocument) -> io::Result<()> {
    let path = path_of(home, name);
    private_folder(path.parent().unwrap_or(Path::new(".")))?;
    replace(&path, Rights::Kept, |file| Ok(serde_json::to_writer(io::BufWriter::new(file), document)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (text, ok) in [("main", true), ("v1.2_3-x", true), ("", false), ("a/b", false), ("..", false), (".x", false)] {
            assert_eq!(text.parse::<BaselineName>().is_ok(), ok, "{text}");
        }
        assert!("a".repeat(100).parse::<BaselineName>().is_ok() && "a".repeat(101).parse::<BaselineName>().is_err());
    }

    #[test]
    fn what_is_not_a_result_is_refused_with_its_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let home = Home::new(folder.path());
        assert_eq!(
            read_baseline(&home, "main").expect_err("nothing").to_string(),
            "there is no baseline 'main': neither kept by --save nor a file"
        );
        fs::create_dir(home.benchmarks()).expect("creates");
        fs::write(home.benchmarks().join("main.json"), "[]").expect("writes");
        let error = read_baseline(&home, "main").expect_err("another document").to_string();
        assert!(error.contains("main.json is not an export of bench"), "{error}");
    }
}
