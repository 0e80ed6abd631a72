//! A comparison in words: what changed, how sure that is, what it adds, where it
//! lies, and what to look at next, in at most [`MOST_LINES`] lines. Figures are
//! rounded here and nowhere before.

mod rest;
mod sentence;

use super::change::{Changes, Finding, Role, What};
use super::neighbours::neighbour_lines;
use super::places::places_lines;
use super::surroundings::Surroundings;
use crate::event::time_text;
pub use sentence::{reason, who};
use sentence::{sentence, topic};

/// Lines at most.
pub const MOST_LINES: usize = 12;
/// Changes told beside the first.
const BESIDE: usize = 3;

/// The verdict, most important line first. `around`: where the changes lie and
/// who was near, if that was looked at.
#[must_use]
pub fn verdict(changes: &Changes, around: &Surroundings) -> Vec<String> {
    let mut lines = Vec::new();
    match changes.findings.split_first() {
        None => lines.push(rest::nothing_changed(changes)),
        Some((first, others)) => {
            lines.push(headline(changes, first));
            lines.extend(beside(changes, others));
            lines.extend(rest::courses(changes));
            lines.extend(around_lines(changes, around));
        }
    }
    if changes.findings.is_empty() {
        lines.extend(rest::courses(changes));
    }
    lines.extend(rest::undecided(changes));
    lines.extend(rest::cautions(changes));
    lines.truncate(MOST_LINES);
    lines
}

/// The first change, and what it adds.
fn headline(changes: &Changes, first: &Finding) -> String {
    let Some(row) = changes.row(&first.event) else {
        return String::new();
    };
    let mut text = format!("{}: {}", topic(first), sentence(changes, first, row));
    let unit = unit(changes);
    let delta = first.delta_ns;
    if delta.abs() >= 1.0 && matches!(first.what, What::Latency | What::Count) && !row.pacing {
        let word = if delta > 0.0 { "adds" } else { "saves" };
        text.push_str(&format!(". It {word} {} a {unit}", time_text(delta.abs() as u64)));
        if let Some(share) = share(changes, first) {
            text.push_str(&format!(
                ", {share:.0} % of what was {}",
                if delta > 0.0 { "added" } else { "saved" }
            ));
        }
    }
    text.push('.');
    text
}

/// `second`, `period`.
#[must_use]
pub fn unit(changes: &Changes) -> &'static str {
    if changes.is_per_period() { "period" } else { "second" }
}

/// A change's part of all time that was added (or saved) in the same direction
/// by causes, percent.
fn share(changes: &Changes, finding: &Finding) -> Option<f64> {
    let same = |row: &&super::change::CallChange| !row.pacing && !row.is_between();
    let parts = changes.rows.iter().filter(same).filter_map(|row| row.parts);
    let moved = parts.flat_map(|parts| [parts.rate_ns, parts.per_call_ns, parts.mix_ns]);
    let all: f64 = moved.filter(|ns| ns * finding.delta_ns > 0.0).sum();
    let share = finding.delta_ns / all * 100.0;
    (!finding.is_between() && share.is_finite() && share <= 100.5).then_some(share)
}

/// The next changes, and what follows from all.
fn beside(changes: &Changes, others: &[Finding]) -> Vec<String> {
    let told = |role: Role| {
        let some = others.iter().filter(move |finding| finding.role == role);
        let text: Vec<String> = some
            .clone()
            .take(BESIDE)
            .filter_map(|finding| Some(sentence(changes, finding, changes.row(&finding.event)?)))
            .collect();
        (text.join("; "), some.count().saturating_sub(BESIDE))
    };
    let mut lines = Vec::new();
    for (role, word) in [(Role::Cause, "Also"), (Role::Consequence, "In consequence")] {
        let (text, more) = told(role);
        if text.is_empty() {
            continue;
        }
        let more = if more > 0 { format!("; and {more} more") } else { String::new() };
        lines.push(format!("{word}: {text}{more}."));
    }
    lines
}

/// Where, who was near, and what that fits.
fn around_lines(changes: &Changes, around: &Surroundings) -> Vec<String> {
    let seconds = |set: &super::change::RunSet| {
        set.runs.iter().map(|run| run.span_ns as f64 / 1e9).sum::<f64>()
    };
    let (base_s, new_s) = (seconds(&changes.base), seconds(&changes.new));
    let first = |finding: &&Finding| finding.role == Role::Cause && !finding.is_between();
    let mut told = Vec::new();
    for finding in changes.findings.iter().filter(first) {
        if !told.contains(&finding.event.as_str()) {
            told.push(finding.event.as_str());
        }
    }
    let mut lines = Vec::new();
    for (at, event) in told.iter().take(2).enumerate() {
        let places = around.places.iter().filter(|places| places.call == *event);
        let places = places.filter(|places| at == 0 || places.even.is_none());
        lines.extend(places.flat_map(|places| places_lines(places, base_s, new_s)).take(2));
    }
    lines.truncate(3);
    lines.extend(neighbour_lines(&around.neighbours, 2));
    lines.extend(around.mechanisms.iter().take(2).map(super::mechanisms::Fit::line));
    lines
}
