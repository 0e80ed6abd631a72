//! Calls by time and latency. Cells are exact counts; the time step begins fine
//! and doubles whenever there are too many rows, or it is given: then there is
//! a row for each step in which there were events, and memory follows the
//! length of the answer: some tens of bytes a row, and 8 a cell.

mod counting;

use std::collections::BTreeSet;

use counting::{Cell, Counting};

use super::grid::{Cells, Interval, OpenCells};
use super::histogram::Histogram;
use super::identity::{GroupBy, Rows, Who};
use super::scale::Scale;
use crate::event::Kind;
use crate::filter::fields::Needs;
use crate::filter::{Lane, Selection};
use crate::state::{Event, Part, Summary, Tally, Threads, Visitor, World};

/// Which exits are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Calls: exits that belong to their enter.
    Paired,
    /// As sysdig's chisel: every exit with a latency above 0.
    Sysdig,
}

/// What to count.
#[derive(Clone, Debug)]
pub struct SpectrogramRequest {
    /// Which events.
    pub selection: Selection,
    /// Which exits.
    pub rule: Rule,
    /// Time step.
    pub interval: Interval,
    /// Latency columns over 11 decades.
    pub columns: u32,
}

/// The spectrogram of one capture.
#[derive(Clone, Debug)]
pub struct Spectrogram {
    /// Cells.
    pub cells: Cells,
    /// The latency axis.
    pub scale: Scale,
    /// All latencies.
    pub latencies: Histogram,
    /// Exits counted.
    pub calls: u64,
    /// Exits of the selection that have no enter of their own.
    pub unpaired: u64,
    /// Exits of the selection in a capture without enters.
    pub exits: u64,
    /// Exits that were left out for this alone, that they did not fail.
    pub did_not_fail: u64,
    /// Names asked for that do not occur, with the relatives counted instead.
    pub stand_ins: Vec<(String, Vec<&'static str>)>,
    /// Event names seen, whatever was selected.
    pub names: BTreeSet<&'static str>,
    /// Containers seen, if they were asked for.
    pub containers: BTreeSet<String>,
    /// Process names seen, if they were asked for.
    pub processes: BTreeSet<String>,
}

/// The collector.
#[derive(Debug)]
pub struct Collector {
    request: SpectrogramRequest,
    rows: Rows,
    lanes: Vec<Lane>,
    counting: Counting,
}

impl Spectrogram {
    /// Of cells that were counted elsewhere.
    #[must_use]
    pub(super) fn of(cells: Cells, scale: Scale, latencies: Histogram, calls: u64) -> Spectrogram {
        Spectrogram {
            cells,
            scale,
            latencies,
            calls,
            unpaired: 0,
            exits: 0,
            did_not_fail: 0,
            stand_ins: Vec::new(),
            names: BTreeSet::new(),
            containers: BTreeSet::new(),
            processes: BTreeSet::new(),
        }
    }

    /// Prepares to count.
    #[must_use]
    pub fn collector(request: SpectrogramRequest) -> Collector {
        let lanes = request.selection.events.lanes();
        let rows = Rows::new(&request.selection, GroupBy::Nothing);
        Collector { counting: Counting::new(&request, &lanes), rows, lanes, request }
    }
}

impl Visitor for Collector {
    #[inline(always)]
    fn event(&mut self, event: &Event<'_>, world: &mut World) {
        let rows = &mut self.rows;
        self.counting.count(event, world, |event, world| {
            let threads = &mut world.threads;
            let row = event.slot.map_or(u32::MAX, |slot| threads.clock_mut(slot).row);
            if row == u32::MAX { new_row(rows, event.slot, threads) } else { row }
        });
    }

    fn wants_details(&self) -> bool {
        self.request.selection.filter.needs() > Needs::Params
    }

    fn wants_params(&self) -> bool {
        self.request.selection.filter.needs() >= Needs::Params
    }
}

/// The row of an event that has no thread or whose thread has none yet.
#[cold]
#[inline(never)]
fn new_row(rows: &mut Rows, slot: Option<u32>, threads: &mut Threads) -> u32 {
    rows.of_any(slot, threads)
}

/// Counts a segment: a row for each group, or one for all where identities are
/// not kept apart.
#[derive(Clone, Debug)]
pub struct SpectrogramPart {
    counting: Counting,
    apart: bool,
}

impl Part for SpectrogramPart {
    #[inline(always)]
    fn event(&mut self, group: u32, event: &Event<'_>, nothing: &mut World) -> bool {
        let row = if self.apart { group } else { 0 };
        self.counting.count(event, nothing, |_, _| row)
    }

    /// Each tells of its time.
    fn takes_bulk(&self) -> bool {
        false
    }

