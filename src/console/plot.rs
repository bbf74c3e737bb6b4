//! Plots of the monitor as SVG. Colours are the style sheet's, by class, so that they fit light and dark pages; everything in
//! a plot is a number or a label of ours.

use std::fmt::Write;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 200.0;
const LEFT: f64 = 56.0;
const RIGHT: f64 = 8.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 28.0;

/// How many there were in each part of the time, and how many of them are marked.
pub(super) struct Bars {
    pub(super) labels: Vec<String>,
    pub(super) totals: Vec<usize>,
    pub(super) marked: Vec<usize>,
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
    for (slot, anchor) in [(0, "start"), (slots / 2, "middle"), (slots.saturating_sub(1), "end")] {
        let label = labels.get(slot).map_or("", String::as_str);
        let _ =
            write!(out, "<text class=\"tick\" x=\"{:.1}\" y=\"{}\" text-anchor=\"{anchor}\">{label}</text>", x(slot, slots), HEIGHT - 8.0);
    }
    out
}

/// Invocations over time, errors in the colour of errors.
pub(super) fn bars(bars: &Bars) -> String {
    let slots = bars.labels.len();
    let top = round_up(float(bars.totals.iter().copied().max().unwrap_or(0)).max(2.0));
    let (total, errors): (usize, usize) = (bars.totals.iter().sum(), bars.marked.iter().sum());
    let mut out = opening(&format!("{total} invocations and {errors} errors over time"), &bars.labels, top, |value| format!("{value:.0}"));
    let width = (WIDTH - LEFT - RIGHT) / float(slots.max(1)) * 0.72;
    for (slot, (total, marked)) in bars.totals.iter().zip(&bars.marked).enumerate() {
        if *total + *marked == 0 {
            continue;
        }
        let left = x(slot, slots) - width / 2.0;
        let rectangle = |class: &str, count: usize| {
            let at = y(float(count), top);
            format!("<rect class=\"{class}\" x=\"{left:.1}\" y=\"{at:.1}\" width=\"{width:.1}\" height=\"{:.1}\"/>", HEIGHT - BOTTOM - at)
        };
        let label = &bars.labels[slot];
        let _ = write!(
            out,
            "<g><title>{label}: {total} invocations, {marked} errors</title>{}{}</g>",
            rectangle("bar", *total),
            rectangle("bar bad", *marked)
        );
    }
    out + "</svg>"
}

/// Percentiles of the duration over time.
pub(super) fn curves(labels: &[String], curves: &[Curve]) -> String {
    let slots = labels.len();
    let most = curves.iter().flat_map(|curve| curve.points.iter().map(|(_, ms)| *ms)).fold(0.0, f64::max);
    let top = round_up(most.max(0.01));
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
        let svg = bars(&Bars { labels: labels.clone(), totals: vec![0, 3, 1], marked: vec![0, 1, 0] });
        assert!(svg.contains("aria-label=\"4 invocations and 1 errors over time\"") && svg.contains("01:00: 3 invocations, 1 errors"));
        assert_eq!(svg.matches("<rect").count(), 4);
        let svg = curves(&labels, &[Curve { name: "p50", points: vec![(0, 1.0), (2, 2.5)] }]);
        for text in [svg.as_str(), &bars(&Bars { labels, totals: vec![0; 3], marked: vec![0; 3] })] {
            assert!(text.starts_with("<svg") && text.ends_with("</svg>"));
        }
        assert!(svg.contains("p50 2.50 ms") && !svg.contains("style="), "a style in the page would be refused");
    }
}
