//! The settings of functions before it is known of which package: what a command line asks for.

use std::path::{Path, PathBuf};

use super::{CpuModel, DeployError, DeployRequest, Options};
use crate::function::{
    Account, Environment, EphemeralStorage, Fuel, FunctionConfig, FunctionName, FunctionVersion, HandlerName, LoggingConfig, MemorySize,
    RuntimeName, Timeout,
};
use crate::network::Policy;
use crate::package::{Package, check_layer_count};

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
