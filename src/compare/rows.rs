//! The rows of a comparison: one a call, with each side's figures and their
//! differences against the first side.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::chisel::{CallStats, TopScallsResult, TopScallsRow};
use crate::event::Class;
use crate::state::Summary;

/// One capture of a side.
#[derive(Debug)]
pub struct CaptureFacts {
    /// Label.
    pub label: String,
    /// What is known of it as a whole.
    pub summary: Summary,
    /// What was counted in it.
    pub result: TopScallsResult,
}

/// One side: a capture, or a set of runs pooled.
#[derive(Debug)]
pub struct Side {
    /// Label.
    pub label: String,
    /// Its captures.
    pub captures: Vec<CaptureFacts>,
}

impl Side {
    /// Time counted, summed over the captures, ns.
    #[must_use]
    pub fn span_ns(&self) -> u64 {
        self.captures.iter().map(|capture| capture.result.span_ns).sum()
    }

    /// Whole periods, if a marker call was given.
    #[must_use]
    pub fn periods(&self) -> Option<u64> {
        self.captures.iter().map(|capture| capture.result.periods).sum()
    }

    /// Whether any of its captures has latencies.
    #[must_use]
    pub fn has_latency(&self) -> bool {
        self.captures.iter().any(|capture| capture.summary.has_latency())
    }

    fn rows(&self) -> BTreeMap<(Option<String>, String), TopScallsRow> {
        let mut pooled: BTreeMap<(Option<String>, String), TopScallsRow> = BTreeMap::new();
        for row in self.captures.iter().flat_map(|capture| &capture.result.rows) {
            let key = (row.group.clone(), row.event.clone());
            match pooled.get_mut(&key) {
                Some(known) => known.stats.merge(&row.stats),
                None => {
                    pooled.insert(key, row.clone());
                }
            }
        }
        pooled
    }
}

/// What figures are divided by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Basis {
    /// Seconds of capture.
    Second,
    /// Captures: some do not tell how long they were.
    Whole,
    /// Runs: every capture holds a command from its start to its exit.
    Run,
    /// Calls of this name, whole periods only.
    Per(String),
}

/// How a side differs from the first.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Delta {
    /// Time in these calls per unit, new minus base, ns.
    pub time_ns: Option<f64>,
    /// Mean latency, new over base.
    pub mean_ratio: Option<f64>,
    /// Calls per unit, new over base.
    pub rate_ratio: Option<f64>,
    /// Calls per unit, new minus base.
    pub calls: Option<f64>,
    /// Errors per unit, new minus base.
    pub errors: Option<f64>,
}

/// One call on all sides.
#[derive(Clone, Debug)]
pub struct Row {
    /// Container, process or thread, when grouped.
    pub group: Option<String>,
    /// Name.
    pub event: String,
    /// Whether it is a system call.
    pub syscall: bool,
    /// Work, wait or idle.
    pub class: Class,
    /// Figures of each side; `None`: it does not occur there.
    pub sides: Vec<Option<CallStats>>,
    /// Each further side against the first.
    pub deltas: Vec<Delta>,
}

/// What rows are ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Order {
    /// Time in the calls; with several captures, its change.
    #[default]
    Time,
    /// Number of calls; with several captures, the change of their rate.
    Calls,
    /// Failed calls; with several captures, the change of their rate.
    Errors,
    /// Mean latency; with several captures, its change.
    Mean,
    /// 99th percentile; with several captures, its change.
    P99,
    /// Ratio of the means, new over base.
    Ratio,
}

/// The whole comparison (or, with one side, the ranking).
#[derive(Debug)]
pub struct Comparison {
    /// Sides, the base first.
    pub sides: Vec<Side>,
    /// What figures are divided by.
    pub basis: Basis,
    /// What the rows are ordered by.
    pub order: Order,
    /// Rows in order: work and waits, then idle, each by `order`.
    pub rows: Vec<Row>,
}

impl Comparison {
    /// Units of a side: seconds, or occurrences.
    #[must_use]
    pub fn units(&self, side: usize) -> Option<f64> {
        self.sides.get(side).and_then(|side| units(side, &self.basis))
    }
}

fn units(side: &Side, basis: &Basis) -> Option<f64> {
    let units = match basis {
        Basis::Second => side.span_ns() as f64 / 1e9,
        Basis::Whole | Basis::Run => side.captures.len() as f64,
        Basis::Per(_) => side.periods().unwrap_or(0) as f64,
    };
    (units > 0.0).then_some(units)
}

