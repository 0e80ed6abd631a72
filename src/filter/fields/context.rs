//! The event being looked at, with all that is known around it, and what the
//! reader of the answer asked for.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::event::{EventType, event_type};
use crate::filter::args::{Arguments, Buffer, FdText, Options, Surroundings};
use crate::state::{Call, Container, Details, Event, Fd, Identity, Role, World};

/// How `evt.outputtime` is written; the letters are those of sysdig's `-t`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum TimeStyle {
    /// `h`: time of the day.
    #[default]
    Human,
    /// `a`: seconds since the epoch.
    Absolute,
    /// `r`: since the first event.
    Relative,
    /// `d`: latency.
    Latency,
    /// `D`: since the event before.
    Delta,
}

/// What holds for all events of an answer.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// How `evt.outputtime` is written.
    pub time: TimeStyle,
    /// How data is written.
    pub buffer: Buffer,
    /// Offset of the local time, seconds.
    pub offset_s: i64,
    /// Bytes of data written at most.
    pub snaplen: Option<usize>,
}

/// Time of the event before, for `evt.deltatime`; one for each filter and
/// each line format.
#[derive(Debug, Default)]
pub struct Previous {
    num: AtomicU64,
    ts_ns: AtomicU64,
    delta_ns: AtomicU64,
}

impl Previous {
    /// Time since the event for which this was asked before, ns; 0 at first.
    pub fn delta(&self, num: u64, ts_ns: u64) -> u64 {
        if self.num.load(Relaxed) != num {
            let first = self.num.load(Relaxed) == 0;
            let delta = if first { 0 } else { ts_ns.wrapping_sub(self.ts_ns.load(Relaxed)) };
            self.delta_ns.store(delta, Relaxed);
            self.num.store(num, Relaxed);
            self.ts_ns.store(ts_ns, Relaxed);
        }
        self.delta_ns.load(Relaxed)
    }
}

/// An event and what is around it.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The event.
    pub event: &'a Event<'a>,
    /// The state tables, after the event changed them.
    pub world: &'a World,
    /// What was asked for.
    pub settings: &'a Settings,
    /// For `evt.deltatime`.
    pub previous: &'a Previous,
}

impl<'a> Context<'a> {
    /// The event's type.
    #[must_use]
    pub fn kind(&self) -> Option<&'static EventType> {
        event_type(self.event.raw.code)
    }

    /// The identity of its thread.
    #[must_use]
    pub fn identity(&self) -> Option<&'a Identity> {
        self.event.slot.map(|slot| &self.world.threads.get(slot).identity)
    }

    /// Everything else about its thread.
    #[must_use]
    pub fn details(&self) -> Option<&'a Details> {
        self.event.slot.map(|slot| self.world.details(slot))
    }

    /// Slot of its main thread.
    #[must_use]
    pub fn main(&self) -> Option<u32> {
        self.event.slot.map(|slot| self.world.main_slot(slot))
    }

    /// The call that the thread is in.
    #[must_use]
    pub fn call(&self) -> Option<&'a Call> {
        self.details().map(|details| &details.call)
    }

    /// The open file that the event is about, if its type is about one.
    #[must_use]
    pub fn file(&self) -> Option<&'a Fd> {
        self.about_file().then_some(())?;
        self.world.file(self.event.slot?, self.call()?.fd)
    }

    /// Whether the event's type is about a file, and there is a thread.
    #[must_use]
    pub fn about_file(&self) -> bool {
        let flags = self.kind().map(|kind| kind.flags);
        let about = flags.is_some_and(|f| f.creates_fd || f.uses_fd || f.destroys_fd);
        about && self.event.slot.is_some()
    }

    /// The open file of a call as far as its own enter event told it: what
    /// tells reading of a file from reading of a socket.
    #[must_use]
    pub fn own_file(&self) -> Option<&'a Fd> {
        self.world.file(self.event.slot?, self.event.fd?)
    }

    /// The container that the event is in, or describes.
    #[must_use]
    pub fn container(&self) -> Option<&'a Container> {
        let own = self.identity().map(|identity| identity.container);
        own.or(self.event.described).map(|id| self.world.containers.get(id))
    }

    /// The result of an exit: its parameter `res`, or `fd` of a call that
    /// makes one.
    #[must_use]
    pub fn result(&self) -> Option<i64> {
        if let Some(result) = self.event.raw.traced_result() {
            return Some(result);
        }
        let kind = self.kind()?;
        let at = kind.result_at?;
        // the shorter way to most of them
        let is_first = at == 0 && !kind.flags.large_payload;
        let first = if is_first { self.event.raw.result() } else { None };
        first.or_else(|| self.event.raw.params().signed(at))
    }

    /// The event's arguments.
    #[must_use]
    pub fn arguments(&self) -> Option<Arguments<'a, Context<'_>>> {
        let event = self.kind()?;
        let Settings { buffer, snaplen, .. } = *self.settings;
        let options = Options { buffer, snaplen, newer: !event.known_to_0_29_3 };
        let (raw, around) = (&self.event.raw, self);
        let traced = raw.layout.is_traced();
        Some(Arguments { event, params: raw.params(), around, options, traced })
    }
}

impl Surroundings for Context<'_> {
    fn has_thread(&self) -> bool {
        self.event.slot.is_some()
    }

    fn fd(&self, number: i64) -> Option<FdText<'_>> {
        let fd = self.world.file(self.event.slot?, number)?;
        let l4 = match fd.protocol() {
            Some(protocol) if fd.role != Role::None || fd.kind.is_server() => protocol.character(),
            Some(protocol) if protocol == crate::state::L4::Raw => protocol.character(),
            _ => None,
        };
        Some(FdText { kind: fd.kind.character(), l4, name: &fd.name })
    }

    fn comm(&self, tid: i64) -> Option<&[u8]> {
        let slot = self.world.threads.find(tid)?;
        Some(self.world.threads.get(slot).identity.comm.as_bytes())
    }

    fn user(&self, uid: u32) -> Option<&[u8]> {
        self.world.host.user(uid).map(|user| user.name.as_slice())
    }

    fn group(&self, gid: u32) -> Option<&[u8]> {
        self.world.host.group(gid)
    }

    fn cwd(&self) -> &[u8] {
        self.event.slot.map_or(b"./", |slot| self.world.cwd(slot))
    }
}
