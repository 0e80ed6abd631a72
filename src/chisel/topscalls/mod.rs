//! Time in system calls, by call: sysdig's `topscalls_time` and `topscalls`
//! in one pass, with what they lack: calls apart from events, failures, mean,
//! extremes, quantiles, and exits that have no enter kept out.

mod counting;

use std::collections::{BTreeMap, BTreeSet};

use counting::Counting;

use super::cells::{CallStats, Cell};
use super::identity::{GroupBy, Rows, Who};
use crate::event::{Class, Kind, class_of};
use crate::filter::fields::Needs;
use crate::filter::{Lane, Selection};
use crate::format::trace::TableRow;
use crate::state::{ContainerId, Event, Part, Summary, Tally, Threads, Visitor, World};

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
pub struct TopScallsRow<C = CallStats> {
    /// Container, process or thread, when grouped.
    pub group: Option<String>,
    /// Name of the call or event type.
    pub event: String,
    /// Whether it is a system call.
    pub syscall: bool,
    /// Work, wait or idle.
    pub class: Class,
    /// Figures.
    pub stats: C,
}

/// The answer for one capture.
#[derive(Clone, Debug)]
pub struct TopScallsResult<C = CallStats> {
    /// Rows by group and name.
    pub rows: Vec<TopScallsRow<C>>,
    /// The time between the calls, where that is counted.
    pub between: C,
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

impl<C: Cell> TopScallsResult<C> {
    fn empty(span_ns: u64) -> Self {
        TopScallsResult {
            rows: Vec::new(),
            between: C::default(),
            periods: None,
            containers: BTreeSet::new(),
            names: BTreeSet::new(),
            processes: BTreeSet::new(),
            span_ns,
            stand_ins: Vec::new(),
            did_not_fail: 0,
        }
    }
}

/// The collector: a [`Visitor`] that counts.
#[derive(Debug)]
pub struct TopScalls<C: Cell = CallStats> {
    request: TopScallsRequest,
    rows: Rows,
    lanes: Vec<Lane>,
    counting: Counting<C>,
}

impl<C: Cell> TopScalls<C> {
    /// Prepares to count.
    ///
    /// # Errors
    /// When the marker's name cannot be read.
    pub fn new(request: TopScallsRequest) -> Result<Self, String> {
        let lanes = request.selection.events.lanes();
        let rows = Rows::new(&request.selection, request.group_by);
        Ok(TopScalls { counting: Counting::new(&request, &lanes)?, rows, lanes, request })
    }
}

/// The row of an event that has no thread or whose thread has none yet.
#[cold]
#[inline(never)]
fn new_row(
    rows: &mut Rows,
    slot: Option<u32>,
    described: Option<ContainerId>,
    threads: &mut Threads,
) -> u32 {
    match (slot, described) {
        (Some(slot), _) => rows.of_slot(slot, threads),
        (None, Some(container)) => rows.described(container),
        (None, None) => rows.nobody(),
    }
}

impl<C: Cell> Visitor for TopScalls<C> {
    #[inline(always)]
    fn event(&mut self, event: &Event<'_>, world: &mut World) {
        let rows = &mut self.rows;
        self.counting.count(event, world, |event, world| {
            let threads = &mut world.threads;
            let row = event.slot.map_or(u32::MAX, |slot| threads.clock_mut(slot).row);
            if row != u32::MAX {
                return row;
            }
            new_row(rows, event.slot, event.described, threads)
        });
    }

    fn wants_details(&self) -> bool {
        self.request.selection.filter.needs() > Needs::Params
    }

    fn wants_params(&self) -> bool {
        self.request.selection.filter.needs() >= Needs::Params
    }

    /// It is of no thread and of no time.
    fn table_row(&mut self, row: &TableRow) {
        let nobody = self.rows.nobody();
        self.counting.add_table_row(row, nobody);
    }
}

/// Counts a segment: a row for each group, or one for all where identities are
/// not kept apart.
#[derive(Clone, Debug)]
pub struct TopScallsPart<C> {
    counting: Counting<C>,
    apart: bool,
}

impl<C: Cell> Part for TopScallsPart<C> {
    #[inline(always)]
    fn event(&mut self, group: u32, event: &Event<'_>, nothing: &mut World) -> bool {
        let row = if self.apart { group } else { 0 };
        self.counting.count(event, nothing, |_, _| row)
    }

    fn takes_bulk(&self) -> bool {
        !self.apart && self.counting.is_by_kind()
    }

    fn add_bulk(&mut self, kind: Kind, count: u64) {
        self.counting.add_bulk(kind, count);
    }

    fn reads_latency(&self) -> bool {
        self.counting.reads_latency()
    }

    fn is_apart(&self) -> bool {
        self.apart
    }
}

impl<C: Cell> Tally for TopScalls<C> {
    type Part = TopScallsPart<C>;

    fn part(&self) -> Option<TopScallsPart<C>> {
        if self.wants_details() || self.counting.is_ordered() {
            return None;
        }
        Some(TopScallsPart { counting: self.counting.empty(), apart: self.rows.are_apart() })
    }

    fn row_of(&mut self, slot: Option<u32>, world: &mut World) -> u32 {
        self.rows.of_any(slot, &mut world.threads)
    }

    fn add_row(&mut self, part: &mut TopScallsPart<C>, group: u32, row: u32) {
        self.counting.add_row_of(&part.counting, group, row);
    }

    fn add_part(&mut self, part: &mut TopScallsPart<C>) {
        self.counting.add_seen(&part.counting);
        if !part.apart && part.counting.has_first_row() {
            let row = self.rows.nobody();
            self.counting.add_row_of(&part.counting, 0, row);
        }
    }

    fn add_repeated(&mut self, kind: Kind, ns: u128, row: u32) {
        self.counting.add_repeated(kind, ns, row);
    }
}

impl<C: Cell> TopScalls<C> {
    /// Names what was counted.
    #[must_use]
    pub fn finish(mut self, summary: &Summary) -> TopScallsResult<C> {
        let mut result = TopScallsResult::empty(self.span(summary));
        result.names.extend(self.counting.seen().map(Kind::name));
        let mut rows: BTreeMap<(Option<String>, &'static str), TopScallsRow<C>> = BTreeMap::new();
        let mut stand_ins = Vec::new();
        let mut periods = 0;
        let cells = self.counting.take_rows();
        for (who, row) in self.rows.list().iter().zip(cells) {
            if !row.touched || !self.selected(who, summary, &mut result) {
                continue;
            }
            periods += row.markers.saturating_sub(1);
            result.did_not_fail += row.did_not_fail;
            let group = self.group(who, summary);
            if C::EACH_ENTER {
                result.between.merge(&row.done.between);
            }
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
                    stats: C::default(),
                });
                entry.stats.merge(&stats);
            }
        }
        stand_ins.sort(); // not in the order of the first events
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

    fn selected(&self, who: &Who, summary: &Summary, result: &mut TopScallsResult<C>) -> bool {
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
        let (since, until) = self.counting.window().unwrap_or((0, u64::MAX));
        last.min(until).saturating_sub(first.max(since))
    }
}
