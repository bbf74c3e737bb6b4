//! How asynchronous invocations are retried and where their records go.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use super::Epoch;

/// AWS's `PutFunctionEventInvokeConfigRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutFunctionEventInvokeConfig {
    pub function_name: String,
    pub qualifier: Option<String>,
    pub maximum_retry_attempts: Option<i64>,
    pub maximum_event_age_in_seconds: Option<i64>,
    pub destination_config: Option<DestinationConfig>,
}

/// AWS's `DestinationConfig`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DestinationConfig {
    pub on_success: Option<OnSuccess>,
    pub on_failure: Option<OnFailure>,
}

/// AWS's `OnSuccess`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct OnSuccess {
    pub destination: Option<String>,
}

/// AWS's `OnFailure`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct OnFailure {
    pub destination: Option<String>,
}

/// AWS's `FunctionEventInvokeConfig`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct FunctionEventInvokeConfig {
    pub last_modified: Option<Epoch>,
    pub function_arn: Option<String>,
    pub maximum_retry_attempts: Option<i64>,
    pub maximum_event_age_in_seconds: Option<i64>,
    pub destination_config: Option<DestinationConfig>,
}

/// AWS's `UpdateFunctionEventInvokeConfigRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateFunctionEventInvokeConfig {
    pub function_name: String,
    pub qualifier: Option<String>,
    pub maximum_retry_attempts: Option<i64>,
    pub maximum_event_age_in_seconds: Option<i64>,
    pub destination_config: Option<DestinationConfig>,
}

/// AWS's `GetFunctionEventInvokeConfigRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetFunctionEventInvokeConfig {
    pub function_name: String,
    pub qualifier: Option<String>,
}

/// AWS's `DeleteFunctionEventInvokeConfigRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteFunctionEventInvokeConfig {
    pub function_name: String,
    pub qualifier: Option<String>,
}

/// AWS's `ListFunctionEventInvokeConfigsRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListFunctionEventInvokeConfigs {
    pub function_name: String,
    pub marker: Option<String>,
    pub max_items: Option<i64>,
}

/// AWS's `ListFunctionEventInvokeConfigsResponse`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListFunctionEventInvokeConfigsOutput {
    pub function_event_invoke_configs: Option<Vec<FunctionEventInvokeConfig>>,
    pub next_marker: Option<String>,
}
