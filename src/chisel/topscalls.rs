//! Time in system calls, by call: sysdig's `topscalls_time` and `topscalls`
//! in one pass, with what they lack: calls apart from events, failures, mean,
//! extremes, quantiles, and exits that have no enter kept out.

use std::collections::{BTreeMap, BTreeSet};

use super::cells::{CallStats, Sample};
use super::identity::{GroupBy, Rows, Who};
use crate::event::{Class, KINDS, Kind, class_of, event_types};
use crate::filter::fields::{Needs, Settings};
use crate::filter::{Lane, Selection};
use crate::format::scap::event::STATE_ONLY;
use crate::format::trace::TableRow;
use crate::state::{ContainerId, Event, Summary, Threads, Visitor, World};

/// What to count.
#[derive(Clone, Debug, Default)]
pub struct TopScallsRequest {
    /// Which events.
    pub selection: Selection,
    /// What rows are grouped by.
    pub group_by: GroupBy,
    /// Count whole periods only: from the first to the last call of this name.
    pub per: Option<String>,
}

/// Figures of one name (in one group).
#[derive(Clone, Debug)]
pub struct TopScallsRow {
    /// Container, process or thread, when grouped.
    pub group: Option<String>,
    /// Name of the call or event type.
    pub event: String,
    /// Whether it is a system call.
    pub syscall: bool,
    /// Work, wait or idle.
    pub class: Class,
    /// Figures.
    pub stats: CallStats,
}

/// The answer for one capture.
#[derive(Clone, Debug, Default)]
pub struct TopScallsResult {
    /// Rows by group and name.
    pub rows: Vec<TopScallsRow>,
    /// Whole periods of the marker call, if one was asked for.
    pub periods: Option<u64>,
    /// Containers with events that passed the other conditions, by label.
    pub containers: BTreeSet<String>,
    /// Event names seen, whatever was selected by name.
    pub names: BTreeSet<&'static str>,
    /// Process names seen, if they were asked for.
    pub processes: BTreeSet<String>,
    /// The window of time that was counted, ns; the capture's without limits.
    pub span_ns: u64,
    /// Names asked for that do not occur, with the relatives shown instead.
    pub stand_ins: Vec<(String, Vec<&'static str>)>,
    /// Events that were left out for this alone, that they did not fail.
    pub did_not_fail: u64,
}

/// Cells of one identity, sparse by kind.
#[derive(Clone, Debug, Default)]
struct RowCells {
    places: Vec<u32>,
    cells: Vec<(Kind, CallStats)>,
}

impl RowCells {
    #[inline]
    fn cell(&mut self, dense: u16, kind: Kind) -> &mut CallStats {
        let at = self.places.get(usize::from(dense)).copied().unwrap_or(u32::MAX);
        let at = if at == u32::MAX { self.add_cell(dense, kind) } else { at };
        &mut self.cells[at as usize].1
    }

    #[cold]
    fn add_cell(&mut self, dense: u16, kind: Kind) -> u32 {
        let dense = usize::from(dense);
        if self.places.len() <= dense {
            self.places.resize(dense + 1, u32::MAX);
        }
        self.places[dense] = u32::try_from(self.cells.len()).unwrap_or(0);
        self.cells.push((kind, CallStats::default()));
        self.places[dense]
    }

    fn clear(&mut self) {
        *self = RowCells::default();
    }
}

/// One identity: what is counted for good, and what waits for the period's end.
#[derive(Debug, Default)]
struct Row {
    done: RowCells,
    pending: RowCells,
    markers: u64,
    did_not_fail: u64,
}

/// What is to be done with a kind of event; enters and exits apart.
#[derive(Clone, Copy, Debug, Default)]
struct Plan {
    /// Number among the kinds seen: keeps the rows small.
    dense: u16,
    seen: bool,
    wanted: bool,
    /// Ends a period.
    marks: bool,
    syscall: bool,
}

/// The collector: a [`Visitor`] that counts.
#[derive(Debug)]
pub struct TopScalls {
    request: TopScallsRequest,
    rows: Rows,
    cells: Vec<Row>,
    lanes: Vec<Lane>,
    plans: Vec<Plan>,
    has_result: Vec<bool>,
    kinds_seen: u16,
    /// Neither a window of time nor periods: every event counts at once.
    simple: bool,
    /// A filter is to be asked about every event.
    filtered: bool,
    settings: Settings,
    window: Option<(u64, u64)>,
}

impl TopScalls {
    /// Prepares to count.
    ///
    /// # Errors
    /// When the marker's name cannot be read.
    pub fn new(request: TopScallsRequest) -> Result<Self, String> {
        let marker = match &request.per {
            Some(name) => crate::filter::Names::parse(std::slice::from_ref(name))?.kinds(),
            None => vec![false; KINDS],
        };
        let lanes = request.selection.events.lanes();
        let plan = |(at, lane): (usize, &Lane)| Plan {
            wanted: *lane != Lane::No,
            marks: marker[at],
            syscall: Kind(at as u16).is_syscall(),
            ..Plan::default()
        };
        let plans = lanes.iter().enumerate().map(plan).collect();
        let windowed = request.selection.has_window();
        Ok(TopScalls {
            rows: Rows::new(&request.selection, request.group_by),
            cells: Vec::new(),
            lanes,
            plans,
            has_result: event_types().iter().map(|kind| kind.has_result).collect(),
            kinds_seen: 0,
            simple: !windowed && request.per.is_none(),
            filtered: !request.selection.filter.is_empty(),
            settings: Settings::default(),
            window: (!windowed).then_some((0, u64::MAX)),
            request,
        })
    }

