//! The walk over one segment: the loop that everything else exists to keep
//! short. It looks at an event's header, finds the run, keeps its clock and
//! gives the event to the part; what depends on the past goes into the log.

use std::sync::Mutex;

use super::Part;
use super::found::{Log, RunEnd, Scan, Times};
use super::runs::{FRESH, Runs, VACANT};
use crate::event::{Kind, Role};
use crate::format::scap::block::{EventLayout, usual_event};
use crate::format::scap::event::{RawEvent, STATE_ONLY};
use crate::state::family::Places;
use crate::state::pairing::{Event, Pairing};
use crate::state::shapes::{SHAPES, Shape, Way};
use crate::state::summary::UnpairedCounts;
use crate::state::thread::Clock;
use crate::state::world::World;

/// Runs at most, where each may need figures of its own: some MiB of them.
const MOST_RUNS: usize = 4096;

/// What a scan must know and does not change.
pub(super) struct Tables<P> {
    pub shapes: [Shape; SHAPES],
    pub places: Vec<Places>,
    pub part: P,
    /// Logs that were read: the memory of large ones is dear to get.
    pub spare: Mutex<Vec<Log>>,
}

impl<P> Tables<P> {
    /// An empty log.
    pub(super) fn log(&self) -> Log {
        self.spare.lock().ok().and_then(|mut spare| spare.pop()).unwrap_or_default()
    }

    /// Takes a log back.
    pub(super) fn give_back(&self, mut log: Log) {
        log.clear();
        if let Ok(mut spare) = self.spare.lock() {
            spare.push(log);
        }
    }
}

/// What a run's clock says of an event.
#[derive(Clone, Copy)]
struct Settled {
    latency_ns: u64,
    pairing: Pairing,
    since_exit_ns: Option<u64>,
}

impl Default for Settled {
    fn default() -> Settled {
        Settled { latency_ns: 0, pairing: Pairing::NoExit, since_exit_ns: None }
    }
}

/// A scan under way: bytes are given to it piece by piece.
pub(super) struct Walk<'t, P> {
    tables: &'t Tables<P>,
    runs: &'t mut Runs,
    scan: Scan<P>,
    shapes: Box<[Shape; SHAPES]>,
    nothing: World,
    /// Events that need no owner are counted by their type, when the walk is over.
    bulk: bool,
    /// Of those, events by type that are not shown; empty without any.
    unshown: Vec<u64>,
    /// Each run is a group of its own, and there may be any number.
    exact: bool,
    /// Events so far, if the last one in the log ended a thread.
    at_last_end: Option<u64>,
}

impl<'t, P: Part> Walk<'t, P> {
    /// Begins at the offset `start`, with an empty log.
    pub(super) fn new(start: u64, tables: &'t Tables<P>, runs: &'t mut Runs, log: Log) -> Self {
        runs.clear();
        let scan = Scan {
            start,
            end: start,
            part: tables.part.clone(),
            log,
            runs: Vec::new(),
            groups: Vec::new(),
            seen: Vec::new(),
            unknown: 0,
            event_blocks: [0; EventLayout::COUNT],
            unpaired: UnpairedCounts::default(),
            times: Times::default(),
            is_full: false,
            outlived: false,
        };
        let (shapes, nothing) = (Box::new(tables.shapes), World::default());
        let bulk = tables.part.takes_bulk();
        let unshown = Vec::new();
        Walk { tables, runs, scan, shapes, nothing, bulk, unshown, exact: false, at_last_end: None }
    }

    /// Gives each run figures of its own.
    pub(super) fn exactly(mut self) -> Self {
        self.exact = true;
        self
    }

    /// Where it has come.
    pub(super) fn offset(&self) -> u64 {
        self.scan.end
    }

    /// Walks over `bytes`, which follow those before, until a block begins at or
    /// behind `end` of them. Returns how many were walked: fewer, where a block
    /// is not complete or none that a scan takes, or when the scan is full.
    pub(super) fn feed(&mut self, bytes: &[u8], end: usize) -> usize {
        let (mut rest, mut usual) = (bytes, 0);
        // bytes that remain where the segment ends
        let behind = bytes.len().saturating_sub(end);
        while rest.len() > behind {
            let length = match RawEvent::usual(rest) {
                Some((raw, length)) if self.take(raw) => {
                    usual += 1;
                    length
                }
                Some(_) => break,
                None => match self.take_older(rest) {
                    Some(length) => length,
                    None => break,
                },
            };
            rest = rest.get(length..).unwrap_or_default();
        }
        let at = bytes.len() - rest.len();
        self.scan.event_blocks[EventLayout::USUAL.index()] += usual;
        self.scan.end += at as u64;
        at
    }

    /// Whether it holds as much as it may.
    pub(super) fn is_full(&self) -> bool {
        self.scan.is_full
    }
}

