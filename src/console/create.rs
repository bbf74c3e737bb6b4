//! A new function: from a zip or from a starter.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::multipart::Multipart;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;

use super::desk::{Answer, Console, Desk, Frame, Problem, function_path, html, see_other};
use super::starters::{HANDLER, STARTERS, Starter};
use crate::control::{Invoke, model};
use crate::package::{Package, edit};

/// What the list of the form offers; the newest is what every one of them runs on.
pub(super) const RUNTIMES: [&str; 8] =
    ["python3.13", "python3.14", "python3.12", "python3.11", "python3.10", "python3.9", "python3.8", "python3.6"];
const ACTION: &str = "/_wasmlam/console/create";

/// What stands in the form.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Fields {
    name: String,
    runtime: String,
    handler: String,
    description: String,
    timeout: String,
    memory: String,
    /// `zip` or the key of a starter.
    from: String,
}

impl Fields {
    fn fresh() -> Self {
        Self { runtime: RUNTIMES[0].into(), timeout: "3".into(), memory: "128".into(), from: "zip".into(), ..Self::default() }
    }

    fn is_from(&self, key: &str) -> bool {
        self.from == key
    }
}

#[derive(Template)]
#[template(path = "create.html")]
struct Page {
    frame: Frame,
    token: String,
    fields: Fields,
    runtimes: &'static [&'static str],
    starters: &'static [Starter],
}

fn page(desk: &Desk, fields: Fields, problem: Option<Problem>) -> Answer {
    let mut frame = desk.frame("Create a function", "create");
    let status = problem.as_ref().map_or(StatusCode::OK, |problem| problem.status);
    frame.problem = problem.map(Into::into);
    let mut response = html(&Page { frame, token: desk.token(ACTION), fields, runtimes: &RUNTIMES, starters: &STARTERS })?;
    *response.status_mut() = status;
    Ok(response)
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    from: Option<String>,
}

/// The form.
pub(super) async fn form(State(console): State<Console>, Query(asked): Query<Asked>) -> Response {
    console
        .page(move |desk| {
            let mut fields = Fields::fresh();
            fields.from = asked.from.unwrap_or(fields.from);
            page(desk, fields, None)
        })
        .await
}

/// The fields of a form with files: texts by name, and one file with its name.
pub(super) struct Upload {
    pub(super) texts: BTreeMap<String, String>,
    pub(super) file: Option<(String, Vec<u8>)>,
}

impl Upload {
    /// Reads all of it; how much there may be is bounded for all requests.
    pub(super) async fn read(mut form: Multipart) -> Result<Self, Problem> {
        let mut upload = Self { texts: BTreeMap::new(), file: None };
        while let Some(field) = form.next_field().await? {
            let name = field.name().unwrap_or_default().to_owned();
            match field.file_name().map(str::to_owned) {
                Some(file) => {
                    let bytes = field.bytes().await?.to_vec();
                    // A form without a chosen file sends one without name and content.
                    if !(file.is_empty() && bytes.is_empty()) {
                        upload.file = Some((file, bytes));
                    }
                }
                None => {
                    upload.texts.insert(name, field.text().await?);
                }
            }
        }
        Ok(upload)
    }

    pub(super) fn text(&self, name: &str) -> &str {
        self.texts.get(name).map_or("", |text| text.trim())
    }
}

/// Creates a function.
pub(super) async fn create(State(console): State<Console>, headers: HeaderMap, form: Multipart) -> Response {
    let upload = match Upload::read(form).await {
        Ok(upload) => upload,
        Err(problem) => return console.page(move |desk| page(desk, Fields::fresh(), Some(problem))).await,
    };
    let token = upload.text("token").to_owned();
    console
        .action(&headers, ACTION, &token, move |desk| {
            let text = |name: &str| upload.text(name).to_owned();
            let fields = Fields {
                name: text("name"),
                runtime: text("runtime"),
                handler: text("handler"),
                description: text("description"),
                timeout: text("timeout"),
                memory: text("memory"),
                from: text("from"),
            };
            match made(desk, &fields, upload.file) {
                Ok(path) => see_other(&path),
                Err(problem) => page(desk, fields, Some(problem)),
            }
        })
        .await
}

