//! Plots of the monitor as SVG. Colours are the style sheet's, by class, so that they fit light and dark pages; everything in
//! a plot is a number or a label of ours.

use std::fmt::Write;

use super::text::Text;
use crate::bench::Profile;
use crate::text::xml as escaped;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 200.0;
const LEFT: f64 = 72.0;
const RIGHT: f64 = 8.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 28.0;

/// How many invocations there were in each part of the time, how many of them failed, and how many calls were throttled
/// beside them.
pub(super) struct Bars {
    pub(super) labels: Vec<String>,
    pub(super) totals: Vec<usize>,
    pub(super) errors: Vec<usize>,
    pub(super) throttled: Vec<usize>,
}

/// Values in milliseconds at parts of the time.
pub(super) struct Curve {
    pub(super) name: &'static str,
    pub(super) points: Vec<(usize, f64)>,
}

/// The value below which this part of the sorted values is, by nearest rank.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "ranks in a list")]
pub(super) fn percentile(sorted: &[f64], part: f64) -> Option<f64> {
    let rank = (part * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.clamp(1, sorted.len().max(1)) - 1).copied()
}

/// Milliseconds for people, with three digits.
pub(super) fn time(ms: f64) -> String {
    match ms {
        ms if ms < 10.0 => format!("{ms:.2} ms"),
        ms if ms < 1_000.0 => format!("{ms:.0} ms"),
        ms => format!("{:.1} s", ms / 1e3),
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts that are drawn")]
fn float(count: usize) -> f64 {
    count as f64
}

/// The next number from above that is 1, 2 or 5 times a power of ten.
fn round_up(value: f64) -> f64 {
    let power = 10_f64.powf(value.max(1e-3).log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|step| step * power).find(|step| *step >= value).unwrap_or(value)
}

fn x(slot: usize, slots: usize) -> f64 {
    LEFT + (float(slot) + 0.5) / float(slots.max(1)) * (WIDTH - LEFT - RIGHT)
}

fn y(value: f64, top: f64) -> f64 {
    HEIGHT - BOTTOM - (value / top).min(1.0) * (HEIGHT - TOP - BOTTOM)
}

/// The frame of a plot: what it says to those who do not see it, horizontal lines with their values, and times below.
fn opening(says: &str, labels: &[String], top: f64, value: impl Fn(f64) -> String) -> String {
    let mut out = format!("<svg class=\"plot\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{says}\">");
    for part in [0.0, 0.5, 1.0] {
        let at = y(top * part, top);
        let _ = write!(
            out,
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/><text class=\"tick\" x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            WIDTH - RIGHT,
            LEFT - 8.0,
            at + 4.0,
            value(top * part)
        );
    }
    let slots = labels.len();
    for (slot, anchor) in [(0, "start"), (slots / 2, "middle"), (slots.saturating_sub(1), "end")].into_iter().filter(|_| slots > 0) {
        let label = labels.get(slot).map_or("", String::as_str);
        let _ =
            write!(out, "<text class=\"tick\" x=\"{:.1}\" y=\"{}\" text-anchor=\"{anchor}\">{label}</text>", x(slot, slots), HEIGHT - 8.0);
    }
    out
}

/// Invocations over time, errors in the colour of errors, and what was throttled on top of them.
pub(super) fn bars(bars: &Bars) -> String {
    let slots = bars.labels.len();
    let heights = bars.totals.iter().zip(&bars.throttled).map(|(total, throttled)| total + throttled);
    let top = round_up(float(heights.max().unwrap_or(0)).max(2.0));
    let sum = |counts: &[usize]| counts.iter().sum::<usize>();
    let says =
        format!("{} invocations, {} errors and {} throttled calls over time", sum(&bars.totals), sum(&bars.errors), sum(&bars.throttled));
    let mut out = opening(&says, &bars.labels, top, |value| format!("{value:.0}"));
    let width = (WIDTH - LEFT - RIGHT) / float(slots.max(1)) * 0.72;
    for (slot, label) in bars.labels.iter().enumerate() {
        let (total, errors, throttled) = (bars.totals[slot], bars.errors[slot], bars.throttled[slot]);
        if total + errors + throttled == 0 {
            continue;
        }
        let left = x(slot, slots) - width / 2.0;
        let rectangle = |class: &str, from: usize, to: usize| {
            let (low, high) = (y(float(from), top), y(float(to), top));
            format!("<rect class=\"{class}\" x=\"{left:.1}\" y=\"{high:.1}\" width=\"{width:.1}\" height=\"{:.1}\"/>", low - high)
        };
        let _ = write!(
            out,
            "<g><title>{label}: {total} invocations, {errors} errors, {throttled} throttled</title>{}{}{}</g>",
            rectangle("bar", 0, total),
            rectangle("bar bad", 0, errors),
            rectangle("bar wait", total, total + throttled),
        );
    }
    out + "</svg>"
}

/// Percentiles of the duration over time.
pub(super) fn curves(labels: &[String], curves: &[Curve]) -> String {
    let slots = labels.len();
    let most = curves.iter().flat_map(|curve| curve.points.iter().map(|(_, ms)| *ms)).fold(0.0, f64::max);
    let top = if most > 0.0 { round_up(most.max(0.02)) } else { 1.0 }; // the labels have two digits
    let mut out = opening("Percentiles of the duration over time", labels, top, time);
    for (number, curve) in curves.iter().enumerate() {
        let places: Vec<String> = curve.points.iter().map(|(slot, ms)| format!("{:.1},{:.1}", x(*slot, slots), y(*ms, top))).collect();
        let _ = write!(out, "<g class=\"curve c{number}\"><polyline points=\"{}\"/>", places.join(" "));
        for (slot, ms) in &curve.points {
            let _ = write!(
                out,
                "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\"><title>{}: {} {}</title></circle>",
                x(*slot, slots),
                y(*ms, top),
                labels[*slot],
                curve.name,
                time(*ms)
            );
        }
        out += "</g>";
    }
    out + "</svg>"
}

/// Digits in groups of three.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// One value for each memory size, as columns with their values on them; the recommended size stands out.
pub(super) fn sizes(says: &str, points: &[(u32, f64)], best: Option<u32>, value: impl Fn(f64) -> String) -> String {
    let labels: Vec<String> = points.iter().map(|(mb, of)| format!("{mb} MB: {}", value(*of))).collect();
    let top = round_up(points.iter().map(|(_, of)| *of).fold(0.0, f64::max).max(0.01));
    let mut out = opening(&escaped(&format!("{says}: {}", labels.join(", "))), &[], top, &value);
    let width = ((WIDTH - LEFT - RIGHT) / float(points.len().max(1)) * 0.6).min(72.0);
    for (slot, (mb, of)) in points.iter().enumerate() {
        let (middle, high) = (x(slot, points.len()), y(*of, top));
        let class = if best == Some(*mb) { "bar" } else { "bar other" };
        let _ = write!(
            out,
            "<rect class=\"{class}\" x=\"{:.1}\" y=\"{high:.1}\" width=\"{width:.1}\" height=\"{:.1}\"/>\
             <text class=\"value\" x=\"{middle:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>\
             <text class=\"tick\" x=\"{middle:.1}\" y=\"{}\" text-anchor=\"middle\">{mb} MB</text>",
            middle - width / 2.0,
            HEIGHT - BOTTOM - high,
            high - 5.0,
            escaped(&value(*of)),
            HEIGHT - 8.0
        );
    }
    out + "</svg>"
}

/// A row of a flame graph.
const ROW: f64 = 22.0;
/// Boxes that are narrower are left out, as are those deeper than this many rows.
const NARROW: f64 = 1.0;
const DEEPEST: usize = 60;
/// Boxes that are drawn, the first ones.
const MAX_BOXES: usize = 4_000;
/// As wide as a letter of this size can be.
const LETTER: f64 = 7.0;

/// Where the operators of a call go: every function stands on the one that called it, as wide as what it and those above it
/// took.
#[expect(clippy::cast_precision_loss, reason = "places in a picture")]
pub(super) fn flame(profile: &Profile) -> String {
    const FLAME_WIDTH: f64 = 1_000.0;
    let whole = profile.told().max(1) as f64;
    let place = |operators: u64| operators as f64 / whole * FLAME_WIDTH;
    let boxes: Vec<_> =
        profile.boxes().into_iter().filter(|(depth, _, operators, _)| *depth < DEEPEST && place(*operators) >= NARROW).collect();
    let rows = boxes.iter().map(|(depth, ..)| depth + 1).max().unwrap_or(1);
    let mut out = format!(
        "<svg class=\"flame\" viewBox=\"0 0 {FLAME_WIDTH} {:.0}\" role=\"img\" aria-label=\"Flame graph of {} operators; the table below has \
         its numbers\">",
        float(rows) * ROW,
        grouped(profile.told())
    );
    for (depth, start, operators, name) in boxes.into_iter().take(MAX_BOXES) {
        let width = place(operators);
        // The same function has the same colour, wherever it is called.
        let number = name.bytes().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into())) % 6;
        let name = Text::from(name).to_string();
        let function = name.split_once(" (").map_or(name.as_str(), |(function, _)| function);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "letters in a thousand pixels")]
        let room = ((width - 8.0).max(0.0) / LETTER) as usize;
        let shown = match room {
            0..3 => String::new(),
            room if name.chars().count() <= room => name.clone(),
            room if function.chars().count() <= room => function.to_owned(),
            room => format!("{}…", function.chars().take(room - 1).collect::<String>()),
        };
        // An inner picture, so that no text runs out of its box.
        let _ = write!(
            out,
            "<svg x=\"{:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{:.1}\"><title>{}: {} operators, {:.1} %</title>\
             <rect class=\"f{number}\" width=\"100%\" height=\"100%\" rx=\"2\"/><text x=\"4\" y=\"15\">{}</text></svg>",
            place(start),
            float(depth) * ROW,
            ROW - 1.0,
            escaped(&name),
            grouped(operators),
            operators as f64 / whole * 100.0,
            escaped(&shown)
        );
    }
    out + "</svg>"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let sorted: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!([0.0, 0.5, 0.99, 1.0].map(|part| percentile(&sorted, part)), [Some(1.0), Some(50.0), Some(99.0), Some(100.0)]);
        assert_eq!((percentile(&[], 0.5), percentile(&[7.0], 0.99)), (None, Some(7.0)));
        assert_eq!([0.4, 1.0, 3.0, 51.0].map(round_up), [0.5, 1.0, 5.0, 100.0]);
    }

    #[test]
    fn a_plot_is_whole_and_says_its_numbers() {
        let labels: Vec<String> = (0..3).map(|hour| format!("11-27 0{hour}:00")).collect();
        let counts = Bars { labels: labels.clone(), totals: vec![0, 3, 1], errors: vec![0, 1, 0], throttled: vec![0, 0, 2] };
        let svg = bars(&counts);
        assert!(svg.contains("aria-label=\"4 invocations, 1 errors and 2 throttled calls over time\""), "{svg}");
        assert!(svg.contains("01:00: 3 invocations, 1 errors, 0 throttled") && svg.contains("1 invocations, 0 errors, 2 throttled"));
        assert_eq!(svg.matches("<rect").count(), 6);
        let svg = curves(&labels, &[Curve { name: "p50", points: vec![(0, 1.0), (2, 2.5)] }]);
        for text in [svg.as_str(), &bars(&Bars { labels, totals: vec![0; 3], errors: vec![0; 3], throttled: vec![0; 3] })] {
            assert!(text.starts_with("<svg") && text.ends_with("</svg>"));
        }
        assert!(svg.contains("p50 2.50 ms") && !svg.contains("style="), "a style in the page would be refused");
    }

    #[test]
    fn a_flame_graph_has_its_boxes_in_their_places_and_names_as_text() {
        let svg = flame(&crate::bench::profile_tests::sample());
        assert_eq!(svg.matches("<rect").count(), 4);
        assert!(svg.contains("<title>work: 38 operators, 76.0 %</title>") && svg.contains("x=\"760.0\" y=\"22.0\""), "{svg}");
        let told = br#"{"names": ["<script>\u202e&"], "events": 0, "taken_off": 0, "nodes": [[-1, -1, 0, 0], [0, 0, 1, 9]]}"#;
        let svg = flame(&Profile::read(told, 9, 9).expect("a profile"));
        assert!(svg.contains("&lt;script&gt;[U+202E]&amp;: 9 operators") && !svg.contains("<script"), "{svg}");
        assert!(!svg.contains("style="), "a style in the page would be refused");
    }

    #[test]
    fn columns_have_their_values_and_the_best_stands_out() {
        let svg = sizes("Duration", &[(128, 10.0), (256, 5.0)], Some(256), time);
        assert!(svg.contains("aria-label=\"Duration: 128 MB: 10 ms, 256 MB: 5.00 ms\""), "{svg}");
        assert_eq!((svg.matches("class=\"bar\"").count(), svg.matches("class=\"bar other\"").count()), (1, 1));
        assert_eq!([0, 999, 1_000, 12_345_678].map(grouped), ["0", "999", "1,000", "12,345,678"]);
    }
}
