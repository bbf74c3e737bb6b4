//! The tables of the terminal, for a README.

use super::text::{self, Table};

use crate::bench::{Baseline, BenchDocument, Strategy};

pub(super) fn markdown(document: &BenchDocument, baseline: Baseline<'_>, strategy: Strategy) -> String {
    let environment = &document.environment;
    let mut out = format!(
        "{}, {} cores, {}, wasmlam {}, wasmtime {}, CPython {}, {}\n\n    wasmlam bench {}\n",
        environment.cpu,
        environment.cores,
        environment.kernel,
        environment.wasmlam,
        environment.wasmtime,
        environment.python,
        environment.date,
        environment.arguments.join(" "),
    );
    for Table { title, header, rows } in text::tables(document, baseline, strategy) {
        out += &format!("\n{title}\n\n| {} |\n|", header.join(" | "));
        out += &header.iter().enumerate().map(|(i, _)| if i == 0 { "---|" } else { "---:|" }).collect::<String>();
        out.push('\n');
        for row in rows {
            let cells: Vec<String> = row.iter().map(|cell| cell.replace('|', "\\|")).collect();
            out += &format!("| {} |\n", cells.join(" | "));
        }
    }
    for doubt in text::doubts(document, baseline) {
        out += &format!("\nWarning: {doubt}\n");
    }
    out
}
