//! The walk over a segment that leaves out what is not looked at. Where details of
//! threads are kept, every event must pass one driver, because any may ask what all
//! before it did; but most change nothing except the clock of their thread and the
//! call it is in, and a question is about few kinds of calls. Of those that nobody
//! looks at, the driver needs no more than the last enter and exit of each thread
//! before the next event of that thread that it does see: these are passed on
//! silently, all others are counted here and left out.

use super::found::Times;
use super::runs::{FRESH, Runs, VACANT};
use crate::event::{KINDS, Kind, Role};
use crate::format::scap::block::{EventLayout, usual_event};
use crate::format::scap::event::RawEvent;
use crate::state::effects::Plan;
use crate::state::family::Places;
use crate::state::pairing::Pairing;
use crate::state::shapes::{SHAPES, Shape, Way, shapes};
use crate::state::summary::UnpairedCounts;
use crate::state::visitor::Visitor;

/// What is done with events of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// Seen by the driver; it changes the clock of its thread.
    Seen,
    /// Seen by the driver; the clock is left alone.
    SeenTimeless,
    /// Seen by the driver, and may make its thread another.
    Turning,
    /// Left out.
    LeftOut,
    /// The same; which call it is stands in its parameters.
    LeftOutIfKind,
    /// Left out; has nothing to do with any clock.
    Dropped,
    /// Left out but for the last one of a thread.
    LastOnly,
}

/// What a sieve must know and does not change.
pub(super) struct Mesh {
    fates: [Fate; SHAPES],
    /// Enter events that may be taken together with their exits.
    whole: [bool; SHAPES],
    /// Kinds whose enters and exits are looked at.
    wanted: Vec<[bool; 2]>,
    shapes: [Shape; SHAPES],
    places: Vec<Places>,
}

impl Mesh {
    /// For a visitor that looks at some kinds of events; `None`: so many that nothing
    /// is won.
    pub(super) fn of<V: Visitor>(visitor: &V, plans: &[Plan]) -> Option<Mesh> {
        let shapes = shapes();
        let kind = |index: usize| Kind(u16::try_from(index).unwrap_or(u16::MAX));
        let wanted: Vec<[bool; 2]> = (0..KINDS)
            .map(|index| [false, true].map(|exit| visitor.wants(kind(index), exit)))
            .collect();
        let mut fates = [Fate::Turning; SHAPES];
        let mut left_out = false;
        for ((code, fate), plan) in (0u16..).zip(&mut fates).zip(plans) {
            let shape = &shapes[usize::from(code)];
            let is_wanted = visitor.wants(Kind::of_code(code), code & 1 == 1);
            *fate = match shape.way {
                Way::Clock if plan.is_light() && !is_wanted => Fate::LeftOut,
                Way::Generic if plan.is_light() => Fate::LeftOutIfKind,
                Way::Clock | Way::Generic => Fate::Seen,
                Way::Skip if !is_wanted && plan.is_light() => Fate::Dropped,
                Way::Skip if !is_wanted && plan.is_overwritten() => Fate::LastOnly,
                Way::Skip | Way::Switch => Fate::SeenTimeless,
                Way::Long => Fate::Turning,
            };
            left_out |= *fate == Fate::LeftOut;
        }
        let whole = |code: usize| match (fates.get(code..code + 2), plans.get(code..code + 2)) {
            (Some([Fate::Seen | Fate::LeftOut, Fate::Seen]), Some([enter, exit])) => {
                let is_call = shapes[code].way == Way::Clock && shapes[code + 1].way == Way::Clock;
                let kind = Kind::of_code(code as u16);
                let is_wanted = wanted.get(kind.index()).is_none_or(|wanted| wanted[0]);
                is_call && code & 1 == 0 && !is_wanted && enter.is_one_with(*exit)
            }
            _ => false,
        };
        let whole = std::array::from_fn(whole);
        left_out.then(|| Mesh { fates, whole, wanted, shapes, places: Places::table() })
    }
}

/// An event for the driver.
#[derive(Clone, Copy, Debug)]
pub(super) struct Passed {
    /// Bytes of its block's body, and how that is laid out.
    pub length: u32,
    pub layout: EventLayout,
    /// Events left out since the one before that is seen.
    pub left_out: u32,
    pub how: How,
}

/// How the driver is to take an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// As any other.
    Alone,
    /// It enters a call, and the next event is its exit: both in one step.
    WithNext,
    /// The same, and it was counted here.
    CountedWithNext,
    /// It was counted here, and only changes clock and call.
    Silently,
}

/// Memory of a segment that was gone through.
pub(super) type Room = (Vec<u8>, Vec<Passed>);

/// What is left of a segment.
#[derive(Debug)]
pub(super) struct Sifted {
    /// Offset at which the walk began; a block's border if the guess was right.
    pub start: u64,
    /// Where it ended: behind the segment's end, or where it could not go on.
    pub end: u64,
    /// The bodies of what is passed, one behind the other: who reads them finds them
    /// in one piece.
    pub bodies: Vec<u8>,
    pub passed: Vec<Passed>,
    /// Events left out behind the last one that is seen.
    pub left_out: u32,
    /// Events by type that were left out.
    pub seen: Vec<u64>,
    pub event_blocks: [u64; EventLayout::COUNT],
    pub unpaired: UnpairedCounts,
    /// Of all events.
    pub times: Times,
}

