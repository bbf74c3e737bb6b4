//! Event source mappings.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use super::{DestinationConfig, Epoch};

/// AWS's `CreateEventSourceMappingRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateEventSourceMapping {
    pub event_source_arn: Option<String>,
    pub function_name: String,
    pub enabled: Option<bool>,
    pub batch_size: Option<i64>,
    pub filter_criteria: Option<FilterCriteria>,
    #[serde(rename = "KMSKeyArn")]
    pub kms_key_arn: Option<String>,
    pub metrics_config: Option<EventSourceMappingMetricsConfig>,
    pub logging_config: Option<EventSourceMappingLoggingConfig>,
    pub scaling_config: Option<ScalingConfig>,
    pub maximum_batching_window_in_seconds: Option<i64>,
    pub parallelization_factor: Option<i64>,
    pub starting_position: Option<String>,
    pub starting_position_timestamp: Option<Epoch>,
    pub destination_config: Option<DestinationConfig>,
    pub maximum_record_age_in_seconds: Option<i64>,
    pub bisect_batch_on_function_error: Option<bool>,
    pub maximum_retry_attempts: Option<i64>,
    pub tags: Option<BTreeMap<String, String>>,
    pub tumbling_window_in_seconds: Option<i64>,
    pub topics: Option<Vec<String>>,
    pub queues: Option<Vec<String>>,
    pub source_access_configurations: Option<Vec<SourceAccessConfiguration>>,
    pub self_managed_event_source: Option<SelfManagedEventSource>,
    pub function_response_types: Option<Vec<String>>,
    pub amazon_managed_kafka_event_source_config: Option<AmazonManagedKafkaEventSourceConfig>,
    pub self_managed_kafka_event_source_config: Option<SelfManagedKafkaEventSourceConfig>,
    #[serde(rename = "DocumentDBEventSourceConfig")]
    pub document_db_event_source_config: Option<DocumentDBEventSourceConfig>,
    pub provisioned_poller_config: Option<ProvisionedPollerConfig>,
}

/// AWS's `FilterCriteria`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct FilterCriteria {
    pub filters: Option<Vec<Filter>>,
}

/// AWS's `Filter`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Filter {
    pub pattern: Option<String>,
}

/// AWS's `EventSourceMappingMetricsConfig`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct EventSourceMappingMetricsConfig {
    pub metrics: Option<Vec<String>>,
}

/// AWS's `EventSourceMappingLoggingConfig`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct EventSourceMappingLoggingConfig {
    pub system_log_level: Option<String>,
}

/// AWS's `ScalingConfig`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ScalingConfig {
    pub maximum_concurrency: Option<i64>,
}

/// AWS's `SourceAccessConfiguration`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SourceAccessConfiguration {
    pub r#type: Option<String>,
    #[serde(rename = "URI")]
    pub uri: Option<String>,
}

/// AWS's `SelfManagedEventSource`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SelfManagedEventSource {
    pub endpoints: Option<BTreeMap<String, Vec<String>>>,
}

/// AWS's `AmazonManagedKafkaEventSourceConfig`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AmazonManagedKafkaEventSourceConfig {
    pub consumer_group_id: Option<String>,
    pub schema_registry_config: Option<KafkaSchemaRegistryConfig>,
}

/// AWS's `KafkaSchemaRegistryConfig`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct KafkaSchemaRegistryConfig {
    #[serde(rename = "SchemaRegistryURI")]
    pub schema_registry_uri: Option<String>,
    pub event_record_format: Option<String>,
    pub access_configs: Option<Vec<KafkaSchemaRegistryAccessConfig>>,
    pub schema_validation_configs: Option<Vec<KafkaSchemaValidationConfig>>,
}

/// AWS's `KafkaSchemaRegistryAccessConfig`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct KafkaSchemaRegistryAccessConfig {
    pub r#type: Option<String>,
    #[serde(rename = "URI")]
    pub uri: Option<String>,
}

/// AWS's `KafkaSchemaValidationConfig`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct KafkaSchemaValidationConfig {
    pub attribute: Option<String>,
}

/// AWS's `SelfManagedKafkaEventSourceConfig`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SelfManagedKafkaEventSourceConfig {
    pub consumer_group_id: Option<String>,
    pub schema_registry_config: Option<KafkaSchemaRegistryConfig>,
    pub consumption_mode: Option<String>,
}

/// AWS's `DocumentDBEventSourceConfig`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DocumentDBEventSourceConfig {
    pub database_name: Option<String>,
    pub collection_name: Option<String>,
    pub full_document: Option<String>,
}

/// AWS's `ProvisionedPollerConfig`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ProvisionedPollerConfig {
    pub minimum_pollers: Option<i64>,
    pub maximum_pollers: Option<i64>,
    pub poller_group_name: Option<String>,
}

