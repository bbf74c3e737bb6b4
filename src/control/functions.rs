//! Functions: create, read, change, delete.

use super::code::{Given, Kept, check_unzipped};
use super::name::{FunctionRef, LATEST, no_function, qualified};
use super::records::{self, Found, FunctionRecord, VersionRecord, check_revision, find_or_404, named, revision, version_name};
use super::{ApiError, BodyShape, Control, Exception, Scope, model, paging, settings, time};
use crate::function::Account;
use crate::store::{Setting, Tables};

/// Bytes of zips that an account may have.
pub(super) const MAX_TOTAL_CODE: u64 = 80_530_636_800;
const BEING_CREATED: &str = "The function is being created.";

impl Control {
    /// AWS's `CreateFunction`.
    ///
    /// # Errors
    /// AWS's, like all methods here.
    pub fn create_function(&self, scope: &Scope, input: model::CreateFunction) -> Result<model::FunctionConfiguration, ApiError> {
        let FunctionRef { name, .. } = FunctionRef::parse_new(scope, &input.function_name)?;
        let configuration = settings::of_new(&input, &name, self.0.settings.strict_runtimes)?;
        let code = &input.code;
        let given = Given {
            zip: code.zip_file.as_ref(),
            bucket: code.s3_bucket.as_deref(),
            key: code.s3_key.as_deref(),
            version: code.s3_object_version.as_deref(),
        };
        // Before anything large is read or written.
        self.read(|tables| check_is_new(tables, &scope.account, &name))?;
        let (bytes, unzipped) = self.checked_zip(given)?;
        let kept = self.keep_zip(&bytes, unzipped)?;
        let publish = input.publish == Some(true);
        let created = self.write_function(&scope.account, &name, |tables| {
            check_is_new(tables, &scope.account, &name)?;
            self.insert(tables, scope, &name, configuration.clone(), &kept, &input)
        })?;
        drop(kept);
        self.deploy(&scope.account, &name, 0);
        if publish {
            self.deploy(&scope.account, &name, 1);
        }
        let mut shown = shown(created, &scope.account, &name, None);
        if publish {
            shown.version = Some("1".into());
        }
        Ok(shown)
    }

    fn insert(
        &self,
        tables: &dyn Tables,
        scope: &Scope,
        name: &str,
        configuration: model::FunctionConfiguration,
        kept: &Kept,
        input: &model::CreateFunction,
    ) -> Result<VersionRecord, ApiError> {
        let account = &scope.account;
        check_total(tables, account, kept.size)?;
        let mut record = VersionRecord { configuration, ..VersionRecord::default() };
        set_code(&mut record, kept);
        self.set_layers(tables, scope, &mut record, input.layers.as_deref())?;
        if let Some(arn) = input.code_signing_config_arn.as_deref().filter(|arn| !arn.is_empty()) {
            super::signing::check_exists(tables, account, arn)?;
            records::put_setting(tables, account, Setting::Signing, name, "", &arn)?;
        }
        let tags = input.tags.clone().unwrap_or_default();
        super::tags::check_count(&tags)?;
        let next_version = if input.publish == Some(true) { 2 } else { 1 };
        records::put_function(tables, account, name, &FunctionRecord { tags, next_version, reserved: None })?;
        self.begin(account, &mut record, true);
        records::put_version(tables, account, name, 0, &record)?;
        if input.publish == Some(true) {
            let mut published = record.clone();
            published.configuration.version = Some("1".into());
            published.deployment = uuid::Uuid::new_v4().to_string();
            records::put_version(tables, account, name, 1, &published)?;
        }
        Ok(record)
    }

