//! Recordings as files, and the signer of a user: what [`Traffic`] is made of.

use std::fs::File;
use std::io::{self, Read, Write};
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::blame::{Blame, Blamed};
use crate::credentials::{self, MissingKeys};
use crate::disk::{self, Rights};
use crate::network::aws::{Endpoint, EndpointError, Keys, PermissionError, Permissions, Signer};
use crate::network::recording::{MAX_BYTES, Recorder, Recording, RecordingError};
use crate::network::{Policy, RuleError, Traffic};

/// Why recordings cannot be read or written, or requests not be signed.
#[derive(Debug, thiserror::Error)]
pub enum TrafficError {
    /// A file cannot be read or written.
    #[error("cannot {what} the recording {path}: {error}", path = .path.display())]
    File {
        /// `read` or `write`.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// The file system's reason.
        error: io::Error,
    },
    /// It is larger than any that is read.
    #[error("the recording {path} is larger than {MAX_BYTES} bytes", path = .0.display())]
    TooLarge(PathBuf),
    /// It is not a recording, or has something in it that no server could have sent.
    #[error("{path}: {error}", path = .path.display())]
    Recording {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: RecordingError,
    },
    /// There are no keys.
    #[error("--sign-aws: {0}")]
    Keys(#[from] MissingKeys),
    /// What may be asked for cannot be read, or was not said.
    #[error("--allow-aws: {0}")]
    Permissions(#[from] PermissionError),
    /// A rule cannot be read.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// Nothing would ever be sent.
    #[error("--record and --sign-aws need --allow-net: where nothing can be reached, nothing is sent")]
    Closed,
    /// An endpoint cannot be read.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
}

impl Blamed for TrafficError {
    fn blame(&self) -> Blame<'_> {
        Blame::Request
    }
}

/// Reads a recording.
///
/// # Errors
/// When it cannot be read, is too large, or is not a recording.
pub(super) fn open_recording(path: &Path) -> Result<Arc<Recording>, TrafficError> {
    let mut json = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut json));
    read.map_err(|error| TrafficError::File { what: "read", path: path.to_owned(), error })?;
    if json.len() as u64 > MAX_BYTES {
        return Err(TrafficError::TooLarge(path.to_owned()));
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Recording::parse(&name, &json).map(Arc::new).map_err(|error| TrafficError::Recording { path: path.to_owned(), error })
}

/// A recorder whose file can be written when everything has run.
///
/// # Errors
/// When it cannot.
pub fn start_recording(path: &Path) -> Result<Arc<Recorder>, TrafficError> {
    disk::check_writable(path).map_err(|error| TrafficError::File { what: "write", path: path.to_owned(), error })?;
    Ok(Arc::default())
}

/// Writes what was recorded. How many exchanges there are, and what is to be said about what is not there.
///
/// # Errors
/// When the file cannot be written.
pub fn save_recording(recorder: &Recorder, path: &Path) -> Result<(usize, Vec<String>), TrafficError> {
    let (json, count, notes) = recorder.document();
    // What answers contain may be for few.
    let written = disk::replace(path, Rights::Kept, |file| file.write_all(&json));
    written.map_err(|error| TrafficError::File { what: "write", path: path.to_owned(), error })?;
    Ok((count, notes))
}

/// What signs requests to AWS, and to these endpoints, with the keys of a profile (empty: whatever keys there are).
///
/// # Errors
/// When there is no key, or what may be asked for cannot be read.
fn signer(profile: &str, allowed: &[String], endpoints: &[String]) -> Result<Arc<Signer>, TrafficError> {
    let allowed = Permissions::new(allowed)?;
    let endpoints = endpoints.iter().map(|url| Endpoint::parse(url)).collect::<Result<_, _>>()?;
    let keys = credentials::find(Some(profile).filter(|name| !name.is_empty()), &|name| std::env::var(name).ok())?;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs();
    // Now, and not when a function runs, it is to be known whether there is one.
    keys.key(i64::try_from(now).unwrap_or_default()).map_err(|why| TrafficError::Keys(MissingKeys::new(why)))?;
    Ok(Arc::new(Signer::new(Arc::new(keys), allowed, endpoints)))
}

/// Nothing is read of connections, and a recording answers.
pub(super) fn replay(recording: Arc<Recording>) -> Traffic {
    Traffic { replay: Some(recording), ..Traffic::default() }
}

/// What a caller says about the network of functions.
#[derive(Debug, Clone, Default)]
pub struct NetworkSettings {
    /// Where they may connect to.
    pub allow: Vec<String>,
    /// Where they may not, whatever `allow` says.
    pub deny: Vec<String>,
    /// Connections and look-ups of an invocation; the policy's own bound where nothing is said.
    pub connections: Option<NonZeroU64>,
    /// MB that an invocation may send, and as many that it may receive; the policy's own bound where nothing is said.
    pub megabytes: Option<NonZeroU64>,
    /// The recording that answers in the place of a network.
    pub replay: Option<PathBuf>,
    /// What keeps HTTP exchanges.
    pub recorder: Option<Arc<Recorder>>,
    /// The profile whose keys sign requests to AWS; empty for whatever keys there are.
    pub sign: Option<String>,
    /// What may be asked of AWS then.
    pub allow_aws: Vec<String>,
    /// Endpoints in the place of AWS.
    pub endpoints: Vec<String>,
}

impl NetworkSettings {
    /// The rules that they come to.
    ///
    /// # Errors
    /// When a rule, the recording or the keys cannot be read, or when something is to be read of a network that is closed.
    pub fn policy(&self) -> Result<Policy, TrafficError> {
        let mut policy = Policy::new(&self.allow, &self.deny)?;
        let limits = &mut policy.limits;
        limits.connections = self.connections.map_or(limits.connections, NonZeroU64::get);
        limits.bytes = self.megabytes.map_or(limits.bytes, |mb| mb.get().saturating_mul(1 << 20));
        if let Some(path) = &self.replay {
            policy.traffic = replay(open_recording(path)?);
        }
        if let Some(recorder) = &self.recorder {
            policy.traffic.record = Some(Arc::clone(recorder));
        }
        if let Some(profile) = &self.sign {
            policy.traffic.sign = Some(signer(profile, &self.allow_aws, &self.endpoints)?);
        }
        if policy.is_closed() && policy.traffic.reads_http() {
            return Err(TrafficError::Closed);
        }
        Ok(policy)
    }
}
