//! Pictures as SVG, drawn once: for `--export svg` one below the other, for the HTML page each by itself. Elements of a
//! series have its class (`s0`, `s1`, ...), by which the page shows and hides them.

use super::text::{sweeps, time};
use crate::bench::{BenchDocument, Series, Strategy, percentile, recommend, sorted};
pub(super) use crate::text::xml as escape;

/// Pixels; every picture is as wide.
const WIDTH: f64 = 900.0;
const LEFT: f64 = 280.0;
const RIGHT: f64 = 40.0;
const TOP: f64 = 44.0;
const BOTTOM: f64 = 52.0;
const ROW: f64 = 28.0;
const CURVES: f64 = 300.0;
/// Okabe and Ito's colours, which colour-blind readers can tell apart.
const COLOURS: [&str; 8] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000", "#7f7f7f"];

/// One picture.
pub(super) struct Plot {
    pub(super) height: f64,
    /// SVG elements, from (0, 0) on.
    pub(super) body: String,
}

/// All pictures of a document.
pub(super) fn plots(document: &BenchDocument, strategy: Strategy) -> Vec<Plot> {
    let mut plots = vec![boxes(document), percentiles(document), rounds(document)];
    plots.extend(sweeps(document).iter().filter(|sweep| sweep.len() > 1).map(|sweep| memory_sizes(document, sweep, strategy)));
    plots
}

/// As one file.
pub(super) fn svg(document: &BenchDocument, strategy: Strategy) -> String {
    let plots = plots(document, strategy);
    let mut y = 0.0;
    let mut body = String::new();
    for plot in &plots {
        body += &format!("<g transform=\"translate(0 {y})\">{}</g>\n", plot.body);
        y += plot.height;
    }
    format!("{}{body}</svg>\n", opening(y))
}

/// The element that a picture of this height is in: as wide as there is room for, up to its own width.
pub(super) fn opening(height: f64) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"100%\" style=\"max-width: {WIDTH}px\" \
         font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    )
}

pub(super) fn colour(i: usize) -> &'static str {
    COLOURS[i % COLOURS.len()]
}

/// Where there are more series than colours, the next ones have another line and another mark.
fn dashes(i: usize) -> &'static str {
    ["none", "7 4", "2 3", "9 3 2 3"][i / COLOURS.len() % 4]
}

/// The mark of a point of a series: a disc, a square, a triangle or a diamond.
fn mark(i: usize, x: f64, y: f64) -> String {
    let corners = |corners: &[(f64, f64)]| {
        let places: Vec<String> = corners.iter().map(|(dx, dy)| format!("{:.1},{:.1}", x + dx, y + dy)).collect();
        format!("<polygon points=\"{}\"", places.join(" "))
    };
    match i / COLOURS.len() % 4 {
        0 => format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.5\""),
        1 => corners(&[(-3.0, -3.0), (3.0, -3.0), (3.0, 3.0), (-3.0, 3.0)]),
        2 => corners(&[(0.0, -4.0), (4.0, 3.0), (-4.0, 3.0)]),
        _ => corners(&[(0.0, -4.5), (4.5, 0.0), (0.0, 4.5), (-4.5, 0.0)]),
    }
}

