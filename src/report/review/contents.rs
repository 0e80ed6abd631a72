//! What a report says, before it is laid out: headline, who was compared, the ranking,
//! the calls that changed most with their pictures, what is around, how it was made.

use super::course::{STEPS, course};
use super::{Input, MOST_CALLS, Review, Seen, SideFacts};
use crate::chisel::Histogram;
use crate::compare::change::{CallChange, Changes, Role, RunSet, What};
use crate::compare::verdict::verdict;
use crate::compare::{
    Places, Surroundings, neighbour_details, places_lines, ratio_text, same_interval,
};
use crate::event::{bytes_text, count_text, rate_text, several, time_text};
use crate::report::compare_details::{mechanism, next};
use crate::report::compare_table::state;
use crate::report::plot::page::{Bar, Bars, CallPage, Page};
use crate::report::{PictureOptions, spectrogram_picture};

/// Calls in the ranking.
const RANKED: usize = 12;
/// Points of a cumulative distribution.
const POINTS: usize = 240;
/// Quantiles of the shift function that are shown.
const SHOWN: [f64; 7] = [0.05, 0.2, 0.5, 0.8, 0.95, 0.99, 0.999];
/// Height of a call's spectrograms, pixels.
const HEIGHT: u32 = 900;

/// The calls that a report shows: those that changed most; where nothing did, those
/// that take most of the time.
#[must_use]
pub fn shown_calls(changes: &Changes) -> Vec<String> {
    let mut calls: Vec<String> = Vec::new();
    let mut add = |event: &str| {
        if calls.len() < MOST_CALLS && !calls.iter().any(|known| known == event) {
            calls.push(event.to_owned());
        }
    };
    let has_calls =
        |row: &CallChange| !row.is_between() && !row.pacing && row.base.calls + row.new.calls > 0;
    let causes = changes.findings.iter().filter(|finding| finding.role == Role::Cause);
    for row in causes.filter_map(|finding| changes.row(&finding.event)) {
        if has_calls(row) {
            add(&row.event);
        }
    }
    if calls.is_empty() {
        let mut rows: Vec<&CallChange> = changes.rows.iter().filter(|row| has_calls(row)).collect();
        let time = |row: &CallChange| row.new.total_ns + row.base.total_ns;
        rows.sort_by_key(|row| std::cmp::Reverse(time(row)));
        rows.iter().take(2).for_each(|row| calls.push(row.event.clone()));
    }
    calls
}

/// All that a report says.
#[must_use]
pub fn contents(review: &Review<'_>) -> Page {
    let changes = review.changes;
    Page {
        title: review.title.clone().unwrap_or_else(|| title(changes)),
        headline: verdict(changes, review.around),
        compared: compared(review),
        note: review.note.clone(),
        bars: bars(changes),
        calls: review.seen.iter().map(|seen| call_page(review, seen)).collect(),
        around: around(review),
        footer: footer(review),
    }
}

fn title(changes: &Changes) -> String {
    let name = |set: &RunSet| match &set.runs[..] {
        [one] => one.label.clone(),
        runs => format!("{} ({})", set.label, several(runs.len() as u64, "run")),
    };
    format!("From {} to {}", name(&changes.base), name(&changes.new))
}

/// Names, the first few of many.
fn some(names: &[String]) -> String {
    match names {
        [] => "-".into(),
        [a, b, c, _, ..] => format!("{a}, {b}, {c} and {} more", names.len() - 3),
        names => names.join(", "),
    }
}

/// A count, where something was counted.
fn some_count(count: u64) -> String {
    if count == 0 { "-".into() } else { count_text(count) }
}

fn compared(review: &Review<'_>) -> Vec<Vec<String>> {
    let head = ["", "CAPTURE", "CONTAINER", "HOST", "TIME", "EVENTS", "CALLS", "DROPPED", ""];
    let row = |name: &str, set: &RunSet, facts: &SideFacts, calls: u64| {
        let labels: Vec<String> = set.runs.iter().map(|run| run.label.clone()).collect();
        let sum = |of: fn(&crate::compare::run::Run) -> u64| set.runs.iter().map(of).sum::<u64>();
        let drops = sum(|run| run.drops);
        let damaged = set.runs.iter().any(|run| run.damaged);
        vec![
            name.to_owned(),
            some(&labels),
            some(&facts.containers),
            some(&facts.hosts),
            if set.runs.iter().all(|run| run.has_span) {
                time_text(sum(|run| run.span_ns))
            } else {
                "-".into()
            },
            some_count(sum(|run| run.events)),
            count_text(calls),
            if drops == 0 { "nothing".into() } else { several(drops, "time") },
            if damaged { "damaged: not all was read".into() } else { String::new() },
        ]
    };
    let changes = review.changes;
    let calls = |of: fn(&CallChange) -> u64| {
        changes.rows.iter().filter(|row| !row.is_between()).map(of).sum::<u64>()
    };
    let [base, new] = &review.sides;
    let mut rows = vec![
        head.map(str::to_owned).to_vec(),
        row("base", &changes.base, base, calls(|row| row.base.calls)),
        row("new", &changes.new, new, calls(|row| row.new.calls)),
    ];
    // a column that says nothing is left out
    let says = |at: usize| rows[1..].iter().any(|row| !matches!(row[at].as_str(), "" | "-"));
    let kept: Vec<usize> = (0..head.len()).filter(|at| says(*at)).collect();
    for row in &mut rows {
        *row = kept.iter().map(|at| row[*at].clone()).collect();
    }
    rows
}

