//! What all pages share: the service behind them, answers with their headers, the tokens of forms, notices and errors.

use std::sync::Arc;

use askama::Template;
use axum::extract::multipart::MultipartError;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hmac::{Hmac, Mac};
use serde::Deserialize;
use sha2::Sha256;
use tokio::sync::{Semaphore, watch};

use super::jobs::Jobs;
use super::text::{Text, encoded};
use super::{ConsoleSettings, PATH, advice};
use crate::Runner;
use crate::control::{ApiError, Control, Scope, model};
use crate::function::RequestId;

/// Everything a page may load comes from this server, and none of it is in the page itself.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Live logs at the same time, of all browsers together.
const MAX_TAILS: usize = 64;

/// The console of one server. Cheap to clone.
#[derive(Clone)]
pub(super) struct Console(Arc<Inner>);

struct Inner {
    control: Control,
    settings: ConsoleSettings,
    jobs: Arc<Jobs>,
    /// Places for live logs.
    tails: Arc<Semaphore>,
    /// Signs the tokens of forms, for the life of this process.
    secret: [u8; 32],
}

/// What one request works with. Its methods may wait for the disk.
pub(super) struct Desk {
    pub(super) control: Control,
    pub(super) scope: Scope,
    console: Console,
}

/// Why a page cannot be shown as it was asked for.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) status: StatusCode,
    /// What happened, in a few words.
    pub(super) title: String,
    /// The service's own words.
    pub(super) message: String,
    /// What to do about it.
    pub(super) advice: String,
}

impl Problem {
    pub(super) fn new(status: StatusCode, title: &str, message: impl Into<String>, advice: &str) -> Self {
        Self { status, title: title.to_owned(), message: message.into(), advice: advice.to_owned() }
    }

    fn fault(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "The console failed", message, "The server's own log may say more.")
    }
}

impl From<ApiError> for Problem {
    fn from(error: ApiError) -> Self {
        let (title, advice) = advice::of_api(&error);
        let status = StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        // The service answers 502 for a zip that is wrong; from a form it is the user's input like any other.
        let status = if status == StatusCode::BAD_GATEWAY { StatusCode::BAD_REQUEST } else { status };
        let message = error.message.clone().unwrap_or_else(|| error.code.name().to_owned());
        Self { status, title: title.to_owned(), message, advice: advice.to_owned() }
    }
}

impl From<askama::Error> for Problem {
    fn from(error: askama::Error) -> Self {
        Self::fault(error.to_string())
    }
}

impl From<MultipartError> for Problem {
    fn from(error: MultipartError) -> Self {
        let advice = "A package may have 50 MB as a zip. Leave out what the function does not import.";
        Self::new(error.status(), "The upload could not be read", error.body_text(), advice)
    }
}

/// What a handler comes to.
pub(super) type Answer = Result<Response, Problem>;

/// What every page shows around its own content.
pub(super) struct Frame {
    pub(super) title: Text,
    /// Which entry of the navigation is the current one.
    pub(super) section: &'static str,
    pub(super) region: String,
    /// What was done just now.
    pub(super) notice: Option<&'static str>,
    pub(super) problem: Option<Shown>,
}

/// A problem, as a page shows it.
pub(super) struct Shown {
    pub(super) title: String,
    pub(super) message: Text,
    pub(super) advice: String,
}

impl From<Problem> for Shown {
    fn from(problem: Problem) -> Self {
        Self { title: problem.title, message: Text::from(problem.message), advice: problem.advice }
    }
}

/// The head of every page of a function.
pub(super) struct Head {
    pub(super) name: Text,
    pub(super) href: String,
    pub(super) tab: &'static str,
    pub(super) arn: Text,
    pub(super) runtime: Text,
    pub(super) handler: Text,
    pub(super) state: State,
}

/// Whether a function can be invoked, as a word and as a colour's name.
pub(super) struct State {
    pub(super) word: &'static str,
    pub(super) class: &'static str,
    pub(super) reason: Text,
}

impl State {
    pub(super) fn of(configuration: &model::FunctionConfiguration) -> Self {
        let is = |field: &Option<String>, word: &str| field.as_deref() == Some(word);
        let (word, class, reason) = match () {
            () if is(&configuration.state, "Failed") => ("Failed", "bad", &configuration.state_reason),
            () if is(&configuration.last_update_status, "Failed") => ("Update failed", "bad", &configuration.last_update_status_reason),
            () if is(&configuration.state, "Pending") => ("Pending", "wait", &configuration.state_reason),
            () if is(&configuration.last_update_status, "InProgress") => ("Updating", "wait", &configuration.last_update_status_reason),
            () if is(&configuration.state, "Inactive") => ("Inactive", "wait", &configuration.state_reason),
            () => ("Active", "good", &None),
        };
        Self { word, class, reason: reason.clone().into() }
    }
}

