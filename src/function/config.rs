//! What a function is set to: AWS's function configuration as far as running it needs it, with AWS's rules.

use std::collections::BTreeMap;

use super::{
    EphemeralStorage, Fuel, FunctionName, FunctionVersion, HandlerName, LogFormat, LoggingConfig, MemorySize, Qualifier, RuntimeName,
    Timeout,
};

/// The most that the user's environment variables may take as compact JSON (lambda-semantics 4.1).
pub const MAX_ENVIRONMENT_BYTES: usize = 4096;

/// Everything about a function but its code. Which version of it runs is a [`FunctionVersion`], and how a caller names it a
/// [`Qualifier`] of the invocation: one version is called under many names.
#[derive(Debug, Clone)]
pub struct FunctionConfig {
    /// As in the ARN.
    pub name: FunctionName,
    /// Which attribute of which module is called.
    pub handler: HandlerName,
    /// What the user asked for; the bundle decides what runs.
    pub runtime: RuntimeName,
    /// Bound of the guest's linear memory.
    pub memory_size: MemorySize,
    /// Bound of one invocation's wall-clock time, init not counted.
    pub timeout: Timeout,
    /// Bound of `/tmp`.
    pub ephemeral_storage: EphemeralStorage,
    /// Bound of one invocation's operators; `None` runs the variant that does not count.
    pub fuel: Option<Fuel>,
    /// The user's variables.
    pub environment: Environment,
    /// How the log is written.
    pub logging: LoggingConfig,
    /// The log group; `None` for the one that AWS gives a function of this name.
    pub log_group: Option<String>,
    /// How its environments come to be, as they can read.
    pub initialization: Initialization,
}

/// How environments of a function come to be. Code reads it in `AWS_LAMBDA_INITIALIZATION_TYPE`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Initialization {
    /// When an invocation needs one.
    #[default]
    OnDemand,
    /// Before, since concurrency is provisioned.
    ProvisionedConcurrency,
    /// From the snapshot of a published version, since SnapStart is on.
    SnapStart,
}

impl Initialization {
    /// AWS's word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::OnDemand => "on-demand",
            Self::ProvisionedConcurrency => "provisioned-concurrency",
            Self::SnapStart => "snap-start",
        }
    }
}

/// Where a function would live on AWS. Handlers read it from their environment and context, so it is always something
/// that AWS could have given; nothing is ever contacted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Account {
    /// For instance `us-east-1`.
    pub region: String,
    /// Twelve digits.
    pub id: String,
}

/// A place that no function could live in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// Not of the form that the names of regions have.
    #[error("region is '{0}', but must be the name of an AWS region, such as us-east-1")]
    Region(String),
    /// Not a number of an account.
    #[error("account-id is '{0}', but must have 12 digits")]
    Id(String),
}

impl Account {
    /// Checks both: the form of a region's name, twelve digits.
    pub fn new(region: &str, id: &str) -> Result<Self, AccountError> {
        let words: Vec<&str> = region.split('-').collect();
        let letters = |word: &&str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
        let is_region = match words.as_slice() {
            [names @ .., number] => {
                (2..=4).contains(&names.len()) && names.iter().all(letters) && number.len() == 1 && number.as_bytes()[0].is_ascii_digit()
            }
            [] => false,
        };
        if !is_region {
            return Err(AccountError::Region(region.to_owned()));
        }
        if id.len() != 12 || !id.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(AccountError::Id(id.to_owned()));
        }
        Ok(Self { region: region.to_owned(), id: id.to_owned() })
    }

    /// The partition in an ARN there: `aws`, `aws-cn` and so on.
    pub fn partition(&self) -> &'static str {
        let region = self.region.as_str();
        let known =
            [("cn-", "aws-cn"), ("us-gov-", "aws-us-gov"), ("us-isob-", "aws-iso-b"), ("us-iso-", "aws-iso"), ("eusc-", "aws-eusc")];
        known.iter().find(|(start, _)| region.starts_with(start)).map_or("aws", |(_, partition)| partition)
    }

    /// The ARN of a version of the runtime, which has no account.
    pub fn runtime_arn(&self, digest: &str) -> String {
        format!("arn:{}:lambda:{}::runtime:{digest}", self.partition(), self.region)
    }
}

impl Default for Account {
    fn default() -> Self {
        Self { region: "us-east-1".into(), id: "123456789012".into() }
    }
}

impl FunctionConfig {
    /// A function with AWS's defaults for everything else.
    pub fn new(name: FunctionName, handler: HandlerName, runtime: RuntimeName) -> Self {
        Self {
            name,
            handler,
            runtime,
            memory_size: MemorySize::DEFAULT,
            timeout: Timeout::DEFAULT,
            ephemeral_storage: EphemeralStorage::DEFAULT,
            fuel: None,
            environment: Environment::default(),
            logging: LoggingConfig::default(),
            log_group: None,
            initialization: Initialization::default(),
        }
    }

