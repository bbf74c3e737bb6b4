//! Layers: versions of files for `/opt`, and who may use them.

use serde::{Deserialize, Serialize};

use super::code::{Given, check_unzipped};
use super::name::{LayerRef, lambda_arn};
use super::policy::{self, ResourcePolicy, Statement};
use super::records::{self, VersionRecord};
use super::{ApiError, Control, Exception, Scope, functions, model, paging, time};
use crate::function::Account;
use crate::store::{LayerRow, Tables};
use crate::text;

/// Layers of one function.
const MAX_LAYERS: usize = 5;

/// One version of a layer.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct LayerRecord {
    description: String,
    created: String,
    sha256: String,
    size: i64,
    unzipped: u64,
    runtimes: Option<Vec<String>>,
    architectures: Option<Vec<String>>,
    license: Option<String>,
    policy: Option<ResourcePolicy>,
}

impl Control {
    /// AWS's `PublishLayerVersion`.
    ///
    /// # Errors
    /// AWS's, like all methods here.
    pub fn publish_layer_version(
        &self,
        scope: &Scope,
        input: model::PublishLayerVersion,
    ) -> Result<model::PublishLayerVersionOutput, ApiError> {
        let layer = own_layer(scope, &input.layer_name)?;
        let content = &input.content;
        let (bytes, unzipped) = self.checked_zip(Given {
            zip: content.zip_file.as_ref(),
            bucket: content.s3_bucket.as_deref(),
            key: content.s3_key.as_deref(),
            version: content.s3_object_version.as_deref(),
        })?;
        let kept = self.keep_zip(&bytes, unzipped)?;
        let record = LayerRecord {
            description: input.description.clone().unwrap_or_default(),
            created: time::last_modified(),
            sha256: kept.sha256.clone(),
            size: kept.size,
            unzipped,
            runtimes: input.compatible_runtimes.clone(),
            architectures: input.compatible_architectures.clone(),
            license: input.license_info.clone(),
            policy: None,
        };
        let row = self.write(|tables| {
            functions::check_total(tables, &scope.account, record.size)?;
            let number = tables.take_layer_number(&scope.account, &layer.name)?;
            let row = LayerRow {
                name: layer.name.clone(),
                number,
                digest: kept.pin.digest().to_owned(),
                code_size: u64::try_from(record.size).unwrap_or_default(),
                document: records::write(&record)?,
            };
            tables.put_layer(&scope.account, &row)?;
            Ok(row)
        })?;
        let shown = self.shown_layer(&scope.account, &row, record);
        Ok(model::PublishLayerVersionOutput {
            content: shown.content,
            layer_arn: shown.layer_arn,
            layer_version_arn: shown.layer_version_arn,
            description: shown.description,
            created_date: shown.created_date,
            version: shown.version,
            compatible_architectures: shown.compatible_architectures,
            compatible_runtimes: shown.compatible_runtimes,
            license_info: shown.license_info,
        })
    }

    /// AWS's `GetLayerVersion`.
    pub fn get_layer_version(&self, scope: &Scope, input: model::GetLayerVersion) -> Result<model::GetLayerVersionOutput, ApiError> {
        let layer = own_layer(scope, &input.layer_name)?;
        let number = checked_number(input.version_number)?;
        let missing = || ApiError::not_found("The resource you requested does not exist.");
        let row = self.read(|tables| tables.layer(&scope.account, &layer.name, number)?.ok_or_else(missing))?;
        let record = records::read(&row.document)?;
        Ok(self.shown_layer(&scope.account, &row, record))
    }

    /// AWS's `GetLayerVersionByArn`.
    pub fn get_layer_version_by_arn(
        &self,
        scope: &Scope,
        input: model::GetLayerVersionByArn,
    ) -> Result<model::GetLayerVersionOutput, ApiError> {
        let version = LayerRef::parse(&input.arn).and_then(|layer| layer.version);
        let Some(version_number) = version else {
            return Err(ApiError::invalid(format!("'{}' is not the ARN of a layer version.", cut(&input.arn))));
        };
        self.get_layer_version(scope, model::GetLayerVersion { layer_name: input.arn, version_number })
    }

