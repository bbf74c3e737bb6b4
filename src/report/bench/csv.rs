//! One row for each series, with the names and units of the JSON export.

use serde_json::Value;

use super::{Comparison, comparisons};
use crate::bench::{Baseline, BenchDocument};

/// Which series it is comes first; lists have no place in a row.
const COLUMNS: [&str; 24] = [
    "package",
    "mode",
    "memory_size_mb",
    "concurrency",
    "runs",
    "min_us",
    "mean_us",
    "sd_us",
    "p50_us",
    "p90_us",
    "p95_us",
    "p99_us",
    "p99_9_us",
    "max_us",
    "throughput_per_s",
    "init_us",
    "restore_us",
    "handler_us",
    "reset_us",
    "fuel",
    "peak_memory_bytes",
    "pages_written",
    "billed_ms",
    "cost_per_million",
];

/// And, where there is something to compare with, these.
const COMPARED: [&str; 6] = ["before_us", "now_us", "ratio", "ratio_low", "ratio_high", "fuel_ratio"];

pub(super) fn csv(document: &BenchDocument, baseline: Baseline<'_>) -> String {
    let comparisons = comparisons(document, baseline);
    let rows = document.series.iter().filter_map(|series| Some((serde_json::to_value(series).ok()?, series)));
    let rows = rows.map(|(row, series)| {
        let compared = comparisons.iter().find(|comparison| std::ptr::eq(comparison.now, series)).map(Comparison::json);
        let compared = compared.unwrap_or_default();
        let of_comparison = COMPARED.iter().filter(|_| !comparisons.is_empty()).map(|name| field(&compared[*name]));
        COLUMNS.iter().map(|name| field(&row[*name])).chain(of_comparison).collect::<Vec<_>>().join(",") + "\n"
    });
    let header = COLUMNS.iter().chain(COMPARED.iter().filter(|_| !comparisons.is_empty())).copied().collect::<Vec<_>>();
    std::iter::once(header.join(",") + "\n").chain(rows).collect()
}

/// As RFC 4180 has it.
fn field(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) if text.contains([',', '"', '\n', '\r']) => format!("\"{}\"", text.replace('"', "\"\"")),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_where_they_must_be() {
        for (value, text) in [("plain", "plain"), ("a,b", "\"a,b\""), ("say \"a\"", "\"say \"\"a\"\"\"")] {
            assert_eq!(field(&Value::from(value)), text);
        }
        assert_eq!((field(&Value::Null), field(&Value::from(1.5))), (String::new(), "1.5".into()));
    }
}
