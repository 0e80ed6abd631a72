//! The report as one file of HTML: the same pictures as on the page, as SVG, tables
//! that can be sorted and searched, and behind the cells of a spectrogram the slowest
//! calls. It asks for nothing from any network, and can be read without its script.
//! Whatever comes from a capture is text, never markup.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{KEPT, Kept, Review, RunFacts, Seen, contents};
use crate::compare::SpectrogramRun;
use crate::event::{several, time_text};
use crate::report::columns::{Align, Column, harmless};
use crate::report::compare_table::compare_table_of_all;
use crate::report::plot::page::{
    CallPage, Figure, Page, bars_figure, beside_figure, course_figure, picture_figure,
};
use crate::report::plot::{FONTS, Picture, PlotError, escaped};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// The whole file.
///
/// # Errors
/// When a picture cannot be drawn.
pub fn html(review: &Review<'_>) -> Result<String, PlotError> {
    let page = contents(review);
    let mut out = head(&page);
    out.push_str("<main>");
    introduction(&mut out, &page);
    ranking(&mut out, review, &page);
    let mut cells = Vec::new();
    for (number, (seen, call)) in review.seen.iter().zip(&page.calls).enumerate() {
        cells.push(call_section(&mut out, review, (number, seen), call)?);
    }
    for (heading, lines) in &page.around {
        out.push_str(&format!("<section><h2>{}</h2>", text(heading)));
        lines_of(&mut out, lines);
        out.push_str("</section>");
    }
    out.push_str("</main><footer><h2>How it was made</h2>");
    for line in &page.footer {
        out.push_str(&format!("<p>{}</p>", text(line)));
    }
    out.push_str("</footer>");
    script_data(&mut out, "cells", &Value::Array(cells));
    if let Some(data) = &review.data {
        script_data(&mut out, "analyze-compare", data);
    }
    out.push_str(&format!("<script>{SCRIPT}</script></body></html>\n"));
    Ok(out)
}

/// Text of a capture or about one.
fn text(words: &str) -> String {
    escaped(&harmless(words))
}

fn head(page: &Page) -> String {
    let [regular, bold] = FONTS.map(|font| STANDARD.encode(font));
    let style = STYLE.replace("$REGULAR", &regular).replace("$BOLD", &bold);
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><meta name=\"generator\" content=\"analyze {}\"><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; font-src data:\"><title>{}</title><style>{style}</style></head><body>",
        env!("CARGO_PKG_VERSION"),
        text(&page.title)
    )
}

/// Data for the script and for other programs; no text in it can end the element.
fn script_data(out: &mut String, id: &str, data: &Value) {
    let data = data.to_string().replace('<', "\\u003c");
    out.push_str(&format!("<script type=\"application/json\" id=\"{id}\">{data}</script>"));
}

fn introduction(out: &mut String, page: &Page) {
    out.push_str(&format!("<header><h1>{}</h1>", text(&page.title)));
    for (at, line) in page.headline.iter().enumerate() {
        let class = if at == 0 { " class=\"lead\"" } else { "" };
        out.push_str(&format!("<p{class}>{}</p>", text(line)));
    }
    if !page.note.is_empty() {
        out.push_str("<div class=\"note\">");
        for line in &page.note {
            out.push_str(&format!("<p>{}</p>", text(line)));
        }
        out.push_str("</div>");
    }
    if let Some((head, rows)) = page.compared.split_first() {
        let row = |row: &[String], tag: &str| {
            let cells: Vec<String> = row.iter().map(|cell| text(cell)).collect();
            format!("<tr><{tag}>{}</{tag}></tr>", cells.join(&format!("</{tag}><{tag}>")))
        };
        let rows: String = rows.iter().map(|cells| row(cells, "td")).collect();
        out.push_str(&format!(
            "<div class=\"wide\"><table aria-label=\"What was compared\"><thead>{}</thead><tbody>{rows}</tbody></table></div>",
            row(head, "th")
        ));
    }
    out.push_str("</header>");
}

