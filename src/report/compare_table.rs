//! A comparison as a table: what costs more on top, pacing apart, each call with
//! what is known of it.

use super::columns::{Align, Column, Paint};
use super::topscalls_table::signed_time;
use crate::compare::change::{CallChange, Changes, Judgement, Verdict, What};
use crate::compare::{Unit, ratio_text};
use crate::event::{Class, rate_text, several, time_text};

/// The columns, the colour of the rows, and what is said of rows left out.
#[must_use]
pub fn compare_table(changes: &Changes) -> (Vec<Column>, Vec<Paint>, Option<String>) {
    let is_shown = |row: &&CallChange| row.matters || is_found(changes, row);
    let rows: Vec<&CallChange> = changes.rows.iter().filter(is_shown).collect();
    let hidden = (changes.rows.len() - rows.len()) as u64;
    let columns = columns(changes, &rows);
    let paint = rows.iter().map(|row| paint(changes, row)).collect();
    let share = changes.options.min_share * 100.0;
    let hidden = (hidden > 0).then(|| {
        format!(
            "({} with less than {share} % of the time in calls; --min-share 0 shows all)",
            several(hidden, "more call")
        )
    });
    (columns, paint, hidden)
}

/// The columns with the rows of all calls.
#[must_use]
pub fn compare_table_of_all(changes: &Changes) -> Vec<Column> {
    columns(changes, &changes.rows.iter().collect::<Vec<_>>())
}

fn columns(changes: &Changes, rows: &[&CallChange]) -> Vec<Column> {
    let unit = match changes.unit {
        Unit::Second => "s",
        Unit::Run => "run",
        Unit::Period => "per",
    };
    let mut columns = vec![Column {
        title: "CALL".into(),
        align: Align::Left,
        give_way: 0,
        cells: rows.iter().map(|row| name(row)).collect(),
    }];
    let mut add = |title: &str, give_way: u8, cell: &dyn Fn(&CallChange) -> Option<String>| {
        let cells = rows.iter().map(|row| cell(row).unwrap_or_else(|| "-".into())).collect();
        columns.push(Column { title: title.into(), align: Align::Right, give_way, cells });
    };
    add("BASE MEAN", 2, &|row| time(row.base.mean_ns()));
    add("NEW MEAN", 2, &|row| time(row.new.mean_ns()));
    add("×MEAN", 0, &|row| row.ratio_mean().map(ratio_text));
    add("INTERVAL", 3, &|row| interval(row, What::Latency));
    add(&format!("BASE/{unit}"), 5, &|row| row.base.rate().map(rate_text));
    add(&format!("NEW/{unit}"), 5, &|row| row.new.rate().map(rate_text));
    add("×CALLS", 0, &|row| row.ratio_rate().map(ratio_text));
    add(&format!("ΔTIME/{unit}"), 0, &|row| Some(signed_time(row.delta_ns())));
    let part = |of: fn(&crate::compare::change::Parts) -> f64| {
        move |row: &CallChange| row.parts.as_ref().map(|parts| signed_time(of(parts)))
    };
    add("BY RATE", 4, &part(|parts| parts.rate_ns));
    add("PER CALL", 4, &part(|parts| parts.per_call_ns));
    add("BY MIX", 6, &part(|parts| parts.mix_ns));
    add("ΔON CPU", 4, &|row| row.on_off().map(|split| signed_time(split.on_ns)));
    add("ΔOFF CPU", 4, &|row| row.on_off().map(|split| signed_time(split.off_ns)));
    let cells = rows.iter().map(|row| state(changes, row)).collect();
    columns.push(Column { title: String::new(), align: Align::Left, give_way: 0, cells });
    let tells = |cell: &String| !cell.is_empty() && cell != "-";
    columns.retain(|column| column.cells.is_empty() || column.cells.iter().any(tells));
    columns
}

fn is_found(changes: &Changes, row: &CallChange) -> bool {
    changes.findings.iter().any(|finding| finding.event == row.event)
}

fn name(row: &CallChange) -> String {
    match row.class {
        _ if row.is_between() => row.event.clone(),
        _ if row.pacing => format!("{} (idle)", row.event.trim_end_matches(" (timed out)")),
        Class::Work | Class::Idle => row.event.clone(),
        class @ Class::Wait => format!("{} ({})", row.event, class.name()),
    }
}

fn time(ns: Option<f64>) -> Option<String> {
    ns.map(|ns| time_text(ns.round() as u64))
}

fn interval(row: &CallChange, what: What) -> Option<String> {
    let interval = row.judgement(what)?.interval?;
    let known = interval.low.is_finite() && interval.high.is_finite();
    known.then(|| format!("{}–{}", digits(interval.low), digits(interval.high)))
}

/// A ratio with two decimals, where the band's edge lies in the second.
fn digits(ratio: f64) -> String {
    if ratio < 10.0 { format!("{ratio:.2}") } else { format!("{ratio:.0}") }
}

/// What is known of a row, in a few words.
#[must_use]
pub fn state(changes: &Changes, row: &CallChange) -> String {
    let found: Vec<String> = changes
        .findings
        .iter()
        .filter(|finding| finding.event == row.event)
        .map(|finding| {
            let word = match (finding.what, finding.up) {
                (What::Latency, true) if row.is_between() => "longer",
                (What::Latency, false) if row.is_between() => "shorter",
                (What::Latency, true) => "slower",
                (What::Latency, false) => "faster",
                (What::Count, true) => "more calls",
                (What::Count, false) => "fewer calls",
                (What::Errors, true) => "more errors",
                (What::Errors, false) => "fewer errors",
                (What::OffCpu, true) => "more off the CPU",
                (What::OffCpu, false) => "less off the CPU",
            };
            match finding.role {
                crate::compare::change::Role::Cause => word.to_owned(),
                crate::compare::change::Role::Consequence => format!("{word} (follows)"),
            }
        })
        .collect();
    if !found.is_empty() {
        return found.join(", ");
    }
    let open = |what: What| row.judgement(what).is_some_and(is_open);
    match (open(What::Latency), open(What::Count)) {
        (false, false) if open(What::OffCpu) => "undecided".into(),
        (false, false) => "unchanged".into(),
        (true, true) => "undecided".into(),
        (true, false) => "latency undecided".into(),
        (false, true) => "rate undecided".into(),
    }
}

fn is_open(judgement: &Judgement) -> bool {
    judgement.verdict == Verdict::Undecided
}

fn paint(changes: &Changes, row: &CallChange) -> Paint {
    if row.pacing {
        return Paint::Dim;
    }
    match changes.findings.iter().find(|finding| finding.event == row.event) {
        Some(finding) if finding.up => Paint::Worse,
        Some(_) => Paint::Better,
        None => Paint::Plain,
    }
}
