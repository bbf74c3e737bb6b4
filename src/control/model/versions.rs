//! Published versions.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use super::FunctionConfiguration;

/// AWS's `PublishVersionRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PublishVersion {
    pub function_name: String,
    pub code_sha256: Option<String>,
    pub description: Option<String>,
    pub revision_id: Option<String>,
    pub publish_to: Option<String>,
}

/// AWS's `ListVersionsByFunctionRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListVersionsByFunction {
    pub function_name: String,
    pub marker: Option<String>,
    pub max_items: Option<i64>,
}

/// AWS's `ListVersionsByFunctionResponse`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListVersionsByFunctionOutput {
    pub next_marker: Option<String>,
    pub versions: Option<Vec<FunctionConfiguration>>,
}
