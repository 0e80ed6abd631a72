//! Calls by time and latency. Cells are exact counts; the time step is given,
//! or begins fine and doubles whenever there are too many rows, so memory does
//! not grow with the capture.

use std::collections::{BTreeMap, BTreeSet};

use super::histogram::Histogram;
use super::identity::{GroupBy, Rows, Who};
use super::scale::Scale;
use crate::event::{KINDS, Kind, event_types};
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

/// The time step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interval {
    /// This many ns.
    Fixed(u64),
    /// 1 ms, doubled until at most this many rows are needed.
    AtMost(usize),
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

const START_NS: u64 = 1_000_000;

/// Cells by time: row number (time / interval) to counts by column.
#[derive(Clone, Debug)]
pub struct Cells {
    interval_ns: u64,
    limit: Option<usize>,
    rows: BTreeMap<u64, Vec<u32>>,
    last: Option<u64>,
}

impl Cells {
    fn new(interval: Interval) -> Cells {
        let (interval_ns, limit) = match interval {
            Interval::Fixed(ns) => (ns.max(1), None),
            Interval::AtMost(rows) => (START_NS, Some(rows.max(2))),
        };
        Cells { interval_ns, limit, rows: BTreeMap::new(), last: None }
    }

    /// One row, ns.
    #[must_use]
    pub fn interval_ns(&self) -> u64 {
        self.interval_ns
    }

    /// Rows in order of time: number (time / interval) and counts by column.
    #[must_use]
    pub fn rows(&self) -> &BTreeMap<u64, Vec<u32>> {
        &self.rows
    }

    fn touch(&mut self, ts_ns: u64) {
        let number = ts_ns / self.interval_ns;
        if self.last != Some(number) {
            self.last = Some(number);
            self.rows.entry(number).or_default();
            while self.limit.is_some_and(|limit| self.rows.len() > limit) {
                self.coarsen();
            }
        }
    }

    fn add(&mut self, ts_ns: u64, column: usize) {
        let row = self.rows.entry(ts_ns / self.interval_ns).or_default();
        if row.len() <= column {
            row.resize(column + 1, 0);
        }
        row[column] += 1;
    }

    /// Doubles the interval; counts stay exact.
    fn coarsen(&mut self) {
        self.interval_ns = self.interval_ns.saturating_mul(2);
        for (number, counts) in std::mem::take(&mut self.rows) {
            add_counts(self.rows.entry(number / 2).or_default(), &counts);
        }
        self.last = None;
    }

    /// Coarsens to `interval_ns`, if that is a power of two times the own.
    pub fn coarsen_to(&mut self, interval_ns: u64) {
        while self.interval_ns < interval_ns {
            self.coarsen();
        }
    }

    fn merge(&mut self, mut other: Cells) {
        other.coarsen_to(self.interval_ns);
        self.coarsen_to(other.interval_ns);
        for (number, counts) in other.rows {
            add_counts(self.rows.entry(number).or_default(), &counts);
        }
    }
}

fn add_counts(into: &mut Vec<u32>, counts: &[u32]) {
    if into.len() < counts.len() {
        into.resize(counts.len(), 0);
    }
    for (to, from) in into.iter_mut().zip(counts) {
        *to += from;
    }
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
    cells: Cells,
    latencies: Histogram,
    calls: u64,
    unpaired: u64,
    exits: u64,
}

