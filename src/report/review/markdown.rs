//! The report as Markdown: words and tables, for a ticket or a chat. Pictures are in
//! the PNG and the HTML.

use super::{Review, contents};
use crate::event::time_text;
use crate::report::columns::{Align, Column, harmless, markdown as table};
use crate::report::compare_table::compare_table;

/// The whole file.
#[must_use]
pub fn markdown(review: &Review<'_>) -> String {
    let page = contents(review);
    let mut out = format!("# {}\n\n", escaped(&page.title));
    for (at, line) in page.headline.iter().enumerate() {
        let line = escaped(line);
        out.push_str(&if at == 0 { format!("**{line}**\n\n") } else { format!("{line}\n\n") });
    }
    for line in &page.note {
        // written by the reader, who may have meant it as Markdown
        out.push_str(&format!("> {line}\n"));
    }
    if !page.note.is_empty() {
        out.push('\n');
    }
    out.push_str(&table(&by_columns(&page.compared)));
    out.push_str("\n## Which calls changed\n\n");
    out.push_str(&table(&compare_table(review.changes).0));
    for call in &page.calls {
        out.push_str(&format!("\n## {}\n\n{}\n", escaped(&call.name), escaped(&call.about)));
        if !call.shift.is_empty() {
            let head = ["QUANTILE", "BASE", "NEW"].map(str::to_owned).to_vec();
            let row = |(quantile, base, new): &(f64, u64, u64)| {
                let percent = (quantile * 1000.0).round() / 10.0;
                vec![format!("p{percent}"), time_text(*base), time_text(*new)]
            };
            let rows: Vec<Vec<String>> =
                std::iter::once(head).chain(call.shift.iter().map(row)).collect();
            out.push_str(&format!("\n{}", table(&by_columns(&rows))));
        }
    }
    for (heading, lines) in &page.around {
        out.push_str(&format!("\n## {}\n\n", escaped(heading)));
        for line in lines {
            let indent = if line.starts_with("  ") { "  " } else { "" };
            out.push_str(&format!("{indent}* {}\n", escaped(line.trim_start())));
        }
    }
    out.push_str("\n## How it was made\n\n");
    for line in &page.footer {
        out.push_str(&format!("* {}\n", escaped(line)));
    }
    out
}

fn escaped(line: &str) -> String {
    harmless(line).replace('<', "&lt;").replace('*', "\\*").replace('_', "\\_")
}

/// Rows, the first of which is the head, as columns.
fn by_columns(rows: &[Vec<String>]) -> Vec<Column> {
    let Some((head, rows)) = rows.split_first() else { return Vec::new() };
    let column = |(at, title): (usize, &String)| Column {
        title: title.clone(),
        align: Align::Left,
        give_way: 0,
        cells: rows.iter().filter_map(|row| row.get(at).cloned()).collect(),
    };
    head.iter().enumerate().map(column).collect()
}
