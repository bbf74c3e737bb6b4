//! A function's files: a tree, an editor, and deploying what was changed.

use askama::Template;
use axum::Form;
use axum::extract::multipart::Multipart;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::create::Upload;
use super::desk::{Answer, Console, Desk, Frame, Head, Problem, function_path, html, notice, secure, see_other};
use super::functions::bytes;
use super::text::{Text, encoded};
use crate::control::model;
use crate::package::{Changes, Package, edit};

/// Files of the tree; a package with more shows its first ones.
const MAX_FILES: usize = 2_000;
/// The largest file that the editor opens, in bytes.
const MAX_EDITED: usize = 512 * 1024;

#[derive(Template)]
#[template(path = "code.html")]
struct Page {
    frame: Frame,
    head: Head,
    token: String,
    upload_token: String,
    remove_token: String,
    files: Vec<File>,
    more: usize,
    size: String,
    revision: String,
    /// The path of the open file as a form sends it back.
    path: String,
    shown_path: Text,
    content: Content,
    line: u32,
    /// A file with characters that cannot be seen says so.
    hides: bool,
}

struct File {
    href: String,
    name: Text,
    folder: Text,
    size: String,
    is_open: bool,
}

/// What the editor has.
enum Content {
    Text(String),
    /// Why it has nothing.
    Closed(String),
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    file: Option<String>,
    line: Option<u32>,
    done: Option<String>,
}

/// What the editor's form sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Sent {
    token: String,
    path: String,
    content: String,
    revision: String,
}

fn package_of(desk: &Desk, name: &str) -> Result<(Package, Vec<u8>), Problem> {
    let zip = desk.zip(name, None)?;
    let package = Package::from_zip_bytes(name, zip.clone()).map_err(not_a_package)?;
    Ok((package, zip))
}

fn not_a_package(error: impl std::fmt::Display) -> Problem {
    let advice = "Nothing was changed. Paths are relative, such as lib/helper.py, and the package stays below 250 MB unzipped.";
    Problem::new(StatusCode::BAD_REQUEST, "This cannot be saved", error.to_string(), advice)
}

/// The file to open where none was asked for: the handler's.
fn first_file(handler: &str, listing: &[(String, u64)]) -> String {
    let module = handler.rsplit_once('.').map_or(handler, |(module, _)| module).replace('.', "/");
    let wanted = format!("{module}.py");
    let found = listing.iter().find(|(path, _)| *path == wanted).or_else(|| listing.iter().find(|(path, _)| path.ends_with(".py")));
    found.or(listing.first()).map_or(wanted, |(path, _)| path.clone())
}

fn page(desk: &Desk, name: &str, asked: Asked, unsaved: Option<(Sent, Problem)>) -> Answer {
    let configuration = desk.function(name)?;
    let head = desk.head(&configuration, "code");
    let (package, _) = package_of(desk, name)?;
    let listing = package.listing();
    let open = asked.file.unwrap_or_else(|| first_file(configuration.handler.as_deref().unwrap_or_default(), &listing));
    let mut revision = configuration.revision_id.unwrap_or_default();
    let mut frame = desk.frame(name, "functions");
    frame.notice = notice(asked.done.as_deref());
    let content = match unsaved {
        Some((sent, problem)) => {
            frame.problem = Some(problem.into());
            revision = sent.revision;
            Content::Text(sent.content)
        }
        None => content(&package, &open),
    };
    let path = head.href.clone();
    let files = listing.iter().take(MAX_FILES).map(|(file, size)| {
        let (folder, name) = file.rsplit_once('/').map_or(("", file.as_str()), |(folder, name)| (folder, name));
        File {
            href: format!("{path}/code?file={}", encoded(file)),
            name: name.into(),
            folder: folder.into(),
            size: bytes(i64::try_from(*size).unwrap_or(i64::MAX)),
            is_open: *file == open,
        }
    });
    let hides = matches!(&content, Content::Text(text) if Text::from(text.as_str()).to_string().len() != text.len());
    html(&Page {
        token: desk.token(&format!("{path}/code")),
        upload_token: desk.token(&format!("{path}/code/upload")),
        remove_token: desk.token(&format!("{path}/code/remove")),
        files: files.collect(),
        more: listing.len().saturating_sub(MAX_FILES),
        size: bytes(configuration.code_size.unwrap_or_default()),
        revision,
        shown_path: open.as_str().into(),
        path: open,
        content,
        line: asked.line.unwrap_or(0),
        hides,
        frame,
        head,
    })
}

