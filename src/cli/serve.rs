//! `wasmlam serve`: the Lambda API on this machine, for every tool that speaks it.

use std::net::SocketAddr;
use std::num::{NonZeroU64, NonZeroUsize};
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use anyhow::anyhow;
use clap::{ArgAction, Args};

use super::network::NetworkArgs;
use super::signals::on_first_signal;
use super::{Failure, choice, exit, internal, note, print, usage};
use crate::console;
use crate::function::Account;
use crate::network::Policy;
use crate::runner::{CpuModel, Home, Runner};
use crate::serve::{self, ApiSettings, ConnectionLimits, ControlSettings, ServerSettings, ServiceSettings, Where};

/// What can be said of a server.
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:9001")]
    listen: SocketAddr,
    /// Folder for functions and logs [default: wasmlam in $XDG_STATE_HOME or ~/.local/state]
    #[arg(long, value_name = "FOLDER")]
    state: Option<PathBuf>,
    /// Keep nothing after the end
    #[arg(long, conflicts_with = "state")]
    in_memory: bool,
    /// Account of callers whose access key is not an account's number
    #[arg(long, value_name = "ID", default_value = "123456789012")]
    account_id: String,
    /// Region of requests that name none
    #[arg(long, value_name = "REGION", default_value = "us-east-1")]
    region: String,
    /// Invocations of an account and region at the same time
    #[arg(long, value_name = "N", default_value = "1000")]
    max_concurrency: NonZeroU64,
    /// Memory that invocations may need together, in MB [default: three quarters of this machine's]
    #[arg(long, value_name = "MB")]
    memory_budget: Option<NonZeroU64>,
    /// Keys that may call, in the format of ~/.aws/credentials; signatures are then checked, as every address but a loopback
    /// one needs
    #[arg(long, value_name = "FILE")]
    credentials: Option<PathBuf>,
    /// An S3 service from which packages may come (S3Bucket and S3Key of a request), for instance http://127.0.0.1:9000
    #[arg(long, value_name = "URL")]
    s3_endpoint: Option<String>,
    /// The key for it, in the format of ~/.aws/credentials [default: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of the
    /// environment; without them requests are not signed]
    #[arg(long, value_name = "FILE", requires = "s3_endpoint")]
    s3_credentials: Option<PathBuf>,
    /// Another host name of this server, besides localhost and loopback addresses
    #[arg(long, value_name = "NAME")]
    allow_host: Vec<String>,
    /// How clients write the server's address, in URLs of functions and code [default: http:// and the address of --listen]
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
    /// Serve the next invocation from the same environment, with the globals and the /tmp that the last one left
    #[arg(long)]
    reuse: bool,
    /// full: all the speed there is; lambda: pauses, so that a function has the CPU share of its memory size on AWS
    #[arg(long, value_name = "MODEL", default_value = "full", value_parser = choice(&CpuModel::NAMES))]
    cpu_model: CpuModel,
    /// Refuse runtimes that AWS no longer takes
    #[arg(long)]
    strict_runtimes: bool,
    /// Logs of functions that are kept, in MB; the oldest go first
    #[arg(long, value_name = "MB", default_value = "256")]
    log_retention: NonZeroU64,
    /// Seconds that running invocations have after the stop
    #[arg(long, value_name = "SECONDS", default_value = "30")]
    patience: u64,
    /// How the server's own log is written, to stderr
    #[arg(action = ArgAction::Set, long = "log-format", value_name = "FORMAT", default_value = "text", value_parser = choice(&[("text", false), ("json", true)]))]
    json_log: bool,
    /// What is in the server's own log: error, warn, info, debug, trace, or a filter of the tracing library
    #[arg(long, value_name = "FILTER", default_value = "info")]
    log_level: String,
    /// Threads that read requests and write answers [default: one for each core]
    #[arg(long, value_name = "N")]
    http_threads: Option<NonZeroUsize>,
    /// What functions may reach. The variable WASMLAM_ALLOW_NET of a function takes away from it, and cannot add to it
    #[command(flatten)]
    network: NetworkArgs,
}

/// Megabytes, as AWS counts them, in bytes.
const MB: u64 = 1 << 20;

/// Serves until SIGINT or SIGTERM. A second signal ends it at once.
pub(crate) fn run(arguments: ServeArgs, runner: &Runner) -> Result<u8, Failure> {
    serve::start_log(&arguments.log_level, arguments.json_log)?;
    let credentials = arguments.credentials.as_ref().map(|path| serve::read_credentials("--credentials", path)).transpose()?;
    let account = Account::new(&arguments.region, &arguments.account_id)?;
    let network = arguments.network.policy(std::iter::empty())?;
    let is_open = credentials.is_none();
    let api = ApiSettings { account: account.clone(), credentials, hosts: arguments.allow_host.clone() };
    let listener = serve::listen(arguments.listen, &api)?;
    let address = listener.local_addr()?;
    let endpoint = arguments.endpoint.clone().unwrap_or_else(|| format!("http://{address}"));
    let control = serve::open(service(&arguments, &endpoint, network)?, runner.clone())?;
    // The first invocation must not wait for the interpreter.
    runner.set_up()?;
    let (stop, stopped) = serve::stop();
    let stopping = stop.watch();
    on_first_signal(move || {
        note("stopping: running invocations may end; once more to end at once");
        stop.stop();
    })?;
    print(serve::greeting(&endpoint, &arguments.region, is_open, console::PATH).as_bytes())?;
    let threads = arguments.http_threads.or_else(|| thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN);
    let settings = ServerSettings { api, limits: ConnectionLimits::default(), patience: Duration::from_secs(arguments.patience), threads };
    let pages = console::ConsoleSettings { account, runner: runner.clone(), stopping };
    let pages = console::router(control.clone(), pages).map_err(internal)?;
    let ended = serve::run(listener, control, settings, pages, stopped)?;
    if !ended.all_ended {
        note(&format!("some invocations did not end within {} s and were cut off", arguments.patience));
    }
    Ok(exit::OK)
}

fn service(arguments: &ServeArgs, endpoint: &str, network: Policy) -> Result<ServiceSettings, Failure> {
    let defaults = ControlSettings::default();
    let state = match (arguments.in_memory, arguments.state.clone().or_else(Home::state_from_environment)) {
        (true, _) => Where::Memory,
        (false, Some(folder)) => Where::Folder(folder),
        (false, None) => return Err(usage(anyhow!("there is no home folder: give --state FOLDER or --in-memory"))),
    };
    let s3 = |url: &String| serve::s3(url, &arguments.region, arguments.s3_credentials.as_deref());
    Ok(ServiceSettings {
        control: ControlSettings {
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            concurrency: arguments.max_concurrency.get(),
            memory_budget: arguments.memory_budget.map_or(defaults.memory_budget, |mb| mb.get().saturating_mul(MB)),
            strict_runtimes: arguments.strict_runtimes,
            ..defaults
        },
        state,
        log_bytes: arguments.log_retention.get().saturating_mul(MB),
        reuse: arguments.reuse,
        cpu: arguments.cpu_model,
        s3: arguments.s3_endpoint.as_ref().map(s3).transpose()?,
        network,
    })
}
