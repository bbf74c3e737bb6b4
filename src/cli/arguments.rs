//! The options that commands have in common: where events come from, and which settings a package is deployed with.

use std::path::PathBuf;
use std::str::FromStr;

use anyhow::anyhow;
use clap::Args;

use super::network::NetworkArgs;
use super::{Failure, choice, pair, usage};
use crate::function::{
    Account, ApplicationLogLevel, EphemeralStorage, Fuel, FunctionName, HandlerName, LogFormat, LoggingConfig, MemorySize, Qualifier,
    RuntimeName, SystemLogLevel, Timeout,
};
use crate::runner::{CpuModel, DEFAULT_RUNTIME, DeployError, EventSource, FunctionSettings, Options, environment};
use crate::sandbox::SlotOptions;

/// Where events come from, as typed; nothing is read or opened yet.
#[derive(Debug, Args)]
pub(crate) struct EventArgs {
    /// The event as JSON, a file that holds it, or `-` for stdin [default: {}]
    #[arg(long, value_name = "JSON|@FILE|-", group = "source", allow_hyphen_values = true)]
    event: Option<String>,
    /// A file that holds the event; `-` is stdin
    #[arg(long, value_name = "FILE|-", group = "source")]
    event_file: Option<PathBuf>,
    /// A file with one event on each line; `-` is stdin
    #[arg(long, value_name = "FILE|-", group = "source")]
    events: Option<PathBuf>,
}

impl EventArgs {
    /// Where the events are; of the three options at most one is given.
    pub(crate) fn source(&self) -> EventSource {
        match (&self.event, &self.event_file, &self.events) {
            (_, Some(path), _) => EventSource::File(path.clone()),
            (_, _, Some(path)) => EventSource::Lines(path.clone()),
            (event, ..) => EventSource::of_text(event.as_deref().unwrap_or("{}")),
        }
    }
}

/// The settings of a function, as typed; nothing is read or opened yet.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "The function")]
pub(crate) struct FunctionArgs {
    /// MODULE.FUNCTION. Default: lambda_function.lambda_handler, or the one function that can be meant
    #[arg(long, value_name = "MODULE.FUNCTION", value_parser = HandlerName::from_str)]
    handler: Option<HandlerName>,
    /// The same bytes out each time: a clock that counts operators, random numbers from a seed, a fixed request id
    #[arg(long)]
    pub(crate) deterministic: bool,
    /// full: all the speed there is; lambda: pauses, so that the function has the CPU share of its memory size on AWS
    #[arg(long, value_name = "MODEL", default_value = "full", value_parser = choice(&CpuModel::NAMES))]
    cpu_model: CpuModel,
    /// Compare the memory of every sandbox with its image before and after its use; a difference ends the program
    #[arg(long)]
    pub(crate) verify_reset: bool,
    /// Seconds until the function is ended, 0.001 to 900
    #[arg(long, value_name = "SECONDS", default_value = "3", value_parser = Timeout::from_str, allow_negative_numbers = true)]
    timeout: Timeout,
    /// Memory it may use, 128 to 10240
    #[arg(long, value_name = "MB", default_value = "128", allow_negative_numbers = true, value_parser = MemorySize::from_str, value_delimiter = ',')]
    memory_size: Vec<MemorySize>,
    /// Size of /tmp, 512 to 10240
    #[arg(long, value_name = "MB", default_value = "512", value_parser = EphemeralStorage::from_str)]
    ephemeral_storage: EphemeralStorage,
    /// WebAssembly operators until the function is ended; the same on every machine
    #[arg(long, value_name = "N", value_parser = Fuel::from_str, allow_negative_numbers = true)]
    pub(crate) fuel: Option<Fuel>,
    /// AWS's name for the Python version
    #[arg(long, value_name = "NAME", default_value = DEFAULT_RUNTIME, value_parser = RuntimeName::from_str)]
    runtime: RuntimeName,
    /// An environment variable
    #[arg(long = "env", value_name = "KEY=VALUE", value_parser = pair("KEY=VALUE; a variable's value is never taken from this machine's environment"))]
    environment: Vec<(String, String)>,
    /// A file of variables as dotenv has it: KEY=VALUE, export, quotes, # comments; --env wins over it
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,
    /// A layer for /opt: a zip or a folder. Up to 5, later ones win
    #[arg(long = "layer", value_name = "ZIP|DIR")]
    layers: Vec<PathBuf>,
    /// The function's name [default: the package's]
    #[arg(long, value_name = "NAME", value_parser = FunctionName::from_str)]
    function_name: Option<FunctionName>,
    /// The version or alias that the caller names
    #[arg(long, value_name = "QUALIFIER", value_parser = Qualifier::from_str)]
    pub(crate) qualifier: Option<Qualifier>,
    /// The region that the function sees
    #[arg(long, value_name = "REGION", default_value = "us-east-1")]
    region: String,
    /// The account that the function sees
    #[arg(long, value_name = "ID", default_value = "123456789012")]
    account_id: String,
    /// How the log is written
    #[arg(long, value_name = "Text|JSON", default_value = "Text", value_parser = choice(&LogFormat::NAMES))]
    log_format: LogFormat,
    /// With JSON, the least of the function's records that are kept: TRACE, DEBUG, INFO, WARN, ERROR, FATAL [default: INFO]
    #[arg(long, value_name = "LEVEL", value_parser = choice(&ApplicationLogLevel::NAMES))]
    application_log_level: Option<ApplicationLogLevel>,
    /// With JSON, the least of the platform's records that are kept: DEBUG, INFO, WARN [default: INFO]
    #[arg(long, value_name = "LEVEL", value_parser = choice(&SystemLogLevel::NAMES))]
    system_log_level: Option<SystemLogLevel>,
    #[command(flatten)]
    network: NetworkArgs,
}