    /// AWS's `ListLayers`.
    pub fn list_layers(&self, scope: &Scope, input: model::ListLayers) -> Result<model::ListLayersOutput, ApiError> {
        let size = paging::size(input.max_items, paging::PAGE);
        let [from] = paging::start::<1>(input.marker.as_deref())?;
        let mut rows = self.read(|tables| Ok(tables.newest_layers(&scope.account, &from, size + 1)?))?;
        let next_marker = paging::cut(&mut rows, size, |row| paging::marker(&[&row.name]));
        let mut layers = Vec::new();
        for row in &rows {
            let record: LayerRecord = records::read(&row.document)?;
            if fits(&record, input.compatible_runtime.as_deref(), input.compatible_architecture.as_deref()) {
                layers.push(model::LayerSummary {
                    layer_name: Some(row.name.clone()),
                    layer_arn: Some(lambda_arn(&scope.account, &format!("layer:{}", row.name))),
                    latest_matching_version: Some(summary(&scope.account, row, record)),
                });
            }
        }
        Ok(model::ListLayersOutput { next_marker, layers: Some(layers) })
    }

    /// AWS's `ListLayerVersions`.
    pub fn list_layer_versions(&self, scope: &Scope, input: model::ListLayerVersions) -> Result<model::ListLayerVersionsOutput, ApiError> {
        let layer = own_layer(scope, &input.layer_name)?;
        let size = paging::size(input.max_items, paging::PAGE);
        let [from] = paging::start::<1>(input.marker.as_deref())?;
        let from = from.parse().unwrap_or(u64::MAX);
        let mut rows = self.read(|tables| Ok(tables.layer_versions(&scope.account, &layer.name, from, size + 1)?))?;
        let next_marker = paging::cut(&mut rows, size, |row| paging::marker(&[&row.number.to_string()]));
        let mut versions = Vec::new();
        for row in &rows {
            let record: LayerRecord = records::read(&row.document)?;
            if fits(&record, input.compatible_runtime.as_deref(), input.compatible_architecture.as_deref()) {
                versions.push(summary(&scope.account, row, record));
            }
        }
        Ok(model::ListLayerVersionsOutput { next_marker, layer_versions: Some(versions) })
    }

    /// AWS's `DeleteLayerVersion`.
    pub fn delete_layer_version(&self, scope: &Scope, input: model::DeleteLayerVersion) -> Result<(), ApiError> {
        let layer = own_layer(scope, &input.layer_name)?;
        let number = checked_number(input.version_number)?;
        self.write(|tables| {
            if let Some(digest) = tables.delete_layer(&scope.account, &layer.name, number)? {
                self.0.parts.store.blobs().loosen(&digest);
            }
            Ok(())
        })
    }

    /// AWS's `AddLayerVersionPermission`.
    pub fn add_layer_version_permission(
        &self,
        scope: &Scope,
        input: model::AddLayerVersionPermission,
    ) -> Result<model::AddLayerVersionPermissionOutput, ApiError> {
        let statement = Statement::of_layer(
            scope,
            &input.statement_id,
            &input.action,
            &input.principal,
            input.organization_id.as_deref(),
            &version_arn(scope, &input.layer_name, input.version_number)?,
        )?;
        self.change_layer_policy(scope, &input.layer_name, input.version_number, input.revision_id.as_deref(), |policy| {
            let mut policy = policy.unwrap_or_default();
            policy.add(statement.clone())?;
            let revision_id = policy.revision.clone();
            let text = records::write(&statement)?;
            Ok((Some(policy), model::AddLayerVersionPermissionOutput { statement: Some(text), revision_id }))
        })
    }

    /// AWS's `GetLayerVersionPolicy`.
    pub fn get_layer_version_policy(
        &self,
        scope: &Scope,
        input: model::GetLayerVersionPolicy,
    ) -> Result<model::GetLayerVersionPolicyOutput, ApiError> {
        self.read(|tables| {
            let (_, record) = layer_or_404(tables, scope, &input.layer_name, input.version_number)?;
            let policy = record.policy.ok_or_else(policy::none)?;
            Ok(model::GetLayerVersionPolicyOutput { policy: Some(policy.text()?), revision_id: policy.revision })
        })
    }

