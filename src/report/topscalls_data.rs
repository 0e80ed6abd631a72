//! The ranking and the comparison as data: JSON (`analyze.topscalls/1`) and
//! CSV, all rows, integers in ns.

use serde_json::{Value, json};

use crate::chisel::CallStats;
use crate::compare::{Basis, CaptureFacts, Comparison, Delta, Row, difference_words};

/// An integer; beyond 2^53 as a string, because many readers of JSON have
/// doubles only.
fn exact(number: u128) -> Value {
    match u64::try_from(number) {
        Ok(small) if small <= 1 << 53 => json!(small),
        _ => json!(number.to_string()),
    }
}

fn exact_or_null(number: Option<u64>) -> Value {
    number.map_or(Value::Null, |number| exact(number.into()))
}

/// A figure of a real number, rounded to an integer.
fn rounded(number: Option<f64>) -> Value {
    number.map_or(Value::Null, |number| json!(number.round() as i64))
}

/// A figure per unit (second, or occurrence), to six digits behind the point.
fn per(figure: f64, units: Option<f64>) -> Option<f64> {
    units.map(|units| (figure / units * 1e6).round() / 1e6)
}

fn stats_json(stats: &CallStats, units: Option<f64>) -> Value {
    json!({
        "calls_per": per(stats.calls() as f64, units),
        "total_ns_per": stats.time_ns().and_then(|ns| per(ns as f64, units)),
        "calls": stats.calls(),
        "errors": stats.errors(),
        "unpaired": stats.unpaired(),
        "total_ns": stats.time_ns().map_or(Value::Null, exact),
        "mean_ns": exact_or_null(stats.mean_ns()),
        "min_ns": exact_or_null(stats.min_ns()),
        "max_ns": exact_or_null(stats.max_ns()),
        "p50_ns": exact_or_null(stats.quantile_ns(0.5)),
        "p95_ns": exact_or_null(stats.quantile_ns(0.95)),
        "p99_ns": exact_or_null(stats.quantile_ns(0.99)),
        "sysdig_ns": exact(stats.sysdig_ns()),
        "sysdig_events": stats.sysdig_events(),
    })
}

fn delta_json(delta: &Delta) -> Value {
    json!({
        "time_ns": rounded(delta.time_ns),
        "calls": delta.calls,
        "errors": delta.errors,
        "mean_ratio": delta.mean_ratio,
        "rate_ratio": delta.rate_ratio,
    })
}

fn capture_json(capture: &CaptureFacts) -> Value {
    let summary = &capture.summary;
    json!({
        "label": capture.label,
        "files": summary.files,
        "bytes": summary.bytes,
        "events": summary.events,
        "span_ns": capture.result.span_ns,
        "periods": capture.result.periods,
        "drops": summary.drops.markers,
        "lost": summary.losses.damage,
        "lost_bytes": summary.losses.bytes,
        "backwards": summary.backwards,
        "unpaired": summary.unpaired,
        "has_latency": summary.has_latency(),
        "format": summary.format_name(),
    })
}

fn row_json(row: &Row, comparison: &Comparison) -> Value {
    let side = |(at, stats): (usize, &Option<CallStats>)| {
        stats.as_ref().map_or(Value::Null, |stats| stats_json(stats, comparison.units(at)))
    };
    let mut value = json!({
        "event": row.event,
        "syscall": row.syscall,
        "class": if row.syscall { json!(row.class) } else { Value::Null },
        "captures": row.sides.iter().enumerate().map(side).collect::<Vec<_>>(),
        "deltas": row.deltas.iter().map(delta_json).collect::<Vec<_>>(),
    });
    if let (Some(group), Some(object)) = (&row.group, value.as_object_mut()) {
        object.insert("group".into(), json!(group));
    }
    value
}

/// What the figures called "per" are divided by.
fn unit(comparison: &Comparison) -> &str {
    match &comparison.basis {
        Basis::Second => "second",
        Basis::Whole => "capture",
        Basis::Run => "run",
        Basis::Per(event) => event,
    }
}

