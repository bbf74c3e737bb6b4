//! A profile as text and as a flame graph.

use std::path::PathBuf;
use std::str::FromStr;

use super::plot::{colour, escape, opening};
use super::text::{Table, aligned, grouped};
use crate::bench::Profile;

/// Functions that the terminal shows.
const SHOWN: usize = 15;
const WIDTH: f64 = 900.0;
const ROW: f64 = 18.0;
/// Pixels below which a box is left out, and about those of a character.
const NARROW: f64 = 0.5;
const CHARACTER: f64 = 6.5;

/// A file format of a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProfileFormat {
    /// A flame graph.
    Svg,
    /// For speedscope.app.
    Speedscope,
    /// For flamegraph.pl and inferno.
    Collapsed,
}

impl FromStr for ProfileFormat {
    type Err = String;
    /// From a file's extension.
    fn from_str(extension: &str) -> Result<Self, String> {
        match extension {
            "svg" => Ok(Self::Svg),
            "json" => Ok(Self::Speedscope),
            "txt" | "folded" | "collapsed" => Ok(Self::Collapsed),
            other => Err(format!("a profile's file ends in .svg, .json (speedscope) or .txt (collapsed stacks), not in '{other}'")),
        }
    }
}

/// A profile's file, whose extension names its format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileTo {
    /// The format.
    pub format: ProfileFormat,
    /// The file.
    pub path: PathBuf,
}

impl FromStr for ProfileTo {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let path = PathBuf::from(text);
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        Ok(Self { format: extension.parse()?, path })
    }
}

/// The content of a profile's file.
pub fn profile(format: ProfileFormat, profile: &Profile) -> String {
    match format {
        ProfileFormat::Svg => flame_graph(profile),
        ProfileFormat::Speedscope => profile.speedscope(),
        ProfileFormat::Collapsed => profile.collapsed(),
    }
}

/// The functions with the most operators, and how far that is to be trusted.
#[expect(clippy::cast_precision_loss, reason = "ratios")]
pub fn profile_text(name: &str, profile: &Profile) -> String {
    let told = profile.told().max(1) as f64;
    let percent = |operators: u64| format!("{:.1} %", operators as f64 / told * 100.0);
    let functions = profile.functions();
    let rows = functions.iter().take(SHOWN).map(|function| {
        vec![
            function.name.chars().take(70).collect(),
            grouped(function.calls),
            grouped(function.own),
            percent(function.own),
            percent(function.total),
        ]
    });
    let header = ["function", "calls", "own operators", "own", "with callees"].map(String::from).into();
    let table = Table { title: format!("Where the operators of {name} go, one call"), header, rows: rows.collect() };
    let (events, taken_off) = profile.events();
    format!(
        "{}  {} operators in {} functions are {:.1} % of the {} that the call takes without a profile (the runtime's for event and\n  \
         result are not included). Profiled it took {:.1} times as many; {} operators of profiling ({} calls and returns) are\n  subtracted. Counted, not sampled.\n",
        aligned(&table),
        grouped(profile.told()),
        functions.len(),
        told / profile.fuel().max(1) as f64 * 100.0,
        grouped(profile.fuel()),
        profile.overhead(),
        grouped(taken_off),
        grouped(events),
    )
}

/// As much of `function (file:line)` as there is room for: the function before its place, cut with an ellipsis.
fn label(name: &str, room: usize) -> String {
    let function = name.split_once(" (").map_or(name, |(function, _)| function);
    let length = |text: &str| text.chars().count();
    match room {
        room if length(name) <= room => name.to_owned(),
        room if length(function) <= room => function.to_owned(),
        0..2 => String::new(),
        room => format!("{}…", function.chars().take(room - 1).collect::<String>()),
    }
}

#[expect(clippy::cast_precision_loss, reason = "places in a picture")]
fn flame_graph(profile: &Profile) -> String {
    let whole = profile.told().max(1) as f64;
    let boxes = profile.boxes();
    let deepest = boxes.iter().map(|(depth, ..)| depth + 1).max().unwrap_or(1);
    let mut body =
        format!("<text x=\"10\" y=\"20\" font-size=\"15\" font-weight=\"bold\">{} WebAssembly operators</text>\n", grouped(profile.told()));
    for (depth, start, operators, name) in boxes {
        let (x, width) = (10.0 + start as f64 / whole * (WIDTH - 20.0), operators as f64 / whole * (WIDTH - 20.0));
        if width < NARROW {
            continue;
        }
        // The same function has the same colour, wherever it is called.
        let number = name.bytes().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        let y = 34.0 + depth as f64 * ROW;
        let tells = format!("{name}: {} operators, {:.2} %", grouped(operators), operators as f64 / whole * 100.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "characters in 900 pixels")]
        let room = (width / CHARACTER) as usize;
        // An inner picture, so that no text runs out of its box, however wide the reader's font is.
        body += &format!(
            "<svg x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{:.1}\"><title>{}</title>\
             <rect width=\"100%\" height=\"100%\" fill=\"{}\" fill-opacity=\"0.45\" stroke=\"#fff\"/>\
             <text x=\"3\" y=\"13\">{}</text></svg>\n",
            ROW - 1.0,
            escape(&tells),
            colour(number % 7),
            escape(&label(name, room.saturating_sub(1)))
        );
    }
    format!("{}{body}</svg>\n", opening(34.0 + deepest as f64 * ROW + 10.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::profile_tests::sample;

    #[test]
    fn the_text_says_how_far_it_is_to_be_trusted() {
        let text = profile_text("f", &sample());
        assert!(text.contains("50 operators in 3 functions are 83.3 % of the 60"), "{text}");
        assert!(text.contains("3.0 times as many; 30 operators of profiling (10 calls and returns) are\n  subtracted"), "{text}");
        let first = text.lines().nth(2).expect("a row").split_whitespace().collect::<Vec<_>>();
        assert_eq!(first, ["work", "2", "30", "60.0", "%", "76.0", "%"]);
    }

    #[test]
    fn a_flame_graph_has_a_box_for_each_stack() {
        let svg = flame_graph(&sample());
        assert_eq!(svg.matches("<rect width=\"100%\" height=\"100%\" fill=\"#").count(), 4 + 1, "and the background");
        for (room, shown) in [(30, "fib (rich.py:3)"), (14, "fib"), (3, "fib"), (2, "f…"), (1, "")] {
            assert_eq!(label("fib (rich.py:3)", room), shown);
        }
        assert!(svg.contains("<title>work: 38 operators, 76.00 %</title>"));
    }
}