    /// Marks a version as new, or as changed: it becomes ready in the background.
    fn begin(&self, account: &Account, record: &mut VersionRecord, is_new: bool) {
        let configuration = &mut record.configuration;
        record.deployment = uuid::Uuid::new_v4().to_string();
        record.is_pending = true;
        configuration.revision_id = revision();
        configuration.last_modified = Some(time::last_modified());
        configuration.version = Some(LATEST.into());
        configuration.runtime_version_config = self.runtime_version(account, configuration.runtime.as_deref());
        let (reason, code) = (Some(BEING_CREATED.to_owned()), Some("Creating".to_owned()));
        if is_new {
            configuration.state = Some("Pending".into());
            (configuration.state_reason, configuration.state_reason_code) = (reason, code);
        } else {
            configuration.last_update_status = Some("InProgress".into());
            (configuration.last_update_status_reason, configuration.last_update_status_reason_code) = (reason, code);
        }
    }

    fn runtime_version(&self, account: &Account, runtime: Option<&str>) -> Option<model::RuntimeVersionConfig> {
        let digest = self.0.parts.runtime.version_digest(&runtime?.parse().ok()?);
        Some(model::RuntimeVersionConfig { runtime_version_arn: Some(account.runtime_arn(&digest)), error: None })
    }

    /// AWS's `GetFunction`.
    pub fn get_function(&self, scope: &Scope, input: model::GetFunction) -> Result<model::GetFunctionOutput, ApiError> {
        let wanted = named(scope, &input.function_name, input.qualifier.as_deref())?;
        self.read(|tables| {
            let Found { record, .. } = find_or_404(tables, &scope.account, &wanted)?;
            let function = records::function(tables, &scope.account, &wanted.name)?.unwrap_or_default();
            let code = model::FunctionCodeLocation {
                repository_type: Some("S3".into()),
                location: Some(self.location(&record.code)),
                ..model::FunctionCodeLocation::default()
            };
            let reserved = function.reserved.and_then(|count| i64::try_from(count).ok());
            Ok(model::GetFunctionOutput {
                configuration: Some(shown(record, &scope.account, &wanted.name, wanted.qualifier.as_deref())),
                code: Some(code),
                tags: Some(function.tags).filter(|tags| !tags.is_empty()),
                tags_error: None,
                concurrency: reserved.map(|count| model::Concurrency { reserved_concurrent_executions: Some(count) }),
            })
        })
    }

    /// AWS's `GetFunctionConfiguration`.
    pub fn get_function_configuration(
        &self,
        scope: &Scope,
        input: model::GetFunctionConfiguration,
    ) -> Result<model::FunctionConfiguration, ApiError> {
        let wanted = named(scope, &input.function_name, input.qualifier.as_deref())?;
        self.read(|tables| {
            let found = find_or_404(tables, &scope.account, &wanted)?;
            Ok(shown(found.record, &scope.account, &wanted.name, wanted.qualifier.as_deref()))
        })
    }

    /// AWS's `UpdateFunctionCode`.
    pub fn update_function_code(&self, scope: &Scope, input: model::UpdateFunctionCode) -> Result<model::FunctionConfiguration, ApiError> {
        let wanted = unqualified(scope, &input.function_name)?;
        if input.image_uri.is_some() {
            return Err(ApiError::invalid("Please don't provide ImageUri when updating a function with packageType Zip."));
        }
        if input.publish_to.is_some() {
            return Err(ApiError::invalid("PublishTo is not supported by wasmlam. Remove it from your request and try again."));
        }
        self.read(|tables| latest_to_change(tables, &scope.account, &wanted, input.revision_id.as_deref()).map(drop))?;
        let (bytes, unzipped) = self.checked_zip(Given {
            zip: input.zip_file.as_ref(),
            bucket: input.s3_bucket.as_deref(),
            key: input.s3_key.as_deref(),
            version: input.s3_object_version.as_deref(),
        })?;
        let kept = self.keep_zip(&bytes, unzipped)?;
        let (is_dry, publish) = (input.dry_run == Some(true), input.publish == Some(true) && input.dry_run != Some(true));
        let name = &wanted.name;
        let (record, published, old) = self.write_function(&scope.account, name, |tables| {
            let mut record = latest_to_change(tables, &scope.account, &wanted, input.revision_id.as_deref())?;
            let old = record.clone();
            check_total(tables, &scope.account, kept.size)?;
            set_code(&mut record, &kept);
            check_unzipped(record.unzipped + layers_unzipped(tables, scope, &record)?)?;
            if let Some(architectures) = &input.architectures {
                record.configuration.architectures = Some(architectures.clone());
            }
            if is_dry {
                return Ok((record, None, None));
            }
            self.begin(&scope.account, &mut record, false);
            records::put_version(tables, &scope.account, name, 0, &record)?;
            self.0.parts.store.blobs().loosen(&old.code);
            let published = if publish { Some(self.publish_pending(tables, &scope.account, name, &record)?) } else { None };
            Ok((record, published, Some(old)))
        })?;
        drop(kept);
        let Some(old) = old else { return Ok(shown(record, &scope.account, name, None)) };
        self.0.deployments.forget(&old.deployment);
        self.deploy(&scope.account, name, 0);
        let Some((number, published)) = published else { return Ok(shown(record, &scope.account, name, None)) };
        self.deploy(&scope.account, name, number);
        Ok(shown(published, &scope.account, name, Some(&version_name(number))))
    }

