//! What a function did: counts and times from its log, and the log itself.
//!
//! The numbers are those of the platform's REPORT lines, so they survive a restart of the server and are as old as the log is
//! kept. A function can print lines that look like them, as it can on AWS, and fools only who reads its own page.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use super::desk::{Console, Desk, Frame, Head, Problem, html, secure};
use super::log::{Report, class, is_exception};
use super::plot::{self, Bars, Curve};
use super::text::Text;
use crate::control::{ApiError, model};
use crate::function::iso_time;

/// Log events that the numbers are made of: the latest ones.
const MAX_EVENTS: usize = 20_000;
/// Lines that the page shows.
const MAX_LINES: usize = 300;
/// Lines that one look for new ones gets.
const MAX_NEW: i64 = 500;
/// Points in time of a plot.
const SLOTS: usize = 30;

#[derive(Template)]
#[template(path = "monitor.html")]
struct Page {
    frame: Frame,
    head: Head,
    hours: u64,
    ranges: [(u64, &'static str); 4],
    search: String,
    invocations: usize,
    errors: usize,
    p50: String,
    p99: String,
    memory: String,
    throttles: u64,
    is_partial: bool,
    counts: String,
    durations: String,
    lines: Vec<Line>,
    group: Text,
    /// Where a look for new lines begins.
    after: u64,
    /// Ids of the lines of that millisecond, which the page has already.
    seen: String,
    tail_href: String,
}

struct Line {
    time: String,
    class: &'static str,
    text: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    hours: Option<u64>,
    search: String,
    after: u64,
}

fn now_ms() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
}

fn group_of(configuration: &model::FunctionConfiguration) -> String {
    let own = configuration.logging_config.as_ref().and_then(|logging| logging.log_group.clone());
    own.unwrap_or_else(|| format!("/aws/lambda/{}", configuration.function_name.clone().unwrap_or_default()))
}

/// The events of a group from a time on, in their order, and whether there are more than were looked at. A group that has
/// nothing yet is empty.
fn events(desk: &Desk, group: &str, from: u64, search: &str, most: usize) -> Result<(Vec<model::FilteredLogEvent>, bool), Problem> {
    let mut all = Vec::new();
    let mut next_token = None;
    loop {
        let input = model::FilterLogEvents {
            log_group_name: Some(group.to_owned()),
            start_time: i64::try_from(from).ok(),
            next_token,
            ..model::FilterLogEvents::default()
        };
        let found = match desk.control.filter_log_events(&desk.scope, input) {
            Ok(found) => found,
            Err(ApiError { code: crate::control::Exception::LogsResourceNotFound, .. }) => return Ok((all, false)),
            Err(error) => return Err(error.into()),
        };
        // A search means what was typed, letter by letter; CloudWatch's patterns have rules of their own.
        let wanted = search.to_lowercase();
        all.extend(found.events.into_iter().filter(|event| wanted.is_empty() || event.message.to_lowercase().contains(&wanted)));
        next_token = found.next_token;
        if next_token.is_none() {
            return Ok((all, false));
        }
        if all.len() >= most {
            return Ok((all, true));
        }
    }
}

fn time_of(ms: i64) -> String {
    let ms = u64::try_from(ms).unwrap_or_default();
    let iso = iso_time(std::time::Duration::from_millis(ms));
    iso.get(..23).unwrap_or(&iso).replace('T', " ")
}

/// The numbers, the plots and the end of the log.
pub(super) async fn show(State(console): State<Console>, Path(name): Path<String>, Query(asked): Query<Asked>) -> Response {
    console
        .page(move |desk| {
            let configuration = desk.function(&name)?;
            let head = desk.head(&configuration, "monitor");
            let hours = asked.hours.filter(|hours| [1, 3, 24, 168].contains(hours)).unwrap_or(1);
            let (now, group) = (now_ms(), group_of(&configuration));
            let from = now.saturating_sub(hours * 3_600_000);
            let (all, is_partial) = events(desk, &group, from, "", MAX_EVENTS)?;
            let calls: Vec<(i64, Report)> =
                all.iter().filter_map(|event| Some((event.timestamp, Report::of_line(&event.message)?))).collect();
            let exceptions: Vec<i64> = all.iter().filter(|event| is_exception(&event.message)).map(|event| event.timestamp).collect();
            let failed = calls.iter().filter(|(_, report)| report.status.is_some()).map(|(time, _)| *time);
            let errors: Vec<i64> = failed.chain(exceptions).collect();
            let wanted = asked.search.trim().to_lowercase();
            let fitting: Vec<_> = all.iter().filter(|event| wanted.is_empty() || event.message.to_lowercase().contains(&wanted)).collect();
            let lines = fitting.iter().rev().take(MAX_LINES).rev().map(|event| Line {
                time: time_of(event.timestamp),
                class: class(&event.message),
                text: Text::cut(event.message.trim_end(), 4_000),
            });
            let mut durations: Vec<f64> = calls.iter().map(|(_, report)| report.duration_ms).collect();
            durations.sort_by(f64::total_cmp);
            let percentile = |part: f64| plot::percentile(&durations, part).map_or("–".to_owned(), plot::time);
            let memory = calls.iter().map(|(_, report)| report.max_memory_mb).fold(0.0, f64::max);
            let slots = Slots { from, width: (now - from).div_ceil(SLOTS as u64).max(1) };
            let last = all.iter().map(|event| event.ingestion_time).max();
            let seen = all.iter().filter(|event| Some(event.ingestion_time) == last).map(|event| event.event_id.clone());
            html(&Page {
                hours,
                seen: seen.collect::<Vec<_>>().join(" "),
                ranges: [(1, "hour"), (3, "3 hours"), (24, "day"), (168, "7 days")],
                invocations: calls.len(),
                errors: errors.len(),
                p50: percentile(0.5),
                p99: percentile(0.99),
                memory: if memory > 0.0 { format!("{memory:.0} MB") } else { "–".into() },
                throttles: desk.control.metrics().throttles,
                is_partial,
                counts: counts(&slots, &calls, &errors),
                durations: times(&slots, &calls),
                lines: lines.collect(),
                after: last.map_or(now, |last| u64::try_from(last).unwrap_or(now)),
                tail_href: format!("{}/monitor/tail", head.href),
                group: group.into(),
                search: asked.search,
                frame: desk.frame(name.as_str(), "functions"),
                head,
            })
        })
        .await
}

/// Equal parts of the time that is shown.
struct Slots {
    from: u64,
    width: u64,
}

impl Slots {
    fn of(&self, time: i64) -> usize {
        let since = u64::try_from(time).unwrap_or_default().saturating_sub(self.from);
        usize::try_from(since / self.width).unwrap_or(SLOTS).min(SLOTS - 1)
    }

