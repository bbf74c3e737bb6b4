//! The service behind the API, put together from a store, logs, a queue and a runner.

use std::path::PathBuf;
use std::sync::Arc;

use super::ServeError;
use crate::control::{Control, ControlSettings, LocalRuntime, Objects, Parts};
use crate::network::Policy;
use crate::queue::MemoryQueue;
use crate::runner::{CpuModel, Options, Runner};
use crate::s3::S3;
use crate::store::{LogStore, SqliteLogs, SqliteStore, Store};

/// Asynchronous events that wait at most, and the bytes of them all.
const MAX_EVENTS: usize = 100_000;
const MAX_EVENT_BYTES: u64 = 256 << 20;

/// Where functions and their logs are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Where {
    /// In this folder, for the next start.
    Folder(PathBuf),
    /// Nowhere: they go with the process.
    Memory,
}

/// What a service is to be like.
#[derive(Debug)]
pub struct ServiceSettings {
    /// AWS's bounds, and the address for URLs.
    pub control: ControlSettings,
    /// Where functions and their logs are kept.
    pub state: Where,
    /// Bytes of logs that are kept; the oldest go first.
    pub log_bytes: u64,
    /// Whether an environment serves the next invocation as well.
    pub reuse: bool,
    /// How fast functions run.
    pub cpu: CpuModel,
    /// Where code in S3 comes from, if anywhere.
    pub s3: Option<S3>,
    /// Where functions may connect to.
    pub network: Policy,
}

/// Opens the state and puts a service on it, whose functions run through this runner.
///
/// # Errors
/// When the folder cannot be used, another server has it, or what is in it cannot be read.
pub fn open(settings: ServiceSettings, runner: Runner) -> Result<Control, ServeError> {
    let (store, logs): (Arc<dyn Store>, Arc<dyn LogStore>) = match &settings.state {
        Where::Folder(folder) => {
            std::fs::create_dir_all(folder)?;
            (Arc::new(SqliteStore::open(folder)?), Arc::new(SqliteLogs::open(folder, settings.log_bytes)?))
        }
        Where::Memory => (Arc::new(SqliteStore::in_memory()?), Arc::new(SqliteLogs::in_memory(settings.log_bytes)?)),
    };
    let queue = Arc::new(MemoryQueue::new(MAX_EVENTS, MAX_EVENT_BYTES));
    let options = Options { reuse: settings.reuse, ..Options::default() };
    let runtime = Arc::new(LocalRuntime::new(runner, options, settings.cpu, settings.network));
    raise_descriptors();
    let objects = settings.s3.map(|s3| Arc::new(s3) as Arc<dyn Objects>);
    Ok(Control::open(settings.control, Parts { objects, ..Parts::new(store, logs, queue, runtime) })?)
}

/// Allows as many open files as the system lets us have: each deployed function and each connection needs one.
fn raise_descriptors() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // Without it the server works, with fewer functions and connections.
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!(%error, "the number of open files could not be raised");
    }
}
