//! One sentence that says what moved, by what factor, and that the rest did
//! not. Idle calls are never named: a sleep that got longer or shorter is a
//! consequence.

use super::rows::{Basis, Comparison, Row};
use crate::event::{Class, rate_text, time_text};

/// A factor the way people say it: `4.0x`, `0.25x`, `15x`.
#[must_use]
pub fn ratio_text(ratio: f64) -> String {
    if !ratio.is_finite() {
        return "-".into();
    }
    if ratio >= 99.5 {
        format!("{ratio:.0}x")
    } else if ratio >= 0.95 {
        format!("{ratio:.1}x")
    } else {
        format!("{ratio:.2}x")
    }
}

/// Share of the time in calls below which a change is not worth a word.
const WORTH: f64 = 0.05;
/// Factor beyond which a mean or a rate has moved.
const MOVED: f64 = 1.1;

fn moved(ratio: Option<f64>) -> bool {
    ratio.is_some_and(|ratio| !(1.0 / MOVED..=MOVED).contains(&ratio))
}

/// What moved from the first side to side `side`, in one or two sentences.
#[must_use]
pub fn difference_words(comparison: &Comparison, side: usize) -> String {
    let mut rows: Vec<(&Row, f64)> = comparison
        .rows
        .iter()
        .filter(|row| row.syscall && row.class != Class::Idle)
        .filter_map(|row| Some((row, row.deltas.get(side - 1)?.time_ns?)))
        .collect();
    if rows.is_empty() {
        return without_latency(comparison, side);
    }
    rows.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    let base_time = time_per_unit(comparison, 0).max(time_per_unit(comparison, side));
    let (first, change) = rows[0];
    if change.abs() < WORTH * base_time || change == 0.0 {
        return format!(
            "Nothing moved: no call's time changed by more than {:.0} % of the time in calls ({} per {}).",
            WORTH * 100.0,
            time_text(base_time as u64),
            unit(comparison)
        );
    }
    let mut text = describe(comparison, first, side);
    let same: Vec<(&Row, f64)> =
        rows.iter().filter(|(_, other)| other.signum() == change.signum()).copied().collect();
    let whole: f64 = same.iter().map(|(_, change)| change).sum();
    let verb = if change > 0.0 { "added" } else { "saved" };
    text.push_str(&format!(
        " That is {:.0} % of the time {verb} in calls ({}).",
        100.0 * change / whole,
        signed_time(change, comparison)
    ));
    text.push_str(&rest(comparison, &rows[1..], change, side));
    text
}

fn time_per_unit(comparison: &Comparison, side: usize) -> f64 {
    let rows = comparison.rows.iter().filter(|row| row.syscall && row.class != Class::Idle);
    let total: u128 = rows.filter_map(|row| row.sides[side].as_ref()?.time_ns()).sum();
    comparison.units(side).map_or(0.0, |units| total as f64 / units)
}

fn unit(comparison: &Comparison) -> String {
    match &comparison.basis {
        Basis::Second => "second".into(),
        Basis::Whole => "capture".into(),
        Basis::Run => "run".into(),
        Basis::Per(event) => event.clone(),
    }
}

/// A change of time per unit: `+21ms/s`.
pub(crate) fn signed_time(ns: f64, comparison: &Comparison) -> String {
    let sign = if ns < 0.0 { "-" } else { "+" };
    let per = match &comparison.basis {
        Basis::Second => "/s".into(),
        Basis::Whole => String::new(),
        Basis::Run => " per run".into(),
        Basis::Per(event) => format!(" per {event}"),
    };
    format!("{sign}{}{per}", time_text(ns.abs() as u64))
}

/// What one call did: slower, faster, more, fewer, new, gone.
fn describe(comparison: &Comparison, row: &Row, side: usize) -> String {
    let delta = row.deltas[side - 1];
    let name = match &row.group {
        Some(group) => format!("{} in {group}", row.event),
        None => row.event.clone(),
    };
    let rate = |at: usize| {
        let calls = row.sides[at].as_ref().map_or(0, crate::chisel::CallStats::calls);
        comparison.units(at).map_or(0.0, |units| calls as f64 / units)
    };
    let rates =
        format!("{} → {} per {}", rate_text(rate(0)), rate_text(rate(side)), unit(comparison));
    let (Some(base), Some(new)) = (&row.sides[0], &row.sides[side]) else {
        let gone = row.sides[side].is_none();
        return format!("{name}: {} ({rates}).", if gone { "no longer called" } else { "new" });
    };
    let mut parts = Vec::new();
    if let (Some(ratio), true) = (delta.mean_ratio, moved(delta.mean_ratio)) {
        let (factor, word) = if ratio >= 1.0 { (ratio, "slower") } else { (1.0 / ratio, "faster") };
        parts.push(format!(
            "{} {word} per call ({} → {})",
            ratio_text(factor),
            time_text(base.mean_ns().unwrap_or(0)),
            time_text(new.mean_ns().unwrap_or(0))
        ));
    }
    if let (Some(ratio), true) = (delta.rate_ratio, moved(delta.rate_ratio)) {
        parts.push(format!("{} the calls ({rates})", ratio_text(ratio)));
    }
    if parts.is_empty() {
        parts.push(format!(
            "{} per call, {} the calls",
            delta.mean_ratio.map_or("-".into(), |ratio| format!("{ratio:.2}x")),
            delta.rate_ratio.map_or("-".into(), |ratio| format!("{ratio:.2}x"))
        ));
    }
    format!("{name}: {}.", parts.join(", "))
}

/// What the other calls did, measured against the main change.
fn rest(comparison: &Comparison, others: &[(&Row, f64)], change: f64, side: usize) -> String {
    let notable: Vec<&(&Row, f64)> =
        others.iter().filter(|(_, other)| other.abs() >= 0.1 * change.abs()).take(3).collect();
    let quiet = others.len() - notable.len();
    let mut text = String::new();
    for (row, other) in &notable {
        let described = describe(comparison, row, side);
        text.push_str(&format!(
            " Also {} ({}).",
            described.trim_end_matches('.'),
            signed_time(*other, comparison)
        ));
    }
    if quiet > 0 {
        let most = others[notable.len()..].iter().map(|(_, other)| other.abs()).fold(0.0, f64::max);
        let less = signed_time(most * 1.01 + 1.0, comparison);
        let less = less.trim_start_matches('+');
        text.push_str(&match quiet {
            1 => format!(" The other call moved by less than {less}."),
            _ => format!(" The other {quiet} calls moved by less than {less} each."),
        });
    }
    text
}

/// Without latencies, rates are all there is to say.
fn without_latency(comparison: &Comparison, side: usize) -> String {
    let rows = comparison.rows.iter().filter(|row| row.syscall && row.class != Class::Idle);
    let most = rows
        .filter_map(|row| Some((row, row.deltas.get(side - 1)?.calls?)))
        .max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()));
    match most {
        Some((row, _)) if moved(row.deltas[side - 1].rate_ratio) => {
            format!("No latencies to compare. Call rates: {}", describe(comparison, row, side))
        }
        Some(_) => "No latencies to compare; the call rates are within ±10 %.".into(),
        None => "No calls to compare.".into(),
    }
}
