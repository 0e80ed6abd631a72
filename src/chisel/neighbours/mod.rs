//! Who else was on the machine, and what they did while a call of the worker was
//! slow and while it was quick. A neighbour is a container, or a process of the
//! host, of which no event is the selection's. What neighbours do is counted by
//! small cells of time, and a cell weighs as much as slow (or quick) calls ended
//! in it: that says what went on at the same time, and no more.

mod course;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use course::{Clock, Course};
use serde::Serialize;

use super::chosen::{Members, Standing};
use crate::event::{CallRole, KINDS, Kind, role_of};
use crate::filter::fields::Settings;
use crate::filter::{Lane, Selection};
use crate::format::scap::event::STATE_ONLY;
use crate::state::{ContainerId, Event, HOST, Pairing, Summary, Visitor, World};

/// Neighbours that are told apart; what further ones do is counted as one's.
const NEIGHBOURS: usize = 128;

/// What is counted of a neighbour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// System calls.
    Calls,
    /// Calls with a path that failed: opens, stats and their like.
    FailingOpens,
    /// Bytes written.
    Written,
    /// fsync and its like.
    Syncs,
    /// Time on the processors, ns, where the capture has the switches.
    CpuNs,
}

/// All of them, in the order of the figures.
pub const MEASURES: [Measure; 5] =
    [Measure::Calls, Measure::FailingOpens, Measure::Written, Measure::Syncs, Measure::CpuNs];
const COUNT: usize = MEASURES.len();

/// What to look at.
#[derive(Clone, Debug, Default)]
pub struct NeighboursRequest {
    /// The worker's events.
    pub selection: Selection,
    /// The call that is slow, or quick.
    pub call: Option<String>,
    /// Latency from which it is slow, ns.
    pub slow_ns: u64,
}

/// What one neighbour did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Neighbour {
    /// Sums over the capture, by [`MEASURES`].
    pub totals: [u64; COUNT],
    /// What it did a second, times the slow calls that ended then.
    pub by_slow: [f64; COUNT],
    /// The same of the quick ones.
    pub by_quick: [f64; COUNT],
}

/// The answer for one capture, or for several that were merged.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NeighboursResult {
    /// Slow calls of the worker.
    pub slow: u64,
    /// Quick ones.
    pub quick: u64,
    /// Neighbours by name.
    pub neighbours: BTreeMap<String, Neighbour>,
}

impl NeighboursResult {
    /// Adds another capture's.
    pub fn merge(&mut self, other: &NeighboursResult) {
        self.slow += other.slow;
        self.quick += other.quick;
        for (name, more) in &other.neighbours {
            let known = self.neighbours.entry(name.clone()).or_default();
            for at in 0..COUNT {
                known.totals[at] = known.totals[at].saturating_add(more.totals[at]);
                known.by_slow[at] += more.by_slow[at];
                known.by_quick[at] += more.by_quick[at];
            }
        }
    }
}

/// A container; of the host, a process by name.
type Key = (ContainerId, Option<Arc<str>>);

#[derive(Debug, Default)]
struct Known {
    key: Option<Key>,
    course: Course<COUNT>,
    /// Some of its events are the selection's.
    is_chosen: bool,
    /// They are if the open container of this number is.
    is_open: Option<usize>,
}

/// The collector.
#[derive(Debug)]
pub struct Neighbours {
    selection: Selection,
    settings: Settings,
    wanted: Vec<bool>,
    roles: Vec<Option<CallRole>>,
    writes: Vec<bool>,
    call: Option<String>,
    slow_ns: u64,
    members: Members,
    /// By row of `members`.
    rows: Vec<Option<usize>>,
    known: Vec<Known>,
    numbers: HashMap<Key, usize>,
    /// Slow and quick calls: of the selection's threads, then of each open
    /// container.
    calls: Vec<Course<2>>,
    /// By processor: since when, and whose it is.
    processors: HashMap<u16, (u64, i64)>,
    clock: Option<Clock>,
    window: (u64, u64),
}

impl Neighbours {
    /// Prepares to count.
    #[must_use]
    pub fn new(request: NeighboursRequest) -> Neighbours {
        let NeighboursRequest { selection, call, slow_ns } = request;
        let kinds = || (0..KINDS).map(|at| Kind(u16::try_from(at).unwrap_or(0)));
        let lanes = selection.events.lanes();
        Neighbours {
            settings: Settings::default(),
            wanted: lanes.iter().map(|lane| *lane != Lane::No).collect(),
            roles: kinds().map(|kind| role_of(kind.name())).collect(),
            writes: kinds().map(|kind| kind.category() == "IO_WRITE").collect(),
            call,
            slow_ns,
            members: Members::new(&selection),
            rows: Vec::new(),
            known: Vec::new(),
            numbers: HashMap::new(),
            calls: vec![Course::default()],
            processors: HashMap::new(),
            clock: None,
            window: (0, u64::MAX),
            selection,
        }
    }

    fn cell(&mut self, ts_ns: u64) -> usize {
        let (cell, halvings) = self.clock.get_or_insert_with(|| Clock::new(ts_ns)).cell(ts_ns);
        for _ in 0..halvings {
            self.calls.iter_mut().for_each(Course::halve);
            self.known.iter_mut().for_each(|known| known.course.halve());
        }
        cell
    }

