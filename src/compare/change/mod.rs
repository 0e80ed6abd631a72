//! What changed between two sets of runs, and how sure that is: every call is
//! judged (`judge`), what matters is kept apart from what does not, and the
//! changes are put in an order (`kind`) that names one of them first.

mod judge;
mod kind;
mod length;
mod net;
mod options;
mod pooled;
mod row;
mod turns;

use std::collections::BTreeSet;

pub use judge::{Interval, Judgement, Ranks, Verdict, What, Why};
pub use kind::{Finding, Kind, Role, Shape};
pub use length::RunLength;
pub use net::Net;
pub use options::{MANY_RUNS, Options};
pub use pooled::Pooled;
pub use row::{CallChange, Distributions, OnOff, Parts};
pub use turns::Turn;

use judge::Pair;

use super::Unit;
use super::run::{BETWEEN, BLOCKS, Run};
use super::stats::{CallRuns, GroupTotal, moderated, t_quantile};
use crate::chisel::{Next, Switches};
use crate::event::Class;
use options::{FEWEST_CALLS_OF_MANY, OFF_FACTOR, OFF_NS_PER_S};

/// One side of a comparison.
#[derive(Clone, Debug)]
pub struct RunSet {
    /// What it is called.
    pub label: String,
    /// Its runs.
    pub runs: Vec<Run>,
}

/// What changed.
#[derive(Clone, Debug)]
pub struct Changes {
    /// The base.
    pub base: RunSet,
    /// The other side.
    pub new: RunSet,
    /// When a difference counts.
    pub options: Options,
    /// Every call, and the time between calls; most added time first, pacing last.
    pub rows: Vec<CallChange>,
    /// What changed and matters, most important first.
    pub findings: Vec<Finding>,
    /// Which switches both sides have: the fewer of the two.
    pub switches: Switches,
    /// Time off between calls per second, by who ran next, ns: base and new.
    pub next: Vec<(Next, f64, f64)>,
    /// Calls whose level changes inside a capture; those that changed between
    /// the sides first.
    pub turns: Vec<Turn>,
    /// What figures are divided by.
    pub unit: Unit,
    /// How long a run takes, where the captures hold whole runs.
    pub length: Option<RunLength>,
    /// All rows together.
    pub net: Net,
}

impl Changes {
    /// Compares two sides.
    #[must_use]
    pub fn of(mut base: RunSet, mut new: RunSet, options: Options) -> Changes {
        let unit = Unit::of(options.unit, base.runs.iter().chain(&new.runs));
        for run in base.runs.iter_mut().chain(&mut new.runs) {
            run.per_run = unit == Unit::Run;
        }
        let length =
            if unit == Unit::Run { RunLength::of(&base.runs, &new.runs, &options) } else { None };
        let mut rows = rows(&base.runs, &new.runs, &options);
        net::part_tracer(&mut rows, &base.runs, &new.runs);
        net::mark_child_waits(&mut rows, &base.runs, &new.runs);
        judge_all(&mut rows, &base.runs, &new.runs, &options);
        share(&mut rows);
        rows.sort_by(|a, b| {
            let place = |row: &CallChange| (row.pacing, row.is_between());
            let time = b.delta_ns().abs().total_cmp(&a.delta_ns().abs());
            place(a).cmp(&place(b)).then(time).then_with(|| a.event.cmp(&b.event))
        });
        let switches = base.runs.iter().chain(&new.runs).map(|run| run.switches);
        let switches = switches.min_by_key(|switches| *switches as u8).unwrap_or_default();
        let next = next_of(&base.runs, &new.runs);
        let net = Net::of(&rows, unit);
        let findings = kind::findings(&rows, &next, unit, net);
        // a command's start differs from its middle in every run
        let turns = if unit == Unit::Run {
            Vec::new()
        } else {
            turns::turns(&rows, &findings, base.runs.iter().chain(&new.runs))
        };
        Changes { base, new, options, rows, findings, switches, next, turns, unit, length, net }
    }

    /// What the time of places is divided by, base and new: runs, or seconds.
    #[must_use]
    pub fn places_units(&self) -> (f64, f64) {
        let units = |set: &RunSet| {
            let ns = |run: &Run| {
                if self.unit == Unit::Run { 1e9 } else { run.span_ns as f64 }
            };
            set.runs.iter().map(ns).sum::<f64>() / 1e9
        };
        (units(&self.base), units(&self.new))
    }

    /// The unit that places are in: whole periods are not cut out for them.
    #[must_use]
    pub fn places_unit(&self) -> Unit {
        if self.unit == Unit::Run { Unit::Run } else { Unit::Second }
    }

    /// Whether the runs of both sides are enough to say how runs differ.
    #[must_use]
    pub fn has_many_runs(&self) -> bool {
        self.options.has_many(self.base.runs.len(), self.new.runs.len())
    }

    /// Time per unit in calls without pacing, ns: base and new.
    #[must_use]
    pub fn time_in_calls(&self) -> (f64, f64) {
        let rows = || self.rows.iter().filter(|row| !row.pacing && !row.is_between());
        (
            rows().filter_map(|r| r.base.time_ns()).sum(),
            rows().filter_map(|r| r.new.time_ns()).sum(),
        )
    }

