//! Trying a function out: events, an invocation, and what came of it.

use std::collections::BTreeMap;

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;

use super::create::invoke_of;
use super::desk::{Answer, Console, Desk, Frame, Head, Problem, function_path, html, notice, see_other};
use super::invocation::{Ended, check_event};
use super::text::{Text, encoded};
use crate::control::{ApiError, Invoked, MAX_TEST_EVENT_NAME};
use crate::samples;

const FIRST_EVENT: &str = "{\n  \"key1\": \"value1\",\n  \"key2\": \"value2\",\n  \"key3\": \"value3\"\n}";

#[derive(Template)]
#[template(path = "test.html")]
struct Page {
    frame: Frame,
    head: Head,
    run_token: String,
    save_token: String,
    delete_token: String,
    event: String,
    event_name: String,
    qualifier: String,
    max_name: usize,
    saved: Vec<Saved>,
    samples: Vec<Group>,
    qualifiers: Vec<Text>,
    ended: Option<Ended>,
}

struct Saved {
    name: Text,
    raw: String,
    href: String,
    is_current: bool,
}

struct Group {
    name: &'static str,
    kinds: Vec<Sample>,
}

struct Sample {
    href: String,
    name: String,
    about: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    /// A saved event.
    event: Option<String>,
    /// `service/kind`.
    sample: Option<String>,
    done: Option<String>,
}

/// What the form sends. `event` comes back as it was typed.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(super) struct Sent {
    token: String,
    /// Of the button that saves, which sends the same form elsewhere.
    save_token: String,
    event: String,
    name: String,
    qualifier: String,
}

fn page(desk: &Desk, name: &str, sent: Sent, ended: Option<Ended>, problem: Option<Problem>, done: Option<&str>) -> Answer {
    let configuration = desk.function(name)?;
    let head = desk.head(&configuration, "test");
    let path = head.href.clone();
    let mut frame = desk.frame(name, "functions");
    frame.notice = notice(done);
    let status = problem.as_ref().map(|problem| problem.status);
    frame.problem = problem.map(Into::into);
    let saved = desk.control.test_events(&desk.scope, name)?.into_keys().map(|event| Saved {
        href: format!("{path}/test?event={}", encoded(&event)),
        is_current: event == sent.name,
        name: event.as_str().into(),
        raw: event,
    });
    let saved: Vec<Saved> = saved.collect();
    let page = Page {
        run_token: desk.token(&format!("{path}/test")),
        save_token: desk.token(&format!("{path}/test/save")),
        delete_token: desk.token(&format!("{path}/test/delete")),
        event: sent.event,
        event_name: sent.name,
        qualifier: sent.qualifier,
        max_name: MAX_TEST_EVENT_NAME,
        saved,
        samples: groups(&path),
        qualifiers: qualifiers(desk, name)?,
        ended,
        frame,
        head,
    };
    let mut response = html(&page)?;
    if let Some(status) = status {
        *response.status_mut() = status;
    }
    Ok(response)
}

fn groups(path: &str) -> Vec<Group> {
    let group = |service: &'static samples::Service| {
        let kinds = service.kinds().map(|(name, kind)| Sample {
            href: format!("{path}/test?sample={}", encoded(&format!("{}/{name}", service.name))),
            name: name.to_owned(),
            about: kind.about,
        });
        Group { name: service.name, kinds: kinds.collect() }
    };
    samples::services().iter().map(group).collect()
}

/// Aliases and versions that an invocation may name; the first is `$LATEST`.
pub(super) fn qualifiers(desk: &Desk, name: &str) -> Result<Vec<Text>, Problem> {
    let found = super::versions::of(desk, name)?;
    let aliases = found.aliases.into_iter().filter_map(|alias| alias.name);
    let versions = found.versions.into_iter().filter_map(|version| version.version).filter(|version| version != "$LATEST");
    Ok(std::iter::once("$LATEST".to_owned()).chain(aliases).chain(versions).map(Text::from).collect())
}

