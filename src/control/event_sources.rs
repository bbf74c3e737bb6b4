//! Event source mappings: checked, kept and returned. Nothing polls yet.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::model::{CreateEventSourceMapping, EventSourceMappingConfiguration, FilterCriteria, UpdateEventSourceMapping};
use super::name::{FunctionRef, lambda_arn};
use super::records::{self, named};
use super::{ApiError, Control, Exception, Scope, model, paging, time};
use crate::function::Account;
use crate::store::{MappingRow, Tables};

/// Mappings of one page.
const MAPPINGS_PAGE: usize = 100;
/// How long a mapping that is being deleted can still be seen, as on AWS, where it takes longer.
const DELETING: Duration = Duration::from_secs(1);

/// A mapping as it is kept.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct MappingRecord {
    configuration: EventSourceMappingConfiguration,
    pub(super) tags: BTreeMap<String, String>,
    /// When a mapping that is being deleted is gone, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    gone_ms: Option<u64>,
}

/// What events come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Queue,
    Stream,
    Broker,
    ManagedKafka,
    OwnKafka,
    Documents,
}

impl Source {
    fn of(arn: Option<&str>, has_own: bool) -> Result<Self, ApiError> {
        let unknown = || ApiError::invalid("Unrecognized event source.");
        let Some(arn) = arn else { return if has_own { Ok(Self::OwnKafka) } else { Err(unknown()) } };
        match arn.split(':').collect::<Vec<_>>()[..] {
            ["arn", _, "sqs", _, _, queue] if !queue.is_empty() => Ok(Self::Queue),
            ["arn", _, "kinesis" | "dynamodb", _, _, _, ..] => Ok(Self::Stream),
            ["arn", _, "mq", ..] => Ok(Self::Broker),
            ["arn", _, "kafka", ..] => Ok(Self::ManagedKafka),
            ["arn", _, "rds", ..] => Ok(Self::Documents),
            _ => Err(unknown()),
        }
    }

    fn needs_position(self) -> bool {
        matches!(self, Self::Stream | Self::ManagedKafka | Self::Documents)
    }

    fn batch_size(self) -> i64 {
        if self == Self::Queue { 10 } else { 100 }
    }
}

impl Control {
    /// AWS's `CreateEventSourceMapping`.
    ///
    /// # Errors
    /// AWS's, like all methods here.
    pub fn create_event_source_mapping(
        &self,
        scope: &Scope,
        input: CreateEventSourceMapping,
    ) -> Result<EventSourceMappingConfiguration, ApiError> {
        let account = &scope.account;
        let source = Source::of(input.event_source_arn.as_deref(), input.self_managed_event_source.is_some())?;
        let wanted = named(scope, &input.function_name, None)?;
        check(source, &input)?;
        let tags = input.tags.clone().unwrap_or_default();
        super::tags::check_count(&tags)?;
        let configuration = created(scope, source, &wanted, input);
        let key = source_key(&configuration);
        let record = MappingRecord { configuration, tags, gone_ms: None };
        self.write(|tables| {
            if records::find(tables, account, &wanted)?.is_none() {
                return Err(ApiError::invalid("Function does not exist"));
            }
            let arn = record.configuration.function_arn.clone().unwrap_or_default();
            for other in tables.mappings(account, Some(&arn), Some(&key), "", MAPPINGS_PAGE)? {
                if !self.clear(tables, account, &other)? {
                    return Err(duplicate(source, &record.configuration, &arn, &other.id));
                }
            }
            put(tables, scope, &record, &key)
        })?;
        // AWS takes a while; the next look finds it done.
        Ok(EventSourceMappingConfiguration { state: Some("Creating".into()), ..record.configuration })
    }

    /// AWS's `GetEventSourceMapping`.
    pub fn get_event_source_mapping(
        &self,
        scope: &Scope,
        input: model::GetEventSourceMapping,
    ) -> Result<EventSourceMappingConfiguration, ApiError> {
        Ok(self.read(|tables| self.mapping_or_404(tables, scope, &input.uuid))?.1.configuration)
    }

