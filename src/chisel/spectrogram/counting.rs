//! What the spectrogram does for each event: cells by row and lane. The
//! collector counts with it, and so does each segment of a capture that is read
//! side by side; only whose row it is, they find out in their own ways.

use super::{Rule, SpectrogramRequest};
use crate::chisel::grid::{Cells, Interval, OpenCells};
use crate::chisel::histogram::Histogram;
use crate::chisel::scale::Scale;
use crate::event::{KINDS, Kind, event_types};
use crate::filter::fields::{Needs, Settings};
use crate::filter::{Lane, Selection};
use crate::format::scap::event::STATE_ONLY;
use crate::state::{Event, Pairing, World};

/// What is counted apart: of one identity, in one lane.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub cells: OpenCells,
    pub latencies: Histogram,
    pub calls: u64,
    pub unpaired: u64,
    pub exits: u64,
    pub did_not_fail: u64,
}

impl Cell {
    fn new(interval: Interval) -> Cell {
        Cell {
            cells: OpenCells::new(interval),
            latencies: Histogram::default(),
            calls: 0,
            unpaired: 0,
            exits: 0,
            did_not_fail: 0,
        }
    }

    fn add(&mut self, other: &mut Cell, interval: Interval) {
        self.cells.add_all(std::mem::replace(&mut other.cells, OpenCells::new(interval)));
        self.latencies.merge(&other.latencies);
        self.calls += other.calls;
        self.unpaired += other.unpaired;
        self.exits += other.exits;
        self.did_not_fail += other.did_not_fail;
    }
}

/// What is to be done with a kind of event.
#[derive(Clone, Copy, Debug, Default)]
struct Plan {
    /// See [`lane_number`].
    lane: Option<u16>,
    seen: bool,
}

/// More than there are kinds, and a power of two.
const PLANS: usize = KINDS.next_power_of_two();

/// Lanes by number: what was asked for by pattern, then for each plain name
/// itself and its stand-ins.
fn lane_number(lane: Lane) -> Option<u16> {
    match lane {
        Lane::No => None,
        Lane::Asked(None) => Some(0),
        Lane::Asked(Some(name)) => Some(name.saturating_mul(2).saturating_add(1)),
        Lane::StandIn(name) => Some(name.saturating_mul(2).saturating_add(2)),
    }
}

/// Cells by row and lane, and what goes into them.
#[derive(Clone, Debug)]
pub(super) struct Counting {
    selection: Selection,
    rule: Rule,
    interval: Interval,
    /// By row, then by lane.
    rows: Vec<Vec<Cell>>,
    /// Every interval in which there was an event.
    time: OpenCells,
    scale: Scale,
    plans: Box<[Plan; PLANS]>,
    has_result: Vec<bool>,
    /// An exit that is wanted and passes counts.
    direct: bool,
    /// A filter is to be asked about every event.
    filtered: bool,
    settings: Settings,
    window: Option<(u64, u64)>,
}

impl Counting {
    /// Prepares to count; `lanes` are the selection's.
    pub fn new(request: &SpectrogramRequest, lanes: &[Lane]) -> Counting {
        let selection = request.selection.clone();
        let mut plans = Box::new([Plan::default(); PLANS]);
        for (plan, lane) in plans.iter_mut().zip(lanes) {
            plan.lane = lane_number(*lane);
        }
        let filtered = !selection.filter.is_empty();
        Counting {
            rule: request.rule,
            interval: request.interval,
            rows: Vec::new(),
            time: OpenCells::new(request.interval),
            scale: Scale::new(request.columns),
            plans,
            direct: !selection.has_window() && !selection.errors,
            has_result: event_types().iter().map(|kind| kind.has_result).collect(),
            filtered,
            settings: Settings::default(),
            window: (!selection.has_window()).then_some((0, u64::MAX)),
            selection,
        }
    }

    /// The same with nothing counted; `None` as long as an event's place among
    /// the others matters.
    pub fn empty(&self) -> Option<Counting> {
        if self.window.is_none() || self.selection.filter.is_ordered() {
            return None;
        }
        let time = OpenCells::new(self.interval);
        Some(Counting { rows: Vec::new(), time, ..self.clone() })
    }

    /// Whether an event's latency decides if it is counted.
    pub fn reads_latency(&self) -> bool {
        self.selection.filter.needs() >= Needs::Clock
    }

    /// All rows, by number.
    pub fn take_rows(&mut self) -> Vec<Vec<Cell>> {
        std::mem::take(&mut self.rows)
    }

    /// The intervals in which there were events.
    pub fn time(&self) -> Cells {
        self.time.clone().done()
    }

    /// The latency axis.
    pub fn scale(&self) -> &Scale {
        &self.scale
    }

