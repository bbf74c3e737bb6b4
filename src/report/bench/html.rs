//! One page with tables and pictures, complete in itself: no network, no other file.

use super::plot::{self, colour, escape};
use super::text::{self, Table};
use crate::bench::{Baseline, BenchDocument, Strategy};

pub(super) fn html(document: &BenchDocument, baseline: Baseline<'_>, strategy: Strategy) -> String {
    let environment = &document.environment;
    let names: Vec<String> = document.series.iter().map(|series| series.key.package.clone()).collect();
    let mut packages = names;
    packages.dedup();
    let facts = [
        ("Machine", format!("{}, {} cores, {}", environment.cpu, environment.cores, environment.kernel)),
        ("Versions", format!("wasmlam {}, wasmtime {}, CPython {}", environment.wasmlam, environment.wasmtime, environment.python)),
        ("Interpreter", environment.module_sha256.clone()),
        ("CPU model", environment.cpu_model.clone()),
        ("Events", format!("{}, {} bytes together", environment.events, environment.event_bytes)),
        ("Date", environment.date.clone()),
        ("Command", format!("wasmlam bench {}", environment.arguments.join(" "))),
    ];
    let facts: String = facts.iter().map(|(name, value)| format!("<dt>{name}</dt><dd>{}</dd>\n", escape(value))).collect();
    let doubts: String = text::doubts(document, baseline).iter().map(|doubt| format!("<li>{}</li>\n", escape(doubt))).collect();
    let choices = document.series.iter().enumerate().map(|(i, series)| {
        let name = series.key.to_string();
        let name = escape(&name);
        format!("<label style=\"--colour: {}\"><input type=\"checkbox\" value=\"s{i}\" checked> {name}</label>\n", colour(i))
    });
    let pictures = plot::plots(document, strategy);
    let pictures = pictures.iter().map(|plot| format!("<figure><div>{}{}</svg></div></figure>\n", plot::opening(plot.height), plot.body));
    include_str!("page.html")
        .replace("{{TITLE}}", &escape(&packages.join(", ")))
        .replace("{{FACTS}}", &facts)
        .replace("{{DOUBTS}}", &doubts)
        .replace("{{CHOICES}}", &choices.collect::<String>())
        .replace("{{PICTURES}}", &pictures.collect::<String>())
        .replace("{{TABLES}}", &text::tables(document, baseline, strategy).iter().map(table).collect::<String>())
}

fn table(Table { title, header, rows }: &Table) -> String {
    let row = |cells: &[String], tag: &str| {
        let class = |cell: &str| if cell.starts_with('█') { " class=\"bar\"" } else { "" };
        let cells: String = cells.iter().map(|cell| format!("<{tag}{}>{}</{tag}>", class(cell), escape(cell))).collect();
        format!("<tr>{cells}</tr>\n")
    };
    let rows: String = rows.iter().map(|cells| row(cells, "td")).collect();
    format!(
        "<h2>{}</h2>\n<div class=\"wide\"><table>\n<thead>{}</thead>\n<tbody>{rows}</tbody>\n</table></div>\n",
        escape(title),
        row(header, "th")
    )
}
