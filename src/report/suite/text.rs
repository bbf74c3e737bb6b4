//! The report for a reader: a line for each case, why it was not accepted, a summary; a table where there are several
//! packages.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use super::{SuitePlan, SuiteReport, explanation, one_line};
use crate::judge::{Record, Summary, Verdict};

/// How many of the slowest cases are named at the end, where there are more than these.
const SLOWEST: usize = 5;

pub(super) struct Text {
    out: Box<dyn Write>,
    plan: SuitePlan,
    started: Instant,
    /// The longest first: time and name.
    slowest: Vec<(Duration, String)>,
    /// Of each package, in their order.
    packages: Vec<(String, Summary)>,
    /// The package that cannot be loaded, and why: the same for each of its cases.
    broken: Option<(String, String)>,
}

impl Text {
    pub(super) fn begin(out: Box<dyn Write>, plan: SuitePlan) -> Self {
        Self { out, plan, started: Instant::now(), slowest: Vec::new(), packages: Vec::new(), broken: None }
    }

    fn coloured(&self, verdict: Verdict, text: &str) -> String {
        let colour = match verdict {
            Verdict::Ac => "32",
            Verdict::Sk => "33",
            Verdict::Ie => "35",
            Verdict::Ce | Verdict::Sv | Verdict::Mle | Verdict::Tle | Verdict::Fle | Verdict::Ole | Verdict::Re | Verdict::Wa => "31",
        };
        if self.plan.colour { format!("\u{1b}[{colour}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    fn title(&self, record: &Record) -> String {
        let name = one_line(&record.name, 200);
        if self.plan.packages > 1 { format!("{}: {name}", one_line(&record.package, 100)) } else { name }
    }

    fn remember(&mut self, record: &Record) {
        match self.packages.last_mut() {
            Some((package, summary)) if *package == record.package => summary.add(record),
            _ => {
                let mut summary = Summary::default();
                summary.add(record);
                self.packages.push((record.package.clone(), summary));
            }
        }
        let place = self.slowest.partition_point(|(wall, _)| *wall >= record.wall);
        if place < SLOWEST && !record.wall.is_zero() {
            self.slowest.insert(place, (record.wall, self.title(record)));
            self.slowest.truncate(SLOWEST);
        }
    }

    /// One line for each package.
    fn table(&self) -> String {
        let used: Vec<Verdict> =
            Verdict::ALL.into_iter().rev().filter(|verdict| self.packages.iter().any(|(_, summary)| summary.count(*verdict) > 0)).collect();
        let head: Vec<String> =
            ["package", "points"].into_iter().chain(used.iter().map(|verdict| verdict.code())).chain(["time"]).map(str::to_owned).collect();
        let line = |(package, summary): &(String, Summary)| -> Vec<String> {
            let counts = used.iter().map(|verdict| summary.count(*verdict).to_string());
            let score = format!("{}/{}", summary.points, summary.max_points);
            [one_line(package, 60), score].into_iter().chain(counts).chain([shown(summary.wall)]).collect()
        };
        let rows: Vec<Vec<String>> = std::iter::once(head).chain(self.packages.iter().map(line)).collect();
        let widths: Vec<usize> = (0..rows[0].len()).map(|i| rows.iter().map(|row| row[i].chars().count()).max().unwrap_or(0)).collect();
        let mut table = String::new();
        for row in rows {
            let cells = row.iter().zip(&widths).enumerate();
            let cells: Vec<String> =
                cells.map(|(i, (cell, width))| if i == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }).collect();
            table.push_str(cells.join("  ").trim_end());
            table.push('\n');
        }
        table
    }
}

fn shown(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1e3;
    if ms < 1000.0 { format!("{ms:.2} ms") } else { format!("{:.2} s", ms / 1e3) }
}

impl SuiteReport for Text {
    fn case(&mut self, record: &Record) -> io::Result<()> {
        self.remember(record);
        let verdict = self.coloured(record.verdict, &format!("{:<3}", record.verdict.code()));
        let idle = if record.idle { "  slept" } else { "" };
        let hidden = if record.hidden { "  hidden" } else { "" };
        let updated = if record.updated { "  updated" } else { "" };
        let flaky = if record.changed.is_empty() { String::new() } else { format!("  flaky: {}", record.changed.join(", ")) };
        let mut lines = format!("{verdict}  {:<40}  {:>10}{idle}{hidden}{updated}{flaky}\n", self.title(record), shown(record.wall));
        let why = (record.verdict == Verdict::Ce).then(|| (record.package.clone(), record.detail.clone()));
        if why.is_some() && self.broken == why {
            return self.out.write_all(lines.as_bytes()); // the reason stands above
        }
        self.broken = why;
        if !record.detail.is_empty() {
            lines.push_str(&format!("     {}\n", one_line(&record.detail, 500)));
        }
        for line in explanation(record) {
            lines.push_str(&format!("       {line}\n"));
        }
        self.out.write_all(lines.as_bytes())
    }

    fn end(&mut self, summary: &Summary) -> io::Result<()> {
        let mut lines = String::from("\n");
        if summary.total > SLOWEST as u64 && !self.slowest.is_empty() {
            let slowest: Vec<String> = self.slowest.iter().map(|(wall, name)| format!("{name} {}", shown(*wall))).collect();
            lines.push_str(&format!("slowest: {}\n", slowest.join(", ")));
        }
        if self.packages.len() > 1 {
            lines.push_str(&self.table());
        }
        let counts = Verdict::ALL.into_iter().rev().filter(|verdict| summary.count(*verdict) > 0);
        let counts: Vec<String> =
            counts.map(|verdict| self.coloured(verdict, &format!("{} {}", summary.count(verdict), verdict.code()))).collect();
        let cases = if summary.total == 1 { "case" } else { "cases" };
        let flaky = if summary.flaky == 0 { String::new() } else { format!(", {} flaky", summary.flaky) };
        lines.push_str(&format!(
            "{} {cases} in {}{}{}{flaky}; {} of {} points\n",
            summary.total,
            shown(self.started.elapsed()),
            if counts.is_empty() { "" } else { ": " },
            counts.join(", "),
            summary.points,
            summary.max_points
        ));
        if summary.interrupted {
            lines.push_str(&format!("interrupted: {} of {} cases\n", summary.total, self.plan.total));
        }
        self.out.write_all(lines.as_bytes())?;
        self.out.flush()
    }
}
