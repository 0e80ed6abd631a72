//! Reads a capture from its first byte to its last: blocks become events,
//! every event meets its thread, and a [`Visitor`] sees them with latency and
//! pairing. This is the sequential driver; `segment` reads side by side, with
//! its help and the same answer.

mod lists;
mod traced;

pub use traced::read_text;

use std::fmt;

use super::effects::{self, Plan};
use super::family::{CloneExit, Places};
use super::pairing::{Event, Pairing};
use super::segment::{self, Cuts};
use super::shapes::{SHAPES, Shape, Way, shapes};
use super::summary::Summary;
use super::visitor::Visitor;
use super::world::World;
use crate::event::{Kind, Role, tells_of_drops};
use crate::format::scap::block::EventLayout;
use crate::format::scap::event::{Params, RawEvent};
use crate::format::scap::{NotACapture, Reader};
use crate::format::trace::TraceReader;
use crate::source::{Location, SourceError, Watch, Window};

/// Why a capture could not be read at all.
#[derive(Debug)]
pub enum ReadError {
    /// The file cannot be opened.
    Source(SourceError),
    /// The file is something else.
    NotACapture {
        /// Name of the file.
        name: String,
        /// What it is.
        what: NotACapture,
        /// Why its bytes ended early, if they did.
        problem: Option<String>,
    },
    /// The file is a text that is not what it seems to be.
    NotATrace {
        /// Name of the file.
        name: String,
        /// Why.
        why: String,
    },
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::Source(error) => error.fmt(f),
            ReadError::NotACapture { name, what, problem: None } => write!(f, "{name}: {what}"),
            ReadError::NotACapture { name, what, problem: Some(problem) } => {
                write!(f, "{name}: {what} ({problem})")
            }
            ReadError::NotATrace { name, why } => write!(f, "{name}: {why}"),
        }
    }
}

impl std::error::Error for ReadError {}

/// A capture whose files are open and known to be captures.
pub struct Opened<'p> {
    pub(super) readers: Vec<Reader<'p>>,
    /// Text; there are no other readers then.
    pub(super) trace: Option<TraceReader<'p>>,
}

impl<'p> Opened<'p> {
    /// Opens the files of one capture; `watch` is told the offset, and may
    /// end reading.
    ///
    /// # Errors
    /// [`ReadError`] when one of them cannot be read or is no capture.
    pub fn open(files: &[Location], watch: Option<&'p Watch<'p>>) -> Result<Self, ReadError> {
        let open = |location| Window::open(location).map_err(ReadError::Source);
        let windows = files.iter().map(open).collect::<Result<Vec<_>, _>>()?;
        let windows = match traced::sort(windows, watch)? {
            traced::Kind::Trace(trace) => {
                return Ok(Opened { readers: Vec::new(), trace: Some(trace) });
            }
            traced::Kind::Other(windows) => windows,
        };
        let open = |window: Window| {
            let name = window.name().to_owned();
            Reader::new(window, watch).map_err(|(what, problem)| ReadError::NotACapture {
                name,
                what,
                problem,
            })
        };
        let readers = windows.into_iter().map(open).collect::<Result<_, _>>()?;
        Ok(Opened { readers, trace: None })
    }

    /// Of text that does not tell how long calls took: take the time to the
    /// thread's next line, an upper bound.
    #[must_use]
    pub fn latency_from_gaps(self, gaps: bool) -> Self {
        Opened { trace: self.trace.map(|trace| trace.with_gaps(gaps)), ..self }
    }

    /// Of text: bytes that one thread reads at once.
    #[must_use]
    pub fn segments_of(self, bytes: usize) -> Self {
        Opened { trace: self.trace.map(|trace| trace.with_segment(bytes)), ..self }
    }
}

/// Reads all files of a capture, one after the other, and shows the visitor its events
/// in their order. Where it looks at few kinds of them and needs details, threads beside
/// the walk leave the others out of plain files; `cuts` says in which pieces.
pub fn read_with<V: Visitor>(opened: Opened<'_>, visitor: &mut V, cuts: &Cuts) -> Summary {
    if let Some(trace) = opened.trace {
        return traced::read(trace, visitor);
    }
    let mut driver = Driver::new(visitor);
    for mut reader in opened.readers {
        if !segment::sift(&mut reader, &mut driver, cuts) {
            reader.read_ahead();
            reader.run(&mut driver);
        }
        driver.end_file();
        driver.close_file(&reader);
    }
    driver.finish()
}