    fn number(&mut self, row: usize) -> usize {
        if let Some(Some(number)) = self.rows.get(row) {
            return *number;
        }
        let member = self.members.member(row);
        let process = (member.container == HOST).then(|| Arc::clone(&member.process));
        let key = (member.container, process);
        let number = match self.numbers.get(&key) {
            Some(number) => *number,
            None if self.known.len() < NEIGHBOURS => {
                self.known.push(Known { key: Some(key.clone()), ..Known::default() });
                self.numbers.insert(key, self.known.len() - 1);
                self.known.len() - 1
            }
            None => {
                if self.known.len() == NEIGHBOURS {
                    self.known.push(Known::default());
                }
                NEIGHBOURS
            }
        };
        if self.rows.len() <= row {
            self.rows.resize(row + 1, None);
        }
        self.rows[row] = Some(number);
        number
    }

    /// A thread leaves the processor, another gets it.
    fn switch(&mut self, event: &Event<'_>, world: &World) {
        let raw = &event.raw;
        let Some(next) = raw.params().signed(0) else { return };
        let before = self.processors.insert(raw.cpu, (raw.ts_ns, next));
        let Some((since_ns, tid)) = before else { return };
        let Some(slot) = event.slot.filter(|_| tid == raw.tid && tid > 0) else { return };
        if world.threads.get(slot).identity.is_placeholder() {
            return;
        }
        let row = self.members.row(slot, world);
        let (number, cell) = (self.number(row), self.cell(raw.ts_ns));
        let on_ns = raw.ts_ns.saturating_sub(since_ns);
        self.known[number].course.add(cell, Measure::CpuNs as usize, on_ns);
    }

    fn count(&mut self, event: &Event<'_>, row: usize) {
        let (number, cell) = (self.number(row), self.cell(event.raw.ts_ns));
        let course = &mut self.known[number].course;
        course.add(cell, Measure::Calls as usize, 1);
        let result = event.raw.traced_result().or_else(|| event.raw.result());
        let kind = event.kind.index();
        match (self.roles[kind], result) {
            (Some(CallRole::Path), Some(..=-1)) => {
                course.add(cell, Measure::FailingOpens as usize, 1);
            }
            (Some(CallRole::Sync), _) => course.add(cell, Measure::Syncs as usize, 1),
            (_, Some(bytes @ 1..)) if self.writes[kind] => {
                course.add(cell, Measure::Written as usize, bytes.unsigned_abs());
            }
            _ => {}
        }
    }

    /// A call of the worker ended.
    fn choose(&mut self, event: &Event<'_>, row: usize, group: usize) {
        let number = self.number(row);
        match group {
            0 => self.known[number].is_chosen = true,
            open => self.known[number].is_open = Some(open - 1),
        }
        let is_watched = event.pairing == Pairing::Paired
            && self.call.as_deref().is_some_and(|call| call == event.kind.name());
        if is_watched {
            let cell = self.cell(event.raw.ts_ns);
            if self.calls.len() <= group {
                self.calls.resize_with(group + 1, Course::default);
            }
            self.calls[group].add(cell, usize::from(event.latency_ns < self.slow_ns), 1);
        }
    }

    /// Names what was counted.
    #[must_use]
    pub fn finish(mut self, summary: &Summary) -> NeighboursResult {
        let mut calls = std::mem::take(&mut self.calls[0]);
        for (open, course) in self.calls.iter().enumerate().skip(1) {
            if self.members.is_in(open - 1, &summary.containers) {
                calls.merge(course);
            }
        }
        let width_s = self.clock.map_or(1.0, |clock| clock.width_s());
        let [slow, quick] = calls.totals();
        let mut result = NeighboursResult { slow, quick, neighbours: BTreeMap::new() };
        for known in &self.known {
            let open = known.is_open.is_some_and(|at| self.members.is_in(at, &summary.containers));
            if known.is_chosen || open {
                continue;
            }
            let name = match &known.key {
                Some((HOST, process)) => format!("{} (host)", process.as_deref().unwrap_or("?")),
                Some((id, _)) => summary.containers.get(*id).label().to_owned(),
                None => "(others)".to_owned(),
            };
            let rate = |which: usize| known.course.weighted(&calls, which).map(|sum| sum / width_s);
            let neighbour =
                Neighbour { totals: known.course.totals(), by_slow: rate(0), by_quick: rate(1) };
            let one =
                NeighboursResult { neighbours: [(name, neighbour)].into(), ..Default::default() };
            result.merge(&one);
        }
        result
    }
}

impl Visitor for Neighbours {
    fn event(&mut self, event: &Event<'_>, world: &mut World) {
        let raw = &event.raw;
        if event.hidden || raw.dump_flags & STATE_ONLY != 0 || raw.is_untimed() {
            return;
        }
        if self.clock.is_none() {
            self.clock = Some(Clock::new(raw.ts_ns));
            self.window = self.selection.window(raw.ts_ns);
        }
        let filter = &mut self.selection.filter;
        let passes = filter.is_empty() || filter.passes(event, world, &self.settings);
        if raw.ts_ns < self.window.0 || raw.ts_ns > self.window.1 {
            return;
        }
        if event.kind == Kind::SWITCH || event.kind == Kind::OLD_SWITCH {
            return self.switch(event, world);
        }
        let Some(slot) = event.slot.filter(|_| event.kind.is_syscall() && event.is_exit()) else {
            return;
        };
        let row = self.members.row(slot, world);
        self.count(event, row);
        let group = match self.members.standing(row) {
            Standing::Out => return,
            Standing::In => 0,
            Standing::Open(at) => at + 1,
        };
        if passes && self.wanted[event.kind.index()] {
            self.choose(event, row, group);
        }
    }

    fn wants_details(&self) -> bool {
        true
    }
}
