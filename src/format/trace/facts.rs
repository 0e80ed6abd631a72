//! What is known of a trace as a whole: what each line was, so that none is
//! lost silently, and what its times and tables are worth.

use std::collections::BTreeMap;

use super::clock::TraceClock;
use super::life::Life;
use super::line::{Notice, Refusal};
use super::recognise::TraceFormat;

/// How many lines were what. All together are the lines of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineCounts {
    /// Lines in all.
    pub lines: u64,
    /// Whole calls.
    pub calls: u64,
    /// Begins of calls that other lines interrupt, and lines that are
    /// continued in the next.
    pub begun: u64,
    /// Ends of such calls.
    pub resumed: u64,
    /// Signals and stops.
    pub signals: u64,
    /// Lines about the trace, by kind.
    pub notices: BTreeMap<Notice, u64>,
    /// Lines that were not understood.
    pub refused: u64,
}

impl LineCounts {
    /// Lines of calls.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.calls.saturating_add(self.begun).saturating_add(self.resumed)
    }

    /// Lines about the trace.
    #[must_use]
    pub fn noticed(&self) -> u64 {
        self.notices.values().sum()
    }
}

/// A line that was not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Why.
    pub why: Refusal,
    /// Which file of the capture, from 0.
    pub file: usize,
    /// Its number, from 1.
    pub line: u64,
    /// Its begin.
    pub text: String,
}

/// A difference between a listing and the table behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// Name of the call.
    pub name: String,
    /// Calls and errors of the listing.
    pub listed: (u64, u64),
    /// Calls and errors of the table.
    pub table: (u64, u64),
}

/// What is known of a trace.
#[derive(Clone, Debug)]
pub struct TraceFacts {
    /// Who wrote it.
    pub format: TraceFormat,
    /// What its times are.
    pub clock: TraceClock,
    /// Lines.
    pub lines: LineCounts,
    /// Lines that were not understood, by reason.
    pub refused: BTreeMap<Refusal, u64>,
    /// The first of them.
    pub first_refused: Vec<Refused>,
    /// Calls with a result.
    pub returned: u64,
    /// Those of them that tell how long they took.
    pub timed: u64,
    /// Those of them whose time is a difference of time stamps.
    pub gaps: u64,
    /// Calls that never returned (`= ?`).
    pub never_returned: u64,
    /// Calls that were begun and whose end is not there.
    pub unended: u64,
    /// Names that the tables do not know; all are counted as one.
    pub unknown_names: BTreeMap<String, u64>,
    /// Rows of tables of totals.
    pub table_rows: u64,
    /// Whether the tables are all there is: then they were counted.
    pub table_only: bool,
    /// Where a listing and its table differ.
    pub disagreements: Vec<Disagreement>,
    /// Time stamp of the first begin of a call, ns.
    pub first_ns: Option<u64>,
    /// Whether it holds the whole life of a command.
    pub life: Life,
}

/// Names kept apart; noise must not fill the memory with them.
const NAMES: usize = 100;
/// Lines shown of those that were not understood.
const SHOWN: usize = 3;
/// Bytes of such a line.
const SHOWN_BYTES: usize = 120;

impl TraceFacts {
    /// Of a text of which nothing was read yet.
    #[must_use]
    pub fn new(format: TraceFormat) -> TraceFacts {
        TraceFacts {
            format,
            clock: TraceClock::None,
            lines: LineCounts::default(),
            refused: BTreeMap::new(),
            first_refused: Vec::new(),
            returned: 0,
            timed: 0,
            gaps: 0,
            never_returned: 0,
            unended: 0,
            unknown_names: BTreeMap::new(),
            table_rows: 0,
            table_only: false,
            disagreements: Vec::new(),
            first_ns: None,
            life: Life::default(),
        }
    }

    /// Notes a line about the trace.
    pub(super) fn notice(&mut self, notice: Notice) {
        let count = self.lines.notices.entry(notice).or_default();
        *count = count.saturating_add(1);
    }

    /// Notes a line that was not understood.
    pub(super) fn refuse(&mut self, why: Refusal, file: usize, line: u64, text: &[u8]) {
        self.lines.refused = self.lines.refused.saturating_add(1);
        let count = self.refused.entry(why).or_default();
        *count = count.saturating_add(1);
        if self.first_refused.len() < SHOWN {
            let shown = text.get(..text.len().min(SHOWN_BYTES)).unwrap_or_default();
            let text = String::from_utf8_lossy(shown).into_owned();
            self.first_refused.push(Refused { why, file, line, text });
        }
    }

    /// Notes a name that no table has.
    pub(super) fn unknown(&mut self, name: &[u8]) {
        let name = String::from_utf8_lossy(name.get(..name.len().min(64)).unwrap_or_default());
        let full = self.unknown_names.len() >= NAMES && !self.unknown_names.contains_key(&*name);
        let name = if full { "others".into() } else { name.into_owned() };
        let count = self.unknown_names.entry(name).or_default();
        *count = count.saturating_add(1);
    }

    /// Why this is no trace, if more than half of its lines are none of one.
    #[must_use]
    pub fn refusal(&self) -> Option<String> {
        let telling = self.lines.lines.saturating_sub(self.empty());
        if self.lines.refused.saturating_mul(2) <= telling {
            return None;
        }
        let most = self.refused.iter().max_by_key(|(_, count)| **count);
        let reason = most.map_or("", |(why, _)| why.meaning());
        let first = self.first_refused.first();
        let example = first.map_or(String::new(), |first| {
            format!(", the first in line {}: {}", first.line, first.text)
        });
        Some(format!(
            "no text of {}: {} of {telling} lines are none of its lines, most of them {reason}{example}; \
             write the trace to a file of its own (-o FILE)",
            self.format.name(),
            self.lines.refused,
        ))
    }

    fn empty(&self) -> u64 {
        self.lines.notices.get(&Notice::Empty).copied().unwrap_or(0)
    }

    /// Whether any call tells how long it took.
    #[must_use]
    pub fn has_latency(&self) -> bool {
        self.timed > 0 || self.returned == 0
    }

    /// Whether the time between the first and the last event is known.
    #[must_use]
    pub fn has_span(&self) -> bool {
        self.clock != TraceClock::None
    }
}