impl Console {
    pub(super) fn new(control: Control, settings: ConsoleSettings) -> Result<Self, getrandom::Error> {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret)?;
        let tails = Arc::new(Semaphore::new(MAX_TAILS));
        Ok(Self(Arc::new(Inner { control, settings, jobs: Arc::default(), tails, secret })))
    }

    pub(super) fn desk(&self) -> Desk {
        let scope = Scope { account: self.0.settings.account.clone(), request_id: RequestId::mint() };
        Desk { control: self.0.control.clone(), scope, console: self.clone() }
    }

    /// Places for live logs.
    pub(super) fn tails(&self) -> Arc<Semaphore> {
        Arc::clone(&self.0.tails)
    }

    /// Turns to true when the server stops.
    pub(super) fn stopping(&self) -> watch::Receiver<bool> {
        self.0.settings.stopping.clone()
    }

    /// Makes a page on a thread that may wait for the disk.
    pub(super) async fn page(&self, work: impl FnOnce(&Desk) -> Answer + Send + 'static) -> Response {
        let console = self.clone();
        let made = tokio::task::spawn_blocking(move || {
            let desk = console.desk();
            work(&desk).or_else(|problem| desk.problem(problem))
        });
        match made.await {
            Ok(Ok(response)) => response,
            Ok(Err(problem)) => plain(problem.status, &problem.message),
            Err(error) => plain(StatusCode::INTERNAL_SERVER_ERROR, &format!("the page broke off: {error}")),
        }
    }

    /// As [`Console::page`], for what a form sends: first its token and the page it comes from are checked.
    pub(super) async fn action(
        &self,
        headers: &HeaderMap,
        action: &str,
        token: &str,
        work: impl FnOnce(&Desk) -> Answer + Send + 'static,
    ) -> Response {
        let checked = self.check(headers, action, token);
        self.page(move |desk| checked.and_then(|()| work(desk))).await
    }

    /// Checks that a form was sent by the page that this server made for this action.
    pub(super) fn check(&self, headers: &HeaderMap, action: &str, token: &str) -> Result<(), Problem> {
        let advice = "Open the page again and repeat what you did: a form is good until the server restarts.";
        let refused = |message: &str| Err(Problem::new(StatusCode::FORBIDDEN, "This form is out of date", message, advice));
        if headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none") {
            return refused("The form was sent by a page of another site.");
        }
        let bytes: Option<Vec<u8>> = (0..token.len()).step_by(2).map(|at| u8::from_str_radix(token.get(at..at + 2)?, 16).ok()).collect();
        match bytes {
            Some(bytes) if self.mac(action).verify_slice(&bytes).is_ok() => Ok(()),
            Some(_) | None => refused("The form has no valid token."),
        }
    }

    #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
    fn mac(&self, action: &str) -> Hmac<Sha256> {
        Hmac::<Sha256>::new_from_slice(&self.0.secret).expect("any length").chain_update(action.as_bytes())
    }
}

impl Desk {
    pub(super) fn runner(&self) -> &Runner {
        &self.console.0.settings.runner
    }

    /// Profiles and sweeps.
    pub(super) fn jobs(&self) -> &Arc<Jobs> {
        &self.console.0.jobs
    }

