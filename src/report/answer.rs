//! Tables that queries and chisels answer with: for the terminal, and as data.

use serde_json::{Value, json};

use super::columns::{Align, Column};
use crate::chisel::sql::{Answer, Cell};
use crate::chisel::stock::{Header, Unit};
use crate::event::{bytes_text, count_text, rate_text, time_text};
use crate::report::harmless;

/// Characters of a cell at most, beyond which its middle is left out.
const LONGEST: usize = 120;

/// A long text without its middle.
fn shortened(text: &str) -> String {
    let count = text.chars().count();
    if count <= LONGEST {
        return text.to_owned();
    }
    let half = (LONGEST - 1) / 2;
    let head: String = text.chars().take(half).collect();
    let tail: String = text.chars().skip(count - half).collect();
    format!("{head}…{tail}")
}

/// The time of an event as people read it, UTC.
fn moment(ns: i64) -> String {
    jiff::Timestamp::from_nanosecond(i128::from(ns))
        .map_or_else(|_| ns.to_string(), |at| format!("{at:.9}"))
}

/// A cell as text.
#[must_use]
pub fn cell_text(cell: &Cell, unit: Unit) -> String {
    match (cell, cell.number()) {
        (Cell::Null, _) => "-".into(),
        (_, Some(number)) if unit != Unit::Plain => {
            let sign = if number < 0.0 { "-" } else { "" };
            format!("{sign}{}", amount(number.abs(), unit, cell))
        }
        (Cell::Float(number), _) => format!("{number:.3}"),
        (Cell::Int(number), _) => number.to_string(),
        (Cell::Bool(value), _) => value.to_string(),
        (Cell::Text(text), _) => shortened(&harmless(text)),
        (Cell::Time(ns), _) => moment(*ns),
    }
}

/// A number that is not negative, with its unit.
fn amount(number: f64, unit: Unit, cell: &Cell) -> String {
    let whole = match cell {
        Cell::Int(number) => number.unsigned_abs(),
        _ => number.round() as u64,
    };
    match (unit, cell) {
        (Unit::Time, _) => time_text(whole),
        (Unit::Bytes, _) => bytes_text(whole),
        (Unit::Count, Cell::Int(_)) => count_text(whole),
        _ => rate_text(number),
    }
}

/// How a column is printed: a value's own, and those that were made of it when
/// sides were put beside each other (`a bytes_per_s`).
fn unit_of(header: Option<&Header>, name: &str) -> Unit {
    let Some(header) = header else { return Unit::Plain };
    let own = name.rsplit_once(' ').map_or(name, |(_, own)| own);
    let own = own.strip_suffix("_per_s").unwrap_or(own);
    match header.values.iter().find(|value| value.name == own) {
        Some(value) => value.unit,
        None if own.ends_with("latency") || own.ends_with("duration") => Unit::Time,
        None => Unit::Plain,
    }
}

/// A table for the terminal. Titles are the columns' names.
#[must_use]
pub fn answer_columns(answer: &Answer, header: Option<&Header>) -> Vec<Column> {
    let column = |(at, (name, kind)): (usize, &(String, &'static str))| {
        let unit = unit_of(header, name);
        let cells = answer.rows.iter().map(|row| cell_text(&row[at], unit)).collect();
        let align = match *kind {
            "int" | "float" => Align::Right,
            _ => Align::Left,
        };
        let title = name.to_uppercase().replace("_PER_S", "/s").replace("DELTA ", "Δ");
        Column { title, align, give_way: 0, cells }
    };
    answer.columns.iter().enumerate().map(column).collect()
}

/// A table as data (`analyze.table/1`); times are ns.
#[must_use]
pub fn answer_json(answer: &Answer, header: Option<&Header>) -> Value {
    let unit = |name: &str| match unit_of(header, name) {
        Unit::Time => Some("ns"),
        Unit::Bytes => Some("bytes"),
        Unit::Count => Some("count"),
        Unit::Plain => None,
    };
    let rows: Vec<Vec<Value>> =
        answer.rows.iter().map(|row| row.iter().map(Cell::json).collect()).collect();
    json!({
        "schema": "analyze.table/1",
        "columns": answer.columns.iter().map(|(name, kind)| json!({
            "name": name, "type": kind, "unit": unit(name),
        })).collect::<Vec<_>>(),
        "rows": rows,
    })
}

/// A table as comma-separated values; no value is an empty cell.
#[must_use]
pub fn answer_csv(answer: &Answer) -> String {
    let quoted = |text: &str| {
        if text.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text.to_owned()
        }
    };
    let line = |cells: Vec<String>| format!("{}\n", cells.join(","));
    let mut text = line(answer.columns.iter().map(|(name, _)| quoted(name)).collect());
    for row in &answer.rows {
        let cells = row.iter().map(|cell| match cell {
            Cell::Null => String::new(),
            Cell::Text(text) => quoted(text),
            Cell::Int(number) | Cell::Time(number) => number.to_string(),
            Cell::Float(number) => number.to_string(),
            Cell::Bool(value) => value.to_string(),
        });
        text.push_str(&line(cells.collect()));
    }
    text
}
