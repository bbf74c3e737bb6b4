//! What was measured, as text for a terminal and in the formats of `--export`.

mod csv;
mod html;
mod markdown;
mod plot;
mod profile;
mod text;

use std::str::FromStr;

pub use profile::{ProfileFormat, profile, profile_text};
pub use text::{text, time};

use crate::bench::{Baseline, Before, Document, Interval, Series, Strategy, ratio_of_medians};

/// A series beside its counterpart.
struct Comparison<'a> {
    now: &'a Series,
    before: &'a Series,
    /// Of the medians of the whole run, now to before.
    ratio: Interval,
    /// Of the fuel, where both have it.
    fuel: Option<f64>,
}

fn comparisons<'a>(document: &'a Document, baseline: Baseline<'a>) -> Vec<Comparison<'a>> {
    let paired = matches!(baseline, Baseline::First);
    let compared = document.series.iter().filter_map(|now| {
        let Before::Series(before) = document.before(baseline, &now.key) else { return None };
        let ratio = ratio_of_medians(&before.rounds_p50_us, &now.rounds_p50_us, paired);
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let fuel = before.fuel.zip(now.fuel).map(|(before, now)| now as f64 / before.max(1) as f64);
        Some(Comparison { now, before, ratio, fuel })
    });
    compared.collect()
}

/// A format of `--export`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Everything, with every sample; also what a baseline is.
    Json,
    /// One row for each series, without samples.
    Csv,
    /// Tables for a README.
    Markdown,
    /// Pictures.
    Svg,
    /// One page with all of it, to look at and to click through.
    Html,
}

impl FromStr for Format {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "json" => Ok(Self::Json),
            "csv" => Ok(Self::Csv),
            "markdown" => Ok(Self::Markdown),
            "svg" => Ok(Self::Svg),
            "html" => Ok(Self::Html),
            other => Err(format!("the format is '{other}', but must be json, csv, markdown, svg or html")),
        }
    }
}

/// The content of an exported file.
pub fn export(format: Format, document: &Document, baseline: Baseline<'_>, strategy: Strategy) -> String {
    match format {
        Format::Json => serde_json::to_string(document).unwrap_or_default() + "\n",
        Format::Csv => csv::csv(document),
        Format::Markdown => markdown::markdown(document, baseline, strategy),
        Format::Svg => plot::svg(document, strategy),
        Format::Html => html::html(document, baseline, strategy),
    }
}
