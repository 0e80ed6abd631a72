//! Lines of a stretch of text, read in parallel: the stretch is cut at ends of
//! lines, each segment is read by itself, and the segments follow each other in
//! the order of the text, so the answer is the same for any number of them.
//!
//! What strace says of threads may stand in the middle of another line when
//! both go to the same place, and that line goes on in the next one:
//!
//! ```text
//! clone(child_stack=NULL, flags=SIGCHLDstrace: Process 31575 attached
//! , child_tidptr=0x7fc1a60f5a10) = 31575
//! ```
//!
//! Such lines are put together again, and segments do not end inside them.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use super::super::strace;
use super::line::{Line, Refusal, Time, What};
use super::recognise::TraceFormat;

/// Bytes of a segment, about.
pub const SEGMENT: usize = 256 << 10;

/// The lines of one segment.
#[derive(Debug, Default)]
pub struct Segment<'a> {
    /// One for each line of the text.
    pub lines: Vec<Line<'a>>,
    /// Lines that were put together; see [`What::Joined`].
    pub joined: Vec<Vec<u8>>,
}

/// Reads whole lines, in segments of about `segment` bytes, and gives the
/// segments to `each` in their order, until it says false. This thread begins
/// at the front and others at the back, and what they have read waits.
pub fn read(
    format: TraceFormat,
    text: &[u8],
    segment: usize,
    mut each: impl FnMut(&Segment<'_>) -> bool,
) {
    let parts = cut(format, text, segment);
    if let [one] = parts.as_slice() {
        each(&read_segment(format, one));
        return;
    }
    let slots: Vec<Slot<'_>> = parts.iter().map(|_| Slot::default()).collect();
    rayon::in_place_scope(|scope| {
        for (part, slot) in parts.iter().zip(&slots).rev() {
            scope.spawn(move |_| {
                if slot.take() {
                    let _ = slot.segment.set(read_segment(format, part));
                }
            });
        }
        for (part, slot) in parts.iter().zip(&slots) {
            let go_on =
                if slot.take() { each(&read_segment(format, part)) } else { each(slot.wait()) };
            if !go_on {
                break;
            }
        }
        for slot in &slots {
            slot.take(); // nobody reads what nobody wants
        }
    });
}

/// One segment, read by whoever takes it first.
#[derive(Default)]
struct Slot<'a> {
    taken: AtomicBool,
    segment: OnceLock<Segment<'a>>,
}

impl<'a> Slot<'a> {
    /// Whether it is the caller's to read.
    fn take(&self) -> bool {
        !self.taken.swap(true, Ordering::Relaxed)
    }

    /// Waits for who took it: not longer than a segment takes to read.
    fn wait(&self) -> &Segment<'a> {
        loop {
            if let Some(segment) = self.segment.get() {
                return segment;
            }
            std::thread::yield_now();
        }
    }
}

/// Cuts a text where lines end.
fn cut(format: TraceFormat, text: &[u8], segment: usize) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    let mut rest = text;
    while rest.len() > segment {
        let Some(end) = border(format, rest, segment) else {
            break;
        };
        let (part, behind) = rest.split_at(end);
        parts.push(part);
        rest = behind;
    }
    parts.push(rest);
    parts
}

/// The first place from `from` on where a line ends that the next does not
/// continue.
fn border(format: TraceFormat, text: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        let end = memchr::memchr(b'\n', text.get(at..)?)?.checked_add(at)?;
        if !continues(format, line_before(text, end)) {
            return end.checked_add(1);
        }
        at = end.checked_add(1)?;
    }
}

/// The end of the last line that the next does not continue.
#[must_use]
pub fn last_end(format: TraceFormat, text: &[u8]) -> Option<usize> {
    let mut end = memchr::memrchr(b'\n', text)?;
    while continues(format, line_before(text, end)) {
        end = memchr::memrchr(b'\n', text.get(..end)?)?;
    }
    end.checked_add(1)
}

fn line_before(text: &[u8], end: usize) -> &[u8] {
    let before = text.get(..end).unwrap_or_default();
    let start = memchr::memrchr(b'\n', before).map_or(0, |at| at.saturating_add(1));
    before.get(start..).unwrap_or_default()
}

/// Whether the next line continues this one.
fn continues(format: TraceFormat, line: &[u8]) -> bool {
    format == TraceFormat::Strace && begun(line).is_some()
}

/// The begin of a line in which a message was written.
fn begun(line: &[u8]) -> Option<&[u8]> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    line.ends_with(b"ched").then(|| strace::interrupted(line)).flatten()
}

fn read_segment(format: TraceFormat, text: &[u8]) -> Segment<'_> {
    let mut segment = Segment::default();
    if text.is_empty() {
        return segment;
    }
    segment.lines.reserve(text.len() / 80);
    let (text, cut_off) = match text.strip_suffix(b"\n") {
        Some(text) => (text, false),
        None => (text, true),
    };
    let mut open: Option<Vec<u8>> = None;
    let mut start = 0usize;
    let ends = memchr::memchr_iter(b'\n', text).chain(std::iter::once(text.len()));
    for end in ends {
        let line = text.get(start..end).unwrap_or_default();
        start = end.saturating_add(1);
        if open.is_none() && !continues(format, line) {
            segment.lines.push(format.parse(line));
            continue;
        }
        segment.broken(format, line, &mut open);
    }
    if open.is_some() {
        segment.give_up();
    }
    if let Some(last) = segment.lines.last_mut().filter(|_| cut_off) {
        *last = last.cut_off();
    }
    segment
}

impl<'a> Segment<'a> {
    /// A line that is broken off, or continues one that was.
    #[cold]
    fn broken(&mut self, format: TraceFormat, line: &'a [u8], open: &mut Option<Vec<u8>>) {
        let own = format.parse(line);
        let fresh =
            own.head.tid.is_some() || own.head.time != Time::None || own.head.since_ns.is_some();
        if let Some(mut whole) = open.take_if(|_| !fresh) {
            match begun(line) {
                Some(more) => {
                    whole.extend_from_slice(more);
                    *open = Some(whole);
                    self.push(What::Fragment);
                }
                None => {
                    whole.extend_from_slice(line);
                    self.push(What::Joined(self.joined.len()));
                    self.joined.push(whole);
                }
            }
            return;
        }
        if open.take().is_some() {
            self.give_up();
        }
        match begun(line).filter(|_| format == TraceFormat::Strace) {
            Some(head) => {
                *open = Some(head.to_vec());
                self.push(What::Fragment);
            }
            None => self.lines.push(own),
        }
    }

    fn push(&mut self, what: What<'a>) {
        self.lines.push(Line { head: super::line::Head::default(), what });
    }

    /// The line before is not continued after all.
    fn give_up(&mut self) {
        if let Some(last) = self.lines.last_mut() {
            *last = Line::other(b"", Refusal::NoResult);
        }
    }
}
