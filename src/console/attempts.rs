//! What a function tried that no sandbox has: the network, processes, files that are not its own.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;

use super::desk::{Console, Frame, Head, TokenForm, function_path, html, notice, see_other};
use super::functions::day_and_time;
use super::text::Text;
use crate::control::MAX_ATTEMPTS;
use crate::function::iso_time;

#[derive(Template)]
#[template(path = "attempts.html")]
struct Page {
    frame: Frame,
    head: Head,
    token: String,
    groups: Vec<Group>,
    total: usize,
    most: usize,
}

/// Attempts of one kind.
struct Group {
    kind: &'static str,
    title: &'static str,
    about: &'static str,
    rows: Vec<Row>,
}

struct Row {
    what: Text,
    version: Text,
    first: Text,
    stream: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    done: Option<String>,
}

const KINDS: [(&str, &str, &str); 3] = [
    ("network", "Network", "Other machines that it tried to reach, or to be reached from, and may not."),
    ("process", "Processes", "Processes that it tried to start or to signal. A sandbox has none but the function."),
    ("file", "Files", "Files that are not its own. It has its package, its layers, Python's library and /tmp."),
];

/// The list, by kind.
pub(super) async fn show(State(console): State<Console>, Path(name): Path<String>, Query(asked): Query<Asked>) -> Response {
    console
        .page(move |desk| {
            let head = desk.head(&desk.function(&name)?, "attempts");
            let mut frame = desk.frame(name.as_str(), "functions");
            frame.notice = notice(asked.done.as_deref());
            let all = desk.control.attempts(&desk.scope, &name)?;
            let total = all.len();
            let groups = KINDS.into_iter().map(|(kind, title, about)| {
                let rows = all.iter().filter(|attempt| attempt.kind == kind).map(|attempt| Row {
                    what: attempt.what.as_str().into(),
                    version: attempt.version.as_str().into(),
                    first: day_and_time(&iso_time(std::time::Duration::from_millis(attempt.first_ms))),
                    stream: attempt.log_stream.as_str().into(),
                });
                Group { kind, title, about, rows: rows.collect() }
            });
            let groups = groups.filter(|group| !group.rows.is_empty()).collect();
            let token = desk.token(&format!("{}/attempts/forget", head.href));
            html(&Page { frame, head, token, groups, total, most: MAX_ATTEMPTS })
        })
        .await
}

/// Forgets them, to see what the function still tries after a change.
pub(super) async fn forget(
    State(console): State<Console>,
    Path(name): Path<String>,
    headers: HeaderMap,
    Form(form): Form<TokenForm>,
) -> Response {
    let action = format!("{}/attempts/forget", function_path(&name));
    console
        .action(&headers, &action, &form.token, move |desk| {
            desk.control.forget_attempts(&desk.scope, &name)?;
            see_other(&format!("{}/attempts?done=forgotten", function_path(&name)))
        })
        .await
}
