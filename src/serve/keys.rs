//! Where the server's keys come from: those that may call it, and its own for S3.

use std::path::Path;

use super::{Credentials, S3, Secret, ServeError};

/// Reads keys from a file in the format of `~/.aws/credentials`. The option that named the file is for the message.
///
/// # Errors
/// When the file cannot be read, or is not in that format.
pub fn read_credentials(option: &'static str, path: &Path) -> Result<Credentials, ServeError> {
    let failed = |why: String| ServeError::Credentials { option, path: path.to_owned(), why };
    let text = std::fs::read_to_string(path).map_err(|error| failed(format!("cannot be read: {error}")))?;
    Credentials::parse(&text).map_err(|error| failed(error.to_string()))
}

/// An S3 service at this endpoint, with the key of the file, or with that of the environment (`AWS_ACCESS_KEY_ID` and
/// `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`). Without either, requests are not signed.
///
/// # Errors
/// When the endpoint is not an `http` or `https` URL, or when the file cannot be used.
pub fn s3(endpoint: &str, region: &str, file: Option<&Path>) -> Result<S3, ServeError> {
    let credentials = match file {
        Some(path) => Some(read_credentials("--s3-credentials", path)?),
        None => {
            let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
            let pair = variable("AWS_ACCESS_KEY_ID").zip(variable("AWS_SECRET_ACCESS_KEY"));
            pair.map(|(id, key)| Credentials::of(id, Secret { key, token: variable("AWS_SESSION_TOKEN") }))
        }
    };
    S3::new(endpoint, region, credentials).map_err(ServeError::S3)
}