    /// Takes a call's change apart by more than success: calls and their time of
    /// each group on both sides. Groups of other calls than were counted (those of
    /// whole periods alone) are left aside.
    pub fn regroup(&mut self, event: &str, groups: &[[GroupTotal; 2]]) {
        let row = self.rows.iter_mut().find(|row| row.event == event);
        if let Some(row) = row
            && let Some(parts) = Parts::by((&row.base, &row.new), groups)
        {
            row.parts = Some(parts);
        }
    }

    /// Names what a call waits for by the files behind it: the share of its added (or
    /// saved) time that is on regular files; `None`: not known.
    pub fn settle(&mut self, event: &str, added_on_files: Option<f64>) {
        for finding in self.findings.iter_mut().filter(|finding| finding.event == event) {
            finding.settle(added_on_files);
        }
    }

    /// Whether a row carries the net change: no trifle, and in its direction.
    #[must_use]
    pub fn carries(&self, row: &CallChange) -> bool {
        net::carries(row, self.net, self.unit)
    }

    /// The row of a call.
    #[must_use]
    pub fn row(&self, event: &str) -> Option<&CallChange> {
        self.rows.iter().find(|row| row.event == event)
    }
}

fn rows(base: &[Run], new: &[Run], options: &Options) -> Vec<CallChange> {
    let runs = || base.iter().chain(new);
    let mut events: BTreeSet<&str> =
        runs().flat_map(|r| r.calls.keys().map(String::as_str)).collect();
    if runs().all(|run| run.between.is_some()) {
        events.insert(BETWEEN);
    }
    let mut rows: Vec<CallChange> = events.into_iter().map(|event| row(base, new, event)).collect();
    let time = |side: fn(&CallChange) -> &Pooled, rows: &[CallChange]| -> f64 {
        let calls = rows.iter().filter(|row| !row.pacing && !row.is_between());
        calls.filter_map(|row| side(row).time_ns()).sum()
    };
    let (base_ns, new_ns) = (time(|row| &row.base, &rows), time(|row| &row.new, &rows));
    for row in &mut rows {
        let share = |time: Option<f64>, all: f64| {
            let all = if row.event == BETWEEN { all + time.unwrap_or(0.0) } else { all };
            time.is_some_and(|time| all > 0.0 && time >= options.min_share * all)
        };
        row.matters = row.pacing
            || share(row.base.time_ns(), base_ns)
            || share(row.new.time_ns(), new_ns)
            || base_ns + new_ns == 0.0;
    }
    rows
}

fn row(base: &[Run], new: &[Run], event: &str) -> CallChange {
    let known = base.iter().chain(new).find_map(|run| pooled::call_of(run, event));
    let (base, new) = (Pooled::of(base, event), Pooled::of(new, event));
    CallChange {
        event: event.to_owned(),
        class: known.map_or(Class::Work, |call| call.class),
        pacing: known.is_some_and(|call| call.pacing),
        judgements: Vec::new(),
        parts: Parts::of(&base, &new),
        distributions: Distributions::of(&base, &new),
        matters: false,
        share_of_delta: None,
        tracer_ns: 0.0,
        child_wait: false,
        base,
        new,
    }
}

fn judge_all(rows: &mut [CallChange], base: &[Run], new: &[Run], options: &Options) {
    let latency = has_latency(base) && has_latency(new);
    for row in rows.iter_mut() {
        let pair = Pair { base, new, event: &row.event, options };
        let mut judgements = Vec::new();
        if latency {
            judgements
                .push(judge::latency_by_blocks(pair, judge::errors_matter(&row.base, &row.new)));
        } else {
            let (what, verdict, why) = (What::Latency, Verdict::Undecided, Some(Why::NoLatency));
            judgements.push(Judgement { what, verdict, interval: None, p: None, ranks: None, why });
        }
        if row.event == BETWEEN {
            judgements.extend(off_between(base, new));
        } else {
            judgements.push(judge::rate_by_time(pair));
            judgements.extend(judge::errors(&row.base, &row.new));
        }
        row.judgements = judgements;
    }
    if options.has_many(base.len(), new.len()) {
        judge_by_runs(rows, base, new, options);
    }
}

fn has_latency(runs: &[Run]) -> bool {
    runs.iter().all(|run| run.has_latency)
}