    /// AWS's `RemoveLayerVersionPermission`.
    pub fn remove_layer_version_permission(&self, scope: &Scope, input: model::RemoveLayerVersionPermission) -> Result<(), ApiError> {
        self.change_layer_policy(scope, &input.layer_name, input.version_number, input.revision_id.as_deref(), |policy| {
            let mut policy = policy.ok_or_else(policy::none)?;
            policy.remove(&input.statement_id)?;
            Ok((Some(policy).filter(|policy| !policy.is_empty()), ()))
        })
    }

    fn change_layer_policy<R>(
        &self,
        scope: &Scope,
        name: &str,
        version: i64,
        revision: Option<&str>,
        change: impl Fn(Option<ResourcePolicy>) -> Result<(Option<ResourcePolicy>, R), ApiError>,
    ) -> Result<R, ApiError> {
        self.write(|tables| {
            let (row, mut record) = layer_or_404(tables, scope, name, version)?;
            if let Some(policy) = &record.policy {
                records::check_revision(revision, policy.revision.as_deref(), "GetLayerPolicy")?;
            }
            let (policy, result) = change(record.policy.take())?;
            record.policy = policy;
            tables.put_layer(&scope.account, &LayerRow { document: records::write(&record)?, ..row })?;
            Ok(result)
        })
    }

    /// Gives a version these layers; what they are is checked, and with the code they have to fit.
    pub(super) fn set_layers(
        &self,
        tables: &dyn Tables,
        scope: &Scope,
        record: &mut VersionRecord,
        arns: Option<&[String]>,
    ) -> Result<(), ApiError> {
        let arns = arns.unwrap_or_default();
        if arns.len() > MAX_LAYERS {
            return Err(ApiError::invalid(format!("Cannot reference more than {MAX_LAYERS} layers.")));
        }
        check_places(scope, arns)?;
        let (mut shown, mut digests, mut total) = (Vec::new(), Vec::new(), record.unzipped);
        for arn in arns {
            let (row, layer) = find(tables, scope, arn)?;
            digests.push(row.digest);
            total += layer.unzipped;
            shown.push(model::Layer { arn: Some(arn.clone()), code_size: Some(layer.size), ..model::Layer::default() });
        }
        check_unzipped(total)?;
        record.layers = digests;
        record.configuration.layers = Some(shown).filter(|layers| !layers.is_empty());
        Ok(())
    }

    fn shown_layer(&self, account: &Account, row: &LayerRow, record: LayerRecord) -> model::GetLayerVersionOutput {
        let content = model::LayerVersionContentOutput {
            location: Some(self.location(&row.digest)),
            code_sha256: Some(record.sha256.clone()),
            code_size: Some(record.size),
            ..model::LayerVersionContentOutput::default()
        };
        let summary = summary(account, row, record);
        model::GetLayerVersionOutput {
            content: Some(content),
            layer_arn: Some(lambda_arn(account, &format!("layer:{}", row.name))),
            layer_version_arn: summary.layer_version_arn,
            description: summary.description,
            created_date: summary.created_date,
            version: summary.version,
            compatible_architectures: summary.compatible_architectures,
            compatible_runtimes: summary.compatible_runtimes,
            license_info: summary.license_info,
        }
    }
}

fn summary(account: &Account, row: &LayerRow, record: LayerRecord) -> model::LayerVersionSummary {
    model::LayerVersionSummary {
        layer_version_arn: Some(lambda_arn(account, &format!("layer:{}:{}", row.name, row.number))),
        version: i64::try_from(row.number).ok(),
        description: Some(record.description),
        created_date: Some(record.created),
        compatible_architectures: record.architectures,
        compatible_runtimes: record.runtimes,
        license_info: record.license,
    }
}

fn fits(record: &LayerRecord, runtime: Option<&str>, architecture: Option<&str>) -> bool {
    let has = |list: &Option<Vec<String>>, wanted: Option<&str>| match wanted {
        Some(wanted) => list.as_ref().is_some_and(|list| list.iter().any(|entry| entry == wanted)),
        None => true,
    };
    has(&record.runtimes, runtime) && has(&record.architectures, architecture)
}

