//! What the scan of a segment leaves to the joiner: figures, the log of what
//! depends on the past, and where each run's clock stood when it ended.

use crate::event::Kind;
use crate::format::scap::block::EventLayout;
use crate::state::summary::UnpairedCounts;
use crate::state::thread::Clock;

/// Entries of a log at most, and bytes: a segment where many events depend on
/// the past is read faster the plain way, and in less memory.
const MOST_ENTRIES: usize = 16_384;
const MOST_BYTES: usize = 4 << 20;

/// An event that the joiner looks at itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Logged {
    pub layout: EventLayout,
    /// Where its body stands in the log's bytes.
    at: u32,
    length: u32,
    /// The run that begins with it, if one does: an index of `runs`.
    pub run: Option<u32>,
}

/// What a run left behind.
#[derive(Clone, Copy, Debug)]
pub(super) struct RunEnd {
    /// Whose figures its events are counted in: those of the first run of the
    /// same thread id, likely the same thread's.
    pub group: u32,
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

/// Events that depend on the past, with all that they say.
#[derive(Debug, Default)]
pub(super) struct Log {
    pub entries: Vec<Logged>,
    bytes: Vec<u8>,
}

impl Log {
    /// The body of an entry's block.
    pub(super) fn body(&self, entry: Logged) -> &[u8] {
        let at = entry.at as usize;
        self.bytes.get(at..at + entry.length as usize).unwrap_or_default()
    }

    /// Forgets all but the memory it has.
    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.bytes.clear();
    }

    /// False: it is full.
    pub(super) fn push(&mut self, body: &[u8], layout: EventLayout, run: Option<u32>) -> bool {
        let fits = self.entries.len() < MOST_ENTRIES && self.bytes.len() < MOST_BYTES;
        if fits {
            let (at, length) = (self.bytes.len() as u32, body.len() as u32);
            self.bytes.extend_from_slice(body);
            self.entries.push(Logged { layout, at, length, run });
        }
        fits
    }
}

/// What a scan found.
pub(super) struct Scan<P> {
    /// Offset at which the walk began; a block's border if the guess was right.
    pub start: u64,
    /// Where it ended: behind the segment's end, or where it could not go on.
    pub end: u64,
    pub part: P,
    pub log: Log,
    /// Every run, by number.
    pub runs: Vec<RunEnd>,
    /// Every group: its current run.
    pub groups: Vec<u32>,
    /// Events by type that are not in the log.
    pub seen: Vec<u64>,
    /// Events of unknown types.
    pub unknown: u64,
    pub event_blocks: [u64; EventLayout::COUNT],
    pub unpaired: UnpairedCounts,
    pub times: Times,
    /// The log or the part holds as much as it may.
    pub is_full: bool,
    /// There were events behind the last of the log, if that ended a thread.
    pub outlived: bool,
}

impl Times {
    #[inline(always)]
    pub(super) fn note(&mut self, ts_ns: u64) {
        if ts_ns < self.last_ns {
            self.backwards += 1;
        } else {
            self.last_ns = ts_ns;
        }
    }
}