    /// AWS's `UpdateEventSourceMapping`.
    pub fn update_event_source_mapping(
        &self,
        scope: &Scope,
        input: UpdateEventSourceMapping,
    ) -> Result<EventSourceMappingConfiguration, ApiError> {
        let wanted = input.function_name.as_deref().map(|name| named(scope, name, None)).transpose()?;
        check_filter(input.filter_criteria.as_ref())?;
        let configuration = self.write(|tables| {
            let (row, mut record) = self.mapping_or_404(tables, scope, &input.uuid)?;
            check_use(&record, "update")?;
            if let Some(wanted) = &wanted {
                if records::find(tables, &scope.account, wanted)?.is_none() {
                    return Err(ApiError::invalid("Function does not exist"));
                }
                record.configuration.function_arn = Some(wanted.arn(&scope.account));
            }
            change(&mut record.configuration, &input);
            put(tables, scope, &record, &row.source)?;
            Ok(record.configuration)
        })?;
        Ok(EventSourceMappingConfiguration { state: Some("Updating".into()), ..configuration })
    }

    /// AWS's `DeleteEventSourceMapping`.
    pub fn delete_event_source_mapping(
        &self,
        scope: &Scope,
        input: model::DeleteEventSourceMapping,
    ) -> Result<EventSourceMappingConfiguration, ApiError> {
        let configuration = self.write(|tables| {
            let (row, mut record) = self.mapping_or_404(tables, scope, &input.uuid)?;
            check_use(&record, "delete")?;
            record.configuration.state = Some("Deleting".into());
            record.gone_ms = Some(self.now_ms() + u64::try_from(DELETING.as_millis()).unwrap_or_default());
            put(tables, scope, &record, &row.source)?;
            Ok(record.configuration)
        })?;
        Ok(configuration)
    }

    /// AWS's `ListEventSourceMappings`.
    pub fn list_event_source_mappings(
        &self,
        scope: &Scope,
        input: model::ListEventSourceMappings,
    ) -> Result<model::ListEventSourceMappingsOutput, ApiError> {
        let wanted = input.function_name.as_deref().map(|name| named(scope, name, None)).transpose()?;
        let function = wanted.map(|wanted| wanted.arn(&scope.account));
        let size = paging::size(input.max_items, MAPPINGS_PAGE);
        let [from] = paging::start::<1>(input.marker.as_deref())?;
        let source = input.event_source_arn.as_deref();
        let page = |tables: &dyn Tables| Ok(tables.mappings(&scope.account, function.as_deref(), source, &from, size + 1)?);
        let mut rows = self.read(page)?;
        while self.is_any_over(&rows)? {
            self.write(|tables| rows.iter().try_for_each(|row| self.clear(tables, &scope.account, row).map(drop)))?;
            rows = self.read(page)?;
        }
        let next_marker = paging::cut(&mut rows, size, |row| paging::marker(&[&row.id]));
        let mappings = rows.iter().map(|row| Ok(records::read::<MappingRecord>(&row.document)?.configuration));
        let event_source_mappings = Some(mappings.collect::<Result<_, ApiError>>()?);
        Ok(model::ListEventSourceMappingsOutput { next_marker, event_source_mappings })
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.0.parts.clock.now().as_millis()).unwrap_or(u64::MAX)
    }

    /// Whether the deletion of this mapping has come to its end.
    fn is_over(&self, record: &MappingRecord) -> bool {
        record.gone_ms.is_some_and(|gone| self.now_ms() >= gone)
    }

    fn is_any_over(&self, rows: &[MappingRow]) -> Result<bool, ApiError> {
        for row in rows {
            if self.is_over(&records::read(&row.document)?) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Removes a mapping whose deletion has come to its end; whether it was one.
    fn clear(&self, tables: &dyn Tables, account: &Account, row: &MappingRow) -> Result<bool, ApiError> {
        let is_over = self.is_over(&records::read(&row.document)?);
        if is_over {
            tables.delete_mapping(account, &row.id)?;
        }
        Ok(is_over)
    }

    fn mapping_or_404(&self, tables: &dyn Tables, scope: &Scope, id: &str) -> Result<(MappingRow, MappingRecord), ApiError> {
        let missing = || ApiError::not_found("The resource you requested does not exist.");
        let row = tables.mapping(&scope.account, id)?.ok_or_else(missing)?;
        let record = records::read(&row.document)?;
        if self.is_over(&record) { Err(missing()) } else { Ok((row, record)) }
    }
}

/// A mapping that is being deleted cannot be changed, nor deleted once more.
fn check_use(record: &MappingRecord, what: &str) -> Result<(), ApiError> {
    match record.gone_ms {
        Some(_) => {
            let message = format!("Cannot {what} the event source mapping because it is in use.");
            Err(ApiError::new(Exception::ResourceInUse, message))
        }
        None => Ok(()),
    }
}

fn put(tables: &dyn Tables, scope: &Scope, record: &MappingRecord, source: &str) -> Result<(), ApiError> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let row = MappingRow {
        id: text(&record.configuration.uuid),
        function: text(&record.configuration.function_arn),
        source: source.to_owned(),
        document: records::write(record)?,
    };
    Ok(tables.put_mapping(&scope.account, &row)?)
}

