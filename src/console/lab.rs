//! What is compared with what: one event in sandboxes of three kinds, or two versions on the saved events.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde_json::Value;

use super::desk::{Answer, Console, Desk, Frame, Head, Problem, function_path, html};
use super::invocation::{Ended, Failure, Line, check_event, lines, ms, pretty};
use super::text::Text;
use super::trial::{invoke, qualifiers};
use crate::control::{TestEvents, model};
use crate::function::{Completion, Environment, EphemeralStorage, FunctionConfig, Invocation, MemorySize, bytes_to_mb};
use crate::package::Package;
use crate::report::{LogType, log_text};
use crate::runner::{DeployRequest, Options};

/// Saved events that two versions are compared on.
const MAX_EVENTS: usize = 20;

#[derive(Template)]
#[template(path = "compare.html")]
struct Page {
    frame: Frame,
    head: Head,
    token: String,
    saved: Vec<Choice>,
    qualifiers: Vec<Text>,
    left: String,
    right: String,
    runs: Vec<Run>,
    same: bool,
    attempts: Vec<Text>,
    rows: Vec<Row>,
    differ: usize,
}

struct Choice {
    name: Text,
    raw: String,
    is_current: bool,
}

/// One way of running it.
struct Run {
    title: &'static str,
    about: &'static str,
    class: &'static str,
    word: &'static str,
    value: Text,
    failure: Option<Failure>,
    facts: Vec<(&'static str, String)>,
    log: Vec<Line>,
}

/// One saved event and what two versions made of it.
struct Row {
    event: Text,
    same: bool,
    left: Half,
    right: Half,
}

struct Half {
    class: &'static str,
    word: &'static str,
    value: Text,
    duration: String,
    memory: String,
}

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(super) struct Sent {
    token: String,
    /// `sandboxes` or `versions`.
    what: String,
    /// The name of a saved event.
    event: String,
    left: String,
    right: String,
}

/// What came out, if anything was run.
#[derive(Default)]
struct Results {
    runs: Vec<Run>,
    same: bool,
    attempts: Vec<Text>,
    rows: Vec<Row>,
}

fn page(desk: &Desk, name: &str, sent: Sent, results: Results, problem: Option<Problem>) -> Answer {
    let head = desk.head(&desk.function(name)?, "compare");
    let mut frame = desk.frame(name, "functions");
    let status = problem.as_ref().map_or(StatusCode::OK, |problem| problem.status);
    frame.problem = problem.map(Into::into);
    let saved = desk.control.test_events(&desk.scope, name)?.into_keys();
    let saved = saved.map(|event| Choice { name: event.as_str().into(), is_current: event == sent.event, raw: event });
    let mut response = html(&Page {
        token: desk.token(&format!("{}/compare", head.href)),
        saved: saved.collect(),
        qualifiers: qualifiers(desk, name)?,
        differ: results.rows.iter().filter(|row| !row.same).count(),
        runs: results.runs,
        same: results.same,
        attempts: results.attempts,
        rows: results.rows,
        left: sent.left,
        right: sent.right,
        frame,
        head,
    })?;
    *response.status_mut() = status;
    Ok(response)
}

/// The forms.
pub(super) async fn show(State(console): State<Console>, Path(name): Path<String>) -> Response {
    console.page(move |desk| page(desk, &name, Sent::default(), Results::default(), None)).await
}

/// Runs and compares.
pub(super) async fn run(State(console): State<Console>, Path(name): Path<String>, headers: HeaderMap, Form(sent): Form<Sent>) -> Response {
    let action = format!("{}/compare", function_path(&name));
    if let Err(problem) = console.check(&headers, &action, &sent.token) {
        return console.page(move |desk| page(desk, &name, sent, Results::default(), Some(problem))).await;
    }
    if sent.what == "versions" {
        return versions(console, name, sent).await;
    }
    console
        .page(move |desk| {
            let event =
                chosen(&desk.control.test_events(&desk.scope, &name)?, &sent.event).and_then(|event| check_event(&event).map(|()| event));
            match event.and_then(|event| sandboxes(desk, &name, &event)) {
                Ok(results) => page(desk, &name, sent, results, None),
                Err(problem) => page(desk, &name, sent, Results::default(), Some(problem)),
            }
        })
        .await
}

fn nothing_saved() -> Problem {
    let advice = "Save an event under Test first: what is compared should be repeatable.";
    Problem::new(StatusCode::BAD_REQUEST, "There is no such event", "The function has no saved event of this name.", advice)
}

fn chosen(saved: &TestEvents, name: &str) -> Result<String, Problem> {
    saved.get(name).cloned().ok_or_else(nothing_saved)
}

pub(super) fn setting(error: impl std::fmt::Display) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "The function cannot be run", error.to_string(), "Change it under Configuration.")
}

