//! The ranking and the comparison as tables for people: what costs more on
//! top, idle calls apart, then what moved in words.

use super::columns::{Align, Column, Paint};
use crate::chisel::CallStats;
use crate::compare::{Basis, Comparison, Order, Row, ratio_text};
use crate::event::{Class, count_text, rate_text, several, time_text};

/// What to show.
#[derive(Clone, Copy, Debug)]
pub struct TableOptions {
    /// Rows at most (idle and other rows not counted).
    pub top: usize,
    /// Also what is no system call.
    pub all_events: bool,
}

/// The columns of the table, the colour of its rows, and what to say of the
/// rows that are left out.
#[must_use]
pub fn topscalls_table(
    comparison: &Comparison,
    options: TableOptions,
) -> (Vec<Column>, Vec<Paint>, Option<String>) {
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
    let tells = |cell: &String| !cell.is_empty() && cell != "-";
    columns.retain(|column| column.cells.is_empty() || column.cells.iter().any(tells));
    let paint = rows.iter().map(|row| paint(comparison, row)).collect();
    (columns, paint, hidden)
}

fn shown(comparison: &Comparison, options: TableOptions) -> (Vec<&Row>, Option<String>) {
    let busy = |row: &&Row| row.syscall && row.class != Class::Idle;
    let all: Vec<&Row> = comparison.rows.iter().filter(busy).collect();
    let hidden = all.len().saturating_sub(options.top);
    let mut place = String::new();
    let mut rows: Vec<&Row> = if comparison.sides.len() > 1 && hidden > 0 {
        // what costs more on top, what got cheaper at the bottom: keep both ends
        let top = options.top.div_ceil(2);
        if options.top > 1 {
            place = format!(" between rows {top} and {}", top + 1);
        }
        all.iter().take(top).chain(all.iter().skip(top + hidden)).copied().collect()
    } else {
        all.into_iter().take(options.top).collect()
    };
    rows.extend(comparison.rows.iter().filter(|row| row.syscall && row.class == Class::Idle));
    if options.all_events {
        rows.extend(comparison.rows.iter().filter(|row| !row.syscall));
    }
    let more = || format!("({}{place}; --top N shows more)", several(hidden as u64, "more call"));
    (rows, (hidden > 0).then(more))
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

/// A change of a time: `+74.9ms`.
pub(crate) fn signed_time(ns: f64) -> String {
    let sign = if ns < 0.0 { "-" } else { "+" };
    format!("{sign}{}", time_text(ns.abs() as u64))
}

/// The sum of the paired calls' latencies, if there are any.
fn time_of(stats: &CallStats) -> Option<u128> {
    stats.time_ns().filter(|_| stats.paired > 0)
}

/// One side: totals, or figures per occurrence of a call.
fn ranked(comparison: &Comparison, rows: &[&Row], columns: &mut Vec<Column>) {
    let units = match &comparison.basis {
        Basis::Second | Basis::Whole => None,
        Basis::Run | Basis::Per(_) => comparison.units(0),
    };
    let per = match &comparison.basis {
        Basis::Second | Basis::Whole => "",
        Basis::Run => "/run",
        Basis::Per(_) => "/per",
    };
    let count =
        |count: u64| units.map_or(count_text(count), |units| rate_text(count as f64 / units));
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
    add(&format!("TIME{per}"), 0, &|row, stats| {
        let time = |ns: u128| units.map_or(ns, |units| (ns as f64 / units).round() as u128);
        let text = || dash(time_of(stats).map(|ns| long_time(time(ns))));
        if row.syscall { text() } else { String::new() }
    });
    add("SHARE", 4, &|row, stats| match time_of(stats) {
        Some(ns) if row.syscall && row.class != Class::Idle && whole > 0 => {
            format!("{:.1}%", 100.0 * ns as f64 / whole as f64)
        }
        _ => String::new(),
    });
    add(&format!("CALLS{per}"), 0, &|row, stats| {
        count(if row.syscall { stats.calls() } else { stats.sysdig_events() })
    });
    let sorted = u8::from(comparison.order != Order::Errors);
    add(&format!("ERRORS{per}"), 2 * sorted, &|_, stats| match stats.errors() {
        0 => String::new(),
        errors => count(errors),
    });
    add("MEAN", 0, &|_, stats| dash(stats.mean_ns().map(time_text)));
    let p99 = if comparison.order == Order::P99 { 0 } else { 6 };
    for (title, quantile, give_way) in [("P50", 0.5, 5), ("P95", 0.95, 7), ("P99", 0.99, p99)] {
        add(title, give_way, &|_, stats| dash(stats.quantile_ns(quantile).map(time_text)));
    }
    add("MAX", 8, &|_, stats| dash(stats.max_ns().map(time_text)));
    if rows.iter().any(|row| stats(row).unpaired() > 0) {
        add("UNPAIRED", 3, &|_, stats| match stats.unpaired() {
            0 => String::new(),
            count => count_text(count),
        });
    }
}

/// What the sides are called in titles.
fn side_names(count: usize) -> Vec<String> {
    match count {
        2 => vec!["BASE".into(), "NEW".into()],
        _ => (0..count).map(|at| if at == 0 { "BASE".into() } else { format!("#{at}") }).collect(),
    }
}

/// Several sides: columns give way to a narrow terminal, but never those that
/// the rows are ordered by.
struct Compared<'a> {
    comparison: &'a Comparison,
    rows: &'a [&'a Row],
    columns: &'a mut Vec<Column>,
    names: Vec<String>,
    /// Of the titles of what is divided.
    per: &'static str,
}

