//! Not built yet.

use super::{ApiError, Control, Scope, model};

impl Control {
    /// AWS's `CreateEventSourceMapping`.
    pub fn create_event_source_mapping(
        &self,
        scope: &Scope,
        input: model::CreateEventSourceMapping,
    ) -> Result<model::EventSourceMappingConfiguration, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("CreateEventSourceMapping is not built yet"))
    }

    /// AWS's `GetEventSourceMapping`.
    pub fn get_event_source_mapping(
        &self,
        scope: &Scope,
        input: model::GetEventSourceMapping,
    ) -> Result<model::EventSourceMappingConfiguration, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("GetEventSourceMapping is not built yet"))
    }

    /// AWS's `UpdateEventSourceMapping`.
    pub fn update_event_source_mapping(
        &self,
        scope: &Scope,
        input: model::UpdateEventSourceMapping,
    ) -> Result<model::EventSourceMappingConfiguration, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("UpdateEventSourceMapping is not built yet"))
    }

    /// AWS's `DeleteEventSourceMapping`.
    pub fn delete_event_source_mapping(
        &self,
        scope: &Scope,
        input: model::DeleteEventSourceMapping,
    ) -> Result<model::EventSourceMappingConfiguration, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("DeleteEventSourceMapping is not built yet"))
    }

    /// AWS's `ListEventSourceMappings`.
    pub fn list_event_source_mappings(
        &self,
        scope: &Scope,
        input: model::ListEventSourceMappings,
    ) -> Result<model::ListEventSourceMappingsOutput, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("ListEventSourceMappings is not built yet"))
    }
}
