//! The account's limits and use.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

/// AWS's `GetAccountSettingsRequest`, which has no members.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct GetAccountSettings {}

/// AWS's `GetAccountSettingsResponse`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetAccountSettingsOutput {
    pub account_limit: Option<AccountLimit>,
    pub account_usage: Option<AccountUsage>,
}

/// AWS's `AccountLimit`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AccountLimit {
    pub total_code_size: Option<i64>,
    pub code_size_unzipped: Option<i64>,
    pub code_size_zipped: Option<i64>,
    pub concurrent_executions: Option<i64>,
    pub unreserved_concurrent_executions: Option<i64>,
}

/// AWS's `AccountUsage`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AccountUsage {
    pub total_code_size: Option<i64>,
    pub function_count: Option<i64>,
}
