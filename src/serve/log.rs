//! The server's own log, on stderr.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;

use super::ServeError;

/// Starts the server's own log, of what this filter lets through, as text or as one JSON object for each line.
///
/// # Errors
/// When the filter is none that the tracing library knows, or when this process has a log already.
pub fn start_log(filter: &str, as_json: bool) -> Result<(), ServeError> {
    let parsed = EnvFilter::try_new(filter).map_err(|error| ServeError::LogLevel { filter: filter.to_owned(), why: error.to_string() })?;
    let log = tracing_subscriber::fmt().with_env_filter(parsed).with_writer(io::stderr);
    let started = if as_json { log.json().try_init() } else { log.with_ansi(io::stderr().is_terminal()).try_init() };
    started.map_err(|error| ServeError::Log(error.to_string()))
}