/// Lanes by number: what was asked for by pattern, then for each plain name
/// itself and its stand-ins.
fn lane_number(lane: Lane) -> Option<usize> {
    match lane {
        Lane::No => None,
        Lane::Asked(None) => Some(0),
        Lane::Asked(Some(name)) => Some(1 + 2 * usize::from(name)),
        Lane::StandIn(name) => Some(2 + 2 * usize::from(name)),
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
    time: Cells,
    scale: Scale,
    lanes: Vec<Lane>,
    seen: Vec<bool>,
    has_result: Vec<bool>,
    window: Option<(u64, u64)>,
}

impl Spectrogram {
    /// Prepares to count.
    #[must_use]
    pub fn collector(request: SpectrogramRequest) -> Collector {
        Collector {
            rows: Rows::new(&request.selection, GroupBy::Nothing),
            parts: Vec::new(),
            time: Cells::new(request.interval),
            scale: Scale::new(request.columns),
            lanes: request.selection.events.lanes(),
            seen: vec![false; KINDS],
            has_result: event_types().iter().map(|kind| kind.has_result).collect(),
            window: (!request.selection.has_window()).then_some((0, u64::MAX)),
            request,
        }
    }
}

impl Visitor for Collector {
    #[inline]
    fn event(&mut self, event: &Event<'_>, world: &mut World) {
        let threads = &mut world.threads;
        if event.hidden || event.raw.dump_flags & STATE_ONLY != 0 {
            return;
        }
        let ts = event.raw.ts_ns;
        let selection = &self.request.selection;
        let (since, until) = *self.window.get_or_insert_with(|| selection.window(ts));
        if ts < since || ts > until {
            return;
        }
        self.time.touch(ts);
        self.seen[event.kind.index()] = true;
        let Some(lane) = lane_number(self.lanes[event.kind.index()]) else {
            return;
        };
        if !event.is_exit() {
            return;
        }
        if selection.errors
            && !(self.has_result[usize::from(event.raw.code)]
                && event.raw.result().is_some_and(|result| result < 0))
        {
            return;
        }
        self.count(event, threads, lane);
    }
}

impl Collector {
    fn count(&mut self, event: &Event<'_>, threads: &mut Threads, lane: usize) {
        let row = match event.slot {
            Some(slot) => {
                if threads.clock_mut(slot).row == u32::MAX {
                    threads.clock_mut(slot).row = self.rows.of(threads.get(slot));
                }
                threads.clock_mut(slot).row
            }
            None => self.rows.nobody(),
        };
        while self.parts.len() <= row as usize {
            self.parts.push(Vec::new());
        }
        let lanes = &mut self.parts[row as usize];
        while lanes.len() <= lane {
            lanes.push(Part {
                cells: Cells::new(self.request.interval),
                latencies: Histogram::default(),
                calls: 0,
                unpaired: 0,
                exits: 0,
            });
        }
        let part = &mut lanes[lane];
        part.exits += 1;
        let paired = event.pairing == Pairing::Paired;
        part.unpaired += u64::from(!paired);
        let counted = match self.request.rule {
            Rule::Paired => paired,
            Rule::Sysdig => event.latency_ns > 0,
        };
        if !counted {
            return;
        }
        let ns = event.latency_ns;
        part.calls += 1;
        part.latencies.add(ns);
        part.cells.touch(event.raw.ts_ns);
        part.cells.add(event.raw.ts_ns, self.scale.column(ns.max(1)));
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
                whole.add(part);
            }
        }
        whole
    }

    fn empty(&self) -> Spectrogram {
        Spectrogram {
            cells: self.time.clone(),
            scale: self.scale.clone(),
            latencies: Histogram::default(),
            calls: 0,
            unpaired: 0,
            exits: 0,
            stand_ins: Vec::new(),
            names: self.seen().collect(),
            containers: BTreeSet::new(),
            processes: BTreeSet::new(),
        }
    }

    fn seen(&self) -> impl Iterator<Item = &'static str> + '_ {
        let kinds = self.seen.iter().enumerate().filter(|(_, seen)| **seen);
        kinds.map(|(at, _)| Kind(u16::try_from(at).unwrap_or(0)).name())
    }

    /// A plain name and the relatives that occur.
    fn stand_in(&self, plain: usize) -> (String, Vec<&'static str>) {
        let number = u16::try_from(plain).unwrap_or(u16::MAX);
        let kinds = (0..KINDS)
            .filter(|at| self.seen[*at] && self.lanes[*at] == Lane::StandIn(number))
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
    fn add(&mut self, part: &mut Part) {
        let none = Cells::new(Interval::Fixed(1));
        self.cells.merge(std::mem::replace(&mut part.cells, none));
        self.latencies.merge(&part.latencies);
        self.calls += part.calls;
        self.unpaired += part.unpaired;
        self.exits += part.exits;
    }
}