/// Whether it is known how long all captures were; of tables of totals it is not, and
/// their figures are of whole runs.
fn has_span(changes: &Changes) -> bool {
    changes.base.runs.iter().chain(&changes.new.runs).all(|run| run.has_span)
}

/// Change of a call's time: a second, or of tables of totals in a run, ns.
fn delta_ns(changes: &Changes, row: &CallChange) -> f64 {
    if has_span(changes) {
        return row.delta_ns();
    }
    let of = |side: &crate::compare::change::Pooled, set: &RunSet| {
        side.total_ns as f64 / set.runs.len().max(1) as f64
    };
    of(&row.new, &changes.new) - of(&row.base, &changes.base)
}

fn bars(changes: &Changes) -> Bars {
    let is_found = |row: &CallChange| changes.findings.iter().any(|f| f.event == row.event);
    let mut rows: Vec<&CallChange> = changes
        .rows
        .iter()
        .filter(|row| !row.pacing && !row.is_between() && (row.matters || is_found(row)))
        .collect();
    let delta = |row: &CallChange| delta_ns(changes, row);
    rows.sort_by(|a, b| delta(b).abs().total_cmp(&delta(a).abs()));
    rows.truncate(RANKED);
    let bar = |row: &CallChange| Bar {
        name: row.event.clone(),
        parts_ns: row.parts.map_or([0.0, delta(row), 0.0], |parts| {
            [parts.rate_ns, parts.per_call_ns, parts.mix_ns]
        }),
        delta_ns: delta(row),
        interval_ns: interval(row),
        state: state(changes, row),
    };
    let unit = if has_span(changes) { changes.unit.name() } else { "run" };
    Bars { unit: unit.to_owned(), list: rows.into_iter().map(bar).collect() }
}

/// From where to where the change of time lies, by the interval of the mean latency:
/// the calls of the new side at that many times the base's mean, less the base's time.
fn interval(row: &CallChange) -> Option<(f64, f64)> {
    let interval = row.judgement(What::Latency)?.interval?;
    let (rate, mean, before) = (row.new.rate()?, row.base.mean_ns()?, row.base.time_ns()?);
    let at = |ratio: f64| rate * mean * ratio - before;
    let ends = (at(interval.low), at(interval.high));
    (ends.0.is_finite() && ends.1.is_finite()).then_some(ends)
}

fn call_page(review: &Review<'_>, seen: &Seen) -> CallPage {
    let changes = review.changes;
    let mut page = CallPage { name: seen.event.clone(), ..CallPage::default() };
    if let Some(row) = changes.row(&seen.event) {
        page.about = about(changes, row);
        let curve = |label: &str, latencies: &Histogram| (label.to_owned(), points(latencies));
        let sides = [(&changes.base.label, &row.base), (&changes.new.label, &row.new)].into_iter();
        page.curves = sides
            .filter(|(_, side)| side.latencies.count() > 0)
            .map(|(label, side)| curve(label, &side.latencies))
            .collect();
        page.shift = shift(row);
        page.split = row.on_off().and_then(|_| {
            let parts = |side: &crate::compare::change::Pooled| {
                let off = side.mean_off_ns()?;
                Some(((side.mean_ns()? - off).max(0.0), off))
            };
            Some([parts(&row.base)?, parts(&row.new)?])
        });
    }
    let with_calls: Vec<_> = seen.sides.iter().filter(|side| side.calls() > 0).cloned().collect();
    let options = PictureOptions {
        what: seen.event.clone(),
        height: HEIGHT,
        difference: with_calls.len() == 2,
        ..PictureOptions::default()
    };
    page.picture = spectrogram_picture(with_calls, &options).ok().map(|picture| picture.picture);
    let mut sides = seen.sides.clone();
    let interval_ns = same_interval(&mut sides, STEPS);
    for (at, side) in seen.read().zip(&sides) {
        let mut course = course(side, interval_ns);
        let runs = side.runs.iter().map(|run| run.label.as_str());
        course.turns = turns(changes, &seen.event, runs);
        course.drops.clone_from(&seen.drops[at]);
        if side.calls() > 0 {
            page.course.push(course);
        }
    }
    page
}

