//! A function's settings, in one form.

use std::collections::BTreeMap;

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, RawForm, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;

use super::create::{RUNTIMES, number};
use super::desk::{Answer, Console, Desk, Frame, Head, Problem, function_path, html, notice, see_other};
use super::text::Text;
use crate::control::{ApiError, Exception, model};

/// Empty lines for new environment variables.
const SPARE: usize = 2;

#[derive(Template)]
#[template(path = "configuration.html")]
struct Page {
    frame: Frame,
    head: Head,
    token: String,
    delete_token: String,
    url_token: String,
    fields: Fields,
    runtimes: Vec<String>,
    url: Option<Url>,
}

struct Url {
    address: Text,
    auth: Text,
    is_open: bool,
}

/// What stands in the form.
#[derive(Debug, Clone, Default)]
struct Fields {
    description: String,
    runtime: String,
    handler: String,
    memory: String,
    timeout: String,
    storage: String,
    variables: Vec<(String, String)>,
    layers: String,
    reserved: String,
    retries: String,
    age: String,
    on_success: String,
    on_failure: String,
    revision: String,
}

/// `None` for what is not there.
fn optional<T>(found: Result<T, ApiError>) -> Result<Option<T>, Problem> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.code == Exception::ResourceNotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

impl Fields {
    fn of(desk: &Desk, name: &str, configuration: &model::FunctionConfiguration) -> Result<Self, Problem> {
        let text = |number: Option<i64>| number.map_or_else(String::new, |number| number.to_string());
        let input = model::GetFunctionConcurrency { function_name: name.to_owned() };
        let reserved = desk.control.get_function_concurrency(&desk.scope, input)?.reserved_concurrent_executions;
        let input = model::GetFunctionEventInvokeConfig { function_name: name.to_owned(), qualifier: None };
        let events = optional(desk.control.get_function_event_invoke_config(&desk.scope, input))?.unwrap_or_default();
        let destinations = events.destination_config.unwrap_or_default();
        let layers = configuration.layers.iter().flatten().filter_map(|layer| layer.arn.clone());
        let environment = configuration.environment.clone().and_then(|environment| environment.variables).unwrap_or_default();
        Ok(Self {
            description: configuration.description.clone().unwrap_or_default(),
            runtime: configuration.runtime.clone().unwrap_or_default(),
            handler: configuration.handler.clone().unwrap_or_default(),
            memory: text(configuration.memory_size),
            timeout: text(configuration.timeout),
            storage: text(configuration.ephemeral_storage.as_ref().map(|storage| storage.size)),
            variables: environment.into_iter().collect(),
            layers: layers.collect::<Vec<_>>().join("\n"),
            reserved: text(reserved),
            retries: text(events.maximum_retry_attempts),
            age: text(events.maximum_event_age_in_seconds),
            on_success: destinations.on_success.and_then(|to| to.destination).unwrap_or_default(),
            on_failure: destinations.on_failure.and_then(|to| to.destination).unwrap_or_default(),
            revision: configuration.revision_id.clone().unwrap_or_default(),
        })
    }

    /// From a form, in which each variable is a `key` and a `value` after it.
    fn sent(pairs: &[(String, String)]) -> Self {
        let text =
            |name: &str| pairs.iter().find(|(known, _)| known == name).map_or_else(String::new, |(_, value)| value.trim().to_owned());
        let all = |name: &'static str| pairs.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.clone());
        let variables = all("key").zip(all("value")).filter(|(key, value)| !key.is_empty() || !value.is_empty());
        Self {
            description: text("description"),
            runtime: text("runtime"),
            handler: text("handler"),
            memory: text("memory"),
            timeout: text("timeout"),
            storage: text("storage"),
            variables: variables.collect(),
            layers: text("layers"),
            reserved: text("reserved"),
            retries: text("retries"),
            age: text("age"),
            on_success: text("on_success"),
            on_failure: text("on_failure"),
            revision: text("revision"),
        }
    }

