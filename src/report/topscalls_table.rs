//! The ranking and the comparison as tables for people: what costs more on
//! top, idle calls apart, then what moved in words.

use super::columns::{Align, Column, Paint};
use crate::chisel::CallStats;
use crate::compare::{Basis, Comparison, Row, ratio_text};
use crate::event::{Class, count_text, time_text};

/// What to show.
#[derive(Clone, Copy, Debug)]
pub struct TableOptions {
    /// Rows at most (idle and other rows not counted).
    pub top: usize,
    /// Also what is no system call.
    pub all_events: bool,
}

/// The columns of the table and the colour of its rows.
#[must_use]
pub fn topscalls_table(
    comparison: &Comparison,
    options: TableOptions,
) -> (Vec<Column>, Vec<Paint>, usize) {
    let (rows, hidden) = shown(comparison, options);
    let mut columns = Vec::new();
    if rows.iter().any(|row| row.group.is_some()) {
        let cells = rows.iter().map(|row| row.group.clone().unwrap_or_default()).collect();
        columns.push(Column { title: "GROUP".into(), align: Align::Left, give_way: 0, cells });
    }
    let name = |row: &&Row| match row.class {
        _ if !row.syscall => format!("{} (event)", row.event),
        Class::Work => row.event.clone(),
        class => format!("{} ({})", row.event, class.name()),
    };
    let cells = rows.iter().map(name).collect();
    columns.push(Column { title: "CALL".into(), align: Align::Left, give_way: 0, cells });
    if comparison.sides.len() > 1 {
        compared(comparison, &rows, &mut columns);
    } else {
        ranked(comparison, &rows, &mut columns);
    }
    // nothing to say there: times of a capture without latencies, for one
    columns.retain(|column| column.cells.is_empty() || column.cells.iter().any(|cell| cell != "-"));
    let paint = rows.iter().map(|row| paint(comparison, row)).collect();
    (columns, paint, hidden)
}

fn shown(comparison: &Comparison, options: TableOptions) -> (Vec<&Row>, usize) {
    let busy = |row: &&Row| row.syscall && row.class != Class::Idle;
    let all: Vec<&Row> = comparison.rows.iter().filter(busy).collect();
    let hidden = all.len().saturating_sub(options.top);
    let mut rows: Vec<&Row> = if comparison.sides.len() > 1 && hidden > 0 {
        // what costs more on top, what got cheaper at the bottom: keep both ends
        let top = options.top.div_ceil(2);
        all.iter().take(top).chain(all.iter().skip(top + hidden)).copied().collect()
    } else {
        all.into_iter().take(options.top).collect()
    };
    rows.extend(comparison.rows.iter().filter(|row| row.syscall && row.class == Class::Idle));
    if options.all_events {
        rows.extend(comparison.rows.iter().filter(|row| !row.syscall));
    }
    (rows, hidden)
}

fn paint(comparison: &Comparison, row: &Row) -> Paint {
    if !row.syscall || row.class == Class::Idle {
        return Paint::Dim;
    }
    let Some(delta) = row.deltas.last() else {
        return Paint::Plain;
    };
    let side = comparison.sides.len() - 1;
    let most: f64 = [0, side]
        .iter()
        .filter_map(|at| Some(row.sides[*at].as_ref()?.time_ns()? as f64 / comparison.units(*at)?))
        .fold(0.0, f64::max);
    match delta.time_ns {
        Some(change) if change > 0.2 * most => Paint::Worse,
        Some(change) if change < -0.2 * most => Paint::Better,
        _ => Paint::Plain,
    }
}

fn number(title: &str, give_way: u8, cells: Vec<String>) -> Column {
    Column { title: title.into(), align: Align::Right, give_way, cells }
}

fn dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "-".into())
}

/// A time that may exceed 64 bits.
pub(crate) fn long_time(ns: u128) -> String {
    time_text(u64::try_from(ns).unwrap_or(u64::MAX))
}