/// The same, in pieces of the usual size.
pub fn read<V: Visitor>(opened: Opened<'_>, visitor: &mut V) -> Summary {
    read_with(opened, visitor, &Cuts::Auto)
}

/// Calls without a latency leave the clock of their thread alone.
#[cold]
fn untimed(code: u16) -> Pairing {
    if code & 1 == 1 { Pairing::NoEnter } else { Pairing::NoExit }
}

pub(super) struct Driver<'v, V> {
    pub(super) visitor: &'v mut V,
    pub(super) shapes: [Shape; SHAPES],
    places: Vec<Places>,
    pub(super) world: World,
    /// What events do to files and properties; empty unless details are kept.
    effects: Vec<Plan>,
    /// File that was closed with the event before.
    closed: Option<(i64, i64)>,
    /// The lists at the head are complete.
    listed: bool,
    pub(super) summary: Summary,
    /// Nothing is pending and nothing is opening: events may go a short way.
    pub(super) calm: bool,
    /// Thread that ended with the event before.
    pending: Option<i64>,
    /// No event but container descriptions has come yet in this section.
    opening: bool,
    /// Whether a section has begun before this one.
    restarted: bool,
    pub(super) last_ts: u64,
}

impl<'v, V: Visitor> Driver<'v, V> {
    pub(super) fn new(visitor: &'v mut V) -> Self {
        let detailed = visitor.wants_details();
        Driver {
            visitor,
            shapes: shapes(),
            places: Places::table(),
            world: World::new(detailed),
            effects: if detailed { effects::plans() } else { Vec::new() },
            closed: None,
            listed: !detailed,
            summary: Summary::default(),
            calm: false,
            pending: None,
            opening: true,
            restarted: false,
            last_ts: 0,
        }
    }

    /// What is to be done with the next event does not reach into another file.
    pub(super) fn end_file(&mut self) {
        self.pending = None;
        self.closed = None;
        self.calm = !self.opening;
    }

    pub(super) fn close_file(&mut self, reader: &Reader<'_>) {
        let window = reader.window();
        let summary = &mut self.summary;
        summary.input_bytes += window.input_bytes().unwrap_or(0);
        summary.bytes += window.offset();
        summary.compression = window.compression().name();
        summary.losses.join(reader.losses(), summary.files.len());
        summary.files.push(window.name().to_owned());
        for (name, count) in reader.event_blocks() {
            *summary.blocks.entry(name).or_default() += count;
        }
    }

    pub(super) fn finish(mut self) -> Summary {
        let summary = &mut self.summary;
        for (code, shape) in self.shapes.iter().enumerate() {
            match (shape.syscall, code & 1) {
                (true, 1) => summary.exits += shape.seen,
                (true, _) if !shape.kept_enter => summary.enters += shape.seen,
                _ => {}
            }
            if shape.role == Role::Switch {
                summary.switches += shape.seen;
            }
            if tells_of_drops(code as u16) {
                summary.drops.markers += shape.seen;
            }
        }
        summary.threads = self.world.threads.seen;
        summary.last_ns = summary.first_ns.map(|_| self.last_ts);
        self.summary.containers = self.world.containers;
        self.summary
    }

    #[inline]
    pub(super) fn time(&mut self, ts_ns: u64) {
        if ts_ns < self.last_ts {
            self.summary.backwards += 1;
        } else {
            self.last_ts = ts_ns;
        }
    }