/// Where a call's level changes inside the runs of a side.
fn turns<'r>(
    changes: &Changes,
    event: &str,
    runs: impl Iterator<Item = &'r str>,
) -> Vec<(u64, String)> {
    let runs: Vec<&str> = runs.collect();
    let here = |run: &str| runs.contains(&run);
    let turns = changes.turns.iter().filter(|turn| turn.event == event && here(&turn.run));
    let words = |turn: &crate::compare::change::Turn| {
        let (ratio, after) = (ratio_text(turn.ratio), time_text(turn.after_ns));
        (turn.after_ns, format!("{}: {ratio} from {after} on", turn.run))
    };
    turns.map(words).collect()
}

fn about(changes: &Changes, row: &CallChange) -> String {
    let time = |ns: Option<f64>| ns.map_or_else(|| "-".into(), |ns| time_text(ns.round() as u64));
    let mut text = format!("mean {} → {}", time(row.base.mean_ns()), time(row.new.mean_ns()));
    if let Some(ratio) = row.ratio_mean() {
        text.push_str(&format!(" ({}", ratio_text(ratio)));
        if let Some(interval) = row.judgement(What::Latency).and_then(|found| found.interval) {
            text.push_str(&format!(", {:.2} to {:.2}", interval.low, interval.high));
        }
        text.push(')');
    }
    let calls = match (row.base.rate(), row.new.rate()) {
        (Some(base), Some(new)) => {
            format!("{} → {} calls{}", rate_text(base), rate_text(new), changes.unit.suffix())
        }
        _ => format!("{} → {} calls", count_text(row.base.calls), count_text(row.new.calls)),
    };
    text.push_str(&format!("  ·  {calls}  ·  {}", state(changes, row)));
    text
}

/// The cumulative distribution, in so many points that a picture shows no fewer.
fn points(latencies: &Histogram) -> Vec<(u64, f64)> {
    let all = latencies.count().max(1) as f64;
    let mut below = 0;
    let mut points: Vec<(u64, f64)> = Vec::new();
    for bucket in latencies.buckets() {
        below += bucket.count;
        points.push((bucket.low + bucket.width - 1, below as f64 / all));
    }
    let each = points.len().div_ceil(POINTS).max(1);
    let last = points.len().saturating_sub(1);
    let kept = points.into_iter().enumerate();
    kept.filter(|(at, _)| at % each == 0 || *at == last).map(|(_, point)| point).collect()
}

fn shift(row: &CallChange) -> Vec<(f64, u64, u64)> {
    let found = row.distributions.iter().flat_map(|found| &found.shift);
    let shown = |quantile: f64| SHOWN.iter().any(|known| (known - quantile).abs() < 1e-9);
    found
        .filter(|shift| shown(shift.quantile))
        .map(|shift| (shift.quantile, shift.base_ns, shift.new_ns))
        .collect()
}

fn around(review: &Review<'_>) -> Vec<(String, Vec<String>)> {
    let (changes, around): (&Changes, &Surroundings) = (review.changes, review.around);
    let (base, new) = changes.places_units();
    let unit = changes.places_unit();
    let lines = |found: &Places| places_lines(found, base, new, unit);
    let places = around.places.iter().flat_map(lines).collect();
    let mut near = neighbour_details(&around.neighbours);
    if near.first().is_some_and(|line| line == "Near the worker:") {
        near.remove(0);
    }
    near.extend(next(changes));
    let fits = around.mechanisms.iter().flat_map(mechanism).collect();
    [("Where it lies", places), ("Who was near", near), ("What it fits", fits)]
        .into_iter()
        .filter(|(_, lines): &(&str, Vec<String>)| !lines.is_empty())
        .map(|(heading, lines)| (heading.to_owned(), lines))
        .collect()
}

fn footer(review: &Review<'_>) -> Vec<String> {
    let mut lines = review.restricted.clone();
    if !has_span(review.changes) {
        lines = vec!["times are of whole runs: a table of totals does not tell how long".into()];
    }
    lines.push(format!("Made by analyze {}: {}", env!("CARGO_PKG_VERSION"), review.command));
    lines.extend(review.stamp.iter().map(|stamp| format!("Made at {stamp}.")));
    let input = |input: &Input| {
        let bytes =
            if input.bytes > 0 { format!(", {}", bytes_text(input.bytes)) } else { String::new() };
        let hash = if input.sha256.is_empty() {
            String::new()
        } else {
            format!(", SHA-256 {}", input.sha256)
        };
        format!("{}: {}{bytes}{hash}", input.label, input.path)
    };
    lines.extend(review.inputs.iter().map(input));
    lines
}
