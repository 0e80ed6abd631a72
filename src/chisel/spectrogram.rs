//! Calls by time and latency. Cells are exact counts; the time step begins fine
//! and doubles whenever there are too many rows, or it is given: then there is
//! a row for each step in which there were events, and memory follows the
//! length of the answer: some tens of bytes a row, and 8 a cell.

use std::collections::BTreeSet;

use super::grid::{Cells, Interval, OpenCells};
use super::histogram::Histogram;
use super::identity::{GroupBy, Rows, Who};
use super::scale::Scale;
use crate::event::{KINDS, Kind, event_types};
use crate::filter::fields::{Needs, Settings};
use crate::filter::{Lane, Selection};
use crate::format::scap::event::STATE_ONLY;
use crate::state::{Event, Pairing, Summary, Threads, Visitor, World};

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

/// What is counted apart: of one identity, in one lane.
#[derive(Clone, Debug)]
struct Part {
    cells: OpenCells,
    latencies: Histogram,
    calls: u64,
    unpaired: u64,
    exits: u64,
    did_not_fail: u64,
}

/// What is to be done with a kind of event.
#[derive(Clone, Copy, Debug)]
struct Plan {
    /// See [`lane_number`].
    lane: Option<u16>,
    seen: bool,
}

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

/// The collector.
#[derive(Debug)]
pub struct Collector {
    request: SpectrogramRequest,
    rows: Rows,
    /// By identity, then by lane.
    parts: Vec<Vec<Part>>,
    /// Every interval in which there was an event.
    time: OpenCells,
    scale: Scale,
    lanes: Vec<Lane>,
    plans: Vec<Plan>,
    has_result: Vec<bool>,
    /// A filter is to be asked about every event.
    filtered: bool,
    settings: Settings,
    window: Option<(u64, u64)>,
}

impl Spectrogram {
    /// Prepares to count.
    #[must_use]
    pub fn collector(request: SpectrogramRequest) -> Collector {
        let lanes = request.selection.events.lanes();
        Collector {
            rows: Rows::new(&request.selection, GroupBy::Nothing),
            parts: Vec::new(),
            time: OpenCells::new(request.interval),
            scale: Scale::new(request.columns),
            plans: lanes
                .iter()
                .map(|lane| Plan { lane: lane_number(*lane), seen: false })
                .collect(),
            lanes,
            has_result: event_types().iter().map(|kind| kind.has_result).collect(),
            filtered: !request.selection.filter.is_empty(),
            settings: Settings::default(),
            window: (!request.selection.has_window()).then_some((0, u64::MAX)),
            request,
        }
    }
}

impl Visitor for Collector {
    #[inline(always)]
    fn event(&mut self, event: &Event<'_>, world: &mut World) {
        if event.hidden || event.raw.dump_flags & STATE_ONLY != 0 {
            return;
        }
        let passes =
            !self.filtered || self.request.selection.filter.passes(event, world, &self.settings);
        let threads = &mut world.threads;
        let ts_ns = event.raw.ts_ns;
        if self.outside(ts_ns) {
            return;
        }
        self.time.touch(ts_ns);
        let plan = &mut self.plans[event.kind.index()];
        plan.seen = true;
        let Some(lane) = plan.lane else {
            return;
        };
        if !event.is_exit() || !passes {
            return;
        }
        let asked = !self.request.selection.errors
            || match event.raw.traced_result() {
                Some(result) => result < 0,
                None => {
                    self.has_result[usize::from(event.raw.code)]
                        && event.raw.result().is_some_and(|result| result < 0)
                }
            };
        let row = event.slot.map_or(u32::MAX, |slot| threads.clock_mut(slot).row);
        let row = if row == u32::MAX { self.add_row(event.slot, threads) } else { row };
        let part = self.part(row as usize, usize::from(lane));
        if asked {
            self.count(part, ts_ns, event.latency_ns, event.pairing);
        } else {
            self.parts[part.0][part.1].did_not_fail += 1;
        }
    }

    fn wants_details(&self) -> bool {
        self.request.selection.filter.needs() > Needs::Params
    }

    fn wants_params(&self) -> bool {
        self.request.selection.filter.needs() >= Needs::Params
    }
}