    /// The short way, for events that change nothing but the clock of a known
    /// thread: nearly all of them. It is inlined into the walk over the blocks,
    /// and the visitor into it, so that an event never leaves the registers.
    #[inline(always)]
    fn take(&mut self, raw: RawEvent<'_>) {
        if !self.effects.is_empty() {
            return self.take_detailed(raw.body, raw.layout);
        }
        let slot = self.world.threads.find(raw.tid);
        let (Some(slot), true) = (slot, self.calm) else {
            return self.take_any(raw.body, raw.layout);
        };
        let Some(shape) = self.shapes.get_mut(usize::from(raw.code)) else {
            return self.take_any(raw.body, raw.layout);
        };
        let kind = match shape.way {
            Way::Clock | Way::Switch | Way::Skip => Kind::of_code(raw.code),
            Way::Generic => Kind::of_syscall(raw.syscall_id().unwrap_or(0)),
            Way::Long => return self.take_any(raw.body, raw.layout),
        };
        shape.seen += 1;
        let clock = self.world.threads.clock_mut(slot);
        let since_exit_ns = clock.since_exit(raw.code, raw.ts_ns);
        let (latency_ns, pairing) = match shape.way {
            Way::Switch => (clock.latency_ns, Pairing::NoExit),
            Way::Skip => (0, Pairing::NoExit),
            _ if raw.is_untimed() => (0, untimed(raw.code)),
            _ => clock.tick(raw.code, raw.ts_ns, kind),
        };
        self.summary.events += 1;
        self.time(raw.ts_ns);
        if pairing.is_stray() {
            self.summary.unpaired.count(pairing);
        }
        let event = Event {
            num: self.summary.events,
            raw,
            kind,
            latency_ns,
            pairing,
            since_exit_ns,
            slot: Some(slot),
            fd: None,
            described: None,
            hidden: false,
        };
        self.visitor.event(&event, &mut self.world);
    }

    /// The short way where details are kept.
    #[inline(never)]
    pub(super) fn take_detailed(&mut self, body: &[u8], layout: EventLayout) {
        if let Some(raw) = RawEvent::parse(body, layout) {
            self.take_known(&raw);
        }
    }

    /// An event of a call of a known thread: it changes the thread's clock, the call it
    /// is in, and files and properties. All others go the long way.
    #[inline]
    pub(super) fn take_known(&mut self, raw: &RawEvent<'_>) {
        let code = usize::from(raw.code);
        let kind = match self.shapes.get(code).map_or(Way::Long, |shape| shape.way) {
            Way::Clock => Kind::of_code(raw.code),
            Way::Generic => Kind::of_syscall(raw.syscall_id().unwrap_or(0)),
            Way::Switch | Way::Skip | Way::Long => return self.take_any(raw.body, raw.layout),
        };
        if !self.calm && !self.opening {
            self.bury();
            self.settle();
            self.calm = true;
        }
        let slot = self.world.threads.find(raw.tid).filter(|_| self.calm);
        let (Some(slot), Some(plan)) = (slot, self.effects.get(code).copied()) else {
            return self.take_any(raw.body, raw.layout);
        };
        if let Some(shape) = self.shapes.get_mut(code) {
            shape.seen += 1;
        }
        let clock = self.world.threads.clock_mut(slot);
        let since_exit_ns = clock.since_exit(raw.code, raw.ts_ns);
        let (latency_ns, pairing) = if raw.is_untimed() {
            (0, untimed(raw.code))
        } else {
            clock.tick(raw.code, raw.ts_ns, kind)
        };
        self.summary.events += 1;
        self.time(raw.ts_ns);
        self.summary.unpaired.count(pairing);
        let call = &mut self.world.threads.details_mut(slot).call;
        let fd = plan.begin(call, raw);
        let event = Event {
            num: self.summary.events,
            raw: *raw,
            kind,
            latency_ns,
            pairing,
            since_exit_ns,
            slot: Some(slot),
            fd,
            described: None,
            hidden: false,
        };
        self.end_step(plan, &event, None);
    }

    /// Lets an event of a call change files and properties, and shows it. `enter` are the
    /// parameters of its enter event, if they are at hand.
    #[inline(always)]
    fn end_step(&mut self, plan: Plan, event: &Event<'_>, enter: Option<Params<'_>>) {
        if plan.has_effect() {
            let closed = effects::apply(plan, event, enter, &mut self.world);
            self.closed = closed.map(|fd| (event.raw.tid, fd));
            self.calm = self.closed.is_none();
        } else {
            self.world.renamed = false;
        }
        if self.visitor.wants(event.kind, event.is_exit()) {
            self.visitor.event(event, &mut self.world);
        }
    }

