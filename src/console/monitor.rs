//! What a function did: counts and times from its log, and the log itself.
//!
//! The numbers are those of the platform's REPORT lines, so they survive a restart of the server and are as old as the log is
//! kept; throttled calls, which have no log, are counted by the service since its start. A function can print lines that look like them, as it can on AWS, and fools only who reads its own page.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::desk::{Console, Frame, Head, html};
use super::log::{Report, class, is_exception};
use super::plot::{self, Bars, Curve};
use super::text::{Text, encoded};
use crate::control::model;
use crate::function::iso_time;

/// Lines of the log that the numbers are made of: the last ones.
const MAX_COUNTED: usize = 50_000;
/// Lines that the page shows.
const MAX_LINES: usize = 300;
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
    /// Where the live log goes on.
    tail_href: String,
}

/// A line of the log.
pub(super) struct Line {
    pub(super) time: String,
    pub(super) class: &'static str,
    pub(super) text: Text,
}

impl Line {
    pub(super) fn new(time_ms: u64, text: &str) -> Self {
        Self { time: time_of(time_ms), class: class(text), text: Text::cut(text.trim_end(), 4_000) }
    }
}

/// What is searched for, letter by letter and in either case; CloudWatch's patterns have rules of their own.
pub(super) struct Search(String);

impl Search {
    pub(super) fn new(text: &str) -> Self {
        Self(text.trim().to_lowercase())
    }

    pub(super) fn finds(&self, line: &str) -> bool {
        self.0.is_empty() || line.to_lowercase().contains(&self.0)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    hours: Option<u64>,
    search: String,
}

fn now_ms() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
}

pub(super) fn group_of(configuration: &model::FunctionConfiguration) -> String {
    let own = configuration.logging_config.as_ref().and_then(|logging| logging.log_group.clone());
    own.unwrap_or_else(|| format!("/aws/lambda/{}", configuration.function_name.clone().unwrap_or_default()))
}

fn time_of(ms: u64) -> String {
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
            let log = desk.control.last_log_lines(&desk.scope, &group, from, MAX_COUNTED)?;
            let all = &log.lines;
            let calls: Vec<(u64, Report)> = all.iter().filter_map(|line| Some((line.time_ms, Report::of_line(&line.text)?))).collect();
            let exceptions = all.iter().filter(|line| is_exception(&line.text)).map(|line| line.time_ms);
            let failed = calls.iter().filter(|(_, report)| report.status.is_some()).map(|(time, _)| *time);
            let errors: Vec<u64> = failed.chain(exceptions).collect();
            let search = Search::new(&asked.search);
            let shown = all.iter().rev().filter(|line| search.finds(&line.text)).take(MAX_LINES);
            let mut lines: Vec<Line> = shown.map(|line| Line::new(line.time_ms, &line.text)).collect();
            lines.reverse();
            let throttled = desk.control.throttles(&desk.scope, &name, from);
            let mut durations: Vec<f64> = calls.iter().map(|(_, report)| report.duration_ms).collect();
            durations.sort_by(f64::total_cmp);
            let percentile = |part: f64| plot::percentile(&durations, part).map_or("–".to_owned(), plot::time);
            let memory = calls.iter().map(|(_, report)| report.max_memory_mb).fold(0.0, f64::max);
            let slots = Slots { from, width: (now - from).div_ceil(SLOTS as u64).max(1) };
            html(&Page {
                hours,
                ranges: [(1, "hour"), (3, "3 hours"), (24, "day"), (168, "7 days")],
                invocations: calls.len(),
                errors: errors.len(),
                p50: percentile(0.5),
                p99: percentile(0.99),
                memory: if memory > 0.0 { format!("{memory:.0} MB") } else { "–".into() },
                throttles: throttled.iter().map(|(_, count)| count).sum(),
                is_partial: log.is_partial,
                counts: counts(&slots, &calls, &errors, &throttled),
                durations: times(&slots, &calls),
                lines,
                tail_href: format!("{}/monitor/tail?from={}&search={}", head.href, log.end, encoded(asked.search.trim())),
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
    fn of(&self, time: u64) -> usize {
        let since = time.saturating_sub(self.from);
        usize::try_from(since / self.width).unwrap_or(SLOTS).min(SLOTS - 1)
    }

    /// The clock at the begin of a slot.
    fn label(&self, slot: usize) -> String {
        let time = time_of(self.from + self.width * slot as u64);
        time.get(5..16).unwrap_or_default().to_owned()
    }

    fn labels(&self) -> Vec<String> {
        (0..SLOTS).map(|slot| self.label(slot)).collect()
    }
}

fn counts(slots: &Slots, calls: &[(u64, Report)], errors: &[u64], throttled: &[(u64, u64)]) -> String {
    let mut bars = Bars { labels: slots.labels(), totals: vec![0; SLOTS], errors: vec![0; SLOTS], throttled: vec![0; SLOTS] };
    for (time, _) in calls {
        bars.totals[slots.of(*time)] += 1;
    }
    for time in errors {
        bars.errors[slots.of(*time)] += 1;
    }
    for (time, count) in throttled {
        bars.throttled[slots.of(*time)] += usize::try_from(*count).unwrap_or(usize::MAX);
    }
    plot::bars(&bars)
}

fn times(slots: &Slots, calls: &[(u64, Report)]) -> String {
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
