//! The server: a listener, the API behind it and the service behind that, from the start to a graceful stop.

mod connections;
mod keys;
mod log;
mod own_wakes;
mod service;

use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Pages that a server has beside the API, under `/_wasmlam/`.
pub use axum::Router as Pages;

pub use crate::api::{ApiSettings, Credentials, CredentialsError};
pub use crate::control::ControlSettings;
pub use crate::s3::{EndpointError, S3};
pub use crate::sigv4::Secret;
pub use connections::ConnectionLimits;
pub use keys::{read_credentials, s3};
pub use log::start_log;
pub use service::{ServiceSettings, Where, open};

use crate::api::Api;
use crate::control::{ApiError, Control};
use crate::runner::{Blame, Blamed};
use crate::sandbox::{GUEST_THREAD_STACK, adopt_guest_thread, catch_up};
use crate::store::StoreError;

/// Threads of the server at most, beside those that read requests: more than connections are accepted, so that one is always free to
/// go on with them. A thread without work ends after ten seconds.
const MAX_THREADS: usize = 8192;

/// How a server is to run.
#[derive(Debug)]
pub struct ServerSettings {
    /// Who may call, and as whom.
    pub api: ApiSettings,
    /// What connections may take.
    pub limits: ConnectionLimits,
    /// After the stop, invocations have this long to end.
    pub patience: Duration,
    /// Threads that read and answer requests; functions run on others.
    pub threads: NonZeroUsize,
}

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Anyone on the network could call it.
    #[error(
        "{0} can be reached from other machines, so requests must be signed: give --credentials FILE with the keys that may call \
         (in the format of ~/.aws/credentials), or listen on 127.0.0.1"
    )]
    Unprotected(SocketAddr),
    /// The state cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is in the state cannot be read.
    #[error("the service could not be started: {0}")]
    Service(#[from] ApiError),
    /// The system refused.
    #[error("the server could not be started: {0}")]
    Io(#[from] io::Error),
    /// The address is taken, or is not this machine's.
    #[error("cannot listen on {address}: is another server there? --listen takes another port: {error}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The system's reason.
        error: io::Error,
    },
    /// A file of keys cannot be used.
    #[error("{option} {}: {why}", .path.display())]
    Credentials {
        /// The option that named it.
        option: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// The S3 service cannot be used.
    #[error("--s3-endpoint: {0}")]
    S3(EndpointError),
    /// The log's filter cannot be read.
    #[error("--log-level is '{filter}': {why}")]
    LogLevel {
        /// As it was given.
        filter: String,
        /// The tracing library's reason.
        why: String,
    },
    /// The log could not be started.
    #[error("the log could not be started: {0}")]
    Log(String),
}

impl Blamed for ServeError {
    fn blame(&self) -> Blame<'_> {
        match self {
            Self::Unprotected(_)
            | Self::Store(_)
            | Self::Listen { .. }
            | Self::Credentials { .. }
            | Self::S3(_)
            | Self::LogLevel { .. }
            | Self::Log(_) => Blame::Request,
            Self::Service(_) | Self::Io(_) => Blame::Host,
        }
    }
}

/// Listens on this address.
///
/// # Errors
/// When other machines reach it and no keys are known, or when it is taken.
pub fn listen(address: SocketAddr, api: &ApiSettings) -> Result<TcpListener, ServeError> {
    check_address(address, api)?;
    TcpListener::bind(address).map_err(|error| ServeError::Listen { address, error })
}

/// Whether this address may be listened on with these settings: not when other machines reach it and no keys are known.
fn check_address(address: SocketAddr, api: &ApiSettings) -> Result<(), ServeError> {
    if address.ip().is_loopback() || api.credentials.is_some() { Ok(()) } else { Err(ServeError::Unprotected(address)) }
}

/// Serves the API on this listener until the future ends, then stops: what runs may end within the settings' patience,
/// and what is queued stays queued. The router's pages are served beside the API, under `/_wasmlam/`. Blocks.
///
/// # Errors
/// When the listener is open to other machines and no keys are known, or when the system refuses.
pub fn run(
    listener: TcpListener,
    control: Control,
    settings: ServerSettings,
    pages: Pages,
    stop: impl Future<Output = ()>,
) -> Result<Stopped, ServeError> {
    check_address(listener.local_addr()?, &settings.api)?;
    listener.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        // One more than may wait for functions (`api::here`), so that there is always one for connections.
        .worker_threads(settings.threads.get() + 1)
        // Functions run where their request was read, so these threads have a guest's stack. Each function that runs has one; the
        // service admits no more of them than memory and concurrency allow.
        .max_blocking_threads(MAX_THREADS)
        .thread_stack_size(GUEST_THREAD_STACK)
        .on_thread_start(adopt_guest_thread)
        .on_thread_park(catch_up)
        .thread_name("wasmlam-http")
        .enable_io()
        .enable_time()
        .build()?;
    let api = Api::new(control.clone(), settings.api, pages);
    let api = Arc::new(api.on_threads_of(runtime.handle().clone(), settings.threads.get())?);
    let patience = settings.patience;
    let deadline = runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let mut asked = None;
        let stop = async {
            stop.await;
            asked = Some(Instant::now());
        };
        connections::accept(listener, api, settings.limits, patience, stop).await;
        io::Result::Ok(asked.unwrap_or_else(Instant::now) + patience)
    })?;
    // Invocations without a connection, as asynchronous ones, have what is left of the time.
    let all_ended = control.stop(deadline.saturating_duration_since(Instant::now()));
    runtime.shutdown_timeout(Duration::from_secs(1));
    Ok(Stopped { all_ended })
}

/// How a server stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped {
    /// Whether every invocation ended in time.
    pub all_ended: bool,
}

/// A stop that any thread may ask for: the handle, and the future for [`run`].
pub fn stop() -> (StopHandle, impl Future<Output = ()> + Send) {
    let (sender, mut receiver) = tokio::sync::watch::channel(false);
    let stopped = async move {
        // Without a handle nobody can ask for the stop any more, so the server goes on.
        if receiver.wait_for(|asked| *asked).await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    (StopHandle(sender), stopped)
}

/// Asks a server to stop.
#[derive(Debug, Clone)]
pub struct StopHandle(tokio::sync::watch::Sender<bool>);

impl StopHandle {
    /// Asks for the stop. The server ends a little later.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }

    /// Turns to true when somebody asks for the stop, for answers that would go on without end.
    pub fn watch(&self) -> tokio::sync::watch::Receiver<bool> {
        self.0.subscribe()
    }
}

/// What somebody who has started a server types next: the variables that lead clients to it, and a first command. The page is
/// the path of the console, and is named where anybody may open it.
pub fn greeting(endpoint: &str, region: &str, open: bool, page: &str) -> String {
    let (keys, browser) = match open {
        false => ("", String::new()),
        true => (
            "export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test    # any will do on this machine\n",
            format!("\nIn a browser: {endpoint}{page}/\n"),
        ),
    };
    format!(
        "wasmlam serves the AWS Lambda API on {endpoint}\n\n\
         export AWS_ENDPOINT_URL_LAMBDA={endpoint} AWS_ENDPOINT_URL_CLOUDWATCH_LOGS={endpoint} AWS_REGION={region}\n\
         {keys}aws lambda list-functions\n{browser}"
    )
}