impl Collector {
    #[inline(always)]
    fn outside(&mut self, ts_ns: u64) -> bool {
        let (since, until) = match self.window {
            Some(window) => window,
            None => *self.window.insert(self.request.selection.window(ts_ns)),
        };
        ts_ns < since || ts_ns > until
    }

    /// The row of an event that has no thread or whose thread has none yet.
    #[cold]
    #[inline(never)]
    fn add_row(&mut self, slot: Option<u32>, threads: &mut Threads) -> u32 {
        let Some(slot) = slot else {
            return self.rows.nobody();
        };
        let row = self.rows.of(threads.get(slot));
        threads.clock_mut(slot).row = row;
        row
    }

    /// Counts an exit. Takes no event: the reading loop need not put it into
    /// memory.
    #[inline(always)]
    fn count(&mut self, part: (usize, usize), ts_ns: u64, ns: u64, pairing: Pairing) {
        let part = &mut self.parts[part.0][part.1];
        part.exits += 1;
        let paired = pairing == Pairing::Paired;
        part.unpaired += u64::from(!paired);
        let counted = match self.request.rule {
            Rule::Paired => paired,
            Rule::Sysdig => ns > 0,
        };
        if counted {
            part.calls += 1;
            part.latencies.add(ns);
            part.cells.add(ts_ns, self.scale.column(ns.max(1)));
        }
    }

    /// Makes sure that there is a part of this row and lane.
    #[inline(always)]
    fn part(&mut self, row: usize, lane: usize) -> (usize, usize) {
        if self.parts.get(row).is_none_or(|lanes| lanes.len() <= lane) {
            self.add_part(row, lane);
        }
        (row, lane)
    }

    #[cold]
    #[inline(never)]
    fn add_part(&mut self, row: usize, lane: usize) {
        if self.parts.len() <= row {
            self.parts.resize_with(row + 1, Vec::new);
        }
        let interval = self.request.interval;
        self.parts[row].resize_with(lane + 1, || Part {
            cells: OpenCells::new(interval),
            latencies: Histogram::default(),
            calls: 0,
            unpaired: 0,
            exits: 0,
            did_not_fail: 0,
        });
    }

    /// Puts together what was selected.
    #[must_use]
    pub fn finish(mut self, summary: &Summary) -> Spectrogram {
        let parts = std::mem::take(&mut self.parts);
        let mut whole = self.empty();
        let who: Vec<_> = self.rows.list().iter().map(|who| self.selected(who, summary)).collect();
        for (who, _) in self.rows.list().iter().zip(&parts).filter(|(who, _)| who.known) {
            whole.containers.insert(summary.containers.get(who.container).label().to_owned());
            whole.processes.insert(who.process.to_string());
        }
        let mut chosen: Vec<Vec<Part>> = parts
            .into_iter()
            .zip(who)
            .filter_map(|(lanes, selected)| selected.then_some(lanes))
            .collect();
        let exits = |chosen: &[Vec<Part>], lane: usize| {
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
            cells: self.time.clone().done(),
            scale: self.scale.clone(),
            latencies: Histogram::default(),
            calls: 0,
            unpaired: 0,
            exits: 0,
            did_not_fail: 0,
            stand_ins: Vec::new(),
            names: self.seen().collect(),
            containers: BTreeSet::new(),
            processes: BTreeSet::new(),
        }
    }

    fn seen(&self) -> impl Iterator<Item = &'static str> + '_ {
        let kinds = self.plans.iter().enumerate().filter(|(_, plan)| plan.seen);
        kinds.map(|(at, _)| Kind(u16::try_from(at).unwrap_or(0)).name())
    }

    /// A plain name and the relatives that occur.
    fn stand_in(&self, plain: usize) -> (String, Vec<&'static str>) {
        let number = u16::try_from(plain).unwrap_or(u16::MAX);
        let kinds = (0..KINDS)
            .filter(|at| self.plans[*at].seen && self.lanes[*at] == Lane::StandIn(number))
            .map(|at| Kind(u16::try_from(at).unwrap_or(0)).name());
        let names: BTreeSet<&'static str> = kinds.collect();
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
    fn add(&mut self, part: &mut Part, interval: Interval) {
        let cells = std::mem::replace(&mut part.cells, OpenCells::new(interval));
        self.cells.merge(cells.done());
        self.latencies.merge(&part.latencies);
        self.calls += part.calls;
        self.unpaired += part.unpaired;
        self.exits += part.exits;
    }
}