    fn add_bulk(&mut self, _: Kind, _: u64) {}

    fn reads_latency(&self) -> bool {
        self.counting.reads_latency()
    }

    fn is_apart(&self) -> bool {
        self.apart
    }
}

impl Tally for Collector {
    type Part = SpectrogramPart;

    fn part(&self) -> Option<SpectrogramPart> {
        let counting = self.counting.empty()?;
        let part = SpectrogramPart { counting, apart: self.rows.are_apart() };
        (!self.wants_details()).then_some(part)
    }

    fn row_of(&mut self, slot: Option<u32>, world: &mut World) -> u32 {
        self.rows.of_any(slot, &mut world.threads)
    }

    fn add_row(&mut self, part: &mut SpectrogramPart, group: u32, row: u32) {
        self.counting.add_row_of(&mut part.counting, group, row);
    }

    fn add_part(&mut self, part: &mut SpectrogramPart) {
        self.counting.add_shared(&mut part.counting);
        if !part.apart && part.counting.has_first_row() {
            let row = self.rows.nobody();
            self.counting.add_row_of(&mut part.counting, 0, row);
        }
    }

    /// Switches are no exits: they are in no cell.
    fn add_repeated(&mut self, _: Kind, _: u128, _: u32) {}
}

impl Collector {
    /// Puts together what was selected.
    #[must_use]
    pub fn finish(mut self, summary: &Summary) -> Spectrogram {
        let parts = self.counting.take_rows();
        let mut whole = self.empty();
        let who: Vec<_> = self.rows.list().iter().map(|who| self.selected(who, summary)).collect();
        for (who, _) in self
            .rows
            .list()
            .iter()
            .zip(&parts)
            .filter(|(who, lanes)| who.known && !lanes.is_empty())
        {
            whole.containers.insert(summary.containers.get(who.container).label().to_owned());
            whole.processes.insert(who.process.to_string());
        }
        let mut chosen: Vec<Vec<Cell>> = parts
            .into_iter()
            .zip(who)
            .filter_map(|(lanes, selected)| selected.then_some(lanes))
            .collect();
        let exits = |chosen: &[Vec<Cell>], lane: usize| {
            chosen.iter().filter_map(|lanes| lanes.get(lane)).map(|part| part.exits).sum::<u64>()
        };
        whole.did_not_fail = chosen.iter().flatten().map(|part| part.did_not_fail).sum();
        let lanes = chosen.iter().map(Vec::len).max().unwrap_or(0);
        for lane in 0..lanes {
            let stand_in = lane > 0 && lane % 2 == 0;
            if stand_in && exits(&chosen, lane - 1) > 0 || exits(&chosen, lane) == 0 {
                continue;
            }
            if stand_in {
                whole.stand_ins.push(self.stand_in((lane - 2) / 2));
            }
            for part in chosen.iter_mut().filter_map(|lanes| lanes.get_mut(lane)) {
                whole.add(part, self.request.interval);
            }
        }
        whole
    }

    fn empty(&self) -> Spectrogram {
        Spectrogram {
            cells: self.counting.time(),
            scale: self.counting.scale().clone(),
            latencies: Histogram::default(),
            calls: 0,
            unpaired: 0,
            exits: 0,
            did_not_fail: 0,
            stand_ins: Vec::new(),
            names: self.counting.seen().map(Kind::name).collect(),
            containers: BTreeSet::new(),
            processes: BTreeSet::new(),
        }
    }

    /// A plain name and the relatives that occur.
    fn stand_in(&self, plain: usize) -> (String, Vec<&'static str>) {
        let number = u16::try_from(plain).unwrap_or(u16::MAX);
        let meant = |kind: &Kind| self.lanes[kind.index()] == Lane::StandIn(number);
        let names: BTreeSet<&str> = self.counting.seen().filter(meant).map(Kind::name).collect();
        (self.request.selection.events.plain(number).to_owned(), names.into_iter().collect())
    }

    fn selected(&self, who: &Who, summary: &Summary) -> bool {
        let selection = &self.request.selection;
        let apart = !selection.containers.is_empty() || !selection.processes.is_empty();
        (who.known || !apart)
            && selection.containers.matches(summary.containers.get(who.container))
            && selection.processes.matches(&who.process)
    }
}

impl Spectrogram {
    fn add(&mut self, part: &mut Cell, interval: Interval) {
        let cells = std::mem::replace(&mut part.cells, OpenCells::new(interval));
        self.cells.merge(cells.done());
        self.latencies.merge(&part.latencies);
        self.calls += part.calls;
        self.unpaired += part.unpaired;
        self.exits += part.exits;
    }
}