fn check(source: Source, input: &CreateEventSourceMapping) -> Result<(), ApiError> {
    if source.needs_position() && input.starting_position.is_none() {
        return Err(ApiError::invalid(
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.",
        ));
    }
    let arn = input.event_source_arn.as_deref().unwrap_or_default();
    if source == Source::Queue && input.starting_position.is_some()
        || arn.contains(":dynamodb:") && input.starting_position.as_deref() == Some("AT_TIMESTAMP")
    {
        return Err(ApiError::invalid(format!("Unsupported starting position for arn type: {arn}")));
    }
    if source == Source::OwnKafka && input.source_access_configurations.as_ref().is_none_or(Vec::is_empty) {
        return Err(ApiError::invalid("Required 'sourceAccessConfigurations' parameter is missing."));
    }
    if source == Source::Queue {
        let (size, window) = (input.batch_size.unwrap_or(10), input.maximum_batching_window_in_seconds.unwrap_or(0));
        if size > 10 && window == 0 {
            return Err(ApiError::invalid(
                "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
            ));
        }
        if input.destination_config.is_some() {
            return Err(ApiError::invalid("Unsupported DestinationConfig parameter for given event source mapping type."));
        }
    }
    if source == Source::Stream && input.destination_config.as_ref().is_some_and(|config| config.on_success.is_some()) {
        return Err(ApiError::invalid("Unsupported DestinationConfig parameter for given event source mapping type."));
    }
    check_filter(input.filter_criteria.as_ref())
}

fn check_filter(criteria: Option<&FilterCriteria>) -> Result<(), ApiError> {
    let patterns =
        criteria.into_iter().flat_map(|criteria| criteria.filters.iter().flatten()).filter_map(|filter| filter.pattern.as_deref());
    for pattern in patterns {
        let is_object = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(pattern).is_ok();
        if !is_object {
            return Err(ApiError::invalid("Invalid filter pattern definition."));
        }
    }
    Ok(())
}

fn created(scope: &Scope, source: Source, wanted: &FunctionRef, input: CreateEventSourceMapping) -> EventSourceMappingConfiguration {
    let id = uuid::Uuid::new_v4().to_string();
    let is_stream = source == Source::Stream;
    let stream = |value: Option<i64>, default: i64| value.or(is_stream.then_some(default));
    EventSourceMappingConfiguration {
        event_source_mapping_arn: Some(lambda_arn(&scope.account, &format!("event-source-mapping:{id}"))),
        uuid: Some(id),
        function_arn: Some(wanted.arn(&scope.account)),
        batch_size: Some(input.batch_size.unwrap_or(source.batch_size())),
        maximum_batching_window_in_seconds: Some(input.maximum_batching_window_in_seconds.unwrap_or(0)),
        parallelization_factor: stream(input.parallelization_factor, 1),
        maximum_record_age_in_seconds: stream(input.maximum_record_age_in_seconds, -1),
        maximum_retry_attempts: stream(input.maximum_retry_attempts, -1),
        tumbling_window_in_seconds: stream(input.tumbling_window_in_seconds, 0),
        bisect_batch_on_function_error: input.bisect_batch_on_function_error.or(is_stream.then_some(false)),
        destination_config: input
            .destination_config
            .or(is_stream.then(|| model::DestinationConfig { on_failure: Some(model::OnFailure::default()), on_success: None })),
        state: Some(state(input.enabled)),
        state_transition_reason: Some(if source == Source::Queue { "USER_INITIATED" } else { "User action" }.into()),
        last_processing_result: (source != Source::Queue).then(|| "No records processed".into()),
        last_modified: Some(time::epoch()),
        function_response_types: Some(input.function_response_types.unwrap_or_default()),
        starting_position: input.starting_position,
        starting_position_timestamp: input.starting_position_timestamp,
        event_source_arn: input.event_source_arn,
        filter_criteria: input.filter_criteria,
        kms_key_arn: input.kms_key_arn,
        metrics_config: input.metrics_config,
        logging_config: input.logging_config,
        scaling_config: input.scaling_config,
        topics: input.topics,
        queues: input.queues,
        source_access_configurations: input.source_access_configurations,
        self_managed_event_source: input.self_managed_event_source,
        amazon_managed_kafka_event_source_config: input.amazon_managed_kafka_event_source_config,
        self_managed_kafka_event_source_config: input.self_managed_kafka_event_source_config,
        document_db_event_source_config: input.document_db_event_source_config,
        provisioned_poller_config: input.provisioned_poller_config,
        filter_criteria_error: None,
    }
}