    /// The function's ARN as a caller names it: with the qualifier if there is one.
    pub fn arn(&self, account: &Account, qualifier: Option<&Qualifier>) -> String {
        let arn = format!("arn:{}:lambda:{}:{}:function:{}", account.partition(), account.region, account.id, self.name);
        match qualifier {
            Some(qualifier) => format!("{arn}:{}", qualifier.as_str()),
            None => arn,
        }
    }
}

/// A setting that AWS would refuse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// AWS's own sentence for reserved keys.
    #[error(
        "Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: {0}"
    )]
    ReservedKeys(String),
    /// AWS's own sentence for the size.
    #[error(
        "Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: {0}"
    )]
    EnvironmentTooLarge(String),
    /// AWS's own sentence.
    #[error(
        "LogLevel is not supported when LogFormat is set to \"Text\". Remove LogLevel from your request or change the LogFormat to \"JSON\" and try again."
    )]
    LevelWithText,
    /// Two characters at least, a letter first, then letters, digits and underscores.
    #[error("environment variable name '{0}' is not allowed: it must match [a-zA-Z]([a-zA-Z0-9_])+")]
    BadKey(String),
    /// A NUL cannot be in an environment.
    #[error("the value of environment variable '{0}' contains a NUL character")]
    BadValue(String),
    /// AWS's own sentence for the number of layers.
    #[error("Cannot reference more than {0} layers (there are {1}).")]
    TooManyLayers(usize, usize),
}

/// Names that AWS sets itself and refuses from a user (lambda-semantics 4.1).
const RESERVED: [&str; 19] = [
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_FORMAT",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_LEVEL",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
];
/// Kept apart only because the array above is sorted for reading.
const RESERVED_TASK_ROOT: &str = "LAMBDA_TASK_ROOT";

/// The access key that every function has: it names itself as what it is. Requests that are signed with it can be signed again
/// outside of the sandbox.
pub const PLACEHOLDER_KEY_ID: &str = "AKIAWASMLAMSANDBOX00";

