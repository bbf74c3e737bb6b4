//! AWS's LoggingConfig: how the log is written and what of it is kept.

use std::str::FromStr;

use super::ConfigError;
use super::name::ValidationError;

/// How the log is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object on each line.
    Json,
}

/// The least of the function's own records that are kept. In the order of their weight.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum ApplicationLogLevel {
    /// Everything.
    Trace,
    /// Python's DEBUG and above.
    Debug,
    /// AWS's default.
    #[default]
    Info,
    /// Python's WARNING.
    Warn,
    /// Python's ERROR.
    Error,
    /// Python's CRITICAL.
    Fatal,
}

/// The least of the platform's records that are kept. In the order of their weight.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum SystemLogLevel {
    /// Everything.
    Debug,
    /// AWS's default: the start of an invocation and its report.
    #[default]
    Info,
    /// Only of what failed.
    Warn,
}

/// Format and levels that fit together. Levels count in the JSON format only.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LoggingConfig {
    /// How it is written.
    pub format: LogFormat,
    /// Of the function.
    pub application_level: ApplicationLogLevel,
    /// Of the platform.
    pub system_level: SystemLogLevel,
}

impl LoggingConfig {
    /// JSON without a level has INFO; text takes no level.
    pub fn new(
        format: LogFormat,
        application_level: Option<ApplicationLogLevel>,
        system_level: Option<SystemLogLevel>,
    ) -> Result<Self, ConfigError> {
        if format == LogFormat::Text && (application_level.is_some() || system_level.is_some()) {
            return Err(ConfigError::LevelWithText);
        }
        Ok(Self { format, application_level: application_level.unwrap_or_default(), system_level: system_level.unwrap_or_default() })
    }
}

impl ApplicationLogLevel {
    /// AWS's names, in its order.
    pub const NAMES: [(&'static str, Self); 6] = [
        ("TRACE", Self::Trace),
        ("DEBUG", Self::Debug),
        ("INFO", Self::Info),
        ("WARN", Self::Warn),
        ("ERROR", Self::Error),
        ("FATAL", Self::Fatal),
    ];

    /// AWS's name.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, level)| *level == self).map_or("", |(name, _)| name)
    }

    /// The level of a record that names its own: AWS's names, and Python's for the two that differ.
    pub fn of_record(name: &str) -> Option<Self> {
        match name {
            "WARNING" => Some(Self::Warn),
            "CRITICAL" => Some(Self::Fatal),
            name => Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, level)| *level),
        }
    }
}

impl LogFormat {
    /// AWS's names, in its order.
    pub const NAMES: [(&'static str, Self); 2] = [("JSON", Self::Json), ("Text", Self::Text)];
}

impl SystemLogLevel {
    /// AWS's names, in its order.
    pub const NAMES: [(&'static str, Self); 3] = [("DEBUG", Self::Debug), ("INFO", Self::Info), ("WARN", Self::Warn)];
}

fn member<T: Copy>(names: &[(&str, T)], text: &str, path: &'static str) -> Result<T, ValidationError> {
    let found = names.iter().find(|(name, _)| *name == text).map(|(_, value)| *value);
    found.ok_or_else(|| {
        let set: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
        ValidationError::new(text, path, format!("Member must satisfy enum value set: [{}]", set.join(", ")))
    })
}

impl FromStr for LogFormat {
    type Err = ValidationError;
    fn from_str(text: &str) -> Result<Self, ValidationError> {
        member(&Self::NAMES, text, "loggingConfig.logFormat")
    }
}

impl FromStr for ApplicationLogLevel {
    type Err = ValidationError;
    fn from_str(text: &str) -> Result<Self, ValidationError> {
        member(&Self::NAMES, text, "loggingConfig.applicationLogLevel")
    }
}

impl FromStr for SystemLogLevel {
    type Err = ValidationError;
    fn from_str(text: &str) -> Result<Self, ValidationError> {
        member(&Self::NAMES, text, "loggingConfig.systemLogLevel")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_need_json() {
        let info = LoggingConfig::new(LogFormat::Json, None, None).expect("defaults");
        assert_eq!((info.application_level, info.system_level), (ApplicationLogLevel::Info, SystemLogLevel::Info));
        assert!(LoggingConfig::new(LogFormat::Text, None, None).is_ok());
        let error = LoggingConfig::new(LogFormat::Text, None, Some(SystemLogLevel::Info)).expect_err("a level");
        assert_eq!(
            error.to_string(),
            "LogLevel is not supported when LogFormat is set to \"Text\". Remove LogLevel from your request or change the LogFormat to \
             \"JSON\" and try again."
        );
        assert!(LoggingConfig::new(LogFormat::Text, Some(ApplicationLogLevel::Fatal), None).is_err());
    }

    #[test]
    fn names_are_awss() {
        assert_eq!("Text".parse::<LogFormat>().as_ref(), Ok(&LogFormat::Text));
        for (name, level) in ApplicationLogLevel::NAMES {
            assert_eq!((name.parse::<ApplicationLogLevel>().as_ref(), level.name()), (Ok(&level), name));
        }
        assert_eq!(ApplicationLogLevel::of_record("WARNING"), Some(ApplicationLogLevel::Warn));
        assert_eq!(ApplicationLogLevel::of_record("info"), None);
        assert_eq!(
            "info".parse::<SystemLogLevel>().expect_err("lower case").to_string(),
            "1 validation error detected: Value 'info' at 'loggingConfig.systemLogLevel' failed to satisfy constraint: Member must \
             satisfy enum value set: [DEBUG, INFO, WARN]"
        );
    }
}
