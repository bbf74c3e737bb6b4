//! The console: pages for a browser, under `/_wasmlam/console` of the server.
//!
//! The pages are made here, on the server, from templates in `templates/`; they work without JavaScript, which adds colours to
//! the editor, the live log and the drop zone. The console has no rules of its own: what it does it asks of [`Control`], as
//! the API does. What a function, a package or a caller wrote is shown as text through `text::Text`, never as markup.
//!
//! Each group of pages has a file; `desk` is what they share: the service, the forms' tokens, notices and errors.

mod advice;
mod assets;
mod attempts;
mod code;
mod configuration;
mod create;
mod desk;
mod functions;
mod invocation;
mod jobs;
mod lab;
mod layers;
mod log;
mod measure;
mod monitor;
mod plot;
mod starters;
mod tail;
mod text;
mod trial;
mod versions;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::response::Redirect;
use axum::routing::{get, post};

use self::desk::Console;
use crate::Runner;
use crate::control::Control;
use crate::function::Account;

/// The path of every page, without a slash at its end.
pub const PATH: &str = "/_wasmlam/console";

/// The largest upload, in bytes: a zip of 50 MB, as AWS takes it, with the form around it.
const MAX_UPLOAD: usize = 55 << 20;

/// What the console is to know of its server.
pub struct ConsoleSettings {
    /// Whose functions it shows.
    pub account: Account,
    /// Runs functions beside the service where ways of running them are compared or measured.
    pub runner: Runner,
    /// Turns to true when the server stops: live logs end then.
    pub stopping: tokio::sync::watch::Receiver<bool>,
}

/// The console's pages over this service, for the server to mount.
///
/// # Errors
/// When the system has no random numbers, of which the tokens of forms are made.
pub fn router(control: Control, settings: ConsoleSettings) -> Result<Router, getrandom::Error> {
    let console = Console::new(control, settings)?;
    let pages = Router::new()
        .route("/create", get(create::form).post(create::create))
        .route("/layers", get(layers::list).post(layers::publish))
        .route("/layers/{name}", get(layers::show))
        .route("/layers/{name}/delete", post(layers::delete))
        .route("/functions/{name}", get(functions::show))
        .route("/functions/{name}/delete", post(functions::delete))
        .route("/functions/{name}/code", get(code::show).post(code::save))
        .route("/functions/{name}/code/upload", post(code::upload))
        .route("/functions/{name}/code/remove", post(code::remove))
        .route("/functions/{name}/code/zip", get(code::download))
        .route("/functions/{name}/test", get(trial::show).post(trial::run))
        .route("/functions/{name}/test/save", post(trial::save))
        .route("/functions/{name}/test/delete", post(trial::delete))
        .route("/functions/{name}/monitor", get(monitor::show))
        .route("/functions/{name}/monitor/tail", get(tail::follow))
        .route("/functions/{name}/configuration", get(configuration::show).post(configuration::save))
        .route("/functions/{name}/configuration/url", post(configuration::url))
        .route("/functions/{name}/versions", get(versions::show))
        .route("/functions/{name}/versions/publish", post(versions::publish))
        .route("/functions/{name}/versions/alias", post(versions::put_alias))
        .route("/functions/{name}/versions/alias/delete", post(versions::delete_alias))
        .route("/functions/{name}/compare", get(lab::show).post(lab::run))
        .route("/functions/{name}/measure", get(measure::show).post(measure::start))
        .route("/functions/{name}/measure/stop", post(measure::stop))
        .route("/functions/{name}/measure/progress", get(measure::progress))
        .route("/functions/{name}/attempts", get(attempts::show))
        .route("/functions/{name}/attempts/forget", post(attempts::forget))
        .fallback(desk::nothing_here);
    let assets = Router::new().route("/assets/{file}", get(assets::asset));
    // A nested "/" is the path without a slash at its end, from which links of a page would lead elsewhere.
    let first = Router::new()
        .route("/_wasmlam/console", get(|| async { Redirect::permanent("/_wasmlam/console/") }))
        .route("/_wasmlam/console/", get(functions::list));
    Ok(first.nest(PATH, pages.merge(assets)).layer(DefaultBodyLimit::max(MAX_UPLOAD)).with_state(console))
}
