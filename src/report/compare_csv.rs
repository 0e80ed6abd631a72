//! A comparison as CSV: a line for each call and what was judged of it.

use super::compare_table::state;
use super::topscalls_data::csv_line;
use crate::compare::change::{CallChange, Changes, Judgement, Verdict, What};

const HEAD: [&str; 29] = [
    "call",
    "class",
    "pacing",
    "matters",
    "state",
    "what",
    "verdict",
    "ratio",
    "low",
    "high",
    "p",
    "p_adjusted",
    "base_calls",
    "new_calls",
    "base_calls_per",
    "new_calls_per",
    "base_errors",
    "new_errors",
    "base_mean_ns",
    "new_mean_ns",
    "base_p50_ns",
    "new_p50_ns",
    "base_p99_ns",
    "new_p99_ns",
    "delta_ns_per",
    "rate_part_ns",
    "per_call_part_ns",
    "mix_part_ns",
    "share_of_delta",
];

/// All rows.
#[must_use]
pub fn compare_csv(changes: &Changes) -> String {
    let mut text = csv_line(&HEAD.map(str::to_owned));
    for row in &changes.rows {
        for judgement in &row.judgements {
            text.push_str(&csv_line(&cells(changes, row, judgement)));
        }
    }
    text
}

fn cells(changes: &Changes, row: &CallChange, judgement: &Judgement) -> Vec<String> {
    let number = |value: Option<f64>| {
        value
            .filter(|value| value.is_finite())
            .map_or_else(String::new, |value| format!("{value:.6}"))
    };
    let ns = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.0}"));
    let whole = |value: Option<u64>| value.map_or_else(String::new, |value| value.to_string());
    let interval = judgement.interval;
    let what = match judgement.what {
        What::Latency => "latency",
        What::Count => "count",
        What::Errors => "errors",
        What::OffCpu => "off-cpu",
    };
    let verdict = match judgement.verdict {
        Verdict::Changed => "changed",
        Verdict::Unchanged => "unchanged",
        Verdict::Undecided => "undecided",
    };
    let (base, new) = (&row.base, &row.new);
    let quantiles = |q: f64| [whole(base.latencies.quantile(q)), whole(new.latencies.quantile(q))];
    let mut cells = vec![
        row.event.clone(),
        row.class.name().to_owned(),
        row.pacing.to_string(),
        row.matters.to_string(),
        state(changes, row),
        what.to_owned(),
        verdict.to_owned(),
        number(interval.map(|interval| interval.ratio)),
        number(interval.map(|interval| interval.low)),
        number(interval.map(|interval| interval.high)),
        number(judgement.p.map(|p| p.0)),
        number(judgement.p.map(|p| p.1)),
        base.calls.to_string(),
        new.calls.to_string(),
        number(base.rate()),
        number(new.rate()),
        base.errors.to_string(),
        new.errors.to_string(),
        ns(base.mean_ns()),
        ns(new.mean_ns()),
    ];
    cells.extend(quantiles(0.5));
    cells.extend(quantiles(0.99));
    cells.push(ns(Some(row.delta_ns())));
    cells.push(ns(row.parts.map(|parts| parts.rate_ns)));
    cells.push(ns(row.parts.map(|parts| parts.per_call_ns)));
    cells.push(ns(row.parts.map(|parts| parts.mix_ns)));
    cells.push(number(row.share_of_delta));
    cells
}