fn ranked(comparison: &Comparison, rows: &[&Row], columns: &mut Vec<Column>) {
    let stats = |row: &Row| row.sides[0].clone().unwrap_or_default();
    let whole: u128 = comparison
        .rows
        .iter()
        .filter(|row| row.syscall && row.class != Class::Idle)
        .filter_map(|row| row.sides[0].as_ref()?.time_ns())
        .sum();
    let mut add = |title: &str, give_way: u8, cell: &dyn Fn(&Row, &CallStats) -> String| {
        let cells = rows.iter().map(|row| cell(row, &stats(row))).collect();
        columns.push(number(title, give_way, cells));
    };
    add("TIME", 0, &|row, stats| {
        if row.syscall { dash(stats.time_ns().map(long_time)) } else { String::new() }
    });
    add("SHARE", 3, &|row, stats| match stats.time_ns() {
        Some(ns) if row.syscall && row.class != Class::Idle && whole > 0 => {
            format!("{:.1}%", 100.0 * ns as f64 / whole as f64)
        }
        _ => String::new(),
    });
    add("CALLS", 0, &|row, stats| {
        count_text(if row.syscall { stats.calls() } else { stats.sysdig_events() })
    });
    add("ERRORS", 2, &|_, stats| match stats.errors() {
        0 => String::new(),
        errors => count_text(errors),
    });
    add("MEAN", 0, &|_, stats| dash(stats.mean_ns().map(time_text)));
    for (title, quantile, give_way) in [("P50", 0.5, 4), ("P95", 0.95, 6), ("P99", 0.99, 5)] {
        add(title, give_way, &|_, stats| dash(stats.quantile_ns(quantile).map(time_text)));
    }
    add("MAX", 7, &|_, stats| dash(stats.max_ns().map(time_text)));
    if rows.iter().any(|row| stats(row).unpaired() > 0) {
        add("UNPAIRED", 8, &|_, stats| match stats.unpaired() {
            0 => String::new(),
            count => count_text(count),
        });
    }
}

/// A rate: `12,345`, `3.2`, `0.04`.
fn rate_text(rate: f64) -> String {
    match rate {
        100.0.. => count_text(rate.round() as u64),
        10.0.. => format!("{rate:.1}"),
        _ => format!("{rate:.2}"),
    }
}

fn compared(comparison: &Comparison, rows: &[&Row], columns: &mut Vec<Column>) {
    let per = match &comparison.basis {
        Basis::Second => "/s".to_owned(),
        Basis::Per(_) => "/per".to_owned(),
    };
    let names: Vec<String> = match comparison.sides.len() {
        2 => vec!["BASE".into(), "NEW".into()],
        count => {
            (0..count).map(|at| if at == 0 { "BASE".into() } else { format!("#{at}") }).collect()
        }
    };
    let stats = |row: &Row, at: usize| row.sides[at].clone();
    let units: Vec<Option<f64>> = (0..names.len()).map(|at| comparison.units(at)).collect();
    let per_unit = |figure: Option<f64>, at: usize| Some(figure? / units[at]?);
    let mut add = |title: String, give_way: u8, cell: &dyn Fn(&Row) -> Option<String>| {
        let cells: Vec<String> = rows.iter().map(|row| dash(cell(row))).collect();
        columns.push(number(&title, give_way, cells));
    };
    for (at, name) in names.iter().enumerate() {
        add(format!("{name} TIME{per}"), if at == 0 { 3 } else { 2 }, &|row| {
            let time = stats(row, at)?.time_ns().map(|ns| ns as f64);
            per_unit(time, at).map(|ns| time_text(ns as u64))
        });
        if at > 0 {
            let title = if names.len() == 2 { format!("ΔTIME{per}") } else { format!("Δ{name}") };
            add(title, 0, &|row| {
                let change = row.deltas[at - 1].time_ns?;
                let sign = if change < 0.0 { "-" } else { "+" };
                Some(format!("{sign}{}", time_text(change.abs() as u64)))
            });
        }
    }
    for (at, name) in names.iter().enumerate() {
        add(format!("{name} MEAN"), 1, &|row| stats(row, at)?.mean_ns().map(time_text));
        if at > 0 {
            let title =
                if names.len() == 2 { "×MEAN".to_owned() } else { format!("×MEAN {name}") };
            add(title, 0, &|row| row.deltas[at - 1].mean_ratio.map(ratio_text));
        }
    }
    for (at, name) in names.iter().enumerate() {
        add(format!("{name} CALLS{per}"), 5, &|row| {
            per_unit(Some(stats(row, at)?.calls() as f64), at).map(rate_text)
        });
        if at > 0 {
            let title =
                if names.len() == 2 { "×CALLS".to_owned() } else { format!("×CALLS {name}") };
            add(title, 4, &|row| row.deltas[at - 1].rate_ratio.map(ratio_text));
        }
    }
    for (at, name) in names.iter().enumerate() {
        add(format!("{name} P99"), 7, &|row| stats(row, at)?.quantile_ns(0.99).map(time_text));
    }
    let failed =
        |row: &&&Row| (0..names.len()).any(|at| stats(row, at).is_some_and(|s| s.errors() > 0));
    if rows.iter().any(|row| failed(&row)) {
        for (at, name) in names.iter().enumerate() {
            add(format!("{name} ERRORS"), 6, &|row| Some(count_text(stats(row, at)?.errors())));
        }
    }
}
