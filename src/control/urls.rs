//! Function URLs.

use serde::{Deserialize, Serialize};

use super::name::{FunctionRef, qualified};
use super::permissions::policy_of;
use super::records::{self, named, number_of};
use super::routes::is_latest;
use super::{ApiError, Control, Exception, Scope, model, paging, time};
use crate::function::Account;
use crate::store::{Setting, Tables};

/// Letters and digits of an id.
const ID_LENGTH: usize = 32;
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// A URL as it is kept.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct UrlRecord {
    id: String,
    auth_type: String,
    cors: Option<model::Cors>,
    created: String,
    modified: String,
    invoke_mode: Option<String>,
}

/// A function URL, found by its id.
#[derive(Debug, Clone)]
pub struct UrlTarget {
    /// Region and account of the function.
    pub account: Account,
    /// The function's name.
    pub function_name: String,
    /// The alias that it belongs to; `None` for `$LATEST`.
    pub qualifier: Option<String>,
    /// `NONE` or `AWS_IAM`.
    pub auth_type: String,
    /// What browsers are allowed.
    pub cors: Option<model::Cors>,
    /// `BUFFERED` or `RESPONSE_STREAM`.
    pub invoke_mode: String,
    /// Whether the policy has a statement that lets anyone use it, which AuthType NONE needs.
    pub is_public: bool,
}

impl Control {
    /// AWS's `CreateFunctionUrlConfig`.
    ///
    /// # Errors
    /// AWS's, like all methods here.
    pub fn create_function_url_config(
        &self,
        scope: &Scope,
        input: model::CreateFunctionUrlConfig,
    ) -> Result<model::CreateFunctionUrlConfigOutput, ApiError> {
        let wanted = target(scope, &input.function_name, input.qualifier.as_deref())?;
        let created = time::micros();
        let record = UrlRecord {
            id: new_id()?,
            auth_type: input.auth_type,
            cors: input.cors,
            created: created.clone(),
            modified: created,
            invoke_mode: input.invoke_mode,
        };
        let account = &scope.account;
        let arn = wanted.arn(account);
        self.write(|tables| {
            if records::find(tables, account, &wanted)?.is_none() {
                return Err(ApiError::not_found("Function does not exist"));
            }
            if tables.setting(account, Setting::Url, &wanted.name, place(&wanted))?.is_some() {
                return Err(ApiError::conflict(format!(
                    "Failed to create function url config for [functionArn = {arn}]. Error message:  FunctionUrlConfig exists for this \
                     Lambda function"
                )));
            }
            tables.put_url_id(account, &record.id, &wanted.name, place(&wanted))?;
            put(tables, account, &wanted, &record)
        })?;
        Ok(model::CreateFunctionUrlConfigOutput {
            function_url: self.function_url_of(account, &record.id),
            function_arn: arn,
            auth_type: record.auth_type,
            cors: record.cors,
            creation_time: record.created,
            invoke_mode: record.invoke_mode,
        })
    }

    /// AWS's `GetFunctionUrlConfig`.
    pub fn get_function_url_config(
        &self,
        scope: &Scope,
        input: model::GetFunctionUrlConfig,
    ) -> Result<model::GetFunctionUrlConfigOutput, ApiError> {
        let wanted = target(scope, &input.function_name, input.qualifier.as_deref())?;
        let record = self.read(|tables| url_or_404(tables, &scope.account, &wanted))?;
        let shown = self.shown_url(&scope.account, &wanted.name, place(&wanted), record);
        Ok(model::GetFunctionUrlConfigOutput {
            function_url: shown.function_url,
            function_arn: shown.function_arn,
            auth_type: shown.auth_type,
            cors: shown.cors,
            creation_time: shown.creation_time,
            last_modified_time: shown.last_modified_time,
            invoke_mode: shown.invoke_mode,
        })
    }

    /// AWS's `UpdateFunctionUrlConfig`.
    pub fn update_function_url_config(
        &self,
        scope: &Scope,
        input: model::UpdateFunctionUrlConfig,
    ) -> Result<model::UpdateFunctionUrlConfigOutput, ApiError> {
        let wanted = target(scope, &input.function_name, input.qualifier.as_deref())?;
        let account = &scope.account;
        let record = self.write(|tables| {
            if records::find(tables, account, &wanted)?.is_none() {
                return Err(ApiError::not_found("Function does not exist"));
            }
            let mut record = url_or_404(tables, account, &wanted)?;
            if let Some(auth_type) = &input.auth_type {
                record.auth_type.clone_from(auth_type);
            }
            if input.cors.is_some() {
                // An empty one takes it away.
                record.cors = input.cors.clone().filter(|cors| *cors != model::Cors::default());
            }
            if input.invoke_mode.is_some() {
                record.invoke_mode.clone_from(&input.invoke_mode);
            }
            record.modified = time::micros();
            put(tables, account, &wanted, &record)?;
            Ok(record)
        })?;
        let invoke_mode = record.invoke_mode.clone();
        let shown = self.shown_url(account, &wanted.name, place(&wanted), record);
        Ok(model::UpdateFunctionUrlConfigOutput {
            function_url: shown.function_url,
            function_arn: shown.function_arn,
            auth_type: shown.auth_type,
            cors: shown.cors,
            creation_time: shown.creation_time,
            last_modified_time: shown.last_modified_time,
            invoke_mode,
        })
    }