/// The page, with the event that was asked for.
pub(super) async fn show(State(console): State<Console>, Path(name): Path<String>, Query(asked): Query<Asked>) -> Response {
    console
        .page(move |desk| {
            let saved = desk.control.test_events(&desk.scope, &name)?;
            let sample = asked.sample.as_deref().and_then(|sample| sample.split_once('/'));
            let sample = sample.map(|(service, kind)| samples::render(service, Some(kind), &BTreeMap::new()));
            let (event_name, event) = match (asked.event, sample) {
                (_, Some(Ok(event))) => (String::new(), serde_json::to_string_pretty(&event).unwrap_or_default()),
                (_, Some(Err(error))) => {
                    let status = axum::http::StatusCode::NOT_FOUND;
                    return Err(Problem::new(status, "There is no such event", error.to_string(), "Choose one from the list."));
                }
                (Some(wanted), None) => {
                    let event = saved.get(&wanted).cloned().unwrap_or_else(|| FIRST_EVENT.to_owned());
                    (wanted, event)
                }
                (None, None) => saved.into_iter().next().unwrap_or_else(|| (String::new(), FIRST_EVENT.to_owned())),
            };
            let sent = Sent { event, name: event_name, ..Sent::default() };
            page(desk, &name, sent, None, None, asked.done.as_deref())
        })
        .await
}

/// Invokes the function and shows how that ended.
pub(super) async fn run(State(console): State<Console>, Path(name): Path<String>, headers: HeaderMap, Form(sent): Form<Sent>) -> Response {
    let action = format!("{}/test", function_path(&name));
    if let Err(problem) = console.check(&headers, &action, &sent.token).and_then(|()| check_event(&sent.event)) {
        return console.page(move |desk| page(desk, &name, sent, None, Some(problem), None)).await;
    }
    let invoked = invoke(&console, &name, &sent.qualifier, &sent.event).await;
    console
        .page(move |desk| match invoked {
            Ok(invoked) => {
                let configuration = desk.function(&name)?;
                let ended = Ended::new(invoked, &function_path(&name), configuration.handler.as_deref().unwrap_or_default());
                page(desk, &name, sent, Some(ended), None, None)
            }
            Err(error) => page(desk, &name, sent, None, Some(error.into()), None),
        })
        .await
}

/// Invokes without a thread that waits.
pub(super) async fn invoke(console: &Console, name: &str, qualifier: &str, event: &str) -> Result<Invoked, ApiError> {
    let desk = console.desk();
    let (answer, answered) = tokio::sync::oneshot::channel();
    let invoke = invoke_of(name, qualifier, event);
    let started = tokio::task::spawn_blocking(move || {
        // Nobody waits any more when the browser has gone.
        desk.control.invoke(desk.scope, invoke, Box::new(move |ended| drop(answer.send(ended))));
    });
    let gone = |error: &dyn std::fmt::Display| ApiError::service(format!("the invocation was dropped: {error}"));
    started.await.map_err(|error| gone(&error))?;
    answered.await.map_err(|error| gone(&error))?
}

/// Keeps the event under a name.
pub(super) async fn save(State(console): State<Console>, Path(name): Path<String>, headers: HeaderMap, Form(sent): Form<Sent>) -> Response {
    let action = format!("{}/test/save", function_path(&name));
    let token = sent.save_token.clone();
    console
        .action(&headers, &action, &token, move |desk| {
            let kept = check_event(&sent.event)
                .and_then(|()| desk.control.put_test_event(&desk.scope, &name, sent.name.trim(), &sent.event).map_err(Problem::from));
            match kept {
                Ok(()) => see_other(&format!("{}/test?done=event&event={}", function_path(&name), encoded(sent.name.trim()))),
                Err(problem) => page(desk, &name, sent, None, Some(problem), None),
            }
        })
        .await
}

/// Removes a saved event.
pub(super) async fn delete(
    State(console): State<Console>,
    Path(name): Path<String>,
    headers: HeaderMap,
    Form(sent): Form<Sent>,
) -> Response {
    let action = format!("{}/test/delete", function_path(&name));
    console
        .action(&headers, &action, &sent.token, move |desk| {
            desk.control.delete_test_event(&desk.scope, &name, &sent.name)?;
            see_other(&format!("{}/test?done=deleted", function_path(&name)))
        })
        .await
}