/// Puts the sides together.
#[must_use]
pub fn compare(sides: Vec<Side>, basis: Basis, order: Order) -> Comparison {
    let pooled: Vec<_> = sides.iter().map(Side::rows).collect();
    let units: Vec<_> = sides.iter().map(|side| units(side, &basis)).collect();
    let mut keys: BTreeMap<(Option<String>, String), (bool, Class)> = BTreeMap::new();
    for (key, row) in pooled.iter().flatten() {
        keys.insert(key.clone(), (row.syscall, row.class));
    }
    let mut rows: Vec<Row> = keys
        .into_iter()
        .map(|(key, (syscall, class))| {
            let sides: Vec<Option<CallStats>> =
                pooled.iter().map(|side| side.get(&key).map(|row| row.stats.clone())).collect();
            let deltas = (1..sides.len()).map(|side| delta(&sides, &units, side)).collect();
            Row { group: key.0, event: key.1, syscall, class, sides, deltas }
        })
        .collect();
    rows.sort_by(|a, b| by_order(a, b, order));
    Comparison { sides, basis, order, rows }
}

fn delta(sides: &[Option<CallStats>], units: &[Option<f64>], side: usize) -> Delta {
    let none = CallStats::default();
    let stats = |at: usize| sides.get(at).and_then(Option::as_ref);
    let unit = |at: usize| units.get(at).copied().flatten();
    let per = |at: usize, figure: &dyn Fn(&CallStats) -> Option<f64>| {
        Some(figure(stats(at).unwrap_or(&none))? / unit(at)?)
    };
    let calls = |stats: &CallStats| Some(stats.calls() as f64);
    let errors = |stats: &CallStats| Some(stats.errors() as f64);
    let present = |at: usize| stats(at).is_some();
    // a call that does not occur on a side took no time there
    let time = |stats: &CallStats| match stats.time_ns() {
        Some(ns) => Some(ns as f64),
        None if stats.exits() == 0 => Some(0.0),
        None => None,
    };
    let minus = |new: Option<f64>, base: Option<f64>| Some(new? - base?);
    let over = |new: Option<f64>, base: Option<f64>| {
        let (new, base) = (new?, base?);
        (base > 0.0).then(|| new / base)
    };
    let mean = |at: usize| {
        let stats = stats(at)?;
        (stats.paired > 0).then(|| stats.total_ns as f64 / stats.paired as f64)
    };
    Delta {
        time_ns: minus(per(side, &time), per(0, &time)),
        mean_ratio: over(mean(side), mean(0)),
        rate_ratio: if present(0) && present(side) {
            over(per(side, &calls), per(0, &calls))
        } else {
            None
        },
        calls: minus(per(side, &calls), per(0, &calls)),
        errors: minus(per(side, &errors), per(0, &errors)),
    }
}

fn value(row: &Row, order: Order) -> f64 {
    let stats = |at: usize| row.sides.get(at).and_then(Option::as_ref);
    let figure = |stats: &CallStats| match order {
        Order::Time => stats.time_ns().map(|ns| ns as f64),
        Order::Calls => Some(stats.calls() as f64),
        Order::Errors => Some(stats.errors() as f64),
        Order::Mean | Order::Ratio => stats.mean_ns().map(|ns| ns as f64),
        Order::P99 => stats.quantile_ns(0.99).map(|ns| ns as f64),
    };
    let lowest = f64::NEG_INFINITY;
    let Some(last) = row.deltas.last() else {
        return stats(0).and_then(figure).unwrap_or(lowest);
    };
    let change = || {
        let (base, new) = (stats(0).and_then(figure)?, stats(row.deltas.len()).and_then(figure)?);
        Some(new - base)
    };
    match order {
        Order::Time => last.time_ns.or(last.calls.map(|calls| calls * 1e-3)).unwrap_or(lowest),
        Order::Calls => last.calls.unwrap_or(lowest),
        Order::Errors => last.errors.unwrap_or(lowest),
        Order::Ratio => last.mean_ratio.unwrap_or(lowest),
        Order::Mean | Order::P99 => change().unwrap_or(lowest),
    }
}

/// Work and waits first, then idle calls, then what is no system call; within
/// each by the figure, then by time, calls and name.
fn by_order(a: &Row, b: &Row, order: Order) -> Ordering {
    let place = |row: &Row| (!row.syscall, row.class == Class::Idle);
    let descending = |by: Order| value(b, by).total_cmp(&value(a, by));
    place(a)
        .cmp(&place(b))
        .then_with(|| descending(order))
        .then_with(|| descending(Order::Time))
        .then_with(|| descending(Order::Calls))
        .then_with(|| (&a.group, &a.event).cmp(&(&b.group, &b.event)))
}