/// All calls together, by what the runs differ.
fn judge_by_runs(rows: &mut [CallChange], base: &[Run], new: &[Run], options: &Options) {
    let band = options.tolerance;
    let (mut latencies, mut rates) = (Vec::new(), Vec::new());
    for (at, row) in rows.iter().enumerate().filter(|(_, row)| row.matters) {
        let pair = Pair { base, new, event: &row.event, options };
        let alone = judge::errors_matter(&row.base, &row.new);
        latencies.extend(judge::latency_logs(pair, alone).map(|logs| (at, logs)));
        if !row.is_between() {
            rates.extend(judge::rate_logs(pair).map(|(logs, widened)| (at, logs, widened)));
        }
    }
    let logs: Vec<CallRuns> = latencies.iter().map(|(_, logs)| logs.clone()).collect();
    for ((at, logs), found) in latencies.iter().zip(moderated(&logs, band.ln())) {
        set(&mut rows[*at], judge::by_runs(What::Latency, logs, &found, band));
    }
    let logs: Vec<CallRuns> = rates.iter().map(|(_, logs, _)| logs.clone()).collect();
    for ((at, logs, widened), found) in rates.iter().zip(moderated(&logs, band.ln())) {
        set(&mut rows[*at], judge::rate_by_runs(logs, &found, *widened, band));
    }
}

fn set(row: &mut CallChange, judgement: Judgement) {
    if judgement.what == What::Count && row.base.calls.max(row.new.calls) < FEWEST_CALLS_OF_MANY {
        return;
    }
    if let Some(known) = row.judgements.iter_mut().find(|known| known.what == judgement.what) {
        *known = judgement;
    }
}

/// Time off the processor between calls, per second of a run, ns, and the standard
/// error that its twentieths tell.
fn off_rate(run: &Run) -> Option<(f64, f64)> {
    let off = run.between.as_ref()?.off.as_ref()?;
    let seconds = run.span_ns as f64 / 1e9;
    let rate = off.off_ns as f64 / seconds;
    let count = off.by_time_ns.len().max(2) as f64;
    let mean = off.by_time_ns.iter().sum::<u64>() as f64 / count;
    let squares: f64 = off.by_time_ns.iter().map(|ns| (*ns as f64 - mean).powi(2)).sum();
    Some((rate, (squares / (count - 1.0) * count).sqrt() / seconds))
}

/// Time off the processor between calls: it differs by 5 ms a second and a factor
/// of two, and the runs lie apart.
fn off_between(base: &[Run], new: &[Run]) -> Option<Judgement> {
    let rates = |runs: &[Run]| runs.iter().map(off_rate).collect::<Option<Vec<_>>>();
    let (base, new) = (rates(base)?, rates(new)?);
    let mean = |side: &[(f64, f64)]| side.iter().map(|r| r.0).sum::<f64>() / side.len() as f64;
    let (a, b) = (mean(&base), mean(&new));
    let (low, high) = if a <= b { (&base, &new) } else { (&new, &base) };
    let most = low.iter().map(|rate| rate.0).fold(0.0, f64::max);
    let least = high.iter().map(|rate| rate.0).fold(f64::INFINITY, f64::min);
    let far = (a - b).abs() >= OFF_NS_PER_S && a.max(b) >= OFF_FACTOR * a.min(b);
    let error = |side: &[(f64, f64)]| {
        side.iter().map(|r| r.1.powi(2)).sum::<f64>() / (side.len() as f64).powi(2)
    };
    let sure = (a - b).abs()
        > t_quantile(0.975, BLOCKS as f64 - 1.0) * (error(&base) + error(&new)).sqrt();
    let verdict = match (far, sure && most < least) {
        (false, _) => Verdict::Unchanged,
        (true, true) => Verdict::Changed,
        (true, false) => Verdict::Undecided,
    };
    let why = (verdict == Verdict::Undecided).then_some(Why::Wide);
    Some(Judgement { what: What::OffCpu, verdict, interval: None, p: None, ranks: None, why })
}

/// Each call's part of all that changed in calls, and between them off the
/// processor.
fn share(rows: &mut [CallChange]) {
    let moved = |row: &CallChange| {
        if row.pacing {
            0.0
        } else if row.is_between() {
            row.new.off_ns().unwrap_or(0.0) - row.base.off_ns().unwrap_or(0.0)
        } else {
            row.delta_ns()
        }
    };
    let all: f64 = rows.iter().map(|row| moved(row).abs()).sum();
    for row in rows.iter_mut().filter(|row| !row.pacing && all > 0.0) {
        row.share_of_delta = Some(moved(row) / all);
    }
}

/// Who ran while threads were off between calls, per second.
fn next_of(base: &[Run], new: &[Run]) -> Vec<(Next, f64, f64)> {
    let seconds = |runs: &[Run]| runs.iter().map(|run| run.span_ns as f64 / 1e9).sum::<f64>();
    let sum = |runs: &[Run], who: &Next| {
        let all = runs.iter().flat_map(|run| &run.next);
        let ns: u64 = all.filter(|(next, _)| next == who).map(|(_, ns)| ns).sum();
        ns as f64 / seconds(runs).max(f64::MIN_POSITIVE)
    };
    let who: BTreeSet<&Next> =
        base.iter().chain(new).flat_map(|r| r.next.iter().map(|n| &n.0)).collect();
    let mut next: Vec<_> =
        who.into_iter().map(|who| (who.clone(), sum(base, who), sum(new, who))).collect();
    next.sort_by(|a, b| (b.2 - b.1).total_cmp(&(a.2 - a.1)));
    next
}