    /// AWS's `DeleteFunctionUrlConfig`.
    pub fn delete_function_url_config(&self, scope: &Scope, input: model::DeleteFunctionUrlConfig) -> Result<(), ApiError> {
        let wanted = target(scope, &input.function_name, input.qualifier.as_deref())?;
        self.write(|tables| {
            url_or_404(tables, &scope.account, &wanted)?;
            tables.delete_setting(&scope.account, Setting::Url, &wanted.name, place(&wanted))?;
            Ok(tables.delete_url_id(&scope.account, &wanted.name, place(&wanted))?)
        })
    }

    /// AWS's `ListFunctionUrlConfigs`.
    pub fn list_function_url_configs(
        &self,
        scope: &Scope,
        input: model::ListFunctionUrlConfigs,
    ) -> Result<model::ListFunctionUrlConfigsOutput, ApiError> {
        let wanted = named(scope, &input.function_name, None)?;
        let (account, name) = (&scope.account, &wanted.name);
        let size = paging::size(input.max_items, paging::PAGE);
        let [from] = paging::start::<1>(input.marker.as_deref())?;
        let mut rows = self.read(|tables| {
            if tables.function(account, name)?.is_none() {
                return Err(ApiError::not_found("Function does not exist"));
            }
            Ok(tables.settings(account, Setting::Url, Some(name), (name, &from), size + 1)?)
        })?;
        let next_marker = paging::cut(&mut rows, size, |row| paging::marker(&[&row.qualifier]));
        let configs = rows.iter().map(|row| Ok(self.shown_url(account, name, &row.qualifier, records::read(&row.document)?)));
        Ok(model::ListFunctionUrlConfigsOutput { function_url_configs: configs.collect::<Result<_, ApiError>>()?, next_marker })
    }

    /// The URL with this id: 32 lower-case letters and digits. `None` when there is none.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn function_url(&self, id: &str) -> Result<Option<UrlTarget>, ApiError> {
        if id.len() != ID_LENGTH {
            return Ok(None);
        }
        self.read(|tables| {
            let Some((account, name, qualifier)) = tables.url_owner(id)? else { return Ok(None) };
            let record: Option<UrlRecord> = records::setting(tables, &account, Setting::Url, &name, &qualifier)?;
            let Some(record) = record else { return Ok(None) };
            let wanted = FunctionRef { name, qualifier: Some(qualifier).filter(|qualifier| !qualifier.is_empty()) };
            let policy = policy_of(tables, &account, &wanted)?;
            Ok(Some(UrlTarget {
                account,
                function_name: wanted.name,
                qualifier: wanted.qualifier,
                auth_type: record.auth_type,
                cors: record.cors,
                invoke_mode: record.invoke_mode.unwrap_or_else(|| "BUFFERED".into()),
                is_public: policy.is_some_and(|policy| policy.has_public_url()),
            }))
        })
    }

    /// `http://ID.lambda-url.REGION.localhost:PORT/` where the server is on this machine.
    fn function_url_of(&self, account: &Account, id: &str) -> String {
        let (scheme, authority) = self.0.settings.endpoint.split_once("://").unwrap_or(("http", &self.0.settings.endpoint));
        let port = authority.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
        let port = port.map_or(String::new(), |(_, port)| format!(":{port}"));
        format!("{scheme}://{id}.lambda-url.{}.localhost{port}/", account.region)
    }

    fn shown_url(&self, account: &Account, name: &str, qualifier: &str, record: UrlRecord) -> model::FunctionUrlConfig {
        model::FunctionUrlConfig {
            function_url: self.function_url_of(account, &record.id),
            function_arn: qualified(account, name, Some(qualifier).filter(|qualifier| !qualifier.is_empty())),
            creation_time: record.created,
            last_modified_time: record.modified,
            cors: record.cors,
            auth_type: record.auth_type,
            invoke_mode: Some(record.invoke_mode.unwrap_or_else(|| "BUFFERED".into())),
        }
    }
}

/// The function itself or an alias of it.
fn target(scope: &Scope, name: &str, qualifier: Option<&str>) -> Result<FunctionRef, ApiError> {
    let wanted = named(scope, name, qualifier)?;
    match wanted.qualifier.as_deref() {
        Some(version) if number_of(version).is_some() || is_latest(Some(version)) => {
            let message = format!(
                "1 validation error detected: Value '{version}' at 'qualifier' failed to satisfy constraint: Member must satisfy regular \
                 expression pattern: ((?!^\\d+$)^[0-9a-zA-Z-_]+$)"
            );
            Err(ApiError::new(Exception::Validation, message))
        }
        _ => Ok(wanted),
    }
}

fn place(wanted: &FunctionRef) -> &str {
    wanted.qualifier.as_deref().unwrap_or_default()
}

fn url_or_404(tables: &dyn Tables, account: &Account, wanted: &FunctionRef) -> Result<UrlRecord, ApiError> {
    let found = records::setting(tables, account, Setting::Url, &wanted.name, place(wanted))?;
    found.ok_or_else(|| ApiError::not_found("The resource you requested does not exist."))
}

fn put(tables: &dyn Tables, account: &Account, wanted: &FunctionRef, record: &UrlRecord) -> Result<(), ApiError> {
    records::put_setting(tables, account, Setting::Url, &wanted.name, place(wanted), record)
}

fn new_id() -> Result<String, ApiError> {
    let mut bytes = [0; ID_LENGTH];
    getrandom::fill(&mut bytes).map_err(|error| ApiError::service(format!("no random numbers: {error}")))?;
    Ok(bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect())
}
