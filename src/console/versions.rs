//! Published versions and aliases.

use std::collections::BTreeMap;

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;

use super::create::number;
use super::desk::{Console, Desk, Frame, Head, Problem, function_path, html, notice, see_other};
use super::functions::{bytes, day_and_time};
use super::text::Text;
use crate::control::model;

/// Versions and aliases that a page shows.
const MAX_SHOWN: usize = 1_000;

/// What a function has beside `$LATEST`.
pub(super) struct Found {
    /// `$LATEST` among them.
    pub(super) versions: Vec<model::FunctionConfiguration>,
    pub(super) aliases: Vec<model::AliasConfiguration>,
}

/// All versions, the newest first, and all aliases.
pub(super) fn of(desk: &Desk, name: &str) -> Result<Found, Problem> {
    let mut found = Found { versions: Vec::new(), aliases: Vec::new() };
    let mut marker = None;
    loop {
        let input = model::ListVersionsByFunction { function_name: name.to_owned(), marker, max_items: None };
        let some = desk.control.list_versions_by_function(&desk.scope, input)?;
        found.versions.extend(some.versions.unwrap_or_default());
        marker = some.next_marker;
        if marker.is_none() || found.versions.len() >= MAX_SHOWN {
            break;
        }
    }
    let mut marker = None;
    loop {
        let input = model::ListAliases { function_name: name.to_owned(), marker, ..model::ListAliases::default() };
        let some = desk.control.list_aliases(&desk.scope, input)?;
        found.aliases.extend(some.aliases.unwrap_or_default());
        marker = some.next_marker;
        if marker.is_none() || found.aliases.len() >= MAX_SHOWN {
            break;
        }
    }
    found.versions.reverse();
    Ok(found)
}

#[derive(Template)]
#[template(path = "versions.html")]
struct Page {
    frame: Frame,
    head: Head,
    publish_token: String,
    alias_token: String,
    delete_token: String,
    versions: Vec<Version>,
    aliases: Vec<Alias>,
}

struct Version {
    number: Text,
    description: Text,
    size: String,
    modified: Text,
    sha: Text,
}

struct Alias {
    name: Text,
    raw: String,
    version: Text,
    split: Text,
    description: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Sent {
    token: String,
    name: String,
    version: String,
    description: String,
    other: String,
    percent: String,
    done: Option<String>,
}

/// The page.
pub(super) async fn show(State(console): State<Console>, Path(name): Path<String>, Query(sent): Query<Sent>) -> Response {
    console
        .page(move |desk| {
            let head = desk.head(&desk.function(&name)?, "versions");
            let found = of(desk, &name)?;
            let mut frame = desk.frame(name.as_str(), "functions");
            frame.notice = notice(sent.done.as_deref());
            let versions = found.versions.into_iter().map(|version| Version {
                number: version.version.into(),
                description: Text::cut(&version.description.unwrap_or_default(), 120),
                size: bytes(version.code_size.unwrap_or_default()),
                modified: day_and_time(&version.last_modified.unwrap_or_default()),
                sha: Text::cut(&version.code_sha256.unwrap_or_default(), 10),
            });
            let path = head.href.clone();
            html(&Page {
                publish_token: desk.token(&format!("{path}/versions/publish")),
                alias_token: desk.token(&format!("{path}/versions/alias")),
                delete_token: desk.token(&format!("{path}/versions/alias/delete")),
                versions: versions.collect(),
                aliases: found.aliases.into_iter().map(alias).collect(),
                frame,
                head,
            })
        })
        .await
}

fn alias(alias: model::AliasConfiguration) -> Alias {
    let weights = alias.routing_config.and_then(|routing| routing.additional_version_weights).unwrap_or_default();
    let split: Vec<String> = weights.iter().map(|(version, weight)| format!("{:.0} % to version {version}", weight * 100.0)).collect();
    let name = alias.name.unwrap_or_default();
    Alias {
        raw: name.clone(),
        name: name.into(),
        version: alias.function_version.into(),
        split: split.join(", ").into(),
        description: alias.description.into(),
    }
}

/// Publishes a version of what `$LATEST` is now.
pub(super) async fn publish(
    State(console): State<Console>,
    Path(name): Path<String>,
    headers: HeaderMap,
    Form(sent): Form<Sent>,
) -> Response {
    let path = format!("{}/versions", function_path(&name));
    console
        .action(&headers, &format!("{path}/publish"), &sent.token, move |desk| {
            let description = Some(sent.description).filter(|text| !text.is_empty());
            let input = model::PublishVersion { function_name: name, description, ..model::PublishVersion::default() };
            desk.control.publish_version(&desk.scope, input)?;
            see_other(&format!("{path}?done=published"))
        })
        .await
}

/// Makes an alias, or points one elsewhere.
pub(super) async fn put_alias(
    State(console): State<Console>,
    Path(name): Path<String>,
    headers: HeaderMap,
    Form(sent): Form<Sent>,
) -> Response {
    let path = format!("{}/versions", function_path(&name));
    console
        .action(&headers, &format!("{path}/alias"), &sent.token, move |desk| {
            let mut weights = BTreeMap::new();
            if !sent.other.is_empty() {
                let percent = number("The percentage", &sent.percent)?;
                let percent = i32::try_from(percent).unwrap_or(i32::MAX);
                weights.insert(sent.other.clone(), f64::from(percent) / 100.0);
            }
            let routing_config = Some(model::AliasRoutingConfiguration { additional_version_weights: Some(weights) });
            let is_there = of(desk, &name)?.aliases.iter().any(|alias| alias.name.as_deref() == Some(&sent.name));
            let description = Some(sent.description).filter(|text| !text.is_empty());
            if is_there {
                let input = model::UpdateAlias {
                    function_name: name,
                    name: sent.name,
                    function_version: Some(sent.version),
                    description,
                    routing_config,
                    revision_id: None,
                };
                desk.control.update_alias(&desk.scope, input)?;
            } else {
                let input = model::CreateAlias {
                    function_name: name,
                    name: sent.name,
                    function_version: sent.version,
                    description,
                    routing_config,
                };
                desk.control.create_alias(&desk.scope, input)?;
            }
            see_other(&format!("{path}?done=alias"))
        })
        .await
}

/// Deletes an alias.
pub(super) async fn delete_alias(
    State(console): State<Console>,
    Path(name): Path<String>,
    headers: HeaderMap,
    Form(sent): Form<Sent>,
) -> Response {
    let path = format!("{}/versions", function_path(&name));
    console
        .action(&headers, &format!("{path}/alias/delete"), &sent.token, move |desk| {
            desk.control.delete_alias(&desk.scope, model::DeleteAlias { function_name: name, name: sent.name })?;
            see_other(&format!("{path}?done=deleted"))
        })
        .await
}