fn state(enabled: Option<bool>) -> String {
    if enabled == Some(false) { "Disabled" } else { "Enabled" }.into()
}

fn change(old: &mut EventSourceMappingConfiguration, new: &UpdateEventSourceMapping) {
    fn replace<T: Clone>(old: &mut Option<T>, new: &Option<T>) {
        if new.is_some() {
            old.clone_from(new);
        }
    }
    replace(&mut old.batch_size, &new.batch_size);
    replace(&mut old.maximum_batching_window_in_seconds, &new.maximum_batching_window_in_seconds);
    replace(&mut old.parallelization_factor, &new.parallelization_factor);
    replace(&mut old.maximum_record_age_in_seconds, &new.maximum_record_age_in_seconds);
    replace(&mut old.maximum_retry_attempts, &new.maximum_retry_attempts);
    replace(&mut old.tumbling_window_in_seconds, &new.tumbling_window_in_seconds);
    replace(&mut old.bisect_batch_on_function_error, &new.bisect_batch_on_function_error);
    replace(&mut old.destination_config, &new.destination_config);
    replace(&mut old.function_response_types, &new.function_response_types);
    replace(&mut old.filter_criteria, &new.filter_criteria);
    replace(&mut old.kms_key_arn, &new.kms_key_arn);
    replace(&mut old.metrics_config, &new.metrics_config);
    replace(&mut old.logging_config, &new.logging_config);
    replace(&mut old.scaling_config, &new.scaling_config);
    replace(&mut old.source_access_configurations, &new.source_access_configurations);
    replace(&mut old.provisioned_poller_config, &new.provisioned_poller_config);
    replace(&mut old.document_db_event_source_config, &new.document_db_event_source_config);
    if old.filter_criteria.as_ref().is_some_and(|criteria| criteria.filters.as_ref().is_none_or(Vec::is_empty)) {
        old.filter_criteria = None;
    }
    if new.enabled.is_some() {
        old.state = Some(state(new.enabled));
    }
    old.last_modified = Some(time::epoch());
}

/// What may not be mapped twice to one function.
fn source_key(configuration: &EventSourceMappingConfiguration) -> String {
    match &configuration.event_source_arn {
        Some(arn) => arn.clone(),
        None => {
            let endpoints =
                configuration.self_managed_event_source.as_ref().and_then(|source| source.endpoints.clone()).unwrap_or_default();
            let servers: Vec<String> = endpoints.into_values().flatten().collect();
            format!("{} {}", servers.join(","), configuration.topics.clone().unwrap_or_default().join(","))
        }
    }
}

fn duplicate(source: Source, configuration: &EventSourceMappingConfiguration, function: &str, id: &str) -> ApiError {
    let arn = configuration.event_source_arn.as_deref().unwrap_or_default();
    let message = match source {
        Source::Queue => format!("An event source mapping with SQS arn (\" {arn} \") and function (\" {function} \") already exists."),
        Source::OwnKafka => {
            let key = source_key(configuration);
            let (servers, topics) = key.split_once(' ').unwrap_or((&key, ""));
            format!(
                "An event source mapping with event source (\"{servers}\"), function (\"{function}\"), topics (\"{topics}\") already exists."
            )
        }
        Source::Stream | Source::Broker | Source::ManagedKafka | Source::Documents => {
            format!("The event source arn (\" {arn} \") and function (\" {function} \") provided mapping already exists.")
        }
    };
    ApiError::conflict(format!("{message} Please update or delete the existing mapping with UUID {id}"))
}