    /// The clock at the begin of a slot.
    fn label(&self, slot: usize) -> String {
        let time = time_of(i64::try_from(self.from + self.width * slot as u64).unwrap_or_default());
        time.get(5..16).unwrap_or_default().to_owned()
    }

    fn labels(&self) -> Vec<String> {
        (0..SLOTS).map(|slot| self.label(slot)).collect()
    }
}

fn counts(slots: &Slots, calls: &[(i64, Report)], errors: &[i64]) -> String {
    let mut bars = Bars { labels: slots.labels(), totals: vec![0; SLOTS], marked: vec![0; SLOTS] };
    for (time, _) in calls {
        bars.totals[slots.of(*time)] += 1;
    }
    for time in errors {
        bars.marked[slots.of(*time)] += 1;
    }
    plot::bars(&bars)
}

fn times(slots: &Slots, calls: &[(i64, Report)]) -> String {
    let mut by_slot: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for (time, report) in calls {
        by_slot.entry(slots.of(*time)).or_default().push(report.duration_ms);
    }
    let curve = |name: &'static str, part: f64| {
        let points = by_slot.iter().filter_map(|(slot, times)| {
            let mut times = times.clone();
            times.sort_by(f64::total_cmp);
            Some((*slot, plot::percentile(&times, part)?))
        });
        Curve { name, points: points.collect() }
    };
    plot::curves(&slots.labels(), &[curve("p50", 0.5), curve("p90", 0.9), curve("p99", 0.99)])
}

/// New lines of the log, for the script of the page.
#[derive(Serialize)]
struct New {
    lines: Vec<NewLine>,
    /// For the next look.
    after: u64,
}

#[derive(Serialize)]
struct NewLine {
    id: String,
    time: String,
    class: &'static str,
    text: String,
}

/// What was written since `after`, as JSON. Lines of that very millisecond come again: the script knows their ids.
pub(super) async fn tail(State(console): State<Console>, Path(name): Path<String>, Query(asked): Query<Asked>) -> Response {
    console
        .page(move |desk| {
            let group = group_of(&desk.function(&name)?);
            // A line has the time of its call's begin and is written at its end: an invocation takes 15 minutes at most.
            let from = asked.after.saturating_sub(16 * 60_000);
            let (all, _) = events(desk, &group, from, asked.search.trim(), MAX_EVENTS)?;
            let is_new = |event: &model::FilteredLogEvent| u64::try_from(event.ingestion_time).unwrap_or_default() >= asked.after;
            let mut fresh: Vec<_> = all.into_iter().filter(is_new).collect();
            let most = usize::try_from(MAX_NEW).unwrap_or(usize::MAX);
            let skipped = fresh.len().saturating_sub(most);
            let fresh = fresh.split_off(skipped);
            let after = fresh.iter().map(|event| u64::try_from(event.ingestion_time).unwrap_or_default()).max().unwrap_or(asked.after);
            let lines = fresh.into_iter().map(|event| NewLine {
                id: event.event_id,
                time: time_of(event.timestamp),
                class: class(&event.message),
                text: Text::cut(event.message.trim_end(), 4_000).to_string(),
            });
            let new = New { lines: lines.collect(), after };
            let json = serde_json::to_vec(&new).map_err(|error| ApiError::service(error.to_string()))?;
            let mut response = json.into_response();
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            secure(headers);
            Ok(response)
        })
        .await
}
