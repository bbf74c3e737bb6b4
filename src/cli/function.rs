//! What `run`, `test` and `bench` have in common: a package and its settings become a published function.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use anyhow::{Context, anyhow};
use clap::{Args, ValueEnum};

use super::{Failure, Places, exit, note, setup};
use crate::function::{
    Account, ApplicationLogLevel, Content, CpuShare, Environment, EphemeralStorage, FileTree, Fuel, FunctionConfig, HandlerName, LogFormat,
    LoggingConfig, MemorySize, NameError, Node, Qualifier, RuntimeName, SystemLogLevel, Timeout, check_function_name, civil_date,
};
use crate::package::{MAX_UNZIPPED_BYTES, Package};
use crate::report::Platform;
use crate::runner::{ImageFolder, Invoker, Options};
use crate::sandbox::{FunctionSpec, Interpreter, SlotOptions, Variant};

/// Layers of one function, AWS's limit.
const MAX_LAYERS: usize = 5;
/// Bytes of an --env-file: the variables themselves may take 4 KB.
const MAX_ENV_FILE: u64 = 64 * 1024;

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
    #[arg(long, value_name = "MODEL", default_value = "full")]
    cpu_model: CpuModel,
    /// Compare the memory of every sandbox with its image before and after its use; a difference ends the program
    #[arg(long)]
    pub(crate) verify_reset: bool,
    /// Seconds until the function is ended, 0.001 to 900
    #[arg(long, value_name = "SECONDS", default_value = "3", value_parser = Timeout::from_str)]
    timeout: Timeout,
    /// Memory it may use, 128 to 10240
    #[arg(long, value_name = "MB", default_value = "128", value_parser = MemorySize::from_str, value_delimiter = ',')]
    memory_size: Vec<MemorySize>,
    /// Size of /tmp, 512 to 10240
    #[arg(long, value_name = "MB", default_value = "512", value_parser = EphemeralStorage::from_str)]
    ephemeral_storage: EphemeralStorage,
    /// WebAssembly operators until the function is ended; the same on every machine
    #[arg(long, value_name = "N", value_parser = Fuel::from_str)]
    pub(crate) fuel: Option<Fuel>,
    /// AWS's name for the Python version
    #[arg(long, value_name = "NAME", default_value = "python3.13", value_parser = RuntimeName::from_str)]
    runtime: RuntimeName,
    /// An environment variable
    #[arg(long = "env", value_name = "KEY=VALUE", value_parser = variable)]
    environment: Vec<(String, String)>,
    /// A file with KEY=VALUE on each line; --env wins over it
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,
    /// A layer for /opt: a zip or a folder. Up to 5, later ones win
    #[arg(long = "layer", value_name = "ZIP|DIR")]
    layers: Vec<PathBuf>,
    /// The function's name [default: the package's]
    #[arg(long, value_name = "NAME")]
    function_name: Option<String>,
    /// The version or alias that the caller names
    #[arg(long, value_name = "QUALIFIER", value_parser = Qualifier::from_str)]
    qualifier: Option<Qualifier>,
    /// The region that the function sees
    #[arg(long, value_name = "REGION", default_value = "us-east-1")]
    region: String,
    /// The account that the function sees
    #[arg(long, value_name = "ID", default_value = "123456789012")]
    account_id: String,
    /// How the log is written
    #[arg(long, value_name = "Text|JSON", default_value = "Text", value_parser = LogFormat::from_str)]
    log_format: LogFormat,
    /// With JSON, the least of the function's records that are kept: TRACE, DEBUG, INFO, WARN, ERROR, FATAL [default: INFO]
    #[arg(long, value_name = "LEVEL", value_parser = ApplicationLogLevel::from_str)]
    application_log_level: Option<ApplicationLogLevel>,
    /// With JSON, the least of the platform's records that are kept: DEBUG, INFO, WARN [default: INFO]
    #[arg(long, value_name = "LEVEL", value_parser = SystemLogLevel::from_str)]
    system_log_level: Option<SystemLogLevel>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CpuModel {
    Full,
    Lambda,
}

fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) => Ok((key.to_owned(), value.to_owned())),
        None => Err(format!("'{text}' is not KEY=VALUE; a variable's value is never taken from this machine's environment")),
    }
}

/// A package that was read, with settings that were checked.
#[derive(Debug, Clone)]
pub(crate) struct Loaded {
    pub(crate) package: Package,
    /// What its layers put into /opt.
    opt: Arc<FileTree>,
    layer_digests: Vec<String>,
    pub(crate) config: FunctionConfig,
    account: Account,
    cpu_model: CpuModel,
    deterministic: bool,
    verify_reset: bool,
}

/// A function that can be invoked, and what its platform says of it.
pub(crate) struct Published {
    pub(crate) invoker: Invoker,
    pub(crate) platform: Platform,
}

/// What a function is made from.
pub(crate) struct Unpublished {
    pub(crate) interpreter: Arc<Interpreter>,
    pub(crate) spec: FunctionSpec,
    platform: Platform,
}

impl FunctionArgs {
    /// Reads the package and its layers, and holds the settings to Lambda's rules.
    pub(crate) fn load(&self, package: &Path) -> Result<Loaded, Failure> {
        match self.memory_size[..] {
            [_] => self.load_any_size(package),
            _ => Err(Failure::new(exit::USAGE, anyhow!("--memory-size takes one size here; `wasmlam bench` compares several"))),
        }
    }

    /// The sizes to compare, each once.
    pub(crate) fn memory_sizes(&self) -> Vec<MemorySize> {
        let mut sizes = self.memory_size.clone();
        sizes.sort_unstable();
        sizes.dedup();
        sizes
    }

    /// As [`FunctionArgs::load`], for a caller that publishes it with each of [`FunctionArgs::memory_sizes`].
    pub(crate) fn load_any_size(&self, package: &Path) -> Result<Loaded, Failure> {
        let package = Package::open(package).map_err(|error| Failure::new(exit::PACKAGE, error))?;
        let (opt, layer_digests) = layers(&self.layers, package.unzipped_bytes)?;
        let handler = match self.handler.clone() {
            Some(handler) => handler,
            None => package.find_handler().map_err(|error| Failure::new(exit::PACKAGE, error))?,
        };
        let config = self.config(&package, handler).map_err(|error| Failure::new(exit::USAGE, error))?;
        let account = Account::new(&self.region, &self.account_id).map_err(|error| Failure::new(exit::USAGE, error))?;
        Ok(Loaded {
            package,
            opt,
            layer_digests,
            config,
            account,
            cpu_model: self.cpu_model,
            deterministic: self.deterministic,
            verify_reset: self.verify_reset,
        })
    }

    /// The variables of the options.
    pub(crate) fn environment(&self) -> anyhow::Result<Environment> {
        let mut variables = match &self.env_file {
            Some(path) => env_file(path)?,
            None => BTreeMap::new(),
        };
        variables.extend(self.environment.iter().cloned());
        Ok(Environment::new(variables)?)
    }

    /// The settings of a checker of these functions: what they are given for their own sake is not for it.
    pub(crate) fn of_checker(&self) -> Self {
        Self {
            handler: None,
            cpu_model: CpuModel::Full,
            timeout: Timeout::CHECKER,
            memory_size: vec![MemorySize::CHECKER],
            fuel: None,
            environment: Vec::new(),
            env_file: None,
            layers: Vec::new(),
            function_name: None,
            ..self.clone()
        }
    }

    fn config(&self, package: &Package, handler: HandlerName) -> anyhow::Result<FunctionConfig> {
        let name = match &self.function_name {
            Some(name) => {
                check_function_name(name)?;
                name.clone()
            }
            None => function_name(&package.name),
        };
        Ok(FunctionConfig {
            name,
            handler,
            runtime: self.runtime.clone(),
            memory_size: self.memory_size[0],
            timeout: self.timeout,
            ephemeral_storage: self.ephemeral_storage,
            fuel: self.fuel,
            environment: self.environment()?,
            logging: LoggingConfig::new(self.log_format, self.application_log_level, self.system_log_level)?,
            qualifier: self.qualifier.clone(),
        })
    }
}