    /// Kinds of events seen, wanted or not.
    pub fn seen(&self) -> impl Iterator<Item = Kind> + '_ {
        (0..KINDS).filter(|at| self.plans[*at].seen).map(|at| Kind(at as u16))
    }

    /// Counts an event in the row that `row_of` finds; false: it is not counted.
    #[inline(always)]
    pub fn count(
        &mut self,
        event: &Event<'_>,
        world: &mut World,
        row_of: impl FnOnce(&Event<'_>, &mut World) -> u32,
    ) -> bool {
        if event.hidden || event.raw.dump_flags & STATE_ONLY != 0 {
            return false;
        }
        if !self.direct {
            // a copy, made here alone: the reading loop keeps its event in registers
            // as long as nobody holds a reference to it
            let copy = *event;
            return self.count_if(&copy, world, row_of);
        }
        let passes = !self.filtered || self.selection.filter.passes(event, world, &self.settings);
        let ts_ns = event.raw.ts_ns;
        self.time.touch(ts_ns);
        let plan = &mut self.plans[event.kind.index() % PLANS];
        plan.seen = true;
        let Some(lane) = plan.lane.filter(|_| event.is_exit() && passes) else {
            return false;
        };
        let place = self.place(row_of(event, world) as usize, usize::from(lane));
        self.add(place, ts_ns, event.latency_ns, event.pairing);
        true
    }

    /// The same where more than an event's kind decides.
    #[inline(never)]
    fn count_if(
        &mut self,
        event: &Event<'_>,
        world: &mut World,
        row_of: impl FnOnce(&Event<'_>, &mut World) -> u32,
    ) -> bool {
        let passes = !self.filtered || self.selection.filter.passes(event, world, &self.settings);
        let ts_ns = event.raw.ts_ns;
        if self.outside(ts_ns) {
            return false;
        }
        self.time.touch(ts_ns);
        let plan = &mut self.plans[event.kind.index()];
        plan.seen = true;
        let Some(lane) = plan.lane else {
            return false;
        };
        if !event.is_exit() || !passes {
            return false;
        }
        let failed = || match event.raw.traced_result() {
            Some(result) => result < 0,
            None => {
                self.has_result[usize::from(event.raw.code)]
                    && event.raw.result().is_some_and(|result| result < 0)
            }
        };
        let asked = !self.selection.errors || failed();
        let place = self.place(row_of(event, world) as usize, usize::from(lane));
        if asked {
            self.add(place, ts_ns, event.latency_ns, event.pairing);
        } else {
            self.rows[place.0][place.1].did_not_fail += 1;
        }
        asked
    }

    #[inline(always)]
    fn outside(&mut self, ts_ns: u64) -> bool {
        let (since, until) = match self.window {
            Some(window) => window,
            None => *self.window.insert(self.selection.window(ts_ns)),
        };
        ts_ns < since || ts_ns > until
    }

    /// Counts an exit. Takes no event: the reading loop need not put it into
    /// memory.
    #[inline(always)]
    fn add(&mut self, place: (usize, usize), ts_ns: u64, ns: u64, pairing: Pairing) {
        let cell = &mut self.rows[place.0][place.1];
        cell.exits += 1;
        let paired = pairing == Pairing::Paired;
        cell.unpaired += u64::from(!paired);
        let counted = match self.rule {
            Rule::Paired => paired,
            Rule::Sysdig => ns > 0,
        };
        if counted {
            cell.calls += 1;
            cell.latencies.add(ns);
            cell.cells.add(ts_ns, self.scale.column(ns.max(1)));
        }
    }

    /// Makes sure that there is a cell of this row and lane.
    #[inline(always)]
    fn place(&mut self, row: usize, lane: usize) -> (usize, usize) {
        if self.rows.get(row).is_none_or(|lanes| lanes.len() <= lane) {
            self.add_cells(row, lane);
        }
        (row, lane)
    }

    #[cold]
    #[inline(never)]
    fn add_cells(&mut self, row: usize, lane: usize) {
        if self.rows.len() <= row {
            self.rows.resize_with(row + 1, Vec::new);
        }
        let interval = self.interval;
        self.rows[row].resize_with(lane + 1, || Cell::new(interval));
    }

    /// Whether there is something in the first row.
    pub fn has_first_row(&self) -> bool {
        self.rows.first().is_some_and(|lanes| !lanes.is_empty())
    }

    /// Takes the time and the kinds that another has seen.
    pub fn add_shared(&mut self, other: &mut Counting) {
        let time = std::mem::replace(&mut other.time, OpenCells::new(self.interval));
        self.time.add_all(time);
        for kind in other.seen() {
            self.plans[kind.index()].seen = true;
        }
    }

    /// Adds row `from` of another to row `to`.
    pub fn add_row_of(&mut self, other: &mut Counting, from: u32, to: u32) {
        let Some(lanes) = other.rows.get_mut(from as usize) else {
            return;
        };
        for (lane, cell) in lanes.iter_mut().enumerate() {
            let (row, lane) = self.place(to as usize, lane);
            self.rows[row][lane].add(cell, self.interval);
        }
    }
}
