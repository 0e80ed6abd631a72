//! The walk over one segment: the loop that everything else exists to keep
//! short. It looks at an event's header, finds the run, keeps its clock and
//! gives the event to the part; what depends on the past goes into the log.

use super::Part;
use super::runs::{FRESH, Runs};
use crate::event::{Kind, Role};
use crate::format::scap::block::{EventLayout, usual_event};
use crate::format::scap::event::RawEvent;
use crate::state::capture::{Shape, Way};
use crate::state::family::Places;
use crate::state::pairing::{Event, Pairing};
use crate::state::summary::UnpairedCounts;
use crate::state::thread::Clock;
use crate::state::world::World;

/// Entries of a log at most: a segment whose events nearly all depend on the
/// past is read faster the plain way.
const LONGEST_LOG: usize = 65_536;

/// An event that the joiner looks at itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Logged {
    /// Where its block begins, in bytes from the segment's start.
    pub at: u32,
    /// The run that begins with it, if one does: an index of `runs`.
    pub run: Option<u32>,
}

/// What a run left behind.
#[derive(Clone, Copy, Debug)]
pub(super) struct RunEnd {
    /// Its last clock; `None` if it met no enter event.
    pub clock: Option<Clock>,
    /// Switches counted without the latency that they repeat, and their kind:
    /// it is the one that the thread had before the run.
    pub repeats: u64,
    pub repeated: Kind,
}

/// Time stamps of a segment, for counting those that run backwards.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Times {
    /// Of the first event, ns.
    pub first_ns: Option<u64>,
    /// The largest, ns.
    pub last_ns: u64,
    /// Events with a time.
    pub events: u64,
    /// Events stamped earlier than one before them in the segment.
    pub backwards: u64,
}

/// What a scan found.
pub(super) struct Scan<P> {
    /// Where the walk began, in bytes; a block's border if the guess was right.
    pub start: usize,
    /// Where it ended: behind the segment's end, or where it could not go on.
    pub end: usize,
    pub part: P,
    pub log: Vec<Logged>,
    /// Every run, by number.
    pub runs: Vec<RunEnd>,
    /// Events by type that are not in the log.
    pub seen: Vec<u64>,
    /// Events of unknown types.
    pub unknown: u64,
    pub event_blocks: [u64; EventLayout::COUNT],
    pub unpaired: UnpairedCounts,
    pub times: Times,
    /// The log or the part holds as much as it may.
    pub is_full: bool,
}

/// What a scan must know and does not change.
pub(super) struct Tables<P> {
    pub shapes: Vec<Shape>,
    pub places: Vec<Places>,
    pub part: P,
}

struct Walk<'t, P> {
    tables: &'t Tables<P>,
    runs: &'t mut Runs,
    scan: Scan<P>,
    shapes: Vec<Shape>,
    nothing: World,
}

/// Walks the segment of `bytes` from `start` up to the first border at or
/// behind `end`.
pub(super) fn scan<P: Part>(
    bytes: &[u8],
    start: usize,
    end: usize,
    tables: &Tables<P>,
    runs: &mut Runs,
) -> Scan<P> {
    runs.clear();
    let scan = Scan {
        start,
        end: start,
        part: tables.part.clone(),
        log: Vec::new(),
        runs: Vec::new(),
        seen: Vec::new(),
        unknown: 0,
        event_blocks: [0; EventLayout::COUNT],
        unpaired: UnpairedCounts::default(),
        times: Times::default(),
        is_full: false,
    };
    let mut walk =
        Walk { tables, runs, scan, shapes: tables.shapes.clone(), nothing: World::default() };
    let mut at = start;
    let end = end.min(start.saturating_add(u32::MAX as usize));
    while at < end {
        let rest = bytes.get(at..).unwrap_or_default();
        let Some((layout, body, length)) = usual_event(rest) else {
            break;
        };
        let Some(raw) = RawEvent::parse(body, layout) else {
            break;
        };
        if !walk.take(raw, at - start) {
            break;
        }
        walk.scan.event_blocks[layout.index()] += 1;
        at += length;
    }
    walk.scan.end = at;
    walk.finish()
}

impl Times {
    #[inline(always)]
    fn note(&mut self, ts_ns: u64) {
        if ts_ns < self.last_ns {
            self.backwards += 1;
        } else {
            self.last_ns = ts_ns;
        }
    }
}

