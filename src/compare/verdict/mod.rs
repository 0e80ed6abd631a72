//! A comparison in words: what changed, how sure that is, what it adds, where it
//! lies, and what to look at next, in at most [`MOST_LINES`] lines. Figures are
//! rounded here and nowhere before.

mod net;
mod rest;
mod sentence;

use super::change::{CallChange, Changes, Finding, Role, What};
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
        None if changes.length.is_some() => {
            lines.push(format!("{} {}", net::sentence(changes), rest::nothing_changed(changes)));
            lines.extend(net::account(changes));
        }
        None => lines.push(rest::nothing_changed(changes)),
        Some((first, others)) => {
            lines.push(headline(changes, first));
            lines.extend(net::account(changes));
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

/// The net change, then what carries most of it, with the figure of its row.
fn headline(changes: &Changes, first: &Finding) -> String {
    let Some(row) = changes.row(&first.event) else {
        return String::new();
    };
    let mut text = net::sentence(changes);
    text.push_str(&format!(" {}: {}", topic(first), sentence(changes, first, row)));
    let delta = row.delta_ns();
    if delta.abs() >= 1.0 && first.what != What::OffCpu && !row.pacing {
        text.push_str(&format!(" ({}{}", signed_time(delta), changes.unit.suffix()));
        if let Some(share) = share(changes, row) {
            let word = if delta > 0.0 { "added to" } else { "saved in" };
            text.push_str(&format!(", {share:.0} % of the time {word} calls"));
        }
        text.push(')');
    }
    text.push('.');
    text
}

/// `+74.9ms`.
fn signed_time(ns: f64) -> String {
    let sign = if ns < 0.0 { "-" } else { "+" };
    format!("{sign}{}", time_text(ns.abs() as u64))
}

/// A call's part of what all calls that changed in its direction changed by,
/// percent: of the table's figures, so never more than all.
fn share(changes: &Changes, row: &CallChange) -> Option<f64> {
    let calls = changes.rows.iter().filter(|row| !row.pacing && !row.is_between());
    let along = calls.filter(|row| !row.child_wait).map(CallChange::delta_ns);
    let all: f64 = along.filter(|ns| ns * row.delta_ns() > 0.0).sum();
    let share = row.delta_ns() / all * 100.0;
    (!row.is_between() && !row.child_wait && share.is_finite()).then_some(share)
}

/// Time added to (or saved in) calls, what else changed in the same direction, what
/// changed the other way, and what follows.
fn beside(changes: &Changes, others: &[Finding]) -> Vec<String> {
    let net_ns = changes.net.total_ns(changes.unit);
    let against = |finding: &Finding| {
        let row = changes.row(&finding.event);
        row.is_some_and(|row| !row.is_between() && row.cost_ns() * net_ns < 0.0)
    };
    let part = |role: Role, other_way: bool| {
        let some = others
            .iter()
            .filter(move |finding| finding.role == role)
            .filter(|finding| role == Role::Consequence || against(finding) == other_way);
        let text: Vec<String> = some
            .clone()
            .take(BESIDE)
            .filter_map(|finding| Some(sentence(changes, finding, changes.row(&finding.event)?)))
            .collect();
        (text.join("; "), some.count().saturating_sub(BESIDE))
    };
    let mut lines = Vec::new();
    for (role, other_way, word) in [
        (Role::Cause, false, "Also"),
        (Role::Cause, true, "The other way"),
        (Role::Consequence, false, "In consequence"),
    ] {
        let (text, more) = part(role, other_way);
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
    let (base, new) = changes.places_units();
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
        lines.extend(
            places
                .flat_map(|places| places_lines(places, base, new, changes.places_unit()))
                .take(2),
        );
    }
    lines.truncate(3);
    lines.extend(neighbour_lines(&around.neighbours, 2));
    lines.extend(around.mechanisms.iter().take(2).map(super::mechanisms::Fit::line));
    lines
}
