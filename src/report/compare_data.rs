//! What changed, as data: JSON (`analyze.compare/2`), integers in ns where they
//! are counted, changed rows first.

use serde_json::{Value, json};

use crate::compare::Surroundings;
use crate::compare::change::{
    CallChange, Changes, Finding, Judgement, Pooled, RunSet, Verdict, What,
};
use crate::compare::verdict::verdict;

fn side_json(set: &RunSet) -> Value {
    let runs: Vec<Value> = set
        .runs
        .iter()
        .map(|run| {
            json!({
                "label": run.label, "format": run.format, "events": run.events,
                "span_ns": run.span_ns, "periods": run.periods, "drops": run.drops,
                "damaged": run.damaged, "has_latency": run.has_latency,
                "switches": run.switches,
            })
        })
        .collect();
    json!({ "label": set.label, "runs": runs })
}

fn rounded(value: Option<f64>) -> Value {
    value.filter(|value| value.is_finite()).map_or(Value::Null, |value| json!(value.round() as i64))
}

fn figures_json(side: &Pooled) -> Value {
    json!({
        "calls": side.calls, "errors": side.errors,
        "calls_per_unit": side.rate(), "time_ns_per_unit": rounded(side.time_ns()),
        "total_ns": u64::try_from(side.total_ns).unwrap_or(u64::MAX),
        "mean_ns": rounded(side.mean_ns()),
        "p50_ns": side.latencies.quantile(0.5), "p95_ns": side.latencies.quantile(0.95),
        "p99_ns": side.latencies.quantile(0.99),
        "max_ns": (side.total_ns > 0).then_some(side.max_ns),
        "bytes": side.bytes,
        "off_cpu_mean_ns": rounded(side.mean_off_ns()),
    })
}

fn judgement_json(judgement: &Judgement) -> Value {
    json!({
        "what": judgement.what, "verdict": judgement.verdict, "interval": judgement.interval,
        "p": judgement.p.map(|p| p.0), "p_adjusted": judgement.p.map(|p| p.1),
        "ranks": judgement.ranks, "why": judgement.why,
    })
}

/// A row with all its figures.
fn row_json(row: &CallChange) -> Value {
    json!({
        "event": row.event, "class": row.class, "pacing": row.pacing, "matters": row.matters,
        "ratio_mean": row.ratio_mean(), "ratio_rate": row.ratio_rate(),
        "ratio_errors": row.ratio_errors(), "ratio_bytes": row.ratio_bytes(),
        "share_of_delta": row.share_of_delta,
        "delta_ns_per_unit": rounded(Some(row.delta_ns())),
        "rate_part_ns": rounded(row.parts.as_ref().map(|parts| parts.rate_ns)),
        "per_call_part_ns": rounded(row.parts.as_ref().map(|parts| parts.per_call_ns)),
        "mix_part_ns": rounded(row.parts.as_ref().map(|parts| parts.mix_ns)),
        "base": figures_json(&row.base), "new": figures_json(&row.new),
        "on_cpu_ns": rounded(row.on_off().map(|split| split.on_ns)),
        "off_cpu_ns": rounded(row.on_off().map(|split| split.off_ns)),
        "distributions": row.distributions.as_ref().map(|found| json!({
            "ratio_median": found.ratio_median, "cliffs_delta": found.cliffs_delta,
            "wasserstein_ns": found.wasserstein_ns,
            "wasserstein_error_ns": found.wasserstein_error_ns,
            "shift": found.shift.iter().map(|shift| json!({
                "quantile": shift.quantile, "base_ns": shift.base_ns, "new_ns": shift.new_ns,
                "difference_ns": shift.difference_ns(),
            })).collect::<Vec<_>>(),
        })),
        "judgements": row.judgements.iter().map(judgement_json).collect::<Vec<_>>(),
    })
}

fn change_json(finding: &Finding, row: &CallChange) -> Value {
    let judgement = row.judgement(finding.what);
    let mut value = json!({
        "event": finding.event, "what": finding.what,
        "direction": if finding.up { "up" } else { "down" },
        "role": finding.role, "kind": finding.kind,
        "interval": judgement.and_then(|judgement| judgement.interval),
        "shape": finding.shape,
        "part_ns_per_unit": rounded(Some(finding.delta_ns)),
    });
    merge(&mut value, row_json(row));
    value
}

fn merge(value: &mut Value, more: Value) {
    if let (Some(object), Value::Object(more)) = (value.as_object_mut(), more) {
        for (key, value) in more {
            object.entry(key).or_insert(value);
        }
    }
}

/// Rows without a change, by what is known of them.
fn others(changes: &Changes, undecided: bool) -> impl Iterator<Item = &CallChange> {
    changes.rows.iter().filter(move |row| {
        let is_changed = changes.findings.iter().any(|finding| finding.event == row.event);
        let open = row
            .judgements
            .iter()
            .any(|j| j.verdict == Verdict::Undecided && j.what != What::Errors);
        !is_changed && open == undecided
    })
}

/// The comparison as JSON.
#[must_use]
pub fn compare_json(changes: &Changes, around: &Surroundings) -> Value {
    let row = |finding: &Finding| Some(change_json(finding, changes.row(&finding.event)?));
    let (base_ns, new_ns) = changes.time_in_calls();
    json!({
        "schema": "analyze.compare/2",
        "verdict": verdict(changes, around).join(" "),
        "unit": changes.unit.name(),
        "run_length": changes.length,
        "net": changes.net,
        "base": side_json(&changes.base),
        "new": side_json(&changes.new),
        "switches": changes.switches,
        "time_in_calls_ns": { "base": rounded(Some(base_ns)), "new": rounded(Some(new_ns)) },
        "changes": changes.findings.iter().filter_map(row).collect::<Vec<_>>(),
        "unchanged": others(changes, false).map(row_json).collect::<Vec<_>>(),
        "undecided": others(changes, true).map(row_json).collect::<Vec<_>>(),
        "turns": changes.turns,
        "around": around,
        "next": changes.next.iter().map(|(who, base, new)| {
            json!({ "who": who, "base_ns_per_s": rounded(Some(*base)), "new_ns_per_s": rounded(Some(*new)) })
        }).collect::<Vec<_>>(),
    })
}