    /// The token of a form, good for this action alone.
    pub(super) fn token(&self, action: &str) -> String {
        self.console.mac(action).finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    pub(super) fn frame(&self, title: impl Into<Text>, section: &'static str) -> Frame {
        Frame { title: title.into(), section, region: self.scope.account.region.clone(), notice: None, problem: None }
    }

    /// The page of a problem that has no better place.
    fn problem(&self, problem: Problem) -> Answer {
        let status = problem.status;
        let frame = self.frame(problem.title.as_str(), "");
        let page = ProblemPage { frame, shown: problem.into() };
        let mut response = html(&page)?;
        *response.status_mut() = status;
        Ok(response)
    }

    pub(super) fn function(&self, name: &str) -> Result<model::FunctionConfiguration, Problem> {
        let input = model::GetFunctionConfiguration { function_name: name.to_owned(), qualifier: None };
        Ok(self.control.get_function_configuration(&self.scope, input)?)
    }

    /// The function when what was changed has come into effect, or as it is after five seconds.
    pub(super) fn settled(&self, name: &str) -> Result<model::FunctionConfiguration, Problem> {
        for _ in 0..250 {
            let found = self.function(name)?;
            if State::of(&found).class != "wait" {
                return Ok(found);
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        self.function(name)
    }

    pub(super) fn head(&self, configuration: &model::FunctionConfiguration, tab: &'static str) -> Head {
        let name = configuration.function_name.clone().unwrap_or_default();
        Head {
            href: function_path(&name),
            name: name.into(),
            tab,
            arn: configuration.function_arn.clone().into(),
            runtime: configuration.runtime.clone().into(),
            handler: configuration.handler.clone().into(),
            state: State::of(configuration),
        }
    }

    /// The zip of a function's code.
    pub(super) fn zip(&self, name: &str, qualifier: Option<&str>) -> Result<Vec<u8>, Problem> {
        let input = model::GetFunction { function_name: name.to_owned(), qualifier: qualifier.map(str::to_owned) };
        let found = self.control.get_function(&self.scope, input)?;
        let location = found.code.and_then(|code| code.location).unwrap_or_default();
        let token = location.rsplit('/').next().unwrap_or_default();
        self.control.download(token)?.ok_or_else(|| Problem::fault("the function's code is not in the store"))
    }

    /// All functions, up to as many as a page can show.
    pub(super) fn functions(&self, limit: usize) -> Result<Vec<model::FunctionConfiguration>, Problem> {
        let mut all = Vec::new();
        let mut marker = None;
        loop {
            let input = model::ListFunctions { marker, ..model::ListFunctions::default() };
            let found = self.control.list_functions(&self.scope, input)?;
            all.extend(found.functions.unwrap_or_default());
            marker = found.next_marker;
            if marker.is_none() || all.len() >= limit {
                return Ok(all);
            }
        }
    }
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    frame: Frame,
    shown: Shown,
}

/// The path of a function's first page.
pub(super) fn function_path(name: &str) -> String {
    format!("{PATH}/functions/{}", encoded(name))
}

/// The page of a template.
pub(super) fn html(page: &impl Template) -> Answer {
    Ok(dynamic(page.render()?, "text/html; charset=utf-8"))
}

/// A text of this type that is made for this request, so that no browser keeps it.
pub(super) fn dynamic(text: String, media_type: &'static str) -> Response {
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    secure(headers);
    response
}

/// A form with nothing but the token that every form has.
#[derive(Debug, Deserialize)]
pub(super) struct TokenForm {
    pub(super) token: String,
}

/// Headers for everything that a browser gets.
pub(super) fn secure(headers: &mut HeaderMap) {
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
}

/// After a form: the page to look at, so that loading it again repeats nothing.
pub(super) fn see_other(path: &str) -> Answer {
    let location = HeaderValue::try_from(path).map_err(|error| Problem::fault(error.to_string()))?;
    let mut response = StatusCode::SEE_OTHER.into_response();
    response.headers_mut().insert(header::LOCATION, location);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    Ok(response)
}

fn plain(status: StatusCode, message: &str) -> Response {
    let mut response = (status, message.to_owned()).into_response();
    secure(response.headers_mut());
    response
}

/// What a notice says, by the word that a redirect carries.
pub(super) fn notice(word: Option<&str>) -> Option<&'static str> {
    Some(match word? {
        "created" => "The function is ready. Send it an event to see what it answers.",
        "saved" => "Saved and deployed.",
        "deleted" => "Deleted.",
        "configured" => "The configuration is in effect.",
        "published" => "A new version is published.",
        "alias" => "The alias is saved.",
        "event" => "The event is saved.",
        "layer" => "The layer version is published.",
        "url" => "The function URL is changed.",
        "forgotten" => "Forgotten. What it tries from now on appears here.",
        "stopping" => "It stops after the call that is under way.",
        _ => return None,
    })
}

/// A page that does not exist.
pub(super) async fn nothing_here(axum::extract::State(console): axum::extract::State<Console>) -> Response {
    console
        .page(|_| {
            Err(Problem::new(
                StatusCode::NOT_FOUND,
                "There is no such page",
                "The address may be mistyped.",
                "Start from the list of functions.",
            ))
        })
        .await
}
