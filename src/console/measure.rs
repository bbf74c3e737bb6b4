//! Where a call's work goes, and which memory size suits a function: profiles and sweeps with one click.

use askama::Template;
use axum::extract::{Form, Path, RawForm, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::desk::{Answer, Console, Desk, Frame, Head, Problem, TokenForm, dynamic, function_path, html, notice, see_other};
use super::invocation::{Failure, check_event};
use super::jobs::{Found, JobKind, Refused, Running, Wanted};
use super::lab::{request, setting};
use super::plot;
use super::text::Text;
use crate::bench::{BenchDocument, Profile, Series, Strategy, recommend};
use crate::function::{Invocation, MemorySize};

/// What the form offers; AWS gives a whole core from 1,769 MB on.
const SIZES: [u32; 7] = [128, 256, 512, 1024, 1769, 3008, 10_240];
/// Those that are chosen at first.
const USUAL: [u32; 5] = [128, 256, 512, 1024, 1769];
/// Functions that the table under a flame graph names.
const MAX_FUNCTIONS: usize = 20;
/// The event where none is kept.
const EMPTY: &str = "{}";

#[derive(Template)]
#[template(path = "measure.html")]
struct Page {
    frame: Frame,
    head: Head,
    token: String,
    stop_token: String,
    saved: Vec<Choice>,
    sizes: Vec<Size>,
    running: Option<Shown>,
    profile: Option<ProfileShown>,
    sweep: Option<SweepShown>,
    /// Of the last profile and the last sweep, where they gave no result.
    profile_failed: Option<Ending>,
    sweep_failed: Option<Ending>,
}

struct Choice {
    name: Text,
    raw: String,
    is_current: bool,
}

struct Size {
    mb: u32,
    is_chosen: bool,
}

/// A measurement that runs, of this function or of another one.
struct Shown {
    is_ours: bool,
    function: Text,
    href: String,
    title: &'static str,
    event: Text,
    percent: u32,
    at: String,
    progress_href: String,
}

/// A measurement that gave no result.
struct Ending {
    event: Text,
    failure: Option<Failure>,
    reason: String,
}

struct ProfileShown {
    event: Text,
    is_old: bool,
    graph: String,
    operators: String,
    fuel: String,
    overhead: String,
    functions: Vec<FunctionRow>,
}

struct FunctionRow {
    name: Text,
    calls: String,
    own: String,
    percent: String,
    total: String,
}

struct SweepShown {
    event: Text,
    is_old: bool,
    is_cut: bool,
    times: String,
    costs: String,
    recommended: Option<u32>,
    currency: String,
    price_date: String,
    rows: Vec<SizeRow>,
    /// Sizes that were asked for and have no numbers.
    left_out: String,
    doubts: Vec<Text>,
}

struct SizeRow {
    mb: u32,
    is_best: bool,
    duration: String,
    billed: String,
    cost: String,
    memory: String,
    runs: usize,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    done: Option<String>,
}

/// What the form says.
#[derive(Debug, Clone, Default)]
struct Sent {
    token: String,
    is_sweep: bool,
    event: String,
    sizes: Vec<String>,
}

impl Sent {
    fn read(form: &[u8]) -> Self {
        let mut sent = Self::default();
        for (name, value) in form_urlencoded::parse(form) {
            match &*name {
                "token" => sent.token = value.into_owned(),
                "what" => sent.is_sweep = value == "sweep",
                "event" => sent.event = value.into_owned(),
                "size" if sent.sizes.len() < 2 * SIZES.len() => sent.sizes.push(value.into_owned()),
                _ => {}
            }
        }
        sent
    }

    fn sizes(&self) -> Result<Vec<MemorySize>, Problem> {
        let advice = "Choose sizes from the list. Nothing was measured.";
        let wrong = |text: &str| {
            let message = format!("'{text}' is not one of the memory sizes {}.", SIZES.map(|mb| mb.to_string()).join(", "));
            Problem::new(StatusCode::BAD_REQUEST, "There is no such memory size", message, advice)
        };
        let mut sizes: Vec<u32> = Vec::new();
        for text in &self.sizes {
            let mb = text.parse().ok().filter(|mb| SIZES.contains(mb)).ok_or_else(|| wrong(text))?;
            if !sizes.contains(&mb) {
                sizes.push(mb);
            }
        }
        if sizes.is_empty() {
            return Err(Problem::new(StatusCode::BAD_REQUEST, "No memory size is chosen", "A sweep needs at least one.", advice));
        }
        sizes.sort_unstable();
        sizes.into_iter().map(|mb| MemorySize::from_mb(mb).map_err(setting)).collect()
    }
}

fn page(desk: &Desk, name: &str, sent: &Sent, problem: Option<Problem>, done: Option<&str>) -> Answer {
    let configuration = desk.function(name)?;
    let head = desk.head(&configuration, "measure");
    let revision = configuration.revision_id.clone().unwrap_or_default();
    let mut frame = desk.frame(name, "functions");
    let status = problem.as_ref().map_or(StatusCode::OK, |problem| problem.status);
    frame.problem = problem.map(Into::into);
    frame.notice = notice(done);
    let saved = desk.control.test_events(&desk.scope, name)?.into_keys();
    let saved = saved.map(|event| Choice { name: event.as_str().into(), is_current: event == sent.event, raw: event });
    let chosen = |mb: u32| if sent.sizes.is_empty() { USUAL.contains(&mb) } else { sent.sizes.contains(&mb.to_string()) };
    let sizes = SIZES.into_iter().map(|mb| Size { mb, is_chosen: chosen(mb) });
    let running = desk.jobs().running().map(|running| shown(running, name));
    let (mut profile, mut sweep, mut profile_failed, mut sweep_failed) = (None, None, None, None);
    for result in desk.jobs().results(name) {
        let is_old = !result.revision.is_empty() && result.revision != revision;
        let event = Text::from(result.event);
        let failed = match result.kind {
            JobKind::Profile => &mut profile_failed,
            JobKind::Sweep => &mut sweep_failed,
        };
        let ending = |reason: String| Ending { event: event.clone(), failure: None, reason };
        match result.found {
            Found::Profile(found) => profile = Some(profile_shown(&found, event, is_old)),
            Found::Sweep { document, sizes, is_cut } => sweep = Some(sweep_shown(&document, &sizes, is_cut, event, is_old)),
            Found::Failed(document) => {
                let failure = Failure::of(document.as_bytes(), &head.href, configuration.handler.as_deref().unwrap_or_default());
                *failed = Some(Ending { event, failure: Some(failure), reason: String::new() });
            }
            Found::Stopped => *failed = Some(ending("It was stopped, so there is no result.".into())),
            Found::Impossible(reason) => *failed = Some(ending(reason)),
        }
    }
    let mut response = html(&Page {
        token: desk.token(&format!("{}/measure", head.href)),
        stop_token: desk.token(&format!("{}/measure/stop", head.href)),
        saved: saved.collect(),
        sizes: sizes.collect(),
        running,
        profile,
        sweep,
        profile_failed,
        sweep_failed,
        frame,
        head,
    })?;
    *response.status_mut() = status;
    Ok(response)
}

fn title(kind: JobKind) -> &'static str {
    match kind {
        JobKind::Profile => "Profile",
        JobKind::Sweep => "Memory sizes",
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 100")]
fn percent(done: f64) -> u32 {
    (done * 100.0) as u32
}

fn shown(running: Running, name: &str) -> Shown {
    let href = format!("{}/measure", function_path(&running.function));
    Shown {
        is_ours: running.function == name,
        progress_href: format!("{href}/progress"),
        href,
        title: title(running.kind),
        event: running.event.into(),
        percent: percent(running.done),
        at: running.at,
        function: running.function.into(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "ratios")]
fn profile_shown(profile: &Profile, event: Text, is_old: bool) -> ProfileShown {
    let whole = profile.told().max(1) as f64;
    let part = |operators: u64| format!("{:.1} %", operators as f64 / whole * 100.0);
    let functions = profile.functions();
    let rows = functions.iter().take(MAX_FUNCTIONS).map(|function| FunctionRow {
        name: Text::cut(function.name, 120),
        calls: plot::grouped(function.calls),
        own: plot::grouped(function.own),
        percent: part(function.own),
        total: part(function.total),
    });
    ProfileShown {
        event,
        is_old,
        graph: plot::flame(profile),
        operators: plot::grouped(profile.told()),
        fuel: plot::grouped(profile.fuel()),
        overhead: format!("{:.1}", profile.overhead()),
        functions: rows.collect(),
    }
}

fn sweep_shown(document: &BenchDocument, sizes: &[u32], is_cut: bool, event: Text, is_old: bool) -> SweepShown {
    let mut series: Vec<&Series> = document.series.iter().collect();
    series.sort_by_key(|series| series.key.memory_size_mb);
    let best = recommend(Strategy::Balanced, &series).map(|series| series.key.memory_size_mb);
    let price = document.environment.prices.as_ref();
    let currency = price.map_or(String::new(), |price| price.currency.clone());
    let rows = series.iter().map(|series| SizeRow {
        mb: series.key.memory_size_mb,
        is_best: best == Some(series.key.memory_size_mb),
        duration: series.handler_us.map_or("–".into(), |us| plot::time(us / 1e3)),
        billed: series.billed_ms.map_or("–".into(), plot::time),
        cost: series.cost_per_million.map_or("–".into(), |cost| format!("{cost:.2}")),
        memory: format!("{} MB", series.peak_memory_bytes.div_ceil(1 << 20)),
        runs: series.runs,
    });
    let missing = sizes.iter().filter(|mb| !series.iter().any(|series| series.key.memory_size_mb == **mb));
    let left_out: Vec<String> = missing.map(|mb| format!("{mb} MB")).collect();
    let points = |of: fn(&Series) -> Option<f64>| -> Vec<(u32, f64)> {
        series.iter().filter_map(|series| Some((series.key.memory_size_mb, of(series)?))).collect()
    };
    SweepShown {
        event,
        is_old,
        is_cut,
        times: plot::sizes("Duration by memory size", &points(|series| Some(series.handler_us? / 1e3)), best, plot::time),
        costs: plot::sizes("Cost of a million calls by memory size", &points(|series| series.cost_per_million), best, |cost| {
            format!("{cost:.2}")
        }),
        recommended: best,
        price_date: price.map_or(String::new(), |price| price.date.clone()),
        currency,
        rows: rows.collect(),
        left_out: left_out.join(", "),
        doubts: document.environment.doubts.iter().map(|doubt| Text::from(doubt.as_str())).collect(),
    }
}

/// The forms, what runs, and the last results.
pub(super) async fn show(
    State(console): State<Console>,
    Path(name): Path<String>,
    axum::extract::Query(asked): axum::extract::Query<Asked>,
) -> Response {
    console.page(move |desk| page(desk, &name, &Sent::default(), None, asked.done.as_deref())).await
}

/// Begins a profile or a sweep, and leads to the page that shows how far it is.
pub(super) async fn start(
    State(console): State<Console>,
    Path(name): Path<String>,
    headers: HeaderMap,
    RawForm(form): RawForm,
) -> Response {
    let sent = Sent::read(&form);
    let action = format!("{}/measure", function_path(&name));
    let token = sent.token.clone();
    console
        .action(&headers, &action, &token, move |desk| match started(desk, &name, &sent) {
            Ok(()) => see_other(&format!("{}/measure", function_path(&name))),
            Err(problem) => page(desk, &name, &sent, Some(problem), None),
        })
        .await
}

fn started(desk: &Desk, name: &str, sent: &Sent) -> Result<(), Problem> {
    let configuration = desk.function(name)?;
    let event = match sent.event.as_str() {
        "" => EMPTY.to_owned(),
        saved => desk.control.test_events(&desk.scope, name)?.remove(saved).ok_or_else(|| {
            let advice = "Choose one from the list, or save it under Test first.";
            Problem::new(StatusCode::BAD_REQUEST, "There is no such event", "The function has no saved event of this name.", advice)
        })?,
    };
    check_event(&event)?;
    let (kind, sizes) = if sent.is_sweep { (JobKind::Sweep, sent.sizes()?) } else { (JobKind::Profile, Vec::new()) };
    let wanted = Wanted {
        function: name.to_owned(),
        revision: configuration.revision_id.unwrap_or_default(),
        event: if sent.event.is_empty() { EMPTY.into() } else { sent.event.clone() },
        invocation: Invocation::new(event.into_bytes(), None).map_err(setting)?,
        request: request(desk, name)?,
        sizes,
    };
    desk.jobs().start(desk.runner(), kind, wanted).map_err(|refused| match refused {
        Refused::Busy(other) => Problem::new(
            StatusCode::CONFLICT,
            "Something is being measured already",
            format!("It is the function {other}. Two measurements at once would measure each other."),
            "Wait until it has ended, or stop it on its page.",
        ),
        Refused::Impossible(reason) => {
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "It cannot be measured now", reason, "Try again when less is going on.")
        }
    })
}

/// Ends the measurement of this function.
pub(super) async fn stop(
    State(console): State<Console>,
    Path(name): Path<String>,
    headers: HeaderMap,
    Form(form): Form<TokenForm>,
) -> Response {
    let action = format!("{}/measure/stop", function_path(&name));
    console
        .action(&headers, &action, &form.token, move |desk| {
            desk.jobs().stop(&name);
            see_other(&format!("{}/measure?done=stopping", function_path(&name)))
        })
        .await
}

/// How far the measurement of this function is; for the script of the page.
#[derive(Serialize)]
struct Progress {
    is_running: bool,
    percent: u32,
    at: String,
}

/// How far it is, as JSON.
pub(super) async fn progress(State(console): State<Console>, Path(name): Path<String>) -> Response {
    console
        .page(move |desk| {
            let running = desk.jobs().running().filter(|running| running.function == name);
            let progress = running.map_or(Progress { is_running: false, percent: 100, at: String::new() }, |running| Progress {
                is_running: true,
                percent: percent(running.done),
                at: running.at,
            });
            Ok(dynamic(serde_json::to_string(&progress).unwrap_or_default(), "application/json"))
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sweep_takes_sizes_of_the_list_each_once() {
        let sizes = |form: &str| Sent::read(form.as_bytes()).sizes().map(|sizes| sizes.iter().map(|size| size.mb()).collect::<Vec<_>>());
        assert_eq!(sizes("size=512&size=128&size=512").expect("sizes"), [128, 512]);
        assert!(sizes("").expect_err("none").message.contains("at least one"));
        for wrong in ["size=129", "size=", "size=-1", "size=99999999999", "size=%3Cscript%3E"] {
            assert_eq!(sizes(wrong).expect_err("wrong").status, StatusCode::BAD_REQUEST, "{wrong}");
        }
        let many = "size=128&".repeat(1000);
        assert_eq!(Sent::read(many.as_bytes()).sizes.len(), 2 * SIZES.len());
    }
}