fn lines_of(out: &mut String, lines: &[String]) {
    out.push_str("<ul class=\"lines\">");
    for line in lines {
        let class = if line.starts_with("  ") { " class=\"in\"" } else { "" };
        out.push_str(&format!("<li{class}>{}</li>", text(line.trim_start())));
    }
    out.push_str("</ul>");
}

fn figure(out: &mut String, class: &str, figure: &Figure, label: &str) {
    out.push_str(&format!(
        "<figure><div class=\"wide {class}\">{}</div></figure>",
        figure.inline_svg(&harmless(label))
    ));
}

fn ranking(out: &mut String, review: &Review<'_>, page: &Page) {
    out.push_str("<section><h2>Which calls changed</h2>");
    if !page.bars.list.is_empty() {
        figure(out, "", &bars_figure(&page.bars), &page.bars.in_words());
    }
    let rows = review.changes.rows.len() as u64;
    let columns = compare_table_of_all(review.changes);
    out.push_str(&format!(
        "<details open><summary>All figures, {}</summary>{}<div class=\"scroll\">",
        several(rows, "row"),
        search("ranks")
    ));
    let link = |cell: &str| {
        let at = review.seen.iter().position(|seen| seen.event == cell);
        at.map(|at| format!("<a href=\"#call{at}\">{}</a>", text(cell)))
    };
    table(out, "ranks", "Calls of base and new", &columns, &link);
    out.push_str("</div></details></section>");
}

fn search(table: &str) -> String {
    format!(
        "<input hidden type=\"search\" data-for=\"{table}\" placeholder=\"search\" aria-label=\"Search the table\">"
    )
}