    #[inline(always)]
    fn row(
        &mut self,
        slot: Option<u32>,
        described: Option<ContainerId>,
        threads: &mut Threads,
    ) -> usize {
        let row = slot.map_or(u32::MAX, |slot| threads.clock_mut(slot).row) as usize;
        if row < self.cells.len() { row } else { self.add_row(slot, described, threads) }
    }

    /// An event is not counted, because it did not fail.
    #[inline(never)]
    fn left_out(
        &mut self,
        slot: Option<u32>,
        described: Option<ContainerId>,
        threads: &mut Threads,
    ) {
        let row = self.row(slot, described, threads);
        self.cells[row].did_not_fail += 1;
    }

    /// The row of an event that has no thread or whose thread has none yet.
    #[cold]
    #[inline(never)]
    fn add_row(
        &mut self,
        slot: Option<u32>,
        described: Option<ContainerId>,
        threads: &mut Threads,
    ) -> usize {
        let row = match (slot, described) {
            (Some(slot), _) => {
                let row = self.rows.of(threads.get(slot));
                threads.clock_mut(slot).row = row;
                row
            }
            (None, Some(container)) => self.rows.described(container),
            (None, None) => self.rows.nobody(),
        };
        if self.cells.len() <= row as usize {
            self.cells.resize_with(row as usize + 1, Row::default);
        }
        row as usize
    }

    #[cold]
    fn number(&mut self, kind: Kind) -> Plan {
        let plan = &mut self.plans[kind.index()];
        *plan = Plan { seen: true, dense: self.kinds_seen, ..*plan };
        self.kinds_seen += 1;
        *plan
    }

    fn outside(&mut self, ts_ns: u64) -> bool {
        let (since, until) = match self.window {
            Some(window) => window,
            None => *self.window.insert(self.request.selection.window(ts_ns)),
        };
        ts_ns < since || ts_ns > until
    }
}

impl Visitor for TopScalls {
    #[inline(always)]
    fn event(&mut self, event: &Event<'_>, world: &mut World) {
        if event.hidden || event.raw.dump_flags & STATE_ONLY != 0 {
            return;
        }
        if event.raw.is_untimed() && !event.is_exit() {
            return; // as good as not recorded
        }
        let passes =
            !self.filtered || self.request.selection.filter.passes(event, world, &self.settings);
        let threads = &mut world.threads;
        if !self.simple && self.outside(event.raw.ts_ns) {
            return;
        }
        let kind = event.kind;
        let mut plan = self.plans[kind.index()];
        if !plan.seen {
            plan = self.number(kind);
        }
        let failed = event.is_exit()
            && match event.raw.traced_result() {
                Some(result) => result < 0,
                None => {
                    self.has_result[usize::from(event.raw.code)]
                        && event.raw.result().is_some_and(|result| result < 0)
                }
            };
        let wanted = plan.wanted && passes;
        let counted = wanted && (failed || !self.request.selection.errors);
        if !counted {
            if wanted {
                self.left_out(event.slot, event.described, threads);
            }
            if !plan.marks {
                return;
            }
        }
        let row = self.row(event.slot, event.described, threads);
        let row = &mut self.cells[row];
        let sample = Sample {
            ns: event.latency_ns,
            pairing: event.pairing,
            exit: event.is_exit(),
            failed,
            syscall: plan.syscall,
        };
        if self.simple {
            row.done.cell(plan.dense, kind).add(sample);
        } else {
            let counted = counted.then_some(sample);
            row.in_periods(kind, plan, counted, event.is_exit(), self.request.per.is_some());
        }
    }

    fn wants_details(&self) -> bool {
        self.request.selection.filter.needs() > Needs::Params
    }

    fn wants_params(&self) -> bool {
        self.request.selection.filter.needs() >= Needs::Params
    }