/// A layer of this account and region.
fn own_layer(scope: &Scope, text: &str) -> Result<LayerRef, ApiError> {
    let Some(layer) = LayerRef::parse(text) else {
        let message = format!(
            "1 validation error detected: Value '{}' at 'layerName' failed to satisfy constraint: Member must satisfy regular expression \
             pattern: (arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\\d{{12}}:layer:[a-zA-Z0-9-_]+)|[a-zA-Z0-9-_]+",
            cut(text)
        );
        return Err(ApiError::new(Exception::Validation, message));
    };
    let here = &scope.account;
    if layer.account.as_ref().is_some_and(|account| *account != here.id) {
        return Err(ApiError::other_account());
    }
    if layer.region.as_ref().is_some_and(|region| *region != here.region) {
        return Err(ApiError::not_found("The resource you requested does not exist."));
    }
    Ok(layer)
}

fn cut(text: &str) -> String {
    text::cut(text.to_owned(), 300)
}

fn checked_number(number: i64) -> Result<u64, ApiError> {
    u64::try_from(number).ok().filter(|number| *number > 0).ok_or_else(|| ApiError::invalid("Layer Version Cannot be less than 1"))
}

fn version_arn(scope: &Scope, name: &str, version: i64) -> Result<String, ApiError> {
    let layer = own_layer(scope, name)?;
    Ok(lambda_arn(&scope.account, &format!("layer:{}:{version}", layer.name)))
}

fn layer_or_404(tables: &dyn Tables, scope: &Scope, name: &str, version: i64) -> Result<(LayerRow, LayerRecord), ApiError> {
    let arn = version_arn(scope, name, version)?;
    let layer = own_layer(scope, name)?;
    let row = tables.layer(&scope.account, &layer.name, checked_number(version)?)?;
    let row = row.ok_or_else(|| ApiError::not_found(format!("Layer version {arn} does not exist.")))?;
    let record = records::read(&row.document)?;
    Ok((row, record))
}

/// What is wrong with a list of layers before any of them is looked up.
fn check_places(scope: &Scope, arns: &[String]) -> Result<(), ApiError> {
    let mut seen: Vec<(&String, LayerRef)> = Vec::new();
    for arn in arns {
        let layer = LayerRef::parse(arn).filter(|layer| layer.version.is_some());
        let Some(layer) = layer else {
            let message = format!(
                "1 validation error detected: Value '[{}]' at 'layers' failed to satisfy constraint: Member must satisfy constraint: [Member \
                 must have length less than or equal to 2048, Member must have length greater than or equal to 1, Member must satisfy regular \
                 expression pattern: arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\\d{{12}}:layer:[a-zA-Z0-9-_]+:[0-9]+, Member must not be null]",
                arns.join(", ")
            );
            return Err(ApiError::new(Exception::Validation, message));
        };
        let here = &scope.account.region;
        if layer.region.as_ref() != Some(here) {
            return Err(ApiError::invalid(format!(
                "Layers are not in the same region as the function. Layers are expected to be in region {here}."
            )));
        }
        checked_number(layer.version.unwrap_or_default())?;
        if let Some((first, _)) = seen.iter().find(|(_, other)| other.name == layer.name && other.account == layer.account) {
            return Err(ApiError::invalid(format!(
                "Two different versions of the same layer are not allowed to be referenced in the same function. {first} and {arn} are \
                 versions of the same layer."
            )));
        }
        seen.push((arn, layer));
    }
    Ok(())
}

/// The layer version that a function names.
fn find(tables: &dyn Tables, scope: &Scope, arn: &str) -> Result<(LayerRow, LayerRecord), ApiError> {
    let missing = || ApiError::invalid(format!("Layer version {arn} does not exist."));
    let layer = LayerRef::parse(arn).filter(|layer| layer.account.as_ref() == Some(&scope.account.id)).ok_or_else(missing)?;
    let number = checked_number(layer.version.unwrap_or_default())?;
    let row = tables.layer(&scope.account, &layer.name, number)?.ok_or_else(missing)?;
    let record = records::read(&row.document)?;
    Ok((row, record))
}

/// Bytes of what is in a layer version; 0 when it was deleted.
pub(super) fn unzipped(tables: &dyn Tables, scope: &Scope, arn: &str) -> Result<u64, ApiError> {
    match find(tables, scope, arn) {
        Ok((_, record)) => Ok(record.unzipped),
        Err(error) if error.code == Exception::InvalidParameterValue => Ok(0),
        Err(error) => Err(error),
    }
}