fn content(package: &Package, path: &str) -> Content {
    let bytes = match package.file(path) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Content::Closed("There is no such file in the package. Choose one from the list.".into()),
        Err(error) => return Content::Closed(format!("The file cannot be read: {error}")),
    };
    if bytes.len() > MAX_EDITED {
        return Content::Closed(format!("The file has {} bytes, and the editor opens up to {MAX_EDITED}.", bytes.len()));
    }
    match String::from_utf8(bytes) {
        // A form sends every line end as CR LF, and no NUL survives a page: such a file would be changed by looking at it.
        Ok(text) if !text.contains(['\0', '\r']) => Content::Text(text),
        Ok(_) => Content::Closed("The file has carriage returns or NULs, which the editor would lose.".into()),
        Err(_) => Content::Closed("The file is not text.".into()),
    }
}

/// The tree and one file.
pub(super) async fn show(State(console): State<Console>, Path(name): Path<String>, Query(asked): Query<Asked>) -> Response {
    console.page(move |desk| page(desk, &name, asked, None)).await
}

/// Puts a file into the package and deploys that.
pub(super) async fn save(State(console): State<Console>, Path(name): Path<String>, headers: HeaderMap, Form(sent): Form<Sent>) -> Response {
    let action = format!("{}/code", function_path(&name));
    let token = sent.token.clone();
    console
        .action(&headers, &action, &token, move |desk| {
            let text = sent.content.replace("\r\n", "\n");
            let changes = [(sent.path.trim().to_owned(), Some(text.into_bytes()))].into();
            match deployed(desk, &name, &changes, &sent.revision) {
                Ok(()) => see_other(&format!("{}/code?file={}&done=saved", function_path(&name), encoded(sent.path.trim()))),
                Err(problem) => page(desk, &name, Asked { file: Some(sent.path.clone()), ..Asked::default() }, Some((sent, problem))),
            }
        })
        .await
}

/// Takes a file out of the package and deploys that.
pub(super) async fn remove(
    State(console): State<Console>,
    Path(name): Path<String>,
    headers: HeaderMap,
    Form(sent): Form<Sent>,
) -> Response {
    let action = format!("{}/code/remove", function_path(&name));
    let token = sent.token.clone();
    console
        .action(&headers, &action, &token, move |desk| {
            deployed(desk, &name, &[(sent.path.clone(), None)].into(), &sent.revision)?;
            see_other(&format!("{}/code?done=saved", function_path(&name)))
        })
        .await
}

/// Changes the package and waits until the function runs it. The revision makes sure that nobody else's change is undone.
fn deployed(desk: &Desk, name: &str, changes: &Changes, revision: &str) -> Result<(), Problem> {
    if changes.keys().any(String::is_empty) {
        return Err(not_a_package("The file has no name."));
    }
    let (package, zip) = package_of(desk, name)?;
    if changes.values().all(Option::is_none) && package.listing().len() <= changes.len() {
        return Err(not_a_package("A package has at least one file."));
    }
    deploy(desk, name, edit(Some(&zip), changes).map_err(not_a_package)?, revision)
}

fn deploy(desk: &Desk, name: &str, zip: Vec<u8>, revision: &str) -> Result<(), Problem> {
    let input = model::UpdateFunctionCode {
        function_name: name.to_owned(),
        zip_file: Some(zip.into()),
        revision_id: Some(revision.to_owned()).filter(|text| !text.is_empty()),
        ..model::UpdateFunctionCode::default()
    };
    desk.control.update_function_code(&desk.scope, input)?;
    desk.settled(name)?;
    Ok(())
}

/// Replaces the whole package.
pub(super) async fn upload(State(console): State<Console>, Path(name): Path<String>, headers: HeaderMap, form: Multipart) -> Response {
    let action = format!("{}/code/upload", function_path(&name));
    let read = Upload::read(form).await;
    let token = read.as_ref().map_or(String::new(), |upload| upload.text("token").to_owned());
    console
        .action(&headers, &action, &token, move |desk| {
            let file = read?.file;
            let advice = "Choose a .zip file. The function was not changed.";
            let missing = || Problem::new(StatusCode::BAD_REQUEST, "There is no package yet", "No file was chosen.", advice);
            let (_, zip) = file.ok_or_else(missing)?;
            deploy(desk, &name, zip, "")?;
            see_other(&format!("{}/code?done=saved", function_path(&name)))
        })
        .await
}

/// The package as a file.
pub(super) async fn download(State(console): State<Console>, Path(name): Path<String>) -> Response {
    console
        .page(move |desk| {
            let mut response = desk.zip(&name, None)?.into_response();
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/zip"));
            let file = format!("attachment; filename=\"{}.zip\"", encoded(&name));
            if let Ok(value) = HeaderValue::try_from(file) {
                headers.insert(header::CONTENT_DISPOSITION, value);
            }
            secure(headers);
            Ok(response)
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_handlers_file_is_opened_first() {
        let listing = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), 0)).collect::<Vec<_>>();
        assert_eq!(first_file("pkg.app.handler", &listing(&["a.py", "pkg/app.py"])), "pkg/app.py");
        assert_eq!(first_file("app.handler", &listing(&["README", "b.py"])), "b.py");
        assert_eq!(first_file("app.handler", &listing(&["README"])), "README");
    }
}
