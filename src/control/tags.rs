//! Tags of functions, event source mappings and code signing configurations.

use std::collections::BTreeMap;

use super::name::{FunctionRef, no_function};
use super::records::{self, revision};
use super::{ApiError, Control, Exception, Scope, model};
use crate::store::{MappingRow, SigningRow, Tables};

/// Tags that a resource may have.
const MAX_TAGS: usize = 50;

type Tags = BTreeMap<String, String>;

/// What has tags.
enum Tagged {
    Function(FunctionRef),
    Mapping(String),
    Signing(String),
}

impl Control {
    /// AWS's `ListTags`.
    ///
    /// # Errors
    /// AWS's, like all methods here.
    pub fn list_tags(&self, scope: &Scope, input: model::ListTags) -> Result<model::ListTagsOutput, ApiError> {
        let tagged = tagged(scope, &input.resource)?;
        let tags = self.read(|tables| change(tables, scope, &tagged, &input.resource, |_| Ok(false)))?;
        Ok(model::ListTagsOutput { tags: Some(tags) })
    }

    /// AWS's `TagResource`.
    pub fn tag_resource(&self, scope: &Scope, input: model::TagResource) -> Result<(), ApiError> {
        let tagged = tagged(scope, &input.resource)?;
        if input.tags.is_empty() {
            return Err(ApiError::invalid("An error occurred and the request cannot be processed."));
        }
        self.write(|tables| {
            change(tables, scope, &tagged, &input.resource, |tags| {
                tags.extend(input.tags.clone());
                check_count(tags).map(|()| true)
            })
            .map(drop)
        })
    }

    /// AWS's `UntagResource`.
    pub fn untag_resource(&self, scope: &Scope, input: model::UntagResource) -> Result<(), ApiError> {
        let tagged = tagged(scope, &input.resource)?;
        if input.tag_keys.is_empty() {
            let message = "1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: Member must not be null";
            return Err(ApiError::new(Exception::Validation, message));
        }
        self.write(|tables| {
            change(tables, scope, &tagged, &input.resource, |tags| {
                tags.retain(|key, _| !input.tag_keys.contains(key));
                Ok(true)
            })
            .map(drop)
        })
    }
}

/// 400 for more tags than a resource may have.
pub(super) fn check_count(tags: &Tags) -> Result<(), ApiError> {
    match tags.len() > MAX_TAGS {
        true => Err(ApiError::invalid("Number of tags exceeds resource tag limit.")),
        false => Ok(()),
    }
}

fn tagged(scope: &Scope, arn: &str) -> Result<Tagged, ApiError> {
    let pieces: Vec<&str> = arn.split(':').collect();
    if let ["arn", _, "lambda", _, _, kind @ ("event-source-mapping" | "code-signing-config" | "capacity-provider"), id] = pieces[..] {
        return match kind {
            "event-source-mapping" => Ok(Tagged::Mapping(id.to_owned())),
            "code-signing-config" => Ok(Tagged::Signing(arn.to_owned())),
            _ => Err(ApiError::not_found(format!("Capacity provider not found: {arn}"))),
        };
    }
    if !arn.starts_with("arn:") {
        let shown: String = arn.chars().take(300).collect();
        let message = format!(
            "1 validation error detected: Value '{shown}' at 'resource' failed to satisfy constraint: Member must satisfy regular expression \
             pattern: arn:(aws[a-zA-Z-]*):lambda:[a-z]{{2}}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{{1}}:\\d{{12}}:(function:[a-zA-Z0-9-_]+(:\
             (\\$LATEST|[a-zA-Z0-9-_]+))?|layer:([a-zA-Z0-9-_]+)|code-signing-config:csc-[a-z0-9]{{17}}|event-source-mapping:[a-f0-9]{{8}}-\
             [a-f0-9]{{4}}-[a-f0-9]{{4}}-[a-f0-9]{{4}}-[a-f0-9]{{12}})"
        );
        return Err(ApiError::new(Exception::Validation, message));
    }
    let function = FunctionRef::parse(scope, arn, None)?;
    match function.qualifier {
        Some(_) => Err(ApiError::invalid("Tags on function aliases and versions are not supported. Please specify a function ARN.")),
        None => Ok(Tagged::Function(function)),
    }
}

/// The tags of a resource after a change, which is kept where `edit` says that there was one.
fn change(
    tables: &dyn Tables,
    scope: &Scope,
    tagged: &Tagged,
    arn: &str,
    edit: impl Fn(&mut Tags) -> Result<bool, ApiError>,
) -> Result<Tags, ApiError> {
    let account = &scope.account;
    match tagged {
        Tagged::Function(wanted) => {
            let name = &wanted.name;
            let mut function = records::function(tables, account, name)?.ok_or_else(|| no_function(&wanted.arn(account)))?;
            if edit(&mut function.tags)? {
                records::put_function(tables, account, name, &function)?;
                if let Some(mut latest) = records::version(tables, account, name, 0)? {
                    latest.configuration.revision_id = revision();
                    records::put_version(tables, account, name, 0, &latest)?;
                }
            }
            Ok(function.tags)
        }
        Tagged::Mapping(id) => {
            let missing = || ApiError::not_found(format!("Event source mapping not found: {arn}"));
            let row = tables.mapping(account, id)?.ok_or_else(missing)?;
            let mut mapping: super::event_sources::MappingRecord = records::read(&row.document)?;
            if edit(&mut mapping.tags)? {
                tables.put_mapping(account, &MappingRow { document: records::write(&mapping)?, ..row })?;
            }
            Ok(mapping.tags)
        }
        Tagged::Signing(arn) => {
            let row = tables.signing(account, arn)?.ok_or_else(super::signing::unknown)?;
            let mut signing: super::signing::SigningRecord = records::read(&row.document)?;
            if edit(&mut signing.tags)? {
                tables.put_signing(account, &SigningRow { document: records::write(&signing)?, ..row })?;
            }
            Ok(signing.tags)
        }
    }
}
