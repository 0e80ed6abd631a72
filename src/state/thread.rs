//! One thread: its clock, which every event touches, and its identity, which
//! few events change.

use std::sync::Arc;

use super::container::{ContainerId, HOST};
use crate::event::Kind;

/// `PPM_CL_*` flags that matter here.
pub(crate) mod flags {
    pub const FILES: u32 = 1;
    pub const THREAD: u32 = 1 << 13;
    pub const INVERTED: u32 = 1 << 16;
    pub const CHILD_IN_PIDNS: u32 = 1 << 29;
    pub const IS_MAIN_THREAD: u32 = 1 << 30;
    /// Known from the text of a tracer, which may tell no more than a number.
    pub const TRACED: u32 = 1 << 31;
}

/// The latency state of a thread (sysdig's rule): an exit is measured from
/// the last enter, whatever that was. Every event touches it, so clocks stand
/// apart from the rest of a thread, close together.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// Time of the last enter event, ns since the epoch; 0: none yet.
    pub enter_ns: u64,
    /// Latency of the last exit, ns; 0 after an enter.
    pub latency_ns: u64,
    /// Row of cells that this thread's events are counted in; set by the
    /// visitor, cleared to `u32::MAX` when the identity changes.
    pub row: u32,
    /// What the last enter was.
    pub last: Kind,
    /// Whether that enter has not met its exit yet.
    pub open: bool,
}

impl Clock {
    /// Of a thread that starts anew.
    pub const NEW: Clock =
        Clock { enter_ns: 0, latency_ns: 0, row: u32::MAX, last: Kind::NONE, open: false };
}

/// What is known of a thread but its clock.
#[derive(Clone, Debug)]
pub struct Thread {
    /// Thread id.
    pub tid: i64,
    /// Who it is.
    pub identity: Identity,
}

/// Who a thread is.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Process id: the tid of its main thread.
    pub pid: i64,
    /// Parent's thread id.
    pub ptid: i64,
    /// Command name; `<NA>` for a thread known only from its events.
    pub comm: Arc<str>,
    /// User id; `u32::MAX` when unknown.
    pub uid: u32,
    /// `PPM_CL_*` flags.
    pub flags: u32,
    /// Id in its own pid namespace; -1 when unknown.
    pub vtid: i64,
    /// Container, by its cgroups.
    pub container: ContainerId,
    /// Time of the clone that made it, ns since the epoch; 0: not seen.
    pub clone_ns: u64,
    /// Threads that count on this main thread's entry.
    pub children: u64,
}

impl Identity {
    /// A thread of which only the id is known.
    #[must_use]
    pub fn placeholder(tid: i64) -> Self {
        Identity {
            pid: tid,
            ptid: -1,
            comm: Arc::from("<NA>"),
            uid: u32::MAX,
            flags: 0,
            vtid: -1,
            container: HOST,
            clone_ns: 0,
            children: 0,
        }
    }

    /// Whether this is still a placeholder.
    #[must_use]
    pub fn is_placeholder(&self) -> bool {
        self.uid == u32::MAX && &*self.comm == "<NA>" && self.flags & flags::TRACED == 0
    }
}