/// The last events of a thread that were left out, by where they begin.
#[derive(Clone, Copy, Debug, Default)]
struct Held {
    enter: Option<u32>,
    exit: Option<u32>,
    last: Option<u32>,
}

/// A walk over one segment.
pub(super) struct Sieve<'m> {
    mesh: &'m Mesh,
    runs: &'m mut Runs,
    bytes: &'m [u8],
    /// By the row of a thread's clock.
    held: Vec<Held>,
    /// A call that the last event passed entered: how many were passed then, and thread
    /// and type of the exit.
    entered: Option<(usize, i64, u16)>,
    sifted: Sifted,
}

impl<'m> Sieve<'m> {
    /// Begins at the offset `start`, over `bytes`; `room` is memory to use.
    pub(super) fn new(
        start: u64,
        mesh: &'m Mesh,
        runs: &'m mut Runs,
        bytes: &'m [u8],
        room: Room,
    ) -> Self {
        runs.clear();
        let sifted = Sifted {
            start,
            end: start,
            bodies: room.0,
            passed: room.1,
            left_out: 0,
            seen: vec![0; SHAPES],
            event_blocks: [0; EventLayout::COUNT],
            unpaired: UnpairedCounts::default(),
            times: Times::default(),
        };
        Sieve { mesh, runs, bytes, held: Vec::new(), entered: None, sifted }
    }

    /// Walks over the blocks from `from` on, until one begins at or behind `to`, is
    /// incomplete, or is anything but a sound event.
    pub(super) fn walk(mut self, from: usize, to: usize) -> Sifted {
        let mut at = from;
        while at < to {
            let rest = self.bytes.get(at..).unwrap_or_default();
            let place = at as u32;
            let (layout, length) = match RawEvent::usual(rest) {
                Some((raw, length)) if self.take(raw, place) => (EventLayout::USUAL, length),
                Some(_) => break,
                None => match self.take_older(rest, place) {
                    Some(found) => found,
                    None => break,
                },
            };
            self.sifted.event_blocks[layout.index()] += 1;
            at += length;
        }
        for row in 0..self.held.len() {
            self.let_go(row);
        }
        self.sifted.end += (at - from) as u64;
        self.sifted
    }

    #[inline(never)]
    fn take_older(&mut self, rest: &[u8], at: u32) -> Option<(EventLayout, usize)> {
        let (layout, body, length) = usual_event(rest)?;
        let raw = RawEvent::parse(body, layout)?;
        self.take(raw, at).then_some((layout, length))
    }

    /// One event; false: the walk must end before it.
    #[inline(always)]
    fn take(&mut self, raw: RawEvent<'_>, at: u32) -> bool {
        let fate = self.mesh.fates.get(usize::from(raw.code)).copied().unwrap_or(Fate::Turning);
        let kind = match fate {
            Fate::LeftOut => Kind::of_code(raw.code),
            Fate::LeftOutIfKind => Kind::of_syscall(raw.syscall_id().unwrap_or(0)),
            _ => return self.take_other(&raw, fate, at),
        };
        let exit = raw.code & 1 == 1;
        let clock = self.runs.clock(raw.tid);
        let unsettled = clock.last == Kind::NONE || raw.tid == VACANT;
        let wanted = fate == Fate::LeftOutIfKind
            && self.mesh.wanted.get(kind.index()).is_none_or(|two| two[usize::from(exit)]);
        if unsettled || wanted {
            return self.pass_ticking(&raw, kind);
        }
        let row = clock.row as usize;
        if exit {
            let pairing = clock.exit(raw.ts_ns, kind);
            if pairing != Pairing::Paired {
                self.sifted.unpaired.count(pairing);
            }
            self.held[row].exit = Some(at);
        } else {
            clock.enter(raw.ts_ns, kind);
            let held = &mut self.held[row];
            (held.enter, held.exit) = (Some(at), None);
        }
        self.leave_out(&raw);
        true
    }

    #[inline(never)]
    fn take_other(&mut self, raw: &RawEvent<'_>, fate: Fate, at: u32) -> bool {
        match fate {
            Fate::Dropped => self.leave_out(raw),
            _ if raw.tid == VACANT => return false,
            Fate::LastOnly => {
                let row = self.row(raw.tid);
                self.held[row].last = Some(at);
                self.leave_out(raw);
            }
            Fate::Turning => self.pass_turning(raw),
            Fate::SeenTimeless => {
                let row = self.row(raw.tid);
                self.let_go(row);
                self.push(raw);
                self.note(raw);
            }
            Fate::Seen | Fate::LeftOut | Fate::LeftOutIfKind => {
                let kind = match self.mesh.shapes[usize::from(raw.code)].way {
                    Way::Generic => Kind::of_syscall(raw.syscall_id().unwrap_or(0)),
                    _ => Kind::of_code(raw.code),
                };
                return self.pass_ticking(raw, kind);
            }
        }
        true
    }

