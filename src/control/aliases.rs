//! Not built yet.

use super::{ApiError, Control, Scope, model};

impl Control {
    /// AWS's `CreateAlias`.
    pub fn create_alias(&self, scope: &Scope, input: model::CreateAlias) -> Result<model::AliasConfiguration, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("CreateAlias is not built yet"))
    }

    /// AWS's `GetAlias`.
    pub fn get_alias(&self, scope: &Scope, input: model::GetAlias) -> Result<model::AliasConfiguration, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("GetAlias is not built yet"))
    }

    /// AWS's `UpdateAlias`.
    pub fn update_alias(&self, scope: &Scope, input: model::UpdateAlias) -> Result<model::AliasConfiguration, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("UpdateAlias is not built yet"))
    }

    /// AWS's `DeleteAlias`.
    pub fn delete_alias(&self, scope: &Scope, input: model::DeleteAlias) -> Result<(), ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("DeleteAlias is not built yet"))
    }

    /// AWS's `ListAliases`.
    pub fn list_aliases(&self, scope: &Scope, input: model::ListAliases) -> Result<model::ListAliasesOutput, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("ListAliases is not built yet"))
    }
}