/// What the runner needs to run the function as it is set up, beside the service.
pub(super) fn request(desk: &Desk, name: &str) -> Result<DeployRequest, Problem> {
    let configuration = desk.function(name)?;
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    let number = |field: Option<i64>, usual: u32| field.and_then(|number| u32::try_from(number).ok()).unwrap_or(usual);
    let mut config = FunctionConfig::new(
        name.parse().map_err(setting)?,
        text(&configuration.handler).parse().map_err(setting)?,
        text(&configuration.runtime).parse().map_err(setting)?,
    );
    config.memory_size = MemorySize::from_mb(number(configuration.memory_size, 128)).map_err(setting)?;
    config.timeout = number(configuration.timeout, 3).to_string().parse().map_err(setting)?;
    let storage = configuration.ephemeral_storage.as_ref().map(|storage| storage.size);
    config.ephemeral_storage = EphemeralStorage::from_mb(number(storage, 512)).map_err(setting)?;
    let variables = configuration.environment.and_then(|environment| environment.variables).unwrap_or_default();
    config.environment = Environment::new(variables).map_err(setting)?;
    let package = |name: &str, zip: Vec<u8>| Package::from_zip_bytes(name, zip).map_err(setting);
    let mut request = DeployRequest::new(package(name, desk.zip(name, None)?)?, config);
    for layer in configuration.layers.unwrap_or_default() {
        let input = model::GetLayerVersionByArn { arn: text(&layer.arn) };
        let content = desk.control.get_layer_version_by_arn(&desk.scope, input)?.content;
        let location = content.and_then(|content| content.location).unwrap_or_default();
        let zip = desk.control.download(location.rsplit('/').next().unwrap_or_default())?.unwrap_or_default();
        request.layers.push(package("layer", zip)?);
    }
    request.account = desk.scope.account.clone();
    Ok(request)
}

/// One event in a new sandbox, in one that was used before, and in one where time and chance are fixed.
fn sandboxes(desk: &Desk, name: &str, event: &str) -> Result<Results, Problem> {
    let request = request(desk, name)?;
    let handler = request.config.handler.as_str().to_owned();
    let ways = [
        ("Fresh", "A new sandbox, made from the image after the init, as the service runs it.", request.clone(), 1),
        (
            "Warm",
            "The second call of a sandbox: globals and /tmp are as the first call left them.",
            DeployRequest { options: Options { reuse: true, ..request.options }, ..request.clone() },
            2,
        ),
        (
            "Deterministic",
            "The clock counts operators and chance comes from a seed: the same bytes in every run.",
            DeployRequest { deterministic: true, ..request },
            1,
        ),
    ];
    let mut results = Results { same: true, ..Results::default() };
    let mut values: Vec<Vec<u8>> = Vec::new();
    for (title, about, request, calls) in ways {
        let deterministic = request.deterministic;
        let deployment = desk.runner().deploy(request).map_err(setting)?;
        let mut last = None;
        for _ in 0..calls {
            let mut invocation = Invocation::new(event.as_bytes().to_vec(), None).map_err(setting)?;
            if deterministic {
                invocation.fix_ids();
            }
            last = Some(deployment.invoke(invocation).map_err(setting)?);
        }
        let Some(completion) = last else { continue };
        let log = log_text(&completion, deployment.platform(), LogType::All);
        for attempt in &completion.attempts {
            let text = Text::from(attempt.to_string());
            if !results.attempts.contains(&text) {
                results.attempts.push(text);
            }
        }
        let document = document(&completion);
        values.push(comparable(&document));
        results.runs.push(shown(title, about, &completion, &document, &log, &function_path(name), &handler));
    }
    results.same = values.windows(2).all(|pair| pair[0] == pair[1]);
    Ok(results)
}