/// A table that can be sorted; `link` may make a link of a cell of the first column.
fn table(
    out: &mut String,
    id: &str,
    label: &str,
    columns: &[Column],
    link: &dyn Fn(&str) -> Option<String>,
) {
    let class = |column: &Column| match column.align {
        Align::Right => " class=\"number\"",
        Align::Left => "",
    };
    out.push_str(&format!(
        "<table class=\"sortable\" id=\"{id}\" aria-label=\"{}\"><thead><tr>",
        text(label)
    ));
    for column in columns {
        out.push_str(&format!("<th{}>{}</th>", class(column), text(&column.title)));
    }
    out.push_str("</tr></thead><tbody>");
    for row in 0..columns.first().map_or(0, |column| column.cells.len()) {
        out.push_str("<tr>");
        for (at, column) in columns.iter().enumerate() {
            let cell = column.cells.get(row).map_or("", String::as_str);
            let words = (at == 0).then(|| link(cell)).flatten().unwrap_or_else(|| text(cell));
            out.push_str(&format!("<td{}>{words}</td>", class(column)));
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table>");
}

/// One call; gives what the script needs of its spectrogram.
fn call_section(
    out: &mut String,
    review: &Review<'_>,
    (number, seen): (usize, &Seen),
    call: &CallPage,
) -> Result<Value, PlotError> {
    out.push_str(&format!(
        "<section id=\"call{number}\"><h2>{}</h2><p class=\"about\">{}</p>",
        text(&call.name),
        text(&call.about)
    ));
    let mut data = json!({ "cells": [] });
    let beside = beside_figure(call);
    let label = format!("Latencies of {}: distribution and quantiles. {}", call.name, call.about);
    match &call.picture {
        Some(picture) => {
            let drawn = picture_figure(picture)?;
            data = cells(review, seen, picture, &drawn);
            out.push_str("<div class=\"pair\"><div>");
            let label = format!("Spectrogram of {}. {}", call.name, picture.subtitle);
            figure(out, "live", &drawn, &label);
            out.push_str(&format!(
                "<p class=\"hint\">A cell tells its calls when pointed at. A click on it, or a box drawn over several, lists what is known of them below.</p><p id=\"said{number}\" role=\"status\"></p></div><div>"
            ));
            figure(out, "", &beside, &label);
            out.push_str("</div></div>");
        }
        None => figure(out, "", &beside, &label),
    }
    if !call.course.is_empty() {
        let label = format!("Calls a second and 99th percentile of {} by time", call.name);
        figure(out, "", &course_figure(call), &label);
    }
    if let Some(objects) = &seen.objects {
        let id = format!("objects{number}");
        out.push_str(&format!(
            "<details><summary>{}</summary>{}<div class=\"scroll\">",
            text(&objects.title()),
            search(&id)
        ));
        table(out, &id, &objects.title(), &objects.columns(), &|_| None);
        out.push_str("</div></details>");
    }
    let step = call.picture.as_ref().map_or(1, |picture| picture.interval_ns.max(1));
    slow(out, review, (number, seen), step);
    out.push_str("</section>");
    Ok(data)
}

fn cells(review: &Review<'_>, seen: &Seen, picture: &Picture, drawn: &Figure) -> Value {
    // a picture of one side alone may be that of the new one
    let with_calls = seen.read().zip(&seen.sides).filter(|(_, side)| side.calls() > 0);
    let sides: Vec<usize> = with_calls.map(|(at, _)| at).collect();
    let list: Vec<Value> = drawn
        .cells
        .iter()
        .map(|cell| {
            let (side, amount) = if cell.difference {
                (2, (cell.share * 1e6).round() as i64)
            } else {
                let side = sides.get(cell.panel).copied().unwrap_or(0);
                (side, i64::try_from(cell.count).unwrap_or(i64::MAX))
            };
            json!([cell.x0, cell.y0, cell.x1, cell.y1, side, cell.row, cell.bucket, amount])
        })
        .collect();
    let side = |number: usize| seen.read().zip(&seen.sides).find(|(at, _)| *at == number);
    let label = |at: usize| side(at).map_or("", |(_, side)| side.label.as_str());
    // of each run: how to list its events, and where its first row begins
    let runs = |at: usize| -> Vec<Value> {
        let Some((_, side)) = side(at) else { return Vec::new() };
        let facts = review.sides[at].runs.iter().filter(|facts| !facts.command.is_empty());
        let run = |(run, facts): (&SpectrogramRun, &RunFacts)| {
            let into_row = run.first_ns % picture.interval_ns.max(1);
            json!([facts.command, facts.offset_ns.cast_signed() - into_row.cast_signed()])
        };
        side.runs.iter().zip(facts).map(run).collect()
    };
    json!({
        "name": seen.event, "labels": [label(0), label(1), "difference"],
        "step": picture.interval_ns, "bounds": picture.bounds_ns, "cells": list,
        "runs": [runs(0), runs(1)],
    })
}

/// The slowest calls of both sides.
fn slow(out: &mut String, review: &Review<'_>, (number, seen): (usize, &Seen), step_ns: u64) {
    let kept = seen.kept[0].len() + seen.kept[1].len();
    if kept == 0 {
        return;
    }
    out.push_str(&format!(
        "<details id=\"kept{number}\"><summary>The slowest calls, some {KEPT} of each side, and one of every latency</summary>{}<div class=\"scroll\"><table class=\"sortable\" id=\"slow{number}\" aria-label=\"The slowest calls\"><thead><tr><th>SIDE</th><th class=\"number\">LATENCY</th><th class=\"number\">AFTER</th><th>THREAD</th><th>WHAT</th></tr></thead><tbody>",
        search(&format!("slow{number}"))
    ));
    let sets = [&review.changes.base, &review.changes.new];
    for (side, (kept, set)) in seen.kept.iter().zip(sets).enumerate() {
        for Kept { run, call } in kept {
            let Some(run) = set.runs.get(*run) else { continue };
            let row = (call.ts_ns / step_ns).saturating_sub(run.first_ns / step_ns);
            let after_ns = call.ts_ns.saturating_sub(run.first_ns);
            out.push_str(&format!(
                "<tr data-side=\"{side}\" data-ns=\"{}\" data-row=\"{row}\"><td>{}</td><td class=\"number\">{}</td><td class=\"number\">{:.6}s</td><td>{} ({})</td><td class=\"long\">{}</td></tr>",
                call.latency_ns,
                text(&run.label),
                time_text(call.latency_ns),
                after_ns as f64 / 1e9,
                text(&call.thread),
                call.tid,
                text(&call.about)
            ));
        }
    }
    out.push_str("</tbody></table></div></details>");
}