fn compared(comparison: &Comparison, rows: &[&Row], columns: &mut Vec<Column>) {
    let per = match &comparison.basis {
        Basis::Second => "/s",
        Basis::Whole => "",
        Basis::Run => "/run",
        Basis::Per(_) => "/per",
    };
    let names = side_names(comparison.sides.len());
    let mut table = Compared { comparison, rows, columns, names, per };
    table.times();
    table.means();
    table.calls();
    table.slowest();
    table.errors();
}

impl Compared<'_> {
    fn add(&mut self, title: &str, give_way: u8, cell: &dyn Fn(&Row) -> Option<String>) {
        let cells = self.rows.iter().map(|row| dash(cell(row))).collect();
        self.columns.push(number(title, give_way, cells));
    }

    /// A column for each side.
    fn each(&mut self, what: &str, give_way: u8, cell: &dyn Fn(&CallStats, f64) -> Option<String>) {
        for at in 0..self.names.len() {
            self.one(at, what, give_way, cell);
        }
    }

    fn one(
        &mut self,
        at: usize,
        what: &str,
        give_way: u8,
        cell: &dyn Fn(&CallStats, f64) -> Option<String>,
    ) {
        let title = format!("{} {what}", self.names[at]);
        let units = self.comparison.units(at);
        // without units there is nothing to divide by: rates are not numbers
        let units = units.unwrap_or(f64::NAN);
        self.add(&title, give_way, &|row| cell(row.sides[at].as_ref()?, units));
    }

    /// `what` with two sides, else with the name of the further one.
    fn of(&self, at: usize, what: &str) -> String {
        if self.names.len() == 2 { what.into() } else { format!("{what} {}", self.names[at]) }
    }

    /// How soon a column gives way that rows may be ordered by.
    fn unless(&self, order: Order, give_way: u8) -> u8 {
        if self.comparison.order == order { 0 } else { give_way }
    }

    fn times(&mut self) {
        let time = format!("TIME{}", self.per);
        for at in 0..self.names.len() {
            self.one(at, &time, if at == 0 { 3 } else { 2 }, &|stats, units| {
                let ns = time_of(stats)? as f64 / units;
                (!ns.is_nan()).then(|| time_text(ns as u64))
            });
            if at == 0 {
                continue;
            }
            let two = self.names.len() == 2;
            let title =
                if two { format!("Δ{time}") } else { format!("Δ{} {time}", self.names[at]) };
            self.add(&title, 0, &|row| row.deltas[at - 1].time_ns.map(signed_time));
        }
    }

    fn means(&mut self) {
        let give_way = self.unless(Order::Mean, 1);
        for at in 0..self.names.len() {
            self.one(at, "MEAN", give_way, &|stats, _| stats.mean_ns().map(time_text));
            if at > 0 {
                let title = self.of(at, "×MEAN");
                self.add(&title, 0, &|row| row.deltas[at - 1].mean_ratio.map(ratio_text));
            }
        }
    }

    fn calls(&mut self) {
        let (rates, ratios) = (self.unless(Order::Calls, 5), self.unless(Order::Calls, 4));
        let title = format!("CALLS{}", self.per);
        for at in 0..self.names.len() {
            self.one(at, &title, rates, &|stats, units| rate(stats.calls(), units));
            if at > 0 {
                let title = self.of(at, "×CALLS");
                self.add(&title, ratios, &|row| row.deltas[at - 1].rate_ratio.map(ratio_text));
            }
        }
    }

    fn slowest(&mut self) {
        let give_way = self.unless(Order::P99, 7);
        self.each("P99", give_way, &|stats, _| stats.quantile_ns(0.99).map(time_text));
    }

    fn errors(&mut self) {
        let failed = |row: &&Row| row.sides.iter().flatten().any(|stats| stats.errors() > 0);
        if self.rows.iter().any(failed) {
            let (title, give_way) = (format!("ERRORS{}", self.per), self.unless(Order::Errors, 6));
            self.each(&title, give_way, &|stats, units| rate(stats.errors(), units));
        }
    }
}

fn rate(count: u64, units: f64) -> Option<String> {
    if (units - 1.0).abs() < f64::EPSILON {
        return Some(count_text(count));
    }
    let rate = count as f64 / units;
    (!rate.is_nan()).then(|| rate_text(rate))
}
