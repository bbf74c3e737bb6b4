//! The settings of functions before it is known of which package: what a command line asks for.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::{CpuModel, DeployError, DeployRequest, Options};
use crate::function::{
    Account, ConfigError, DotenvError, Environment, EphemeralStorage, Fuel, FunctionConfig, FunctionName, FunctionVersion, HandlerName,
    Initialization, LoggingConfig, MemorySize, RuntimeName, Timeout, dotenv,
};
use crate::network::Policy;
use crate::package::{Package, check_layer_count};

/// Bytes of a file of environment variables: the variables themselves may take 4 KB.
const MAX_ENV_FILE: u64 = 64 * 1024;

/// Why there is no environment for a function.
#[derive(Debug, thiserror::Error)]
pub enum EnvironmentError {
    /// The file cannot be read.
    #[error("cannot read {path}: {error}", path = .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The file system's reason.
        error: io::Error,
    },
    /// The file is larger than any that AWS would take the variables of.
    #[error("{path} is larger than {MAX_ENV_FILE} bytes", path = .0.display())]
    TooLarge(PathBuf),
    /// A line of the file is not one of a dotenv file.
    #[error("{path}: {error}", path = .path.display())]
    Dotenv {
        /// The file.
        path: PathBuf,
        /// The line and what is wrong with it.
        error: DotenvError,
    },
    /// A variable that AWS would not take.
    #[error(transparent)]
    Config(#[from] ConfigError),
}

/// A function's environment: the variables of a dotenv file, with these others over them.
///
/// # Errors
/// When the file cannot be read, or a variable is not allowed.
pub fn environment(file: Option<&Path>, others: &[(String, String)]) -> Result<Environment, EnvironmentError> {
    let mut variables = file.map(env_file).transpose()?.unwrap_or_default();
    variables.extend(others.iter().cloned());
    Ok(Environment::new(variables)?)
}

fn env_file(path: &Path) -> Result<BTreeMap<String, String>, EnvironmentError> {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(MAX_ENV_FILE + 1).read_to_string(&mut text));
    read.map_err(|error| EnvironmentError::Read { path: path.to_owned(), error })?;
    if text.len() as u64 > MAX_ENV_FILE {
        return Err(EnvironmentError::TooLarge(path.to_owned()));
    }
    dotenv(&text).map_err(|error| EnvironmentError::Dotenv { path: path.to_owned(), error })
}

/// How packages are deployed. Layers are named by their path and opened with each package.
#[derive(Debug, Clone)]
pub struct FunctionSettings {
    /// `None`: the one function of the package that can be meant.
    pub handler: Option<HandlerName>,
    /// `None`: the package's name.
    pub name: Option<FunctionName>,
    /// The runtime that is asked for.
    pub runtime: RuntimeName,
    /// Bound of the guest's linear memory.
    pub memory_size: MemorySize,
    /// Bound of one invocation.
    pub timeout: Timeout,
    /// Bound of `/tmp`.
    pub ephemeral_storage: EphemeralStorage,
    /// Bound of one invocation's operators.
    pub fuel: Option<Fuel>,
    /// The user's variables.
    pub environment: Environment,
    /// How the log is written.
    pub logging: LoggingConfig,
    /// What is laid over each other in `/opt`.
    pub layers: Vec<PathBuf>,
    /// Which version it is.
    pub version: FunctionVersion,
    /// Where it would live.
    pub account: Account,
    /// How fast it computes.
    pub cpu: CpuModel,
    /// Where it may connect to.
    pub network: Policy,
    /// The same bytes out each time.
    pub deterministic: bool,
    /// How its sandboxes are made.
    pub options: Options,
}

impl FunctionSettings {
    /// Reads a package and its layers.
    ///
    /// # Errors
    /// When they cannot be loaded, or when no handler or more than one can be meant.
    pub fn request(&self, package: &Path) -> Result<DeployRequest, DeployError> {
        check_layer_count(self.layers.len())?;
        let package = Package::open(package)?;
        let layers = self.layers.iter().map(|path| Package::open_layer(path)).collect::<Result<_, _>>()?;
        let handler = match &self.handler {
            Some(handler) => handler.clone(),
            None => package.find_handler()?,
        };
        let name = self.name.clone().unwrap_or_else(|| FunctionName::of_package(&package.name));
        let config = FunctionConfig {
            name,
            handler,
            runtime: self.runtime.clone(),
            memory_size: self.memory_size,
            timeout: self.timeout,
            ephemeral_storage: self.ephemeral_storage,
            fuel: self.fuel,
            environment: self.environment.clone(),
            logging: self.logging,
            log_group: None,
            initialization: Initialization::OnDemand,
        };
        Ok(DeployRequest {
            layers,
            version: self.version.clone(),
            account: self.account.clone(),
            cpu: self.cpu,
            network: self.network.clone(),
            deterministic: self.deterministic,
            options: self.options,
            ..DeployRequest::new(package, config)
        })
    }

    /// The settings of a checker of these functions: what they are given for their own sake is not for it.
    pub fn of_checker(&self) -> Self {
        Self {
            handler: None,
            name: None,
            memory_size: MemorySize::CHECKER,
            timeout: Timeout::CHECKER,
            fuel: None,
            environment: checker_environment(),
            layers: Vec::new(),
            cpu: CpuModel::Full,
            network: Policy::default(),
            ..self.clone()
        }
    }
}

/// A checker reads whole numbers of any length: a result may have them, and the checker's time is bounded anyway.
fn checker_environment() -> Environment {
    Environment::new([("PYTHONINTMAXSTRDIGITS".to_owned(), "0".to_owned())].into()).unwrap_or_default()
}
