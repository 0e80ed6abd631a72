//! Calls by time and latency. Cells are exact counts; the time step is given,
//! or begins fine and doubles whenever there are too many rows, so memory does
//! not grow with the capture.

use std::collections::{BTreeMap, BTreeSet};

use super::histogram::Histogram;
use super::identity::{GroupBy, Rows};
use super::scale::Scale;
use crate::event::{KINDS, Kind, event_types};
use crate::filter::Selection;
use crate::format::scap::event::STATE_ONLY;
use crate::state::{Containers, Event, Pairing, Summary, Threads, Visitor};

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
    /// Event names seen, whatever was selected.
    pub names: BTreeSet<&'static str>,
    /// Containers seen, if they were asked for.
    pub containers: BTreeSet<String>,
    /// Process names seen, if they were asked for.
    pub processes: BTreeSet<String>,
}

#[derive(Clone, Debug)]
struct Part {
    cells: Cells,
    latencies: Histogram,
    calls: u64,
    unpaired: u64,
    exits: u64,
}

/// The collector.
#[derive(Debug)]
pub struct Collector {
    request: SpectrogramRequest,
    rows: Rows,
    parts: Vec<Part>,
    /// Every interval in which there was an event.
    time: Cells,
    scale: Scale,
    wanted: Vec<bool>,
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
            wanted: request.selection.events.kinds(),
            seen: vec![false; KINDS],
            has_result: event_types().iter().map(|kind| kind.has_result).collect(),
            window: (!request.selection.has_window()).then_some((0, u64::MAX)),
            request,
        }
    }
}

impl Visitor for Collector {
    #[inline]
    fn event(&mut self, event: &Event<'_>, threads: &mut Threads, _: &Containers) {
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
        if !event.is_exit() || !self.wanted[event.kind.index()] {
            return;
        }
        if selection.errors
            && !(self.has_result[usize::from(event.raw.code)]
                && event.raw.result().is_some_and(|result| result < 0))
        {
            return;
        }
        self.count(event, threads);
    }
}

impl Collector {
    fn count(&mut self, event: &Event<'_>, threads: &mut Threads) {
        let row = match event.slot {
            Some(slot) => {
                let thread = threads.get_mut(slot);
                if thread.row == u32::MAX {
                    thread.row = self.rows.of(thread);
                }
                thread.row
            }
            None => self.rows.nobody(),
        };
        while self.parts.len() <= row as usize {
            self.parts.push(Part {
                cells: Cells::new(self.request.interval),
                latencies: Histogram::default(),
                calls: 0,
                unpaired: 0,
                exits: 0,
            });
        }
        let part = &mut self.parts[row as usize];
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
    pub fn finish(self, summary: &Summary) -> Spectrogram {
        let selection = &self.request.selection;
        let mut whole = Spectrogram {
            cells: self.time,
            scale: self.scale,
            latencies: Histogram::default(),
            calls: 0,
            unpaired: 0,
            exits: 0,
            names: (0..KINDS)
                .filter(|at| self.seen[*at])
                .map(|at| Kind(u16::try_from(at).unwrap_or(0)).name())
                .collect(),
            containers: BTreeSet::new(),
            processes: BTreeSet::new(),
        };
        for (who, part) in self.rows.list().iter().zip(self.parts) {
            let container = summary.containers.get(who.container);
            if who.known {
                whole.containers.insert(container.label().to_owned());
                whole.processes.insert(who.process.to_string());
            }
            let apart = !selection.containers.is_empty() || !selection.processes.is_empty();
            if apart && !who.known
                || !selection.containers.matches(container)
                || !selection.processes.matches(&who.process)
            {
                continue;
            }
            whole.cells.merge(part.cells);
            whole.latencies.merge(&part.latencies);
            whole.calls += part.calls;
            whole.unpaired += part.unpaired;
            whole.exits += part.exits;
        }
        whole
    }
}
