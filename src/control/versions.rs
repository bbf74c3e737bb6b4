//! Not built yet.

use super::{ApiError, Control, Scope, model};

impl Control {
    /// AWS's `PublishVersion`.
    pub fn publish_version(&self, scope: &Scope, input: model::PublishVersion) -> Result<model::FunctionConfiguration, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("PublishVersion is not built yet"))
    }

    /// AWS's `ListVersionsByFunction`.
    pub fn list_versions_by_function(
        &self,
        scope: &Scope,
        input: model::ListVersionsByFunction,
    ) -> Result<model::ListVersionsByFunctionOutput, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("ListVersionsByFunction is not built yet"))
    }
}