impl Loaded {
    /// What becomes of the memory of this function's sandboxes.
    pub(crate) fn slot(&self) -> SlotOptions {
        SlotOptions { verify: self.verify_reset, ..SlotOptions::default() }
    }

    /// The same function where time and entropy are counted, at full speed: for numbers that are exact.
    pub(crate) fn counting(&self) -> Self {
        Self { deterministic: true, cpu_model: CpuModel::Full, ..self.clone() }
    }

    /// The same function with one module more, in a layer, whose `handler` is the function's.
    pub(crate) fn wrapped(&self, module: &str, source: String) -> Result<Self, Failure> {
        let internal = |error: anyhow::Error| Failure::new(exit::INTERNAL, error);
        let mut opt = (*self.opt).clone();
        let file = Node::File(Content::Bytes(source.into_bytes().into()));
        opt.add(&format!("python/{module}.py"), file).map_err(|error| internal(error.into()))?;
        let handler = format!("{module}.handler").parse().map_err(|error: NameError| internal(error.into()))?;
        let config = FunctionConfig { handler, ..self.config.clone() };
        Ok(Self { opt: Arc::new(opt), config, ..self.clone() })
    }

    /// Whether its calls run at the CPU share of its memory size.
    pub(crate) fn has_share(&self) -> bool {
        self.cpu_model == CpuModel::Lambda
    }

    /// Publishes the package with these settings, which need not be the ones it was loaded with, or finds its kept image.
    /// Must run on a guest thread.
    pub(crate) fn publish(&self, config: FunctionConfig, options: Options, interpreters: &Interpreters<'_>) -> Result<Published, Failure> {
        let Unpublished { interpreter, spec, platform } = self.prepare(config, interpreters)?;
        let images = ImageFolder::new(interpreters.places.cache());
        let digests: Vec<&str> = std::iter::once(&self.package.digest).chain(&self.layer_digests).map(String::as_str).collect();
        let key = ImageFolder::key(&interpreter, &spec, &digests);
        // A kept image would show in what is printed: a first run tells of an init, a later one does not.
        let kept = (!self.deterministic).then_some((&images, key.as_str()));
        let invoker = Invoker::publish(&interpreter, spec, options, kept).map_err(|error| Failure::new(exit::INTERNAL, error))?;
        if let Some(warning) = invoker.warning() {
            note(&format!("warning: {warning}"));
        }
        Ok(Published { invoker, platform })
    }

    /// Everything that publishing it needs. Must run on a guest thread.
    pub(crate) fn prepare(&self, config: FunctionConfig, interpreters: &Interpreters<'_>) -> Result<Unpublished, Failure> {
        let variant = match (self.deterministic, config.fuel) {
            (true, _) => Variant::Deterministic,
            (false, Some(_)) => Variant::Fuel,
            (false, None) => Variant::Clock,
        };
        let (interpreter, python_version) = interpreters.open(&config.runtime, variant)?;
        let spec = FunctionSpec {
            config: config.clone(),
            account: self.account.clone(),
            log_stream: if self.deterministic { fixed_log_stream(config.version()) } else { log_stream(config.version()) },
            task: Arc::clone(&self.package.files),
            opt: Arc::clone(&self.opt),
            share: (self.cpu_model == CpuModel::Lambda).then(|| CpuShare::of_memory(config.memory_size)),
        };
        let platform = Platform::new(config, &self.account, &spec.log_stream, &python_version, interpreter.module_digest());
        Ok(Unpublished { interpreter, spec, platform })
    }
}

/// An interpreter and the version of its Python.
type Opened = (Arc<Interpreter>, String);

/// The interpreters of this process, each opened once.
pub(crate) struct Interpreters<'a> {
    places: &'a Places,
    opened: RefCell<HashMap<(String, Variant), Opened>>,
}

impl<'a> Interpreters<'a> {
    pub(crate) fn new(places: &'a Places) -> Self {
        Self { places, opened: RefCell::default() }
    }

