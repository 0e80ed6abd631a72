//! The report of a comparison for people who were not there: one page as a picture,
//! or as HTML that can be looked into. What it says is put together here once
//! (`contents`); how it is laid out is the business of [`super::plot::page`] and of
//! `html`.

mod contents;
mod course;
mod html;
mod markdown;
mod objects;

pub use contents::{contents, shown_calls};
pub use html::html;
pub use markdown::markdown;
pub use objects::Objects;

use crate::chisel::SlowCall;
use crate::compare::change::Changes;
use crate::compare::{SpectrogramSide, Surroundings};

/// Calls whose spectrograms are shown.
pub const MOST_CALLS: usize = 3;
/// Slow calls that are kept of each call and side, beside an example of each latency,
/// and objects that are.
pub const KEPT: usize = 200;

/// One of the captures.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// What it is called.
    pub label: String,
    /// Its files as they were named.
    pub path: String,
    /// Bytes of them.
    pub bytes: u64,
    /// SHA-256 of them; empty: they were not files.
    pub sha256: String,
}

/// One of the two sides.
#[derive(Clone, Debug, Default)]
pub struct SideFacts {
    /// Machines that were captured.
    pub hosts: Vec<String>,
    /// Containers whose calls were counted.
    pub containers: Vec<String>,
    /// Its runs, in order.
    pub runs: Vec<RunFacts>,
}

/// One run.
#[derive(Clone, Debug, Default)]
pub struct RunFacts {
    /// Command line that lists its events, up to a filter; empty: there is none.
    pub command: String,
    /// From the capture's first event to the first that was counted, ns.
    pub offset_ns: u64,
}

/// A call and where it was made.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Run it is of, by its number on its side.
    pub run: usize,
    /// The call.
    pub call: SlowCall,
}

/// What was seen of one call on both sides.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The call.
    pub event: String,
    /// Which of the sides could be read again: base, new.
    pub is_read: [bool; 2],
    /// Their spectrograms.
    pub sides: Vec<SpectrogramSide>,
    /// The slowest calls of base and new, and examples of all latencies.
    pub kept: [Vec<Kept>; 2],
    /// What the call worked on.
    pub objects: Option<Objects>,
    /// Times at which events were dropped, after the first event, of base and new.
    pub drops: [Vec<u64>; 2],
}

impl Seen {
    /// Nothing seen yet.
    #[must_use]
    pub fn of(event: &str) -> Seen {
        Seen {
            event: event.to_owned(),
            is_read: [false; 2],
            sides: Vec::new(),
            kept: [const { Vec::new() }; 2],
            objects: None,
            drops: [const { Vec::new() }; 2],
        }
    }

    /// The sides that were read, by number.
    pub(super) fn read(&self) -> impl Iterator<Item = usize> + '_ {
        (0..2).filter(|side| self.is_read[*side])
    }
}

/// All that a report is made of.
#[derive(Clone, Debug)]
pub struct Review<'a> {
    /// What changed.
    pub changes: &'a Changes,
    /// What is around it.
    pub around: &'a Surroundings,
    /// The calls that are shown.
    pub seen: Vec<Seen>,
    /// Base and new.
    pub sides: [SideFacts; 2],
    /// The captures.
    pub inputs: Vec<Input>,
    /// In place of the usual title.
    pub title: Option<String>,
    /// What a reader wrote, line by line.
    pub note: Vec<String>,
    /// What the figures are restricted to and divided by, in words.
    pub restricted: Vec<String>,
    /// The command line that made it.
    pub command: String,
    /// When it was made, if that is to be told.
    pub stamp: Option<String>,
    /// All figures, to be kept in the file.
    pub data: Option<serde_json::Value>,
}