/// What a caller gets: the result, or the error document.
fn document(completion: &Completion) -> Vec<u8> {
    match (completion.outcome.result(), completion.outcome.error(&completion.request_id)) {
        (Some(result), _) => result.to_vec(),
        (None, Some(error)) => error.json().as_bytes().to_vec(),
        (None, None) => Vec::new(),
    }
}

/// JSON without what differs between any two calls, the request's id.
fn comparable(document: &[u8]) -> Vec<u8> {
    let Ok(Value::Object(mut members)) = serde_json::from_slice::<Value>(document) else { return document.to_vec() };
    if members.contains_key("errorType") {
        members.remove("requestId");
        if let Some(Value::String(message)) = members.get_mut("errorMessage") {
            *message = message.split_once(" Error: ").map_or(message.clone(), |(_, rest)| rest.to_owned());
        }
    }
    Value::Object(members).to_string().into_bytes()
}

fn shown(title: &'static str, about: &'static str, completion: &Completion, document: &[u8], log: &str, path: &str, handler: &str) -> Run {
    let is_result = completion.outcome.result().is_some();
    let usage = &completion.usage;
    let mut facts = vec![
        ("Duration", ms(usage.duration.as_secs_f64() * 1e3)),
        ("Max memory used", format!("{} MB", bytes_to_mb(usage.max_memory_bytes))),
    ];
    facts.extend(usage.init_duration.map(|init| ("Init duration", ms(init.as_secs_f64() * 1e3))));
    facts.extend(usage.restore_duration.map(|restore| ("Restore duration", ms(restore.as_secs_f64() * 1e3))));
    Run {
        title,
        about,
        class: if is_result { "good" } else { "bad" },
        word: if is_result { "Succeeded" } else { "Failed" },
        value: pretty(document),
        failure: (!is_result).then(|| Failure::of(document, path, handler)),
        facts,
        log: lines(log),
    }
}

/// Two versions on the saved events.
async fn versions(console: Console, name: String, sent: Sent) -> Response {
    let desk = console.desk();
    let wanted = name.clone();
    let saved = tokio::task::spawn_blocking(move || desk.control.test_events(&desk.scope, &wanted));
    let saved = match saved.await {
        Ok(Ok(saved)) => saved,
        Ok(Err(error)) => return console.page(move |_| Err(error.into())).await,
        Err(_) => TestEvents::new(),
    };
    if saved.is_empty() {
        return console.page(move |desk| page(desk, &name, sent, Results::default(), Some(nothing_saved()))).await;
    }
    let mut rows = Vec::new();
    for (event_name, event) in saved.into_iter().take(MAX_EVENTS) {
        let mut halves = Vec::new();
        let mut values = Vec::new();
        for qualifier in [sent.left.clone(), sent.right.clone()] {
            match invoke(&console, &name, &qualifier, &event).await {
                Ok(invoked) => {
                    let ended = Ended::new(invoked, &function_path(&name), "");
                    values.push(comparable(&ended.raw));
                    halves.push(Half {
                        class: ended.class,
                        word: ended.word,
                        duration: ended.fact("Duration").to_owned(),
                        memory: ended.fact("Max memory used").to_owned(),
                        value: ended.value,
                    });
                }
                Err(error) => return console.page(move |desk| page(desk, &name, sent, Results::default(), Some(error.into()))).await,
            }
        }
        if let (Some(right), Some(left)) = (halves.pop(), halves.pop()) {
            rows.push(Row { event: event_name.into(), same: values[0] == values[1], left, right });
        }
    }
    console.page(move |desk| page(desk, &name, sent, Results { rows, ..Results::default() }, None)).await
}
