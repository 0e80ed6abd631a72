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
//! Runs of one thread id are counted together, as long as they prove to be of
//! one owner: threads seldom change their container or name. Where they do not,
//! the segment is scanned once more, each run by itself.
//!
//! Nothing that is joined later reads what a run does in between: that is why
//! the answer is the same, to the last byte, however a capture is cut. A cut
//! is a guess (see `resync`): the walk over the segment before must arrive
//! exactly there, else the segment is scanned again from where it did. What a
//! scan does not understand (any block but a sound event) ends it; the reader
//! takes that place, and scanning goes on behind it.

mod found;
mod join;
mod runs;
mod scan;
mod scanner;
mod sieve;
mod sifting;
mod workers;

use super::pairing::Event;
use super::visitor::Visitor;
use super::world::World;
use crate::event::Kind;

pub(super) use sifting::sift;
pub use workers::{Cuts, read_in_segments};

/// What counts the events of one segment: figures by group of runs, merged
/// later. A group holds the runs of one thread id.
pub trait Part: Clone + Send + Sync {
    /// An event of group number `group`, whose latency is settled, unless it is a
    /// switch at the begin of a run. The world is an empty one: what there is to
    /// know of threads is not known yet. True: it was counted.
    fn event(&mut self, group: u32, event: &Event<'_>, nothing: &mut World) -> bool;
    /// Whether groups are kept apart; else one row holds all figures.
    fn is_apart(&self) -> bool;
    /// Whether it is enough to know how many enter events of calls there were
    /// (but for generic calls), and events that touch no thread; these are then
    /// given to [`Self::add_bulk`] at the end.
    fn takes_bulk(&self) -> bool;
    /// So many events of a kind: enters of a call, or events that are no call's.
    fn add_bulk(&mut self, kind: Kind, count: u64);
    /// Whether an event's latency decides if it is counted.
    fn reads_latency(&self) -> bool;
}

/// A [`Visitor`] that need not see all events one after the other.
pub trait Tally: Visitor {
    /// What it counts a segment with.
    type Part: Part;
    /// An empty part; `None` as long as every event must be seen in its order.
    fn part(&self) -> Option<Self::Part>;
    /// The row of the thread in `slot`, or of events without one. A row that is
    /// asked for here need not get any figures.
    fn row_of(&mut self, slot: Option<u32>, world: &mut World) -> u32;
    /// Takes the figures of one group into a row.
    fn add_row(&mut self, part: &mut Self::Part, group: u32, row: u32);
    /// Takes what a part keeps for all groups together.
    fn add_part(&mut self, part: &mut Self::Part);
    /// The latency of switches of kind `kind` that were counted without: `ns` in
    /// all.
    fn add_repeated(&mut self, kind: Kind, ns: u128, row: u32);
}