impl<P: Part> Walk<'_, P> {
    /// The event block at the start of `bytes`, of any layout: its length.
    #[inline(never)]
    fn take_older(&mut self, bytes: &[u8]) -> Option<usize> {
        let (layout, body, length) = usual_event(bytes)?;
        let raw = RawEvent::parse(body, layout)?;
        self.take(raw).then(|| {
            self.scan.event_blocks[layout.index()] += 1;
            length
        })
    }

    /// One event; false: the scan must end before it.
    #[inline(always)]
    fn take(&mut self, raw: RawEvent<'_>) -> bool {
        let shape = &mut self.shapes[usize::from(raw.code) % SHAPES];
        let is_call = matches!(shape.way, Way::Clock | Way::Generic);
        if usize::from(raw.code) >= SHAPES || !is_call || raw.tid == VACANT {
            // a copy, made here alone: what is passed on must be put into memory,
            // and the events of calls have no time for that
            let copy = raw;
            return self.take_rare(&copy);
        }
        let kind = match shape.way {
            Way::Clock => Kind::of_code(raw.code),
            _ => Kind::of_syscall(raw.syscall_id().unwrap_or(0)),
        };
        let clock = self.runs.clock(raw.tid);
        if clock.last == Kind::NONE {
            let copy = raw;
            return self.unsettled(&copy, kind);
        }
        shape.seen += 1;
        self.scan.times.note(raw.ts_ns);
        let group = clock.row;
        if raw.code & 1 == 0 {
            let since_exit_ns = clock.since_exit(raw.code, raw.ts_ns);
            clock.enter(raw.ts_ns, kind);
            if !self.bulk || shape.way == Way::Generic {
                let settled = Settled { since_exit_ns, ..Settled::default() };
                self.count(raw, kind, group, settled);
            } else if raw.dump_flags & STATE_ONLY != 0 {
                self.leave_out(raw.code);
            }
            return true;
        }
        let pairing = clock.exit(raw.ts_ns, kind);
        let latency_ns = clock.latency_ns;
        if pairing != Pairing::Paired {
            self.scan.unpaired.count(pairing);
        }
        self.count(raw, kind, group, Settled { latency_ns, pairing, since_exit_ns: None });
        true
    }

    /// An event that does not touch clocks, or more than them.
    #[inline(never)]
    fn take_rare(&mut self, raw: &RawEvent<'_>) -> bool {
        let code = usize::from(raw.code);
        let Some(shape) = self.shapes.get_mut(code) else {
            self.scan.unknown += 1;
            return true;
        };
        let times = &mut self.scan.times;
        match shape.way {
            Way::Skip if self.bulk && !shape.syscall => {
                shape.seen += 1;
                times.first_ns.get_or_insert(raw.ts_ns);
                times.note(raw.ts_ns);
                if raw.dump_flags & STATE_ONLY != 0 {
                    self.leave_out(raw.code);
                }
                return true;
            }
            _ if raw.tid == VACANT => return false,
            Way::Switch | Way::Skip => {}
            _ => return self.long(raw),
        }
        let kind = Kind::of_code(raw.code);
        let clock = self.runs.clock(raw.tid);
        let is_owned = clock.row != FRESH && shape.way == Way::Skip;
        if clock.last == Kind::NONE && !is_owned {
            return self.unsettled(raw, kind);
        }
        shape.seen += 1;
        times.note(raw.ts_ns);
        let latency_ns = if shape.way == Way::Switch { clock.latency_ns } else { 0 };
        let group = clock.row;
        self.count(*raw, kind, group, Settled { latency_ns, ..Settled::default() });
        true
    }

    /// An event that is counted by its type is not shown.
    #[cold]
    #[inline(never)]
    fn leave_out(&mut self, code: u16) {
        self.unshown.resize(SHAPES, 0);
        self.unshown[usize::from(code) % SHAPES] += 1;
    }

    /// An event of a thread that has not met an enter in its run yet. An enter
    /// begins a run that is settled; an exit can be measured by the joiner only.
    /// Events that leave clocks alone need no more than an owner, and switches
    /// the latency that they repeat: the first is logged, to learn both.
    #[inline(never)]
    fn unsettled(&mut self, raw: &RawEvent<'_>, kind: Kind) -> bool {
        let way = self.shapes[usize::from(raw.code)].way;
        let group = self.runs.clock(raw.tid).row;
        match way {
            Way::Skip | Way::Switch if group == FRESH => self.begin(raw, None),
            Way::Switch if self.tables.part.reads_latency() => self.log(raw, None),
            Way::Switch => {
                self.repeat(*raw, kind, group);
                true
            }
            _ if raw.code & 1 == 0 => self.begin(raw, Some(kind)),
            _ => {
                // it may have made an entry for its thread
                self.end(raw.tid);
                self.log(raw, None)
            }
        }
    }

    /// A run begins with this event: settled, if it enters a call.
    #[cold]
    #[inline(never)]
    fn begin(&mut self, raw: &RawEvent<'_>, enters: Option<Kind>) -> bool {
        let run = u32::try_from(self.scan.runs.len()).unwrap_or(FRESH);
        if !self.log(raw, Some(run)) {
            return false;
        }
        self.end(raw.tid);
        let before = self.runs.group_before(raw.tid).filter(|_| !self.exact);
        let group = before.unwrap_or(self.scan.groups.len() as u32);
        match self.scan.groups.get_mut(group as usize) {
            Some(current) => *current = run,
            None => self.scan.groups.push(run),
        }
        let clock = self.runs.clock(raw.tid);
        *clock = Clock { row: group, ..Clock::NEW };
        if let Some(kind) = enters {
            clock.tick(raw.code, raw.ts_ns, kind);
        }
        self.scan.runs.push(RunEnd { group, clock: None, repeats: 0, repeated: Kind::NONE });
        true
    }

    /// A switch whose run has an owner, though no enter event yet.
    fn repeat(&mut self, raw: RawEvent<'_>, kind: Kind, group: u32) {
        self.shapes[usize::from(raw.code)].seen += 1;
        self.scan.times.note(raw.ts_ns);
        if self.count(raw, kind, group, Settled::default()) {
            let end = &mut self.scan.runs[self.scan.groups[group as usize] as usize];
            end.repeats += 1;
            end.repeated = kind;
        }
    }

    #[inline(always)]
    fn count(&mut self, raw: RawEvent<'_>, kind: Kind, group: u32, settled: Settled) -> bool {
        let Settled { latency_ns, pairing, since_exit_ns } = settled;
        let event = Event {
            num: 0,
            raw,
            kind,
            latency_ns,
            pairing,
            since_exit_ns,
            slot: None,
            fd: None,
            described: None,
            hidden: false,
        };
        self.scan.part.event(group, &event, &mut self.nothing)
    }

    /// An event that changes more than the clock of its thread.
    #[cold]
    #[inline(never)]
    fn long(&mut self, raw: &RawEvent<'_>) -> bool {
        let code = usize::from(raw.code);
        match self.shapes.get(code).map(|shape| shape.role) {
            None | Some(Role::Unnumbered) => {
                self.scan.unknown += 1;
                return true;
            }
            // has no time, either
            Some(Role::Container) => return self.push(raw, None),
            Some(_) => {}
        }
        if !self.log(raw, None) {
            return false;
        }
        self.end(raw.tid);
        let role = self.shapes[code].role;
        self.at_last_end = (role == Role::ProcExit).then(|| self.events());
        if role == Role::CloneExit {
            let places = self.tables.places.get(code).copied().unwrap_or_default();
            for tid in places.related(&raw.params()) {
                self.end(tid);
            }
        }
        true
    }

    /// The run of `tid` ends here.
    fn end(&mut self, tid: i64) {
        if let Some((group, clock)) = self.runs.end(tid) {
            self.ended(group, clock);
        }
    }

    fn ended(&mut self, group: u32, clock: Clock) {
        let run = self.scan.groups[group as usize];
        self.scan.runs[run as usize].clock = (clock.last != Kind::NONE).then_some(clock);
    }

    fn log(&mut self, raw: &RawEvent<'_>, run: Option<u32>) -> bool {
        let fits = self.push(raw, run);
        if fits {
            let times = &mut self.scan.times;
            times.first_ns.get_or_insert(raw.ts_ns);
            times.events += 1;
            times.note(raw.ts_ns);
        }
        fits
    }

    /// Into the log; false: the scan is full.
    fn push(&mut self, raw: &RawEvent<'_>, run: Option<u32>) -> bool {
        // whether there is room does not depend on how runs are counted
        let few = self.scan.runs.len() < MOST_RUNS || !self.scan.part.is_apart();
        let fits = few && self.scan.log.push(raw.body, raw.layout, run);
        self.scan.is_full |= !fits;
        self.at_last_end = None;
        fits
    }

    fn events(&self) -> u64 {
        self.shapes.iter().map(|shape| shape.seen).sum()
    }

    /// What was found.
    pub(super) fn finish(mut self) -> Scan<P> {
        let last: Vec<_> = self.runs.all().collect();
        for (group, clock) in last {
            self.ended(group, clock);
        }
        self.scan.seen = self.shapes.iter().map(|shape| shape.seen).collect();
        let events = self.events();
        let calls = self.shapes.iter().zip(0u16..);
        for (shape, code) in calls.filter(|_| self.bulk) {
            let enters = code & 1 == 0 && shape.way == Way::Clock;
            let others = shape.way == Way::Skip && !shape.syscall;
            let unshown = self.unshown.get(usize::from(code)).copied().unwrap_or(0);
            let shown = shape.seen - unshown;
            if shown > 0 && (enters || others) {
                self.scan.part.add_bulk(Kind::of_code(code), shown);
            }
        }
        self.scan.times.events += events;
        self.scan.outlived = self.at_last_end.is_some_and(|then| events > then);
        self.scan
    }
}