    /// Makes them the function's.
    fn apply(&self, desk: &Desk, name: &str) -> Result<(), Problem> {
        let optional = |what: &str, text: &str| if text.is_empty() { Ok(None) } else { number(what, text).map(Some) };
        // Everything is read before anything is changed.
        let (reserved, retries, age) = (
            optional("Reserved concurrency", &self.reserved)?,
            optional("Retries", &self.retries)?,
            optional("The age of events", &self.age)?,
        );
        let variables: BTreeMap<String, String> = self.variables.iter().cloned().collect();
        if variables.len() != self.variables.len() {
            let advice = "Remove one of them. Nothing was changed.";
            return Err(Problem::new(StatusCode::BAD_REQUEST, "A value does not fit", "A variable is there twice.", advice));
        }
        let input = model::UpdateFunctionConfiguration {
            function_name: name.to_owned(),
            description: Some(self.description.clone()),
            runtime: Some(self.runtime.clone()),
            handler: Some(self.handler.clone()),
            memory_size: Some(number("The memory", &self.memory)?),
            timeout: Some(number("The timeout", &self.timeout)?),
            ephemeral_storage: Some(model::EphemeralStorage { size: number("The size of /tmp", &self.storage)? }),
            environment: Some(model::Environment { variables: Some(variables) }),
            layers: Some(self.layers.split_whitespace().map(str::to_owned).collect()),
            revision_id: Some(self.revision.clone()).filter(|text| !text.is_empty()),
            ..model::UpdateFunctionConfiguration::default()
        };
        desk.control.update_function_configuration(&desk.scope, input)?;
        self.apply_concurrency(desk, name, reserved)?;
        self.apply_events(desk, name, retries, age)?;
        desk.settled(name)?;
        Ok(())
    }

    fn apply_concurrency(&self, desk: &Desk, name: &str, reserved: Option<i64>) -> Result<(), Problem> {
        let function_name = name.to_owned();
        let current =
            desk.control.get_function_concurrency(&desk.scope, model::GetFunctionConcurrency { function_name: function_name.clone() })?;
        match reserved {
            Some(reserved_concurrent_executions) if current.reserved_concurrent_executions != reserved => {
                let input = model::PutFunctionConcurrency { function_name, reserved_concurrent_executions };
                desk.control.put_function_concurrency(&desk.scope, input)?;
            }
            None if current.reserved_concurrent_executions.is_some() => {
                desk.control.delete_function_concurrency(&desk.scope, model::DeleteFunctionConcurrency { function_name })?;
            }
            Some(_) | None => {}
        }
        Ok(())
    }

    fn apply_events(&self, desk: &Desk, name: &str, retries: Option<i64>, age: Option<i64>) -> Result<(), Problem> {
        let wanted = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let (on_success, on_failure) = (wanted(&self.on_success), wanted(&self.on_failure));
        let function_name = name.to_owned();
        if retries.is_none() && age.is_none() && on_success.is_none() && on_failure.is_none() {
            let input = model::DeleteFunctionEventInvokeConfig { function_name, qualifier: None };
            return optional(desk.control.delete_function_event_invoke_config(&desk.scope, input)).map(drop);
        }
        let input = model::PutFunctionEventInvokeConfig {
            function_name,
            qualifier: None,
            maximum_retry_attempts: retries,
            maximum_event_age_in_seconds: age,
            destination_config: Some(model::DestinationConfig {
                on_success: on_success.map(|destination| model::OnSuccess { destination: Some(destination) }),
                on_failure: on_failure.map(|destination| model::OnFailure { destination: Some(destination) }),
            }),
        };
        desk.control.put_function_event_invoke_config(&desk.scope, input)?;
        Ok(())
    }
}