    /// AWS's `UpdateFunctionConfiguration`.
    pub fn update_function_configuration(
        &self,
        scope: &Scope,
        input: model::UpdateFunctionConfiguration,
    ) -> Result<model::FunctionConfiguration, ApiError> {
        let wanted = unqualified(scope, &input.function_name)?;
        let name = &wanted.name;
        let (record, old) = self.write_function(&scope.account, name, |tables| {
            let mut record = latest_to_change(tables, &scope.account, &wanted, input.revision_id.as_deref())?;
            let old = record.clone();
            settings::change(&mut record.configuration, &input, self.0.settings.strict_runtimes)?;
            if let Some(layers) = &input.layers {
                self.set_layers(tables, scope, &mut record, Some(layers))?;
            }
            self.begin(&scope.account, &mut record, false);
            records::put_version(tables, &scope.account, name, 0, &record)?;
            old.layers.iter().for_each(|digest| self.0.parts.store.blobs().loosen(digest));
            Ok((record, old))
        })?;
        self.0.deployments.forget(&old.deployment);
        self.deploy(&scope.account, name, 0);
        Ok(shown(record, &scope.account, name, None))
    }

    /// AWS's `DeleteFunction`.
    pub fn delete_function(&self, scope: &Scope, input: model::DeleteFunction) -> Result<model::DeleteFunctionOutput, ApiError> {
        let wanted = named(scope, &input.function_name, input.qualifier.as_deref())?;
        let number = match wanted.qualifier.as_deref() {
            Some(LATEST) => return Err(ApiError::invalid("$LATEST version cannot be deleted without deleting the function.")),
            // Only what looks like an alias; the rest is an unknown version.
            Some(qualifier) if records::number_of(qualifier).is_none() && !qualifier.starts_with('$') => {
                return Err(ApiError::invalid("Deletion of aliases is not currently supported."));
            }
            Some(qualifier) => Some(records::number_of(qualifier).unwrap_or(u64::from(u32::MAX))),
            None => None,
        };
        let account = &scope.account;
        let gone = self.write_function(account, &wanted.name, |tables| {
            if tables.function(account, &wanted.name)?.is_none() {
                return Err(no_function(&qualified(account, &wanted.name, None)));
            }
            let gone = match number {
                Some(number) => delete_version(tables, account, &wanted.name, number)?,
                None => {
                    let all = tables.versions(account, &wanted.name, 0, usize::try_from(i64::MAX).unwrap_or(usize::MAX))?;
                    let deployments = all.iter().map(|row| Ok(records::version_of(row)?.deployment));
                    let deployments = deployments.collect::<Result<Vec<_>, ApiError>>()?;
                    (deployments, tables.delete_function(account, &wanted.name)?)
                }
            };
            gone.1.iter().for_each(|digest| self.0.parts.store.blobs().loosen(digest));
            Ok(gone.0)
        })?;
        gone.iter().for_each(|id| self.0.deployments.forget(id));
        if number.is_none() {
            self.0.routes.forget_all(); // its reservation is free for others
            self.0.throttles.forget(account, &wanted.name);
            self.0.attempts.forget(account, &wanted.name);
        }
        Ok(model::DeleteFunctionOutput {})
    }