fn bad(title: &str, message: impl Into<String>, advice: &str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, title, message, advice)
}

/// A whole number of a form.
pub(super) fn number(what: &str, text: &str) -> Result<i64, Problem> {
    text.parse()
        .map_err(|_| bad("A value does not fit", format!("{what} is '{text}', but must be a whole number."), "Correct it and try again."))
}

/// Creates the function and returns the page to go to.
fn made(desk: &Desk, fields: &Fields, file: Option<(String, Vec<u8>)>) -> Result<String, Problem> {
    let starter = STARTERS.iter().find(|starter| fields.is_from(starter.key));
    let (zip, handler) = match starter {
        Some(starter) => (of_starter(starter)?, HANDLER.to_owned()),
        None => {
            let advice = "Choose a .zip file, drop one on the form, or start from an example.";
            let (file, zip) = file.ok_or_else(|| bad("There is no package yet", "No file was chosen.", advice))?;
            let handler = if fields.handler.is_empty() { found_handler(&file, &zip)? } else { fields.handler.clone() };
            (zip, handler)
        }
    };
    let account = &desk.scope.account;
    let input = model::CreateFunction {
        function_name: fields.name.clone(),
        runtime: Some(fields.runtime.clone()),
        role: format!("arn:aws:iam::{}:role/lambda", account.id),
        handler: Some(handler),
        code: model::FunctionCode { zip_file: Some(zip.into()), ..model::FunctionCode::default() },
        description: Some(fields.description.clone()).filter(|text| !text.is_empty()),
        timeout: Some(number("The timeout", &fields.timeout)?),
        memory_size: Some(number("The memory", &fields.memory)?),
        ..model::CreateFunction::default()
    };
    checked(&fields.name)?;
    desk.control.create_function(&desk.scope, input)?;
    if let Some(starter) = starter {
        desk.control.put_test_event(&desk.scope, &fields.name, "example", starter.event)?;
    }
    desk.settled(&fields.name)?;
    Ok(format!("{}/test?done=created", function_path(&fields.name)))
}

/// The API's model checks names before `Control` sees them; a form does so here.
fn checked(name: &str) -> Result<(), Problem> {
    let parsed: Result<crate::function::FunctionName, _> = name.parse();
    let advice = "A name has up to 64 letters, digits, hyphens and underscores, such as my-function.";
    parsed.map(drop).map_err(|_| bad("This cannot be a function's name", format!("The name is '{name}'."), advice))
}

fn of_starter(starter: &Starter) -> Result<Vec<u8>, Problem> {
    let files = [("app.py".to_owned(), Some(starter.code.as_bytes().to_vec()))].into();
    edit(None, &files).map_err(|error| bad("The example cannot be packed", error.to_string(), ""))
}

/// The one function of a package that can be meant.
fn found_handler(file: &str, zip: &[u8]) -> Result<String, Problem> {
    let advice = "Upload a .zip with the Python files at its top level: `zip function.zip app.py` makes one.";
    let package = Package::from_zip_bytes(file.trim_end_matches(".zip"), zip.to_vec());
    let package = package.map_err(|error| bad("This file is not a package", error.to_string(), advice))?;
    let advice = "Name the handler yourself: FILE.FUNCTION, such as app.handler for the function `handler` in app.py.";
    let handler = package.find_handler().map_err(|error| bad("Which function is the handler?", error.to_string(), advice))?;
    Ok(handler.as_str().to_owned())
}

/// An invocation of `$LATEST` or a qualifier, with the end of its log.
pub(super) fn invoke_of(name: &str, qualifier: &str, event: &str) -> Invoke {
    Invoke {
        function_name: name.to_owned(),
        qualifier: Some(qualifier.to_owned()).filter(|text| !text.is_empty()),
        payload: event.as_bytes().to_vec(),
        wants_log_tail: true,
        ..Invoke::default()
    }
}