fn page(desk: &Desk, name: &str, sent: Option<(Fields, Problem)>, done: Option<&str>) -> Answer {
    let configuration = desk.function(name)?;
    let head = desk.head(&configuration, "configuration");
    let mut frame = desk.frame(name, "functions");
    frame.notice = notice(done);
    let mut status = StatusCode::OK;
    let mut fields = match sent {
        Some((fields, problem)) => {
            status = problem.status;
            frame.problem = Some(problem.into());
            fields
        }
        None => Fields::of(desk, name, &configuration)?,
    };
    fields.variables.extend(std::iter::repeat_n((String::new(), String::new()), SPARE));
    let input = model::GetFunctionUrlConfig { function_name: name.to_owned(), qualifier: None };
    let url = optional(desk.control.get_function_url_config(&desk.scope, input))?.map(|url| Url {
        address: url.function_url.into(),
        is_open: url.auth_type == "NONE",
        auth: url.auth_type.into(),
    });
    let mut runtimes: Vec<String> = RUNTIMES.iter().map(|runtime| (*runtime).to_owned()).collect();
    if !runtimes.contains(&fields.runtime) {
        runtimes.push(fields.runtime.clone());
    }
    let path = head.href.clone();
    let mut response = html(&Page {
        token: desk.token(&format!("{path}/configuration")),
        delete_token: desk.token(&format!("{path}/delete")),
        url_token: desk.token(&format!("{path}/configuration/url")),
        fields,
        runtimes,
        url,
        frame,
        head,
    })?;
    *response.status_mut() = status;
    Ok(response)
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    done: Option<String>,
}

/// The form.
pub(super) async fn show(State(console): State<Console>, Path(name): Path<String>, Query(asked): Query<Asked>) -> Response {
    console.page(move |desk| page(desk, &name, None, asked.done.as_deref())).await
}

/// Changes the settings.
pub(super) async fn save(State(console): State<Console>, Path(name): Path<String>, headers: HeaderMap, RawForm(form): RawForm) -> Response {
    let pairs: Vec<(String, String)> = form_urlencoded::parse(&form).into_owned().collect();
    let token = pairs.iter().find(|(name, _)| name == "token").map_or_else(String::new, |(_, token)| token.clone());
    let action = format!("{}/configuration", function_path(&name));
    console
        .action(&headers, &action, &token, move |desk| {
            let fields = Fields::sent(&pairs);
            match fields.apply(desk, &name) {
                Ok(()) => see_other(&format!("{}/configuration?done=configured", function_path(&name))),
                Err(problem) => page(desk, &name, Some((fields, problem)), None),
            }
        })
        .await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct UrlSent {
    token: String,
    /// `create` or `delete`.
    wanted: String,
}

/// Gives the function an address of its own that everyone on this machine may call, or takes it away.
pub(super) async fn url(
    State(console): State<Console>,
    Path(name): Path<String>,
    headers: HeaderMap,
    Form(sent): Form<UrlSent>,
) -> Response {
    const STATEMENT: &str = "FunctionURLAllowPublicAccess";
    let action = format!("{}/configuration/url", function_path(&name));
    console
        .action(&headers, &action, &sent.token, move |desk| {
            let path = format!("{}/configuration?done=url", function_path(&name));
            if sent.wanted == "delete" {
                let input = model::DeleteFunctionUrlConfig { function_name: name.clone(), qualifier: None };
                desk.control.delete_function_url_config(&desk.scope, input)?;
                let input =
                    model::RemovePermission { function_name: name, statement_id: STATEMENT.into(), ..model::RemovePermission::default() };
                optional(desk.control.remove_permission(&desk.scope, input))?;
            } else {
                let input = model::CreateFunctionUrlConfig {
                    function_name: name.clone(),
                    auth_type: "NONE".into(),
                    ..model::CreateFunctionUrlConfig::default()
                };
                desk.control.create_function_url_config(&desk.scope, input)?;
                let input = model::AddPermission {
                    function_name: name,
                    statement_id: STATEMENT.into(),
                    action: "lambda:InvokeFunctionUrl".into(),
                    principal: "*".into(),
                    function_url_auth_type: Some("NONE".into()),
                    ..model::AddPermission::default()
                };
                match desk.control.add_permission(&desk.scope, input) {
                    Ok(_) => {}
                    Err(error) if error.code == Exception::ResourceConflict => {}
                    Err(error) => return Err(error.into()),
                }
            }
            see_other(&path)
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_pairs_in_their_order() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let sent = [pair("key", "A1"), pair("value", " x = y "), pair("key", ""), pair("value", ""), pair("memory", " 256 ")];
        let fields = Fields::sent(&sent);
        assert_eq!((fields.variables, fields.memory.as_str()), (vec![pair("A1", " x = y ")], "256"));
    }
}
