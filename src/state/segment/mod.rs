//! A capture read in segments, side by side, with the answer of one walk from
//! its first byte to its last.
//!
//! sysdig's rule makes a latency a property of the thread's whole past, and a
//! segment does not know the past. But it needs to know little of it. Within a
//! segment the events of a thread id fall into *runs*: one begins where the
//! segment does, and one behind every event that may start that thread over or
//! make it another (clone, fork, vfork and clone3 exits, for all thread ids
//! they name; execve exits; procexit). From its first enter event on, a run's
//! latencies are settled by the run itself. That enter, exits before it, the
//! first of other events before it, and the events that end runs depend on the
//! past: they are *logged*.
//!
//! ```text
//! scan   (any thread)   segment -> figures by run, log, last clock of each run
//! join   (in order)     replays the log with the full rules and true tables;
//!                       a run's figures get their owner at its first enter,
//!                       and its last clock is what the next run starts from
//! ```
//!
//! Nothing that is joined later reads what a run does in between: that is why
//! the answer is the same, to the last byte, however a capture is cut. A cut
//! is a guess (see `resync`): the walk over the segment before must arrive
//! exactly there, else the segment is scanned again from where it did. What a
//! scan does not understand (any block but a sound event) ends it; the reader
//! takes that place, and scanning goes on behind it.

mod join;
mod runs;
mod scan;
mod scanner;
mod workers;

use super::capture::Visitor;
use super::pairing::Event;
use super::world::World;
use crate::event::Kind;

pub use workers::{Cuts, read_in_segments};

/// What counts the events of one segment: figures by run, merged later.
pub trait Part: Clone + Send + Sync {
    /// An event of run number `run`, whose latency is settled, unless it is a
    /// switch at the begin of a run. The world is an empty one: what there is to
    /// know of threads is not known yet. True: it was counted.
    fn event(&mut self, run: u32, event: &Event<'_>, nothing: &mut World) -> bool;
    /// Whether it is enough to know how many enter events of calls there were
    /// (but for generic calls), and events that touch no thread; these are then
    /// given to [`Self::add_bulk`] at the end.
    fn takes_bulk(&self) -> bool;
    /// So many events of a kind: enters of a call, or events that are no call's.
    fn add_bulk(&mut self, kind: Kind, count: u64);
    /// Whether an event's latency decides if it is counted.
    fn reads_latency(&self) -> bool;
    /// Whether it holds as much as one segment's figures may take.
    fn is_full(&self) -> bool;
}

/// Whose a run is.
#[derive(Clone, Copy, Debug)]
pub struct Owner {
    /// Number of the run.
    pub run: u32,
    /// Its thread, if there is an entry for it.
    pub slot: Option<u32>,
}

/// A [`Visitor`] that need not see all events one after the other.
pub trait Tally: Visitor {
    /// What it counts a segment with.
    type Part: Part;
    /// An empty part; `None` as long as every event must be seen in its order.
    fn part(&self) -> Option<Self::Part>;
    /// Takes the figures of one run.
    fn add_run(&mut self, part: &mut Self::Part, owner: Owner, world: &mut World);
    /// Takes the figures that are kept for all runs together.
    fn add_part(&mut self, part: &mut Self::Part);
    /// The latency of `owner`'s switches, of kind `kind`, that were counted
    /// without: `ns` in all.
    fn add_repeated(&mut self, kind: Kind, ns: u128, owner: Owner, world: &mut World);
}
