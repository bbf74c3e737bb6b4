//! Not built yet.

use super::{ApiError, Control, Scope, model};

impl Control {
    /// AWS's `GetAccountSettings`.
    pub fn get_account_settings(
        &self,
        scope: &Scope,
        input: model::GetAccountSettings,
    ) -> Result<model::GetAccountSettingsOutput, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("GetAccountSettings is not built yet"))
    }
}
