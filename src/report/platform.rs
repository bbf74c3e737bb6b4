//! What a log says of the function and of where it runs: the same for each invocation.

use crate::function::{Account, FunctionConfig, FunctionVersion};

/// Settings of a version of a function, with what the platform adds.
#[derive(Debug, Clone)]
pub struct Platform {
    /// The function's settings.
    pub config: FunctionConfig,
    /// The version that runs.
    pub version: FunctionVersion,
    /// As AWS writes it: `python:3.13.v5` for CPython 3.13.5.
    pub runtime_version: String,
    /// The ARN of that version of the runtime.
    pub runtime_version_arn: String,
}

impl Platform {
    /// `python_version` with three numbers; `bundle` is the interpreter's SHA-256 in hexadecimal digits.
    pub fn new(config: FunctionConfig, version: FunctionVersion, account: &Account, python_version: &str, bundle: &str) -> Self {
        let (minor, patch) = python_version.rsplit_once('.').unwrap_or((python_version, "0"));
        Self { runtime_version: format!("python:{minor}.v{patch}"), runtime_version_arn: account.runtime_arn(bundle), config, version }
    }
}