    /// A call of a known thread whose exit follows its enter at once, but for `left_out`
    /// events that were counted already, as the enter may be (`counted`); nobody looks at
    /// that.
    #[inline]
    pub(super) fn take_call(
        &mut self,
        enter: &RawEvent<'_>,
        counted: bool,
        exit: &RawEvent<'_>,
        left_out: u32,
    ) {
        let codes = [usize::from(enter.code), usize::from(exit.code)];
        let plans = codes.map(|code| self.effects.get(code).copied());
        let is_open = self.listed && !self.opening;
        if is_open && !self.calm {
            self.bury();
            self.settle();
            self.calm = true;
        }
        let slot = self.world.threads.find(exit.tid);
        let (Some(slot), [Some(begin), Some(plan)], true) = (slot, plans, is_open) else {
            if counted {
                self.take_silently(enter);
            } else {
                self.take_known(enter);
            }
            self.summary.events += u64::from(left_out);
            return self.take_known(exit);
        };
        let own = u64::from(!counted);
        self.shapes[codes[0] % SHAPES].seen += own;
        self.shapes[codes[1] % SHAPES].seen += 1;
        self.summary.events += 1 + own + u64::from(left_out);
        let kind = Kind::of_code(exit.code);
        let clock = self.world.threads.clock_mut(slot);
        clock.enter(enter.ts_ns, kind);
        let (latency_ns, pairing) = clock.tick(exit.code, exit.ts_ns, kind);
        self.summary.unpaired.count(pairing);
        let call = &mut self.world.threads.details_mut(slot).call;
        let told = enter.params();
        let fd = begin.enter_and_leave(plan, call, enter.code, &told);
        let event = Event {
            num: self.summary.events,
            raw: *exit,
            kind,
            latency_ns,
            pairing,
            since_exit_ns: None,
            slot: Some(slot),
            fd,
            described: None,
            hidden: false,
        };
        self.end_step(plan, &event, Some(told));
    }

    /// An event that a sieve has counted, and that nobody looks at: it changes the
    /// clock and the call of its thread, if that is known.
    pub(super) fn take_silently(&mut self, raw: &RawEvent<'_>) {
        let code = usize::from(raw.code);
        let (Some(plan), Some(shape)) = (self.effects.get(code).copied(), self.shapes.get(code))
        else {
            return;
        };
        let Some(slot) = self.world.threads.find(raw.tid) else { return };
        let kind = match shape.way {
            Way::Clock => Kind::of_code(raw.code),
            Way::Generic => Kind::of_syscall(raw.syscall_id().unwrap_or(0)),
            _ => return effects::apply_alone(plan, slot, raw, &mut self.world),
        };
        self.world.threads.clock_mut(slot).tick(raw.code, raw.ts_ns, kind);
        plan.enter_or_leave(&mut self.world.threads.details_mut(slot).call, raw);
    }

    /// What events do; empty unless details are kept.
    pub(super) fn plans(&self) -> &[Plan] {
        &self.effects
    }

