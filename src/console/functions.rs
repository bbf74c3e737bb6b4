//! The list of functions, and what a function's address leads to.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;

use super::PATH;
use super::desk::{self, Console, Frame, function_path, html, notice, see_other};
use super::text::Text;
use crate::control::model;

/// Functions that the list shows; a search finds more of them.
const MAX_SHOWN: usize = 200;
/// Functions that a search goes through.
const MAX_SEARCHED: usize = 10_000;

#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    search: String,
    done: Option<String>,
}

#[derive(Template)]
#[template(path = "functions.html")]
struct Page {
    frame: Frame,
    search: String,
    total: usize,
    found: usize,
    rows: Vec<Row>,
}

struct Row {
    href: String,
    name: Text,
    description: Text,
    runtime: Text,
    memory: i64,
    size: String,
    modified: Text,
    state: desk::State,
}

/// The list.
pub(super) async fn list(State(console): State<Console>, Query(asked): Query<Asked>) -> Response {
    console
        .page(move |desk| {
            let all = desk.functions(MAX_SEARCHED)?;
            let total = all.len();
            let wanted = asked.search.trim().to_lowercase();
            let fits = |function: &model::FunctionConfiguration| {
                let has = |text: &Option<String>| text.as_ref().is_some_and(|text| text.to_lowercase().contains(&wanted));
                wanted.is_empty() || has(&function.function_name) || has(&function.description) || has(&function.runtime)
            };
            let fitting: Vec<_> = all.into_iter().filter(fits).collect();
            let found = fitting.len();
            let rows = fitting.into_iter().take(MAX_SHOWN).map(row).collect();
            let mut frame = desk.frame("Functions", "functions");
            frame.notice = notice(asked.done.as_deref());
            html(&Page { frame, search: asked.search, total, found, rows })
        })
        .await
}

fn row(function: model::FunctionConfiguration) -> Row {
    let state = desk::State::of(&function);
    let name = function.function_name.unwrap_or_default();
    Row {
        href: function_path(&name),
        name: name.into(),
        description: Text::cut(&function.description.unwrap_or_default(), 120),
        runtime: function.runtime.into(),
        memory: function.memory_size.unwrap_or_default(),
        size: bytes(function.code_size.unwrap_or_default()),
        modified: day_and_time(&function.last_modified.unwrap_or_default()),
        state,
    }
}

/// A size for people.
#[expect(clippy::cast_precision_loss, reason = "a size that is shown with one digit")]
pub(super) fn bytes(count: i64) -> String {
    match count {
        ..1_000 => format!("{count} B"),
        1_000..1_000_000 => format!("{:.1} kB", count as f64 / 1e3),
        _ => format!("{:.1} MB", count as f64 / 1e6),
    }
}

/// `2026-11-27T17:00:00.000+0000` as `2026-11-27 17:00 UTC`.
pub(super) fn day_and_time(iso: &str) -> Text {
    match (iso.get(..10), iso.get(11..16)) {
        (Some(day), Some(time)) => format!("{day} {time} UTC").into(),
        (Some(_) | None, _) => iso.into(),
    }
}

/// A function's first page is its code.
pub(super) async fn show(Path(name): Path<String>) -> Response {
    see_other(&format!("{}/code", function_path(&name)))
        .unwrap_or_else(|problem| axum::response::IntoResponse::into_response((problem.status, problem.message)))
}

#[derive(Debug, Deserialize)]
pub(super) struct Deletion {
    token: String,
    #[serde(default)]
    confirmed: String,
}

/// Deletes a function with all its versions.
pub(super) async fn delete(
    State(console): State<Console>,
    Path(name): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Deletion>,
) -> Response {
    let action = format!("{}/delete", function_path(&name));
    console
        .action(&headers, &action, &form.token, move |desk| {
            if form.confirmed != name {
                let status = axum::http::StatusCode::BAD_REQUEST;
                let advice = "Type the function's name as it is written above the form. Nothing was deleted.";
                return Err(desk::Problem::new(
                    status,
                    "The name does not fit",
                    format!("'{}' is not the function's name.", form.confirmed),
                    advice,
                ));
            }
            desk.control.delete_function(&desk.scope, model::DeleteFunction { function_name: name, qualifier: None })?;
            see_other(&format!("{PATH}/?done=deleted"))
        })
        .await
}
