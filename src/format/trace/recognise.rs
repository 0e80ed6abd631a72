//! Which tracer wrote a text, by its content: each format answers yes, no, or
//! that it needs more bytes.

use super::super::{perf_trace, strace};
use super::line::{Line, Notice, What};
use super::table::{TableReader, Taken};

/// The tracers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TraceFormat {
    /// strace
    Strace,
    /// perf trace
    PerfTrace,
}

impl TraceFormat {
    /// All of them.
    pub const ALL: [TraceFormat; 2] = [TraceFormat::Strace, TraceFormat::PerfTrace];

    /// Its name for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            TraceFormat::Strace => "strace",
            TraceFormat::PerfTrace => "perf trace",
        }
    }

    /// Reads one line, without its end (of which a carriage return may be left).
    #[inline]
    #[must_use]
    pub fn parse(self, line: &[u8]) -> Line<'_> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match self {
            TraceFormat::Strace => strace::parse(line),
            TraceFormat::PerfTrace => perf_trace::parse(line),
        }
    }
}

/// What a format says of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// They are mine.
    Yes(TraceFormat),
    /// They are nobody's. If some lines look like a tracer's: whose, how many,
    /// and how many there are.
    No(Option<(TraceFormat, u64, u64)>),
    /// More bytes are needed.
    NeedMore,
}

/// Bytes that are looked at.
const LOOKED_AT: usize = 256 << 10;
/// Lines that are looked at.
const LINES: usize = 400;

/// Whose text `bytes` begin; `at_end`: there are no more.
#[must_use]
pub fn recognise(bytes: &[u8], at_end: bool) -> Answer {
    let looked_at = bytes.get(..bytes.len().min(LOOKED_AT)).unwrap_or(bytes);
    let enough = at_end || looked_at.len() == LOOKED_AT;
    if looked_at.get(..looked_at.len().min(512)).is_some_and(|head| head.contains(&0)) {
        return Answer::No(None);
    }
    let whole = match memchr::memrchr(b'\n', looked_at) {
        Some(end) if !at_end => looked_at.get(..end).unwrap_or_default(),
        None if !enough => return Answer::NeedMore,
        _ => looked_at,
    };
    let counts = TraceFormat::ALL.map(|format| (format, count(format, whole)));
    let best =
        counts.iter().max_by_key(|(format, (mine, _))| (*mine, *format == TraceFormat::Strace));
    match best {
        Some((format, (mine, lines))) if *mine > 0 && mine.saturating_mul(2) >= *lines => {
            Answer::Yes(*format)
        }
        _ if !enough && whole.split(|byte| *byte == b'\n').count() < LINES => Answer::NeedMore,
        Some((format, (mine, lines))) if *mine > 0 => Answer::No(Some((*format, *mine, *lines))),
        _ => Answer::No(None),
    }
}

/// Lines that are a format's, and all that are not empty.
fn count(format: TraceFormat, text: &[u8]) -> (u64, u64) {
    let (mut mine, mut lines) = (0u64, 0u64);
    let mut table = TableReader::default();
    for line in text.split(|byte| *byte == b'\n').take(LINES) {
        let what = format.parse(line).what;
        let known = match what {
            // nothing that only a tracer prints
            What::Notice(Notice::Empty | Notice::OtherEvent | Notice::Stack) => continue,
            What::Other(line, why) => !matches!(table.take(format, line, why), Taken::No(_)),
            _ => true,
        };
        lines = lines.saturating_add(1);
        mine = mine.saturating_add(u64::from(known));
    }
    (mine, lines)
}