    /// AWS's `ListFunctions`.
    pub fn list_functions(&self, scope: &Scope, input: model::ListFunctions) -> Result<model::ListFunctionsOutput, ApiError> {
        let all = input.function_version.as_deref() == Some("ALL");
        let size = paging::size(input.max_items, paging::PAGE);
        let [name, number] = paging::start::<2>(input.marker.as_deref())?;
        let from = (name.as_str(), number.parse().unwrap_or(0));
        let mut rows = self.read(|tables| Ok(tables.all_versions(&scope.account, from, all, size + 1)?))?;
        let next_marker = paging::cut(&mut rows, size, |row| paging::marker(&[&row.name, &row.number.to_string()]));
        let functions = rows.iter().map(|row| {
            let qualifier = all.then(|| version_name(row.number));
            Ok(listed(shown(records::version_of(row)?, &scope.account, &row.name, qualifier.as_deref())))
        });
        Ok(model::ListFunctionsOutput { next_marker, functions: Some(functions.collect::<Result<_, ApiError>>()?) })
    }

    /// Notes that a version is ready, or why it is not; unless it changed meanwhile.
    pub(super) fn finish(&self, account: &Account, name: &str, number: u64, deployment: &str, result: Result<(), String>) {
        let noted = self.write_function(account, name, |tables| {
            let Some(mut record) = records::version(tables, account, name, number)? else { return Ok(()) };
            if record.deployment != deployment || !record.is_pending {
                return Ok(());
            }
            record.is_pending = false;
            settle(&mut record.configuration, number, &result);
            records::put_version(tables, account, name, number, &record)
        });
        // The store is at fault; the version stays pending, and the next start tries again.
        drop(noted);
    }
}

/// The end of Pending and of InProgress.
fn settle(configuration: &mut model::FunctionConfiguration, number: u64, result: &Result<(), String>) {
    configuration.revision_id = revision();
    let was_new = configuration.state.as_deref() == Some("Pending");
    (configuration.last_update_status_reason, configuration.last_update_status_reason_code) = (None, None);
    (configuration.state_reason, configuration.state_reason_code) = (None, None);
    match result {
        Ok(()) => {
            configuration.state = Some("Active".into());
            configuration.last_update_status = Some("Successful".into());
        }
        Err(reason) if was_new => {
            configuration.state = Some("Failed".into());
            (configuration.state_reason, configuration.state_reason_code) = (Some(reason.clone()), Some("InternalError".into()));
        }
        Err(reason) => {
            configuration.last_update_status = Some("Failed".into());
            let code = Some("InternalError".into());
            (configuration.last_update_status_reason, configuration.last_update_status_reason_code) = (Some(reason.clone()), code);
        }
    }
    if let Some(snap) = configuration.snap_start.as_mut().filter(|snap| snap.apply_on.as_deref() == Some("PublishedVersions")) {
        snap.optimization_status = Some(if number > 0 && result.is_ok() { "On" } else { "Off" }.into());
    }
}

/// The configuration as the API shows it under this qualifier.
pub(super) fn shown(record: VersionRecord, account: &Account, name: &str, qualifier: Option<&str>) -> model::FunctionConfiguration {
    model::FunctionConfiguration { function_arn: Some(qualified(account, name, qualifier)), ..record.configuration }
}

/// Without what lists leave out.
pub(super) fn listed(configuration: model::FunctionConfiguration) -> model::FunctionConfiguration {
    model::FunctionConfiguration {
        state: None,
        state_reason: None,
        state_reason_code: None,
        last_update_status: None,
        last_update_status_reason: None,
        last_update_status_reason_code: None,
        runtime_version_config: None,
        ..configuration
    }
}

