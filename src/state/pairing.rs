//! Latency by sysdig's rule, and what the rule gets wrong.
//!
//! An enter event stores its time; an exit's latency is its time minus the
//! thread's last enter, whatever call that was. So beside the latency every
//! exit knows whether that enter was its own and not used before.

use super::container::ContainerId;
use super::thread::Clock;
use crate::event::Kind;
use crate::format::scap::event::RawEvent;

/// Whether an exit belongs to the enter it was measured from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pairing {
    /// Not an exit of a call: an enter, a switch, a meta event.
    NoExit,
    /// The last enter of the thread was of the same call and not used before.
    Paired,
    /// The thread has had no enter yet: the capture began inside the call.
    NoEnter,
    /// Measured from another call's enter: the own one was lost.
    OtherEnter,
    /// A signal restarted the clock inside the call.
    Signal,
    /// The enter had its exit already.
    Doubled,
    /// The exit is stamped before its enter.
    Negative,
}

impl Pairing {
    /// Whether this is an exit without an enter of its own.
    #[inline]
    #[must_use]
    pub fn is_stray(self) -> bool {
        !matches!(self, Pairing::NoExit | Pairing::Paired)
    }
}

/// One event with all that its thread's past says about it.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// Number in the capture, from 1; hidden events count.
    pub num: u64,
    /// The event as it stands in the file.
    pub raw: RawEvent<'a>,
    /// What it is counted under.
    pub kind: Kind,
    /// `evt.latency` by sysdig's rule, ns.
    pub latency_ns: u64,
    /// Whether the latency is that of a call.
    pub pairing: Pairing,
    /// Of an enter event: time since the thread's last exit, ns, where that is
    /// the event before in its thread.
    pub since_exit_ns: Option<u64>,
    /// Slot of its thread.
    pub slot: Option<u32>,
    /// File descriptor it works on, where details are kept; may be negative.
    pub fd: Option<i64>,
    /// Container that a description is about.
    pub described: Option<ContainerId>,
    /// Never shown: container descriptions at the head of the file, and those
    /// of failed lookups.
    pub hidden: bool,
}

impl<'a> Event<'a> {
    /// One of which nothing is known but what stands in the file.
    #[inline]
    #[must_use]
    pub fn alone(num: u64, raw: RawEvent<'a>, kind: Kind) -> Event<'a> {
        Event {
            num,
            raw,
            kind,
            latency_ns: 0,
            pairing: Pairing::NoExit,
            since_exit_ns: None,
            slot: None,
            fd: None,
            described: None,
            hidden: false,
        }
    }

    /// Whether this is an exit event.
    #[inline]
    #[must_use]
    pub fn is_exit(&self) -> bool {
        self.raw.code & 1 == 1
    }
}

impl Clock {
    /// Time between the thread's last exit and an enter event at `ts_ns`: how
    /// long it was between calls.
    #[inline(always)]
    pub(super) fn since_exit(&self, code: u16, ts_ns: u64) -> Option<u64> {
        if self.open || self.enter_ns == 0 || code & 1 == 1 {
            return None;
        }
        ts_ns.checked_sub(self.enter_ns.wrapping_add(self.latency_ns))
    }

    /// An event of a call: its latency and pairing.
    #[inline]
    pub(crate) fn tick(&mut self, code: u16, ts_ns: u64, kind: Kind) -> (u64, Pairing) {
        if code & 1 == 0 {
            self.enter(ts_ns, kind);
            return (0, Pairing::NoExit);
        }
        let pairing = self.exit(ts_ns, kind);
        (self.latency_ns, pairing)
    }

    /// An enter event restarts the clock.
    #[inline(always)]
    pub(super) fn enter(&mut self, ts_ns: u64, kind: Kind) {
        self.enter_ns = ts_ns;
        self.latency_ns = 0;
        self.last = kind;
        self.open = true;
    }

    /// An exit event reads it.
    #[inline(always)]
    pub(super) fn exit(&mut self, ts_ns: u64, kind: Kind) -> Pairing {
        if self.enter_ns == 0 {
            return Pairing::NoEnter;
        }
        self.latency_ns = ts_ns.wrapping_sub(self.enter_ns);
        let open = std::mem::replace(&mut self.open, false);
        if self.last == kind && open && ts_ns >= self.enter_ns {
            return Pairing::Paired;
        }
        self.stray(open, kind)
    }

    /// What is wrong with an exit that is not paired.
    #[cold]
    fn stray(&self, open: bool, kind: Kind) -> Pairing {
        match (self.last == kind, open) {
            (true, true) => Pairing::Negative,
            (true, false) => Pairing::Doubled,
            (false, _) if self.last == Kind::SIGNAL => Pairing::Signal,
            (false, _) => Pairing::OtherEnter,
        }
    }
}