    /// Steps 1 to 5 of sysdig's order: number, delayed removal, thread and
    /// latency, tables. The event is parsed once more, because an event that
    /// is passed on must be put into memory, and the short way has no time.
    #[cold]
    #[inline(never)]
    pub(super) fn take_any(&mut self, body: &[u8], layout: EventLayout) {
        let Some(raw) = RawEvent::parse(body, layout) else {
            return;
        };
        let shape = match self.shapes.get_mut(usize::from(raw.code)) {
            Some(shape) if shape.role != Role::Unnumbered => {
                shape.seen += 1;
                *shape
            }
            _ => {
                self.summary.unknown_events += 1;
                return;
            }
        };
        self.bury();
        self.settle();
        let kind = match shape.role {
            Role::Generic => Kind::of_syscall(raw.syscall_id().unwrap_or(0)),
            _ => Kind::of_code(raw.code),
        };
        let opening = self.opening && shape.role == Role::Container;
        if !(opening && self.restarted) {
            self.summary.events += 1;
        }
        self.opening &= opening;
        if shape.role != Role::Container {
            self.summary.first_ns.get_or_insert(raw.ts_ns);
            if self.world.first_ns == 0 {
                self.world.first_ns = raw.ts_ns;
            }
            self.time(raw.ts_ns);
        }
        let mut event = Event { hidden: opening, ..Event::alone(self.summary.events, raw, kind) };
        self.clock(shape, &mut event);
        let plan = self.effects.get(usize::from(event.raw.code)).copied();
        if let Some(plan) = plan {
            event.fd = effects::find_file(plan, shape.role, &event, &mut self.world);
        }
        self.change(shape, &mut event);
        if let Some(plan) = plan {
            let closed = effects::apply(plan, &event, None, &mut self.world);
            self.closed = closed.map(|fd| (event.raw.tid, fd));
        }
        self.calm = self.pending.is_none() && self.closed.is_none() && !self.opening;
        self.summary.unpaired.count(event.pairing);
        self.visitor.event(&event, &mut self.world);
    }

    /// Removes the thread that ended with the event before.
    pub(super) fn bury(&mut self) {
        if let Some(tid) = self.pending.take() {
            self.world.threads.remove(tid, false);
        }
    }

    /// What the event before left to do with files, and what the lists did.
    fn settle(&mut self) {
        if !self.listed {
            self.listed = true;
            effects::finish_lists(&mut self.world);
        }
        if let Some((tid, fd)) = self.closed.take()
            && let Some(slot) = self.world.threads.find_or_add(tid)
        {
            self.world.files_mut(slot).remove(fd);
        }
    }

    /// Finds the thread and keeps its clock.
    fn clock(&mut self, shape: Shape, event: &mut Event<'_>) {
        let tid = event.raw.tid;
        event.slot = match shape.role {
            Role::Skipped | Role::Switch | Role::CloneExit => self.world.threads.find(tid),
            Role::Container => None,
            _ => self.world.threads.find_or_add(tid),
        };
        let Some(slot) = event.slot else {
            if event.is_exit() && shape.syscall {
                event.pairing = Pairing::NoEnter;
            }
            return;
        };
        let clock = self.world.threads.clock_mut(slot);
        match shape.role {
            Role::Skipped | Role::Container => {}
            Role::Switch => event.latency_ns = clock.latency_ns,
            _ if event.raw.is_untimed() => event.pairing = untimed(event.raw.code),
            _ => {
                event.since_exit_ns = clock.since_exit(event.raw.code, event.raw.ts_ns);
                (event.latency_ns, event.pairing) =
                    clock.tick(event.raw.code, event.raw.ts_ns, event.kind);
            }
        }
    }

    /// Lets the event change the tables.
    fn change(&mut self, shape: Shape, event: &mut Event<'_>) {
        let raw = &event.raw;
        let places = self.places.get(usize::from(raw.code)).copied().unwrap_or_default();
        match shape.role {
            Role::Container => {
                let json = raw.params().get(0).unwrap_or_default();
                match self.world.containers.describe(json) {
                    Ok((container, shown)) => {
                        self.world.threads.touch();
                        event.described = Some(container);
                        event.hidden |= !shown;
                    }
                    Err(_) => self.summary.bad_descriptions += 1,
                }
            }
            Role::CloneExit => {
                let clone =
                    CloneExit { tid: raw.tid, ts_ns: raw.ts_ns, params: raw.params(), places };
                self.world.threads.clone_exit(&clone, &mut self.world.containers);
                event.slot = self.world.threads.find(raw.tid);
                // an entry made anew by this very event has no clock yet
                if event.slot.is_none_or(|slot| self.world.threads.clock_mut(slot).enter_ns == 0) {
                    event.latency_ns = 0;
                    event.pairing = Pairing::NoEnter;
                }
            }
            Role::ExecExit => {
                if let Some(slot) = event.slot {
                    self.world.threads.exec_exit(
                        slot,
                        &raw.params(),
                        &places,
                        &mut self.world.containers,
                    );
                }
            }
            Role::ProcExit => self.pending = Some(raw.tid),
            _ => {}
        }
    }
}