/// AWS's `EventSourceMappingConfiguration`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct EventSourceMappingConfiguration {
    #[serde(rename = "UUID")]
    pub uuid: Option<String>,
    pub starting_position: Option<String>,
    pub starting_position_timestamp: Option<Epoch>,
    pub batch_size: Option<i64>,
    pub maximum_batching_window_in_seconds: Option<i64>,
    pub parallelization_factor: Option<i64>,
    pub event_source_arn: Option<String>,
    pub filter_criteria: Option<FilterCriteria>,
    pub filter_criteria_error: Option<FilterCriteriaError>,
    #[serde(rename = "KMSKeyArn")]
    pub kms_key_arn: Option<String>,
    pub metrics_config: Option<EventSourceMappingMetricsConfig>,
    pub logging_config: Option<EventSourceMappingLoggingConfig>,
    pub scaling_config: Option<ScalingConfig>,
    pub function_arn: Option<String>,
    pub last_modified: Option<Epoch>,
    pub last_processing_result: Option<String>,
    pub state: Option<String>,
    pub state_transition_reason: Option<String>,
    pub destination_config: Option<DestinationConfig>,
    pub topics: Option<Vec<String>>,
    pub queues: Option<Vec<String>>,
    pub source_access_configurations: Option<Vec<SourceAccessConfiguration>>,
    pub self_managed_event_source: Option<SelfManagedEventSource>,
    pub maximum_record_age_in_seconds: Option<i64>,
    pub bisect_batch_on_function_error: Option<bool>,
    pub maximum_retry_attempts: Option<i64>,
    pub tumbling_window_in_seconds: Option<i64>,
    pub function_response_types: Option<Vec<String>>,
    pub amazon_managed_kafka_event_source_config: Option<AmazonManagedKafkaEventSourceConfig>,
    pub self_managed_kafka_event_source_config: Option<SelfManagedKafkaEventSourceConfig>,
    #[serde(rename = "DocumentDBEventSourceConfig")]
    pub document_db_event_source_config: Option<DocumentDBEventSourceConfig>,
    pub event_source_mapping_arn: Option<String>,
    pub provisioned_poller_config: Option<ProvisionedPollerConfig>,
}

/// AWS's `FilterCriteriaError`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct FilterCriteriaError {
    pub error_code: Option<String>,
    pub message: Option<String>,
}

/// AWS's `GetEventSourceMappingRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetEventSourceMapping {
    #[serde(rename = "UUID")]
    pub uuid: String,
}

/// AWS's `UpdateEventSourceMappingRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateEventSourceMapping {
    #[serde(rename = "UUID")]
    pub uuid: String,
    pub function_name: Option<String>,
    pub enabled: Option<bool>,
    pub batch_size: Option<i64>,
    pub filter_criteria: Option<FilterCriteria>,
    #[serde(rename = "KMSKeyArn")]
    pub kms_key_arn: Option<String>,
    pub metrics_config: Option<EventSourceMappingMetricsConfig>,
    pub logging_config: Option<EventSourceMappingLoggingConfig>,
    pub scaling_config: Option<ScalingConfig>,
    pub maximum_batching_window_in_seconds: Option<i64>,
    pub parallelization_factor: Option<i64>,
    pub destination_config: Option<DestinationConfig>,
    pub maximum_record_age_in_seconds: Option<i64>,
    pub bisect_batch_on_function_error: Option<bool>,
    pub maximum_retry_attempts: Option<i64>,
    pub tumbling_window_in_seconds: Option<i64>,
    pub source_access_configurations: Option<Vec<SourceAccessConfiguration>>,
    pub function_response_types: Option<Vec<String>>,
    pub amazon_managed_kafka_event_source_config: Option<AmazonManagedKafkaEventSourceConfig>,
    pub self_managed_kafka_event_source_config: Option<SelfManagedKafkaEventSourceConfig>,
    #[serde(rename = "DocumentDBEventSourceConfig")]
    pub document_db_event_source_config: Option<DocumentDBEventSourceConfig>,
    pub provisioned_poller_config: Option<ProvisionedPollerConfig>,
}

/// AWS's `DeleteEventSourceMappingRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteEventSourceMapping {
    #[serde(rename = "UUID")]
    pub uuid: String,
}

/// AWS's `ListEventSourceMappingsRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListEventSourceMappings {
    pub event_source_arn: Option<String>,
    pub function_name: Option<String>,
    pub marker: Option<String>,
    pub max_items: Option<i64>,
}

/// AWS's `ListEventSourceMappingsResponse`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListEventSourceMappingsOutput {
    pub next_marker: Option<String>,
    pub event_source_mappings: Option<Vec<EventSourceMappingConfiguration>>,
}
