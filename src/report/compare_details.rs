//! Everything that a comparison knows of each call, as lines for people.

use crate::compare::change::{CallChange, Changes, Judgement, Verdict, What, Why};
use crate::compare::mechanisms::Fit;
use crate::compare::verdict::who;
use crate::compare::{Surroundings, neighbour_details, ratio_text};
use crate::event::{rate_text, result_name, time_text};
use crate::report::topscalls_table::signed_time;

/// Quantiles of the shift function that are printed, and their names.
const SHOWN: [(f64, &str); 7] = [
    (0.05, "p5"),
    (0.2, "p20"),
    (0.5, "p50"),
    (0.8, "p80"),
    (0.95, "p95"),
    (0.99, "p99"),
    (0.999, "p99.9"),
];

/// The details, a paragraph for each call that matters, then what is around.
#[must_use]
pub fn compare_details(changes: &Changes, around: &Surroundings) -> Vec<String> {
    let mut lines = Vec::new();
    let found = |row: &CallChange| changes.findings.iter().any(|f| f.event == row.event);
    for row in changes.rows.iter().filter(|row| row.matters || found(row)) {
        lines.push(format!("{}:", row.event));
        lines.extend(row.judgements.iter().map(|judgement| judged(row, judgement)));
        lines.extend(distributions(row));
        lines.push(time_of(changes, row));
        lines.extend(processor(row));
        lines.extend(errors(row));
        lines.push(String::new());
    }
    lines.extend(next(changes));
    for turn in &changes.turns {
        lines.push(format!(
            "Inside {}: {} {} from {} on (p {:.3}).",
            turn.run,
            turn.event,
            ratio_text(turn.ratio),
            time_text(turn.after_ns),
            turn.p
        ));
    }
    lines.extend(neighbour_details(&around.neighbours));
    lines.extend(around.mechanisms.iter().flat_map(mechanism));
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

/// `0.0132`; `below 0.0001`.
fn p_text(p: f64) -> String {
    if p < 1e-4 { "below 0.0001".into() } else { format!("{p:.4}") }
}

fn what(judgement: &Judgement) -> &'static str {
    match judgement.what {
        What::Latency => "latency",
        What::Count => "rate",
        What::Errors => "errors",
        What::OffCpu => "off the CPU",
    }
}

fn judged(row: &CallChange, judgement: &Judgement) -> String {
    let verdict = match judgement.verdict {
        Verdict::Changed => "changed",
        Verdict::Unchanged => "unchanged",
        Verdict::Undecided => "undecided",
    };
    let mut text = format!("  {}: {verdict}", what(judgement));
    if judgement.what == What::Errors {
        text.push_str(&format!(", {} → {} in all", row.base.errors, row.new.errors));
    }
    if let Some(interval) = judgement.interval {
        text.push_str(&format!(
            ", {:.3} times, {:.3} to {:.3}",
            interval.ratio, interval.low, interval.high
        ));
    }
    if let Some((p, adjusted)) = judgement.p {
        text.push_str(&format!(", p {}, over all calls {}", p_text(p), p_text(adjusted)));
    }
    if let Some(ranks) = judgement.ranks {
        text.push_str(&format!(
            ", by ranks alone {:.3} (so many runs reach {:.3})",
            ranks.p, ranks.smallest_p
        ));
    }
    if let Some(why) = judgement.why {
        text.push_str(match why {
            Why::FewCalls => "; fewer than 40 calls",
            Why::FewBursts => "; the calls come in too few bursts",
            Why::Wide => "; the interval reaches across the band's edge",
            Why::Rhythm => "; the calls' longest pause is too large a part of the capture",
            Why::FewPeriods => "; fewer than three whole periods",
            Why::NoLatency => "; no latencies were recorded",
        });
    }
    text
}

fn distributions(row: &CallChange) -> Vec<String> {
    let Some(found) = &row.distributions else {
        return Vec::new();
    };
    let ratio = found
        .ratio_median
        .map_or_else(String::new, |ratio| format!("medians {}, ", ratio_text(ratio)));
    let quantiles: Vec<String> = SHOWN
        .iter()
        .filter_map(|(quantile, name)| {
            let shift =
                found.shift.iter().find(|shift| (shift.quantile - quantile).abs() < 1e-9)?;
            Some(format!("{name} {} → {}", time_text(shift.base_ns), time_text(shift.new_ns)))
        })
        .collect();
    vec![
        format!("  {}", quantiles.join(", ")),
        format!(
            "  {ratio}Cliff's δ {:+.2}, a call moves by {} on average (Wasserstein, within {})",
            found.cliffs_delta,
            time_text(found.wasserstein_ns.round() as u64),
            time_text(found.wasserstein_error_ns.ceil() as u64)
        ),
    ]
}

fn time_of(changes: &Changes, row: &CallChange) -> String {
    let time = |ns: Option<f64>| ns.map_or_else(|| "-".into(), |ns| time_text(ns.round() as u64));
    let mut text = format!(
        "  time {} → {}{}",
        time(row.base.time_ns()),
        time(row.new.time_ns()),
        changes.unit.suffix()
    );
    if let Some(parts) = row.parts {
        text.push_str(&format!(
            ": {} by rate, {} per call, {} by mix",
            signed_time(parts.rate_ns),
            signed_time(parts.per_call_ns),
            signed_time(parts.mix_ns)
        ));
    }
    text.push_str(&format!(
        "; {} → {} calls",
        rate_text(row.base.rate().unwrap_or(0.0)),
        rate_text(row.new.rate().unwrap_or(0.0))
    ));
    text
}

fn processor(row: &CallChange) -> Option<String> {
    let split = row.on_off()?;
    let off = |ns: Option<f64>| ns.map_or_else(|| "-".into(), |ns| time_text(ns.round() as u64));
    Some(format!(
        "  of the mean {} on and {} off the CPU (off: {} → {})",
        signed_time(split.on_ns),
        signed_time(split.off_ns),
        off(row.base.mean_off_ns()),
        off(row.new.mean_off_ns())
    ))
}

fn errors(row: &CallChange) -> Option<String> {
    let side = |side: &crate::compare::change::Pooled| {
        let told: Vec<String> = side
            .errnos
            .iter()
            .take(3)
            .map(|(errno, count)| {
                format!("{} {count}", result_name(*errno).unwrap_or("unknown error"))
            })
            .collect();
        if told.is_empty() { "none".to_owned() } else { told.join(", ") }
    };
    (row.base.errors + row.new.errors > 0)
        .then(|| format!("  errors: {} → {}", side(&row.base), side(&row.new)))
}

pub(super) fn next(changes: &Changes) -> Option<String> {
    let told: Vec<String> = changes
        .next
        .iter()
        .take(6)
        .map(|(next, base, new)| {
            format!(
                "{} {} → {}",
                who(next),
                time_text(base.round() as u64),
                time_text(new.round() as u64)
            )
        })
        .collect();
    (!told.is_empty()).then(|| {
        format!(
            "While threads were off the CPU between calls, a second of capture: {}.",
            told.join("; ")
        )
    })
}

pub(super) fn mechanism(fit: &Fit) -> Vec<String> {
    let mut lines = vec![format!("Fits {}. {}", fit.name, fit.story)];
    let mut list = |title: &str, what: &[String]| {
        if !what.is_empty() {
            lines.push(format!("  {title}: {}", what.join("; ")));
        }
    };
    list("for it", &fit.evidence_for);
    list("against it", &fit.evidence_against);
    list("not known", &fit.not_known);
    list("what else looks like this", &fit.looks_like);
    list("to confirm", &fit.confirm);
    lines
}