/// The user's environment variables: only keys and sizes that AWS takes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// Checks names, reserved keys and the 4 KB bound.
    pub fn new(variables: BTreeMap<String, String>) -> Result<Self, ConfigError> {
        // Reserved names come first: `_HANDLER` breaks the pattern too, but AWS names it as reserved.
        let reserved: Vec<&str> =
            variables.keys().map(String::as_str).filter(|key| RESERVED.contains(key) || *key == RESERVED_TASK_ROOT).collect();
        if !reserved.is_empty() {
            return Err(ConfigError::ReservedKeys(reserved.join(", ")));
        }
        for (key, value) in &variables {
            let mut characters = key.chars();
            let starts_right = characters.next().is_some_and(|c| c.is_ascii_alphabetic());
            if !starts_right || key.len() < 2 || !characters.all(|c| c.is_ascii_alphanumeric() || c == '_') {
                return Err(ConfigError::BadKey(key.clone()));
            }
            if value.contains('\0') {
                return Err(ConfigError::BadValue(key.clone()));
            }
        }
        let measured = serde_json::to_string(&variables).unwrap_or_default();
        if measured.len() > MAX_ENVIRONMENT_BYTES {
            return Err(ConfigError::EnvironmentTooLarge(measured.chars().take(200).chain("...".chars()).collect()));
        }
        Ok(Self(variables))
    }

    /// These variables, and others that win over them.
    ///
    /// # Errors
    /// As [`Environment::new`].
    pub fn with(&self, others: &BTreeMap<String, String>) -> Result<Self, ConfigError> {
        let both = self.0.iter().chain(others);
        Self::new(both.map(|(key, value)| (key.clone(), value.clone())).collect())
    }

    /// The user's variables, by name.
    pub fn variables(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    /// What the guest's `os.environ` holds: AWS's variables for this version of the function and the user's, sorted by name.
    pub fn for_guest(
        &self,
        config: &FunctionConfig,
        version: &FunctionVersion,
        account: &Account,
        log_stream: &str,
        runtime: &str,
    ) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        let mut set = |key: &str, value: &str| {
            all.insert(key.to_owned(), value.to_owned());
        };
        // What a user may override, then the user's, then what nobody may (lambda-semantics 4.1).
        set("LANG", "en_US.UTF-8");
        set("LD_LIBRARY_PATH", "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib");
        set("PATH", "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin");
        set("PWD", "/var/task");
        set("SHLVL", "0");
        set("TZ", ":UTC");
        set("AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR");
        set("AWS_XRAY_DAEMON_ADDRESS", "169.254.100.1:2000");
        set("_AWS_XRAY_DAEMON_ADDRESS", "169.254.100.1");
        set("_AWS_XRAY_DAEMON_PORT", "2000");
        for (key, value) in &self.0 {
            set(key, value);
        }
        set("_HANDLER", config.handler.as_str());
        set("AWS_REGION", &account.region);
        set("AWS_DEFAULT_REGION", &account.region);
        set("AWS_EXECUTION_ENV", &format!("AWS_Lambda_{runtime}"));
        set("AWS_LAMBDA_FUNCTION_NAME", config.name.as_str());
        set("AWS_LAMBDA_FUNCTION_VERSION", version.as_str());
        set("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &config.memory_size.mb().to_string());
        set("AWS_LAMBDA_INITIALIZATION_TYPE", config.initialization.name());
        let log_group = config.log_group.clone().unwrap_or_else(|| format!("/aws/lambda/{}", config.name));
        set("AWS_LAMBDA_LOG_GROUP_NAME", &log_group);
        set("AWS_LAMBDA_LOG_STREAM_NAME", log_stream);
        set("AWS_LAMBDA_RUNTIME_API", "169.254.100.1:9001");
        set("LAMBDA_TASK_ROOT", "/var/task");
        set("LAMBDA_RUNTIME_DIR", "/var/runtime");
        if config.logging.format == LogFormat::Json {
            set("AWS_LAMBDA_LOG_FORMAT", "JSON");
            set("AWS_LAMBDA_LOG_LEVEL", config.logging.application_level.name());
        }
        // Credentials that name themselves as what they are: SDKs refuse to sign without any, nobody accepts these.
        set("AWS_ACCESS_KEY_ID", PLACEHOLDER_KEY_ID);
        set("AWS_SECRET_ACCESS_KEY", "wasmlam/sandbox/credentials/open/no/door");
        set("AWS_SESSION_TOKEN", "wasmlam-sandbox-session-token");
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Result<Environment, ConfigError> {
        Environment::new(pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
    }

    #[test]
    fn reserved_keys_are_refused_in_awss_words() {
        let error = environment(&[("_HANDLER", "x"), ("AWS_REGION", "x"), ("MINE", "x")]).expect_err("reserved");
        assert!(error.to_string().ends_with("Reserved keys used in this request: AWS_REGION, _HANDLER"), "{error}");
        assert!(environment(&[("LAMBDA_TASK_ROOT", "/")]).is_err());
        assert!(environment(&[("TZ", "Europe/Berlin"), ("PATH", "/x"), ("PYTHONPATH", "/y")]).is_ok());
    }

    #[test]
    fn the_size_is_measured_as_compact_json() {
        // {"AB":"..."} has nine bytes around the value.
        assert!(environment(&[("AB", &"x".repeat(4096 - 9))]).is_ok());
        assert!(matches!(environment(&[("AB", &"x".repeat(4096 - 8))]), Err(ConfigError::EnvironmentTooLarge(_))));
    }

    #[test]
    fn key_pattern() {
        for (key, ok) in
            [("AB", true), ("a_1", true), ("A", false), ("1A", false), ("_AB", false), ("A-B", false), ("ÄB", false), ("", false)]
        {
            assert_eq!(environment(&[(key, "v")]).is_ok(), ok, "{key}");
        }
        assert!(environment(&[("AB", "a\0b")]).is_err());
    }

    #[test]
    fn accounts() {
        let config =
            FunctionConfig::new("f".parse().expect("a name"), "a.b".parse().expect("a name"), "python3.13".parse().expect("known"));
        for (region, partition) in [("eu-central-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")] {
            let account = Account::new(region, "210987654321").expect("an account");
            assert_eq!(config.arn(&account, None), format!("arn:{partition}:lambda:{region}:210987654321:function:f"));
        }
        for (region, id) in [("", "1"), ("us-east", "123456789012"), ("us-east-1", "12345678901"), ("US-east-1", "123456789012")] {
            assert!(Account::new(region, id).is_err(), "{region} {id}");
        }
    }

    #[test]
    fn a_qualifier_is_in_the_arn() {
        let config =
            FunctionConfig::new("f".parse().expect("a name"), "a.b".parse().expect("a name"), "python3.13".parse().expect("known"));
        for qualifier in ["live", "7", "$LATEST"] {
            let arn = config.arn(&Account::default(), qualifier.parse().ok().as_ref());
            assert_eq!(arn, format!("arn:aws:lambda:us-east-1:123456789012:function:f:{qualifier}"));
        }
    }
}
