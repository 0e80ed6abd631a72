//! A check as data (`analyze.check/1`).

use serde_json::{Value, json};

use super::{asked, check_headline};
use crate::compare::change::RunSet;
use crate::compare::check::Check;

/// The check as JSON: figures are ns, calls a second, or bytes.
#[must_use]
pub fn check_json(check: &Check) -> Value {
    let runs = |set: &RunSet| -> Vec<Value> {
        let run = |run: &crate::compare::run::Run| {
            json!({
                "label": run.label, "first_ns": run.first_ns, "span_ns": run.span_ns,
                "events": run.events, "damaged": run.damaged, "drops": run.drops,
            })
        };
        set.runs.iter().map(run).collect()
    };
    json!({
        "schema": "analyze.check/1",
        "answer": check.answer,
        "verdict": check_headline(check),
        "baseline": runs(&check.changes.base),
        "checked": runs(&check.changes.new),
        "figures": check.items.iter().map(|item| json!({
            "name": asked(&item.call, item.figure),
            "call": item.call, "figure": item.figure, "rule": item.rule,
            "answer": item.answer, "why": item.why,
            "baseline": item.base, "now": item.new, "ratio": item.ratio,
            "expected": item.expected.map(|(low, high)| json!({ "low": low, "high": high })),
        })).collect::<Vec<_>>(),
    })
}