    #[inline(always)]
    fn leave_out(&mut self, raw: &RawEvent<'_>) {
        self.sifted.seen[usize::from(raw.code) % SHAPES] += 1;
        self.sifted.left_out += 1;
        self.note(raw);
    }

    #[inline(always)]
    fn note(&mut self, raw: &RawEvent<'_>) {
        let times = &mut self.sifted.times;
        times.first_ns.get_or_insert(raw.ts_ns);
        times.events += 1;
        times.note(raw.ts_ns);
    }

    /// The row of a thread, which may have none yet.
    fn row(&mut self, tid: i64) -> usize {
        let row = self.runs.clock(tid).row;
        if row != FRESH {
            return row as usize;
        }
        let row = self.runs.group_before(tid).unwrap_or_else(|| {
            self.held.push(Held::default());
            (self.held.len() - 1) as u32
        });
        self.runs.clock(tid).row = row;
        row as usize
    }

    /// What was held back of a thread goes to the driver now.
    fn let_go(&mut self, row: usize) {
        let held = std::mem::take(&mut self.held[row]);
        for at in [held.enter, held.exit, held.last].into_iter().flatten() {
            self.push_silently(at);
        }
    }

    /// What was held back of a thread's call goes to the driver now, unless an enter
    /// event makes a new call of it.
    fn let_call_go(&mut self, row: usize, enters: bool) {
        let held = &mut self.held[row];
        for at in [held.enter.take(), held.exit.take()].into_iter().flatten() {
            if !enters {
                self.push_silently(at);
            }
        }
    }

    fn push_silently(&mut self, at: u32) {
        let block = self.bytes.get(at as usize..).unwrap_or_default();
        let Some((layout, body, _)) = usual_event(block) else { return };
        self.sifted.bodies.extend_from_slice(body);
        let length = body.len() as u32;
        self.sifted.passed.push(Passed { length, layout, left_out: 0, how: How::Silently });
        if let Some(raw) = RawEvent::parse(body, layout) {
            self.begins(&raw);
        }
    }

    fn push(&mut self, raw: &RawEvent<'_>) {
        let left_out = std::mem::take(&mut self.sifted.left_out);
        self.sifted.bodies.extend_from_slice(raw.body);
        let (length, layout) = (raw.body.len() as u32, raw.layout);
        self.sifted.passed.push(Passed { length, layout, left_out, how: How::Alone });
    }

    /// The same of an event of a call. Where it is the exit of the event before, the two
    /// belong together, unless one of them has no time.
    fn push_ticking(&mut self, raw: &RawEvent<'_>) {
        if self.entered == Some((self.sifted.passed.len(), raw.tid, raw.code))
            && !raw.is_untimed()
            && let Some(enter) = self.sifted.passed.last_mut()
        {
            enter.how = match enter.how {
                How::Silently => How::CountedWithNext,
                _ => How::WithNext,
            };
        }
        self.push(raw);
        self.begins(raw);
    }

    /// The event passed last may begin a call that is taken in one step.
    fn begins(&mut self, raw: &RawEvent<'_>) {
        let begins = self.mesh.whole[usize::from(raw.code) % SHAPES] && !raw.is_untimed();
        self.entered = begins.then_some((self.sifted.passed.len(), raw.tid, raw.code + 1));
    }

    /// An event of a call that is seen.
    #[inline(never)]
    fn pass_ticking(&mut self, raw: &RawEvent<'_>, kind: Kind) -> bool {
        if raw.tid == VACANT {
            return false;
        }
        let row = self.row(raw.tid);
        self.let_call_go(row, raw.code & 1 == 0);
        self.push_ticking(raw);
        self.note(raw);
        let clock = self.runs.clock(raw.tid);
        if raw.code & 1 == 0 {
            clock.enter(raw.ts_ns, kind);
        } else if clock.last != Kind::NONE {
            clock.exit(raw.ts_ns, kind);
        }
        true
    }

    /// An event that may start its thread, or others, anew.
    fn pass_turning(&mut self, raw: &RawEvent<'_>) {
        let code = usize::from(raw.code);
        let role = self.mesh.shapes.get(code).map_or(Role::Unnumbered, |shape| shape.role);
        if role == Role::Unnumbered {
            return self.push(raw); // has no number and no time
        }
        let mut tids = [raw.tid; 5];
        if role == Role::CloneExit {
            let places = self.mesh.places.get(code).copied().unwrap_or_default();
            tids[1..].copy_from_slice(&places.related(&raw.params()));
        }
        let mut tids: Vec<i64> = tids.into_iter().filter(|tid| *tid != VACANT).collect();
        tids.dedup();
        for tid in &tids {
            let row = self.row(*tid);
            self.let_go(row);
        }
        self.push(raw);
        if role != Role::Container {
            self.note(raw);
        }
        for tid in tids {
            self.runs.end(tid);
        }
    }
}
