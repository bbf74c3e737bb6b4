//! The account's limits and use.

use super::code::MAX_ZIP_BYTES;
use super::concurrency::reserved_total;
use super::functions::MAX_TOTAL_CODE;
use super::{ApiError, Control, Scope, model};
use crate::package::MAX_UNZIPPED_BYTES;

impl Control {
    /// AWS's `GetAccountSettings`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn get_account_settings(&self, scope: &Scope, _: model::GetAccountSettings) -> Result<model::GetAccountSettingsOutput, ApiError> {
        let number = |value: u64| Some(i64::try_from(value).unwrap_or(i64::MAX));
        let limit = self.0.admission.account_limit();
        self.read(|tables| {
            let unreserved = limit.saturating_sub(reserved_total(tables, &scope.account)?);
            Ok(model::GetAccountSettingsOutput {
                account_limit: Some(model::AccountLimit {
                    total_code_size: number(MAX_TOTAL_CODE),
                    code_size_unzipped: number(MAX_UNZIPPED_BYTES),
                    code_size_zipped: number(MAX_ZIP_BYTES),
                    concurrent_executions: number(limit),
                    unreserved_concurrent_executions: number(unreserved),
                }),
                account_usage: Some(model::AccountUsage {
                    total_code_size: number(tables.total_code_size(&scope.account)?),
                    function_count: number(tables.count_functions(&scope.account)?),
                }),
            })
        })
    }
}