impl<P: Part> Walk<'_, P> {
    /// One event; false: the scan must end before it.
    #[inline(always)]
    fn take(&mut self, raw: RawEvent<'_>, at: usize) -> bool {
        let Some(shape) = self.shapes.get_mut(usize::from(raw.code)) else {
            self.scan.unknown += 1;
            return true;
        };
        let kind = match shape.way {
            Way::Clock | Way::Switch | Way::Skip => Kind::of_code(raw.code),
            Way::Generic => Kind::of_syscall(raw.syscall_id().unwrap_or(0)),
            Way::Long => return self.long(raw.body, raw.layout, at),
        };
        let clock = self.runs.clock(raw.tid);
        if clock.last == Kind::NONE {
            return self.unsettled(raw.body, raw.layout, kind, at);
        }
        shape.seen += 1;
        let (latency_ns, pairing) = match shape.way {
            Way::Switch => (clock.latency_ns, Pairing::NoExit),
            Way::Skip => (0, Pairing::NoExit),
            _ => clock.tick(raw.code, raw.ts_ns, kind),
        };
        let run = clock.row;
        self.scan.times.note(raw.ts_ns);
        if pairing.is_stray() {
            self.scan.unpaired.count(pairing);
        }
        self.count(raw, kind, run, latency_ns, pairing);
        true
    }

    /// An event of a thread that has not met an enter in its run yet. An enter
    /// begins a run that is settled; an exit can be measured by the joiner only.
    /// Events that leave clocks alone need no more than an owner, and switches
    /// the latency that they repeat: the first is logged, to learn both.
    #[inline(never)]
    fn unsettled(&mut self, body: &[u8], layout: EventLayout, kind: Kind, at: usize) -> bool {
        let Some(raw) = RawEvent::parse(body, layout) else {
            return false;
        };
        let way = self.shapes[usize::from(raw.code)].way;
        let run = self.runs.clock(raw.tid).row;
        match way {
            Way::Skip | Way::Switch if run == FRESH => self.begin(&raw, None, at),
            Way::Switch if self.tables.part.reads_latency() => self.log(raw.ts_ns, at, None),
            Way::Skip | Way::Switch => {
                self.owned(raw, kind, run, way == Way::Switch);
                true
            }
            _ if raw.code & 1 == 0 => self.begin(&raw, Some(kind), at),
            _ => {
                // it may have made an entry for its thread
                self.runs.clock(raw.tid).row = FRESH;
                self.log(raw.ts_ns, at, None)
            }
        }
    }

    /// A run begins with this event: settled, if it enters a call.
    #[cold]
    #[inline(never)]
    fn begin(&mut self, raw: &RawEvent<'_>, enters: Option<Kind>, at: usize) -> bool {
        let run = u32::try_from(self.scan.runs.len()).unwrap_or(FRESH);
        if !self.log(raw.ts_ns, at, Some(run)) {
            return false;
        }
        let clock = self.runs.clock(raw.tid);
        clock.row = run;
        if let Some(kind) = enters {
            clock.tick(raw.code, raw.ts_ns, kind);
        }
        self.scan.runs.push(RunEnd { clock: None, repeats: 0, repeated: Kind::NONE });
        true
    }

    /// An event whose run has an owner, though no enter event yet.
    fn owned(&mut self, raw: RawEvent<'_>, kind: Kind, run: u32, repeats: bool) {
        self.shapes[usize::from(raw.code)].seen += 1;
        self.scan.times.note(raw.ts_ns);
        let counted = self.count(raw, kind, run, 0, Pairing::NoExit);
        if repeats && counted {
            let end = &mut self.scan.runs[run as usize];
            end.repeats += 1;
            end.repeated = kind;
        }
    }

    #[inline(always)]
    fn count(
        &mut self,
        raw: RawEvent<'_>,
        kind: Kind,
        run: u32,
        latency_ns: u64,
        pairing: Pairing,
    ) -> bool {
        let event = Event {
            num: 0,
            raw,
            kind,
            latency_ns,
            pairing,
            slot: None,
            fd: None,
            described: None,
            hidden: false,
        };
        self.scan.part.event(run, &event, &mut self.nothing)
    }

    /// An event that changes more than the clock of its thread.
    #[cold]
    #[inline(never)]
    fn long(&mut self, body: &[u8], layout: EventLayout, at: usize) -> bool {
        let Some(raw) = RawEvent::parse(body, layout) else {
            return false;
        };
        let code = usize::from(raw.code);
        match self.shapes.get(code).map(|shape| shape.role) {
            None | Some(Role::Unnumbered) => {
                self.scan.unknown += 1;
                return true;
            }
            // has no time, either
            Some(Role::Container) => return self.push(at, None),
            Some(_) => {}
        }
        if !self.log(raw.ts_ns, at, None) {
            return false;
        }
        self.end(raw.tid);
        if self.shapes[code].role == Role::CloneExit {
            let places = self.tables.places.get(code).copied().unwrap_or_default();
            for tid in places.related(&raw.params()) {
                self.end(tid);
            }
        }
        true
    }

    /// The run of `tid` ends here.
    fn end(&mut self, tid: i64) {
        if let Some((run, clock)) = self.runs.end(tid) {
            self.ended(run, clock);
        }
    }

    fn ended(&mut self, run: u32, clock: Clock) {
        self.scan.runs[run as usize].clock = (clock.last != Kind::NONE).then_some(clock);
    }

    fn log(&mut self, ts_ns: u64, at: usize, run: Option<u32>) -> bool {
        let fits = self.push(at, run);
        if fits {
            let times = &mut self.scan.times;
            times.first_ns.get_or_insert(ts_ns);
            times.events += 1;
            times.note(ts_ns);
        }
        fits
    }

    /// Into the log; false: it is full.
    fn push(&mut self, at: usize, run: Option<u32>) -> bool {
        if self.scan.log.len() >= LONGEST_LOG || self.scan.part.is_full() {
            self.scan.is_full = true;
            return false;
        }
        self.scan.log.push(Logged { at: at as u32, run });
        true
    }

    fn finish(mut self) -> Scan<P> {
        let last: Vec<_> = self.runs.all().collect();
        for (run, clock) in last {
            self.ended(run, clock);
        }
        self.scan.seen = self.shapes.iter().map(|shape| shape.seen).collect();
        self.scan.times.events += self.scan.seen.iter().sum::<u64>();
        self.scan
    }
}