    /// The interpreter for functions of this runtime. Must run on a guest thread.
    fn open(&self, runtime: &RuntimeName, variant: Variant) -> Result<Opened, Failure> {
        let key = (runtime.as_str().to_owned(), variant);
        if let Some(opened) = self.opened.borrow().get(&key) {
            return Ok(opened.clone());
        }
        let internal = |error: anyhow::Error| Failure::new(exit::INTERNAL, error);
        let bundle = self.places.bundle(runtime.as_str());
        let info = Interpreter::info(&bundle).context("build it with wasm-python/build.sh").map_err(internal)?;
        if let Some(warning) = runtime.runs_on(&info.runtime, &info.python_version) {
            note(&format!("warning: {warning}"));
        }
        let interpreter = Interpreter::open(&bundle, self.places.cache(), variant, Box::new(setup::tell));
        let opened = (interpreter.map_err(|error| internal(error.into()))?, info.python_version);
        self.opened.borrow_mut().insert(key, opened.clone());
        Ok(opened)
    }
}

/// A package's name as AWS would allow it for a function.
fn function_name(package: &str) -> String {
    let allowed = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '-' };
    let name: String = package.chars().map(allowed).take(64).collect();
    if name.is_empty() { "function".into() } else { name }
}

/// `2026/11/23/[$LATEST]<32 hex digits>` (lambda-semantics 5.6).
fn log_stream(version: &str) -> String {
    let days = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs() / 86_400;
    let (year, month, day) = civil_date(days);
    format!("{year:04}/{month:02}/{day:02}/[{version}]{}", uuid::Uuid::new_v4().simple())
}

/// One of the same form.
fn fixed_log_stream(version: &str) -> String {
    format!("2026/01/01/[{version}]{:032}", 0)
}

fn env_file(path: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let mut text = String::new();
    let opened = File::open(path).and_then(|file| file.take(MAX_ENV_FILE + 1).read_to_string(&mut text));
    opened.with_context(|| format!("cannot read {}", path.display()))?;
    if text.len() as u64 > MAX_ENV_FILE {
        return Err(anyhow!("{} is larger than {MAX_ENV_FILE} bytes", path.display()));
    }
    let lines = text.lines().enumerate().map(|(i, line)| (i + 1, line.trim_start()));
    lines
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .map(|(number, line)| variable(line).map_err(|error| anyhow!("{}:{number}: {error}", path.display())))
        .collect()
}

/// Lays the layers over each other and holds them, with the package, to Lambda's bound.
fn layers(paths: &[PathBuf], package_bytes: u64) -> Result<(Arc<FileTree>, Vec<String>), Failure> {
    if paths.len() > MAX_LAYERS {
        return Err(Failure::new(exit::USAGE, anyhow!("Cannot reference more than {MAX_LAYERS} layers (there are {}).", paths.len())));
    }
    let mut tree = FileTree::default();
    let mut total = package_bytes;
    let mut digests = Vec::new();
    for path in paths {
        let layer = Package::open(path).map_err(|error| Failure::new(exit::PACKAGE, error))?;
        total += layer.unzipped_bytes;
        if total > MAX_UNZIPPED_BYTES {
            let text = format!("Unzipped size must be smaller than {MAX_UNZIPPED_BYTES} bytes: '{}' brings it to {total}", path.display());
            return Err(Failure::new(exit::PACKAGE, anyhow!(text)));
        }
        tree.overlay(&layer.files);
        digests.push(layer.digest);
    }
    Ok((Arc::new(tree), digests))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packages_name_becomes_a_functions_name() {
        for (package, name) in [("hello", "hello"), ("my app.v2", "my-app-v2"), ("", "function"), ("é", "-")] {
            assert_eq!(function_name(package), name);
            assert!(check_function_name(name).is_ok());
        }
    }

    #[test]
    fn variables() {
        assert_eq!(variable("A=b=c"), Ok(("A".into(), "b=c".into())));
        assert_eq!(variable("A="), Ok(("A".into(), String::new())));
        assert!(variable("HOME").is_err(), "never the host's value");
    }
}