/// From a value to a place: logarithmic, because times of restored, reused and cold sandboxes lie decades apart.
struct Axis {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Axis {
    /// For all these values, with a little room at both ends.
    fn new(values: impl Iterator<Item = f64>, from: f64, to: f64) -> Self {
        let (low, high) = values
            .filter(|value| value.is_finite() && *value > 0.0)
            .fold((f64::INFINITY, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
        let (low, high) = if high > 0.0 { (low, high) } else { (1.0, 1.0) };
        let room = (high / low).powf(0.04).max(1.08);
        Self { low: low / room, high: high * room, from, to }
    }

    fn at(&self, value: f64) -> f64 {
        let part = (value.max(self.low) / self.low).ln() / (self.high / self.low).ln();
        self.from + part * (self.to - self.from)
    }

    /// 1, 2 and 5 of each decade, and fewer where these would stand too close to each other.
    fn ticks(&self) -> Vec<f64> {
        let decades = (self.high / self.low).log10();
        let (steps, every): (&[f64], i32) = match decades {
            d if d < 0.5 => (&[1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0], 1),
            d if d < 1.0 => (&[1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0], 1),
            d if d < 2.5 => (&[1.0, 2.0, 5.0], 1),
            d if d < 7.0 => (&[1.0], 1),
            _ => (&[1.0], 2),
        };
        #[expect(clippy::cast_possible_truncation, reason = "exponents of floats are below 400")]
        let (first, last) = (self.low.log10().floor() as i32, self.high.log10().ceil() as i32);
        let all =
            (first..=last).filter(|decade| decade % every == 0).flat_map(|decade| steps.iter().map(move |step| step * 10_f64.powi(decade)));
        all.filter(|tick| (self.low..=self.high).contains(tick)).collect()
    }
}

/// A time as a tick: without digits that say nothing.
fn tick(us: f64) -> String {
    let (value, unit) = match us {
        us if us < 999.5 => (us, "us"),
        us if us < 999_500.0 => (us / 1e3, "ms"),
        us => (us / 1e6, "s"),
    };
    let digits = format!("{value:.2}");
    format!("{} {unit}", digits.trim_end_matches('0').trim_end_matches('.'))
}

fn label(x: f64, y: f64, anchor: &str, text: &str) -> String {
    format!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{}</text>\n", escape(text))
}

fn title(text: &str) -> String {
    format!("<text x=\"20\" y=\"24\" font-size=\"15\" font-weight=\"bold\">{}</text>\n", escape(text))
}

fn line(x1: f64, y1: f64, x2: f64, y2: f64, style: &str) -> String {
    format!("<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" {style}/>\n")
}

const GRID: &str = "stroke=\"#ddd\"";

/// A curve with its points; each point tells its numbers when the pointer is over it.
fn curve(i: usize, class: &str, points: &[(f64, f64, String)]) -> String {
    let colour = colour(i);
    let places: Vec<String> = points.iter().map(|(x, y, _)| format!("{x:.1},{y:.1}")).collect();
    let mut out = format!(
        "<g class=\"{class}\" stroke=\"{colour}\" fill=\"{colour}\"><polyline fill=\"none\" stroke-width=\"2\" stroke-dasharray=\"{}\" points=\"{}\"/>\n",
        dashes(i),
        places.join(" ")
    );
    for (x, y, text) in points {
        let mark = mark(i, *x, *y);
        let name = mark[1..].split(' ').next().unwrap_or_default();
        out += &format!("{mark}><title>{}</title></{name}>\n", escape(text));
    }
    out + "</g>\n"
}

/// A horizontal grid with times at its left.
fn time_grid(y: &Axis, left: f64, right: f64) -> String {
    let ticks = y.ticks();
    ticks.iter().map(|us| line(left, y.at(*us), right, y.at(*us), GRID) + &label(left - 8.0, y.at(*us) + 4.0, "end", &tick(*us))).collect()
}

/// One name below the other, at the left of curves.
fn legend(document: &BenchDocument) -> String {
    let entries = document.series.iter().enumerate().map(|(i, series)| {
        let y = TOP + 14.0 + 18.0 * number(i);
        let name = label(32.0, y, "start", &fit(&series.key.to_string(), 25));
        let style = format!("stroke=\"{0}\" stroke-width=\"2\" stroke-dasharray=\"{1}\"", colour(i), dashes(i));
        let sample = line(4.0, y - 4.0, 28.0, y - 4.0, &style);
        format!("<g class=\"s{i}\">{sample}{} fill=\"{}\"/>{name}</g>\n", mark(i, 16.0, y - 4.0), colour(i))
    });
    entries.collect()
}

/// A name cut to what there is room for, its end kept: that is what tells series apart.
fn fit(text: &str, length: usize) -> String {
    let count = text.chars().count();
    if count <= length { text.to_owned() } else { format!("…{}", text.chars().skip(count + 1 - length).collect::<String>()) }
}

#[expect(clippy::cast_precision_loss, reason = "counts that are drawn")]
fn number(i: usize) -> f64 {
    i as f64
}

/// From p1 to p99 a line, between the quartiles a box, at p50 a mark.
fn boxes(document: &BenchDocument) -> Plot {
    let spreads: Vec<[f64; 5]> = document
        .series
        .iter()
        .map(|series| {
            let samples = sorted(series.samples_us.iter().copied());
            [1.0, 25.0, 50.0, 75.0, 99.0].map(|percent| percentile(&samples, percent))
        })
        .collect();
    let x = Axis::new(spreads.iter().flatten().copied(), LEFT, WIDTH - RIGHT - 95.0);
    let bottom = TOP + ROW * number(document.series.len());
    let mut body = title("Time of a whole run (logarithmic): p1 to p99, quartiles, median");
    for us in x.ticks() {
        body += &line(x.at(us), TOP, x.at(us), bottom, GRID);
        body += &label(x.at(us), bottom + 18.0, "middle", &tick(us));
    }
    for (i, (series, [p1, p25, p50, p75, p99])) in document.series.iter().zip(&spreads).enumerate() {
        let y = TOP + ROW * (number(i) + 0.5);
        let colour = colour(i);
        let tells =
            format!("{}: p1 {}, p25 {}, p50 {}, p75 {}, p99 {}", series.key, time(*p1), time(*p25), time(*p50), time(*p75), time(*p99));
        body += &format!("<g class=\"s{i}\"><title>{}</title>\n", escape(&tells));
        body += &label(LEFT - 10.0, y + 4.0, "end", &fit(&series.key.to_string(), 38));
        body += &line(x.at(*p1), y, x.at(*p99), y, &format!("stroke=\"{colour}\" stroke-width=\"2\""));
        let (from, to) = (x.at(*p25), x.at(*p75));
        body += &format!(
            "<rect x=\"{from:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"14\" fill=\"{colour}\"/>\n",
            y - 7.0,
            (to - from).max(2.0)
        );
        body += &line(x.at(*p50), y - 9.0, x.at(*p50), y + 9.0, "stroke=\"#fff\" stroke-width=\"5\"");
        body += &line(x.at(*p50), y - 9.0, x.at(*p50), y + 9.0, "stroke=\"#000\" stroke-width=\"2\"");
        body += &label(x.at(*p99) + 6.0, y + 4.0, "start", &format!("p50 {}", time(*p50)));
        body += "</g>\n";
    }
    Plot { height: bottom + BOTTOM, body }
}

/// Every percentile, drawn so that 90, 99 and 99.9 % are as far from each other: the tail is what users wait for.
fn percentiles(document: &BenchDocument) -> Plot {
    const STEPS: usize = 50;
    let nines = |percent: f64| -(1.0 - percent / 100.0).log10();
    let most = document.series.iter().map(|series| series.runs).max().unwrap_or(1).max(10);
    let last = number(most).log10();
    let (right, bottom) = (WIDTH - RIGHT, TOP + CURVES);
    let x = |nines: f64| LEFT + nines / last * (right - LEFT);
    let y = Axis::new(document.series.iter().flat_map(|series| [series.min_us, series.max_us]), bottom, TOP);
    let mut body = title("Percentiles (time logarithmic)") + &legend(document) + &time_grid(&y, LEFT, right);
    for percent in [0.0, 50.0, 90.0, 99.0, 99.9, 99.99, 99.999] {
        let at = nines(percent);
        if at <= last {
            body += &line(x(at), TOP, x(at), bottom, GRID);
            body += &label(x(at), bottom + 18.0, "middle", &format!("{percent} %"));
        }
    }
    body += &label((LEFT + right) / 2.0, bottom + 38.0, "middle", "part of the runs that took no longer");
    for (i, series) in document.series.iter().enumerate() {
        let samples = sorted(series.samples_us.iter().copied());
        // What one run in n shows is all that n runs can tell.
        let own_last = number(samples.len().max(2)).log10();
        let steps = (0..=STEPS).map(|step| last * number(step) / number(STEPS)).take_while(|at| *at < own_last);
        let points: Vec<(f64, f64, String)> = steps
            .chain([own_last])
            .map(|at| {
                let percent = 100.0 * (1.0 - 10_f64.powf(-at));
                let us = percentile(&samples, percent);
                (x(at), y.at(us), format!("{}: {percent:.3} % took no longer than {}", series.key, time(us)))
            })
            .collect();
        body += &curve(i, &format!("s{i}"), &points);
    }
    Plot { height: bottom + BOTTOM, body }
}

/// The median of each round, in the order of time: what drifts is seen here.
fn rounds(document: &BenchDocument) -> Plot {
    let (right, bottom) = (WIDTH - RIGHT, TOP + CURVES * 0.7);
    let most = document.series.iter().map(|series| series.rounds_p50_us.len()).max().unwrap_or(1).max(2);
    let x = |round: usize| LEFT + number(round) / number(most - 1) * (right - LEFT);
    let y = Axis::new(document.series.iter().flat_map(|series| series.rounds_p50_us.iter().copied()), bottom, TOP);
    let mut body = title("Median of each round (logarithmic)") + &legend(document) + &time_grid(&y, LEFT, right);
    let step = most.div_ceil(10).max(1);
    for round in (0..most).step_by(step) {
        body += &label(x(round), bottom + 18.0, "middle", &(round + 1).to_string());
    }
    body += &label((LEFT + right) / 2.0, bottom + 38.0, "middle", "round");
    for (i, series) in document.series.iter().enumerate() {
        let points = series.rounds_p50_us.iter().enumerate();
        let points: Vec<_> =
            points.map(|(round, us)| (x(round), y.at(*us), format!("{}: round {}, {}", series.key, round + 1, time(*us)))).collect();
        body += &curve(i, &format!("s{i}"), &points);
    }
    let height = (bottom + BOTTOM).max(TOP + 24.0 + 18.0 * number(document.series.len()));
    Plot { height, body }
}

/// What a function takes and costs at each memory size: time at the left, cost at the right.
fn memory_sizes(document: &BenchDocument, sweep: &[&Series], strategy: Strategy) -> Plot {
    let currency = document.environment.prices.as_ref().map_or("", |price| price.currency.as_str());
    let (left, right, bottom) = (110.0, WIDTH - 110.0, TOP + 30.0 + CURVES);
    let x = Axis::new(sweep.iter().map(|series| f64::from(series.key.memory_size_mb)), left, right);
    let handler = |series: &Series| series.handler_us.unwrap_or(0.0);
    let cost = |series: &Series| series.cost_per_million.unwrap_or(0.0);
    let y = Axis::new(sweep.iter().map(|series| handler(series)), bottom, TOP + 30.0);
    let dearest = sweep.iter().map(|series| cost(series)).fold(f64::MIN_POSITIVE, f64::max) * 1.15;
    let cost_at = |cost: f64| bottom - cost / dearest * (bottom - TOP - 30.0);
    let name = sweep.first().map_or(String::new(), |series| format!("{} {}", series.key.package, series.key.mode.name()));
    let mut body = title(&format!("{}: time and cost by memory size", fit(&name, 60)));
    body += &time_grid(&y, left, right);
    let best = recommend(strategy, sweep);
    for series in sweep {
        let at = x.at(f64::from(series.key.memory_size_mb));
        body += &line(at, TOP + 30.0, at, bottom, GRID);
        body += &label(at, bottom + 18.0, "middle", &series.key.memory_size_mb.to_string());
        if best.is_some_and(|best| std::ptr::eq(best, *series)) {
            body += &line(at, TOP + 30.0, at, bottom, "stroke=\"#000\" stroke-dasharray=\"4 3\"");
            body += &label(at, TOP + 22.0, "middle", "recommended");
        }
    }
    for part in 0..=4 {
        let value = dearest * f64::from(part) / 4.0;
        body += &label(right + 8.0, cost_at(value) + 4.0, "start", &format!("{value:.2}"));
    }
    body += &label(right, bottom + 38.0, "end", "memory size, MB");
    body += &format!("<g fill=\"{}\">{}</g>", colour(0), label(left - 8.0, TOP + 4.0, "end", "handler p50"));
    body += &format!("<g fill=\"{}\">{}</g>", colour(1), label(right + 8.0, TOP + 4.0, "start", &format!("{currency}/million")));
    let points = |of: &dyn Fn(&Series) -> f64| -> Vec<(f64, f64, String)> {
        let point = |series: &&Series| {
            let billed = series.billed_ms.map_or(String::new(), |ms| format!(", billed {ms:.1} ms"));
            let tells = format!(
                "{} MB: {}{billed}, {:.3} {currency} per million calls",
                series.key.memory_size_mb,
                time(handler(series)),
                cost(series)
            );
            (x.at(f64::from(series.key.memory_size_mb)), of(series), tells)
        };
        sweep.iter().map(point).collect()
    };
    body += &curve(0, "time", &points(&|series| y.at(handler(series))));
    body += &curve(1, "cost", &points(&|series| cost_at(cost(series))));
    body += &label(left, bottom + 38.0, "start", "A model: Lambda's CPU share of this machine's cores");
    Plot { height: bottom + BOTTOM, body }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_puts_values_in_order_and_labels_few_of_them() {
        for (low, high) in [(1.0, 1.0), (11.0, 13.0), (70.0, 300.0), (10.0, 450_000.0), (1.0, 1e9)] {
            let axis = Axis::new([low, high].into_iter(), 100.0, 900.0);
            assert!(axis.at(low) >= 100.0 && axis.at(high) <= 900.0 && axis.at(low) <= axis.at(high));
            let ticks = axis.ticks();
            assert!((1..=10).contains(&ticks.len()) || low == high, "{low} to {high}: {ticks:?}");
            assert!(ticks.windows(2).all(|pair| axis.at(pair[1]) - axis.at(pair[0]) > 30.0), "{low} to {high}: {ticks:?}");
        }
    }

    #[test]
    fn no_two_of_many_series_look_alike() {
        let looks: std::collections::HashSet<_> = (0..32).map(|i| (colour(i), dashes(i), mark(i, 0.0, 0.0))).collect();
        assert_eq!(looks.len(), 32);
    }

    #[test]
    fn every_picture_is_whole_and_scales() {
        use crate::bench::document_tests::{document, series};
        let names: Vec<String> = (0..12).map(|i| format!("p{i}<&")).collect();
        let document = document(names.iter().map(|name| series(name, &[100, 200], None)).collect());
        let svg = svg(&document, Strategy::Balanced);
        assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 900 ") && !svg.contains(" height=\"7"));
        let mut reader = quick_xml::Reader::from_str(&svg);
        while reader.read_event().expect("whole XML") != quick_xml::events::Event::Eof {}
        assert!(svg.contains("stroke-dasharray=\"7 4\"") && svg.contains("<polygon points="));
        assert!(svg.contains("p50 150.0 us"));
    }

    #[test]
    fn ticks_and_names_are_short() {
        for (us, text) in [(0.5, "0.5 us"), (200.0, "200 us"), (1e3, "1 ms"), (2e5, "200 ms"), (1e6, "1 s")] {
            assert_eq!(tick(us), text);
        }
        assert_eq!((fit("short", 5), fit("much too long", 5)), ("short".into(), "…long".into()));
        assert_eq!(escape("a<b>&\"c\"\u{1b}"), "a&lt;b&gt;&amp;&quot;c&quot;\\u{1b}");
    }
}