/// A name for an operation on the function itself.
fn unqualified(scope: &Scope, name: &str) -> Result<FunctionRef, ApiError> {
    let wanted = named(scope, name, None)?;
    match wanted.qualifier.as_deref() {
        None | Some(LATEST) => Ok(FunctionRef { qualifier: None, ..wanted }),
        Some(_) => Err(ApiError::invalid(
            "This operation is permitted on Lambda functions only. Aliases and versions do not support this \
             operation. Please specify either a function name or an unqualified function ARN.",
        )),
    }
}

fn check_is_new(tables: &dyn Tables, account: &Account, name: &str) -> Result<(), ApiError> {
    match tables.function(account, name)? {
        Some(_) => Err(ApiError::conflict(format!("Function already exist: {name}")).shaped(BodyShape::LowerAlone)),
        None => Ok(()),
    }
}

pub(super) fn check_total(tables: &dyn Tables, account: &Account, more: i64) -> Result<(), ApiError> {
    if tables.total_code_size(account)?.saturating_add_signed(more) > MAX_TOTAL_CODE {
        return Err(ApiError::new(Exception::CodeStorageExceeded, "Code storage limit exceeded."));
    }
    Ok(())
}

/// `$LATEST`, when it may be changed now by a caller who names this revision.
fn latest_to_change(
    tables: &dyn Tables,
    account: &Account,
    wanted: &FunctionRef,
    revision: Option<&str>,
) -> Result<VersionRecord, ApiError> {
    let Found { record, .. } = find_or_404(tables, account, wanted)?;
    let arn = qualified(account, &wanted.name, None);
    if record.is_pending {
        let message = match record.configuration.state.as_deref() {
            Some("Pending") => format!(
                "The operation cannot be performed at this time. The resource {arn} is currently in the following state: 'Pending'. \
                 StateReasonCode: 'Creating'"
            ),
            _ => format!("The operation cannot be performed at this time. An update is in progress for resource: {arn}"),
        };
        return Err(ApiError::conflict(message));
    }
    check_revision(revision, record.configuration.revision_id.as_deref(), "GetFunction/GetAlias")?;
    Ok(record)
}

fn set_code(record: &mut VersionRecord, kept: &Kept) {
    record.code = kept.pin.digest().to_owned();
    record.unzipped = kept.unzipped;
    record.configuration.code_sha256 = Some(kept.sha256.clone());
    record.configuration.code_size = Some(kept.size);
}

/// Bytes of what is in the layers that a version has, as far as they are still there.
fn layers_unzipped(tables: &dyn Tables, scope: &Scope, record: &VersionRecord) -> Result<u64, ApiError> {
    let mut total = 0;
    for layer in record.configuration.layers.iter().flatten() {
        total += super::layers::unzipped(tables, scope, layer.arn.as_deref().unwrap_or_default())?;
    }
    Ok(total)
}

/// Removes a version that no alias names; one that is not there is no error. Its deployment and the zips that it named.
fn delete_version(tables: &dyn Tables, account: &Account, name: &str, number: u64) -> Result<(Vec<String>, Vec<String>), ApiError> {
    let Some(record) = records::version(tables, account, name, number)? else { return Ok((Vec::new(), Vec::new())) };
    let text = number.to_string();
    for row in tables.aliases(account, name)? {
        let alias: model::AliasConfiguration = records::read(&row.document)?;
        let weights = alias.routing_config.and_then(|config| config.additional_version_weights).unwrap_or_default();
        if alias.function_version.as_deref() == Some(&text) || weights.contains_key(&text) {
            let arn = qualified(account, name, Some(&text));
            let message = format!("Version {arn} is referenced by the alias {}: point the alias to another version first.", row.alias);
            return Err(ApiError::conflict(message));
        }
    }
    tables.delete_settings_of(account, name, &text)?;
    Ok((vec![record.deployment], tables.delete_version(account, name, number)?))
}