    fn table_row(&mut self, row: &TableRow) {
        self.add_table_row(row);
    }
}

impl TopScalls {
    /// A row of a table of totals, which is of no thread and of no time.
    fn add_table_row(&mut self, row: &TableRow) {
        let kind = row.call.kind;
        let mut plan = self.plans[kind.index()];
        if !plan.seen {
            plan = self.number(kind);
        }
        let selection = &self.request.selection;
        if !plan.wanted || selection.errors && row.errors == 0 {
            return;
        }
        let at = self.rows.nobody() as usize;
        if self.cells.len() <= at {
            self.cells.resize_with(at + 1, Row::default);
        }
        self.cells[at].done.cell(plan.dense, kind).add_totals(row);
    }
}

impl Row {
    /// Counts where periods may matter.
    #[inline(never)]
    fn in_periods(
        &mut self,
        kind: Kind,
        plan: Plan,
        counted: Option<Sample>,
        exit: bool,
        periods: bool,
    ) {
        let cells = if periods { &mut self.pending } else { &mut self.done };
        if let Some(sample) = counted {
            cells.cell(plan.dense, kind).add(sample);
        }
        if plan.marks && exit {
            self.turn();
        }
    }

    /// A marker: the period behind it is whole, unless it is the first.
    fn turn(&mut self) {
        if self.markers > 0 {
            for (kind, stats) in &self.pending.cells {
                match self.done.cells.iter_mut().find(|(known, _)| known == kind) {
                    Some((_, done)) => done.merge(stats),
                    None => self.done.cells.push((*kind, stats.clone())),
                }
            }
        }
        self.markers += 1;
        self.pending.clear();
    }
}

impl TopScalls {
    /// Names what was counted.
    #[must_use]
    pub fn finish(mut self, summary: &Summary) -> TopScallsResult {
        let mut result = TopScallsResult { span_ns: self.span(summary), ..Default::default() };
        for kind in (0..KINDS).filter(|at| self.plans[*at].seen) {
            result.names.insert(Kind(kind as u16).name());
        }
        let mut rows: BTreeMap<(Option<String>, &'static str), TopScallsRow> = BTreeMap::new();
        let mut stand_ins = Vec::new();
        let mut periods = 0;
        let cells = std::mem::take(&mut self.cells);
        for (who, row) in self.rows.list().iter().zip(cells) {
            if !self.selected(who, summary, &mut result) {
                continue;
            }
            periods += row.markers.saturating_sub(1);
            result.did_not_fail += row.did_not_fail;
            let group = self.group(who, summary);
            for (kind, stats) in row.done.cells {
                let name = kind.name();
                if let Lane::StandIn(asked) = self.lanes[kind.index()] {
                    stand_ins.push((asked, group.clone(), name));
                }
                let entry = rows.entry((group.clone(), name)).or_insert_with(|| TopScallsRow {
                    group: group.clone(),
                    event: name.to_owned(),
                    syscall: kind.is_syscall(),
                    class: class_of(name),
                    stats: CallStats::default(),
                });
                entry.stats.merge(&stats);
            }
        }
        for (asked, group, name) in stand_ins {
            let asked = self.request.selection.events.plain(asked);
            if rows.keys().any(|(other, name)| *other == group && *name == asked) {
                rows.remove(&(group, name));
                continue;
            }
            match result.stand_ins.iter_mut().find(|(known, _)| known == asked) {
                Some((_, names)) if names.contains(&name) => {}
                Some((_, names)) => names.push(name),
                None => result.stand_ins.push((asked.to_owned(), vec![name])),
            }
        }
        result.rows = rows.into_values().collect();
        result.periods = self.request.per.as_ref().map(|_| periods);
        result
    }

    fn selected(&self, who: &Who, summary: &Summary, result: &mut TopScallsResult) -> bool {
        let selection = &self.request.selection;
        let container = summary.containers.get(who.container);
        if who.known {
            result.containers.insert(container.label().to_owned());
            result.processes.insert(who.process.to_string());
        }
        let container_ok =
            selection.containers.is_empty() || who.known && selection.containers.matches(container);
        let process_ok = selection.processes.is_empty()
            || who.known && selection.processes.matches(&who.process);
        container_ok && process_ok
    }

    fn group(&self, who: &Who, summary: &Summary) -> Option<String> {
        let container = summary.containers.get(who.container).label();
        if !who.known {
            return (self.request.group_by != GroupBy::Nothing).then(|| "(no thread)".into());
        }
        match self.request.group_by {
            GroupBy::Nothing => None,
            GroupBy::Container => Some(container.to_owned()),
            GroupBy::Process => Some(format!("{container}/{}", who.process)),
            GroupBy::Thread => Some(format!("{container}/{} ({})", who.process, who.tid)),
        }
    }

    fn span(&self, summary: &Summary) -> u64 {
        let (Some(first), Some(last)) = (summary.first_ns, summary.last_ns) else {
            return 0;
        };
        let (since, until) = self.window.unwrap_or((0, u64::MAX));
        last.min(until).saturating_sub(first.max(since))
    }
}