/// The comparison as JSON, schema `analyze.topscalls/1`.
#[must_use]
pub fn topscalls_json(comparison: &Comparison) -> Value {
    let sides: Vec<Value> = comparison
        .sides
        .iter()
        .map(|side| match side.captures.as_slice() {
            [one] => capture_json(one),
            runs => json!({
                "label": side.label,
                "files": runs.iter().flat_map(|run| &run.summary.files).collect::<Vec<_>>(),
                "bytes": runs.iter().map(|run| run.summary.bytes).sum::<u64>(),
                "events": runs.iter().map(|run| run.summary.events).sum::<u64>(),
                "span_ns": side.span_ns(),
                "periods": side.periods(),
                "drops": runs.iter().map(|run| run.summary.drops.markers).sum::<u64>(),
                "lost": runs.iter().map(|run| run.summary.losses.damage).sum::<u64>(),
                "has_latency": side.has_latency(),
                "runs": runs.iter().map(capture_json).collect::<Vec<_>>(),
            }),
        })
        .collect();
    let words: Vec<String> =
        (1..comparison.sides.len()).map(|side| difference_words(comparison, side)).collect();
    json!({
        "schema": "analyze.topscalls/1",
        "per": unit(comparison),
        "captures": sides,
        "rows": comparison.rows.iter().map(|row| row_json(row, comparison)).collect::<Vec<_>>(),
        "words": words,
    })
}

/// One line of CSV; cells are quoted where needed, and a cell that a
/// spreadsheet would take for a formula begins with an apostrophe.
#[must_use]
pub fn csv_line(cells: &[String]) -> String {
    let quoted: Vec<String> = cells
        .iter()
        .map(|cell| {
            let number = cell.parse::<f64>().is_ok();
            let formula = !number && cell.starts_with(['=', '+', '-', '@']);
            let cell = if formula { format!("'{cell}") } else { cell.clone() };
            if cell.contains(['"', ',', '\n', '\r']) {
                format!("\"{}\"", cell.replace('"', "\"\""))
            } else {
                cell
            }
        })
        .collect();
    quoted.join(",") + "\n"
}

/// The comparison as CSV: one line a call and side.
#[must_use]
pub fn topscalls_csv(comparison: &Comparison) -> String {
    const HEAD: [&str; 22] = [
        "capture",
        "group",
        "event",
        "syscall",
        "class",
        "calls",
        "errors",
        "unpaired",
        "total_ns",
        "mean_ns",
        "min_ns",
        "max_ns",
        "p50_ns",
        "p95_ns",
        "p99_ns",
        "sysdig_ns",
        "sysdig_events",
        "span_ns",
        "periods",
        "per",
        "calls_per",
        "total_ns_per",
    ];
    let mut text = csv_line(&HEAD.map(str::to_owned));
    for row in &comparison.rows {
        for (at, stats) in row.sides.iter().enumerate() {
            if let Some(stats) = stats {
                text.push_str(&csv_line(&csv_cells(comparison, row, stats, at)));
            }
        }
    }
    text
}

/// The line of side `at`.
fn csv_cells(comparison: &Comparison, row: &Row, stats: &CallStats, at: usize) -> Vec<String> {
    let optional = |number: Option<u64>| number.map_or(String::new(), |number| number.to_string());
    let side = &comparison.sides[at];
    let divided = |figure: Option<f64>| {
        let divided = per(figure?, comparison.units(at));
        divided.map(|figure| figure.to_string())
    };
    vec![
        side.label.clone(),
        row.group.clone().unwrap_or_default(),
        row.event.clone(),
        row.syscall.to_string(),
        if row.syscall { row.class.name().to_owned() } else { String::new() },
        stats.calls().to_string(),
        stats.errors().to_string(),
        stats.unpaired().to_string(),
        stats.time_ns().map_or(String::new(), |ns| ns.to_string()),
        optional(stats.mean_ns()),
        optional(stats.min_ns()),
        optional(stats.max_ns()),
        optional(stats.quantile_ns(0.5)),
        optional(stats.quantile_ns(0.95)),
        optional(stats.quantile_ns(0.99)),
        stats.sysdig_ns().to_string(),
        stats.sysdig_events().to_string(),
        side.span_ns().to_string(),
        optional(side.periods()),
        unit(comparison).to_owned(),
        divided(Some(stats.calls() as f64)).unwrap_or_default(),
        divided(stats.time_ns().map(|ns| ns as f64)).unwrap_or_default(),
    ]
}
