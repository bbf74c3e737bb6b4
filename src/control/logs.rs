//! The reading half of CloudWatch Logs.

use serde_json::Value;

use super::{ApiError, Control, Exception, Scope, model};

impl Control {
    /// Runs one of DescribeLogGroups, DescribeLogStreams, GetLogEvents and FilterLogEvents by its name, from JSON to JSON.
    ///
    /// # Errors
    /// As CloudWatch Logs answers; UnknownOperationException for any other name.
    pub fn call_logs(&self, scope: &Scope, operation: &str, input: Value) -> Result<Value, ApiError> {
        fn read<T: serde::de::DeserializeOwned>(input: Value) -> Result<T, ApiError> {
            serde_json::from_value(input).map_err(|error| ApiError::new(Exception::Serialization, error.to_string()))
        }
        fn write<T: serde::Serialize>(output: T) -> Result<Value, ApiError> {
            serde_json::to_value(output).map_err(|error| ApiError::service(error.to_string()))
        }
        match operation {
            "DescribeLogGroups" => write(self.describe_log_groups(scope, read(input)?)?),
            "DescribeLogStreams" => write(self.describe_log_streams(scope, read(input)?)?),
            "GetLogEvents" => write(self.get_log_events(scope, read(input)?)?),
            "FilterLogEvents" => write(self.filter_log_events(scope, read(input)?)?),
            other => Err(ApiError::new(Exception::UnknownOperation, format!("'{other}' is not an operation"))),
        }
    }

    /// CloudWatch Logs' `DescribeLogGroups`.
    pub fn describe_log_groups(&self, scope: &Scope, input: model::DescribeLogGroups) -> Result<model::DescribeLogGroupsOutput, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("not built yet"))
    }

    /// CloudWatch Logs' `DescribeLogStreams`.
    pub fn describe_log_streams(
        &self,
        scope: &Scope,
        input: model::DescribeLogStreams,
    ) -> Result<model::DescribeLogStreamsOutput, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("not built yet"))
    }

    /// CloudWatch Logs' `GetLogEvents`.
    pub fn get_log_events(&self, scope: &Scope, input: model::GetLogEvents) -> Result<model::GetLogEventsOutput, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("not built yet"))
    }

    /// CloudWatch Logs' `FilterLogEvents`.
    pub fn filter_log_events(&self, scope: &Scope, input: model::FilterLogEvents) -> Result<model::FilterLogEventsOutput, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("not built yet"))
    }
}
