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

fn stats_json(stats: &CallStats) -> Value {
    json!({
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
    })
}

fn row_json(row: &Row) -> Value {
    let side = |stats: &Option<CallStats>| stats.as_ref().map_or(Value::Null, stats_json);
    let mut value = json!({
        "event": row.event,
        "syscall": row.syscall,
        "class": if row.syscall { json!(row.class) } else { Value::Null },
        "captures": row.sides.iter().map(side).collect::<Vec<_>>(),
        "deltas": row.deltas.iter().map(delta_json).collect::<Vec<_>>(),
    });
    if let (Some(group), Some(object)) = (&row.group, value.as_object_mut()) {
        object.insert("group".into(), json!(group));
    }
    value
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
        "per": match &comparison.basis {
            Basis::Second => json!("second"),
            Basis::Per(event) => json!(event),
        },
        "captures": sides,
        "rows": comparison.rows.iter().map(row_json).collect::<Vec<_>>(),
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
    const HEAD: [&str; 19] = [
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
    ];
    let mut text = csv_line(&HEAD.map(str::to_owned));
    for row in &comparison.rows {
        for (side, stats) in comparison.sides.iter().zip(&row.sides) {
            let Some(stats) = stats else {
                continue;
            };
            text.push_str(&csv_line(&csv_cells(
                row,
                stats,
                &side.label,
                side.span_ns(),
                side.periods(),
            )));
        }
    }
    text
}

fn csv_cells(
    row: &Row,
    stats: &CallStats,
    label: &str,
    span_ns: u64,
    periods: Option<u64>,
) -> Vec<String> {
    let optional = |number: Option<u64>| number.map_or(String::new(), |number| number.to_string());
    vec![
        label.to_owned(),
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
        span_ns.to_string(),
        optional(periods),
    ]
}
