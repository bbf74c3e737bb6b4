//! Layers: what there is, and publishing one.

use askama::Template;
use axum::Form;
use axum::extract::multipart::Multipart;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;

use super::PATH;
use super::create::{Upload, number};
use super::desk::{Answer, Console, Desk, Frame, Problem, html, notice, see_other};
use super::functions::{bytes, day_and_time};
use super::text::{Text, encoded};
use crate::control::model;

const ACTION: &str = "/_wasmlam/console/layers";
/// Layers, or versions of one, that a page shows.
const MAX_SHOWN: usize = 500;

#[derive(Template)]
#[template(path = "layers.html")]
struct Page {
    frame: Frame,
    token: String,
    layers: Vec<Row>,
}

struct Row {
    href: String,
    name: Text,
    version: i64,
    description: Text,
    created: Text,
    arn: Text,
}

#[derive(Template)]
#[template(path = "layer.html")]
struct Single {
    frame: Frame,
    name: Text,
    action: String,
    token: String,
    versions: Vec<Version>,
}

struct Version {
    number: i64,
    description: Text,
    created: Text,
    size: String,
    arn: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Sent {
    token: String,
    version: String,
    done: Option<String>,
}

fn page(desk: &Desk, done: Option<&str>, problem: Option<Problem>) -> Answer {
    let mut layers = Vec::new();
    let mut marker = None;
    loop {
        let found = desk.control.list_layers(&desk.scope, model::ListLayers { marker, ..model::ListLayers::default() })?;
        layers.extend(found.layers.unwrap_or_default());
        marker = found.next_marker;
        if marker.is_none() || layers.len() >= MAX_SHOWN {
            break;
        }
    }
    let rows = layers.into_iter().map(|layer| {
        let latest = layer.latest_matching_version.unwrap_or_default();
        let name = layer.layer_name.unwrap_or_default();
        Row {
            href: format!("{PATH}/layers/{}", encoded(&name)),
            name: name.into(),
            version: latest.version.unwrap_or_default(),
            description: Text::cut(&latest.description.unwrap_or_default(), 120),
            created: day_and_time(&latest.created_date.unwrap_or_default()),
            arn: latest.layer_version_arn.into(),
        }
    });
    let mut frame = desk.frame("Layers", "layers");
    frame.notice = notice(done);
    let status = problem.as_ref().map_or(StatusCode::OK, |problem| problem.status);
    frame.problem = problem.map(Into::into);
    let mut response = html(&Page { frame, token: desk.token(ACTION), layers: rows.collect() })?;
    *response.status_mut() = status;
    Ok(response)
}

/// The list, with a form for a new version.
pub(super) async fn list(State(console): State<Console>, Query(sent): Query<Sent>) -> Response {
    console.page(move |desk| page(desk, sent.done.as_deref(), None)).await
}

/// Publishes a version.
pub(super) async fn publish(State(console): State<Console>, headers: HeaderMap, form: Multipart) -> Response {
    let read = Upload::read(form).await;
    let token = read.as_ref().map_or(String::new(), |upload| upload.text("token").to_owned());
    console
        .action(&headers, ACTION, &token, move |desk| {
            let published = read.and_then(|upload| {
                let advice = "Choose a .zip whose Python packages are in a folder named python.";
                let missing = || Problem::new(StatusCode::BAD_REQUEST, "There is no layer yet", "No file was chosen.", advice);
                let name = upload.text("name").to_owned();
                let is_name = name.len() <= 64 && !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
                if !is_name {
                    let advice = "A name has up to 64 letters, digits, hyphens and underscores.";
                    return Err(Problem::new(
                        StatusCode::BAD_REQUEST,
                        "This cannot be a layer's name",
                        format!("The name is '{name}'."),
                        advice,
                    ));
                }
                let description = Some(upload.text("description").to_owned()).filter(|text| !text.is_empty());
                let (_, zip) = upload.file.ok_or_else(missing)?;
                let input = model::PublishLayerVersion {
                    layer_name: name,
                    description,
                    content: model::LayerVersionContentInput { zip_file: Some(zip.into()), ..Default::default() },
                    ..Default::default()
                };
                Ok(desk.control.publish_layer_version(&desk.scope, input)?)
            });
            match published {
                Ok(_) => see_other(&format!("{ACTION}?done=layer")),
                Err(problem) => page(desk, None, Some(problem)),
            }
        })
        .await
}

/// The versions of one layer.
pub(super) async fn show(State(console): State<Console>, Path(name): Path<String>, Query(sent): Query<Sent>) -> Response {
    console
        .page(move |desk| {
            let mut versions = Vec::new();
            let mut marker = None;
            loop {
                let input = model::ListLayerVersions { layer_name: name.clone(), marker, ..Default::default() };
                let found = desk.control.list_layer_versions(&desk.scope, input)?;
                versions.extend(found.layer_versions.unwrap_or_default());
                marker = found.next_marker;
                if marker.is_none() || versions.len() >= MAX_SHOWN {
                    break;
                }
            }
            let mut frame = desk.frame(name.as_str(), "layers");
            frame.notice = notice(sent.done.as_deref());
            let rows = versions.into_iter().map(|version| {
                let number = version.version.unwrap_or_default();
                let input = model::GetLayerVersion { layer_name: name.clone(), version_number: number };
                let content = desk.control.get_layer_version(&desk.scope, input)?.content;
                Ok(Version {
                    number,
                    description: Text::cut(&version.description.unwrap_or_default(), 120),
                    created: day_and_time(&version.created_date.unwrap_or_default()),
                    size: bytes(content.and_then(|content| content.code_size).unwrap_or_default()),
                    arn: version.layer_version_arn.into(),
                })
            });
            let versions = rows.collect::<Result<_, Problem>>()?;
            let action = format!("{PATH}/layers/{}/delete", encoded(&name));
            html(&Single { frame, token: desk.token(&action), action, name: name.into(), versions })
        })
        .await
}

/// Deletes a version.
pub(super) async fn delete(
    State(console): State<Console>,
    Path(name): Path<String>,
    headers: HeaderMap,
    Form(sent): Form<Sent>,
) -> Response {
    let path = format!("{PATH}/layers/{}", encoded(&name));
    console
        .action(&headers, &format!("{path}/delete"), &sent.token, move |desk| {
            let version_number = number("The version", &sent.version)?;
            desk.control.delete_layer_version(&desk.scope, model::DeleteLayerVersion { layer_name: name, version_number })?;
            see_other(&format!("{PATH}/layers?done=deleted"))
        })
        .await
}