impl FunctionArgs {
    /// What they come to for a command that deploys with one memory size.
    pub(crate) fn settings(&self) -> Result<FunctionSettings, Failure> {
        match self.memory_size[..] {
            [_] => self.settings_of_any_size(),
            _ => Err(usage(anyhow!("--memory-size takes one size here; `wasmlam bench` compares several"))),
        }
    }

    /// The files that they name, to look at for changes.
    pub(crate) fn files(&self) -> impl Iterator<Item = PathBuf> {
        self.layers.iter().chain(&self.env_file).cloned()
    }

    /// The sizes to compare.
    pub(crate) fn memory_sizes(&self) -> &[MemorySize] {
        &self.memory_size
    }

    /// What they come to for a command that deploys with each of [`FunctionArgs::memory_sizes`]; the first one is in it.
    pub(crate) fn settings_of_any_size(&self) -> Result<FunctionSettings, Failure> {
        let environment = environment(self.env_file.as_deref(), &self.environment)?;
        let endpoints = environment.variables().iter().filter(|(name, _)| name.starts_with("AWS_ENDPOINT_URL"));
        let network = self.network.policy(endpoints.map(|(_, url)| url.clone()))?;
        if self.deterministic && !network.is_closed() && network.traffic.replay.is_none() {
            let why = "--allow-net and --deterministic exclude each other: what comes from a network is not the same bytes each time";
            return Err(usage(anyhow!(why)));
        }
        Ok(FunctionSettings {
            network,
            handler: self.handler.clone(),
            name: self.function_name.clone(),
            runtime: self.runtime.clone(),
            memory_size: self.memory_size[0],
            timeout: self.timeout,
            ephemeral_storage: self.ephemeral_storage,
            fuel: self.fuel,
            environment,
            logging: LoggingConfig::new(self.log_format, self.application_log_level, self.system_log_level).map_err(DeployError::from)?,
            layers: self.layers.clone(),
            version: self.qualifier.as_ref().map(Qualifier::version).unwrap_or_default(),
            account: Account::new(&self.region, &self.account_id)?,
            cpu: self.cpu_model,
            deterministic: self.deterministic,
            options: Options { slot: SlotOptions { verify: self.verify_reset, ..SlotOptions::default() }, ..Options::default() },
        })
    }
}
