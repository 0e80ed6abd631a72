//! Reads the files of a trace from the first line to the last, a stretch at a
//! time, so that memory does not follow the length of the files.

use super::batch::{SEGMENT, last_end, read};
use super::facts::TraceFacts;
use super::line::{Line, Refusal, What};
use super::recognise::{Answer, TraceFormat, recognise};
use super::set::{Merge, thread_of_name};
use super::sink::TraceSink;
use super::stage::{Place, Stage};
use crate::format::scap::loss::{Loss, LossKind, Losses};
use crate::source::{Progress, Watch, Window};

/// Bytes of a stretch.
const STRETCH: usize = 4 << 20;
/// Bytes of a line at most.
const LONGEST: usize = 16 << 20;

/// Reads one trace.
pub struct TraceReader<'p> {
    files: Vec<Window>,
    format: TraceFormat,
    gaps: bool,
    segment: usize,
    watch: Option<&'p Watch<'p>>,
    losses: Losses,
}

/// Looks whether a file is the text of a tracer.
///
/// # Errors
/// Why it is none, if it looks like one.
pub fn open(window: &mut Window) -> Result<Option<TraceFormat>, String> {
    loop {
        let at_end = window.at_end();
        match recognise(window.bytes(), at_end) {
            Answer::Yes(format) => return Ok(Some(format)),
            Answer::No(None) => return Ok(None),
            Answer::No(Some((format, mine, lines))) => {
                // a capture may hold a line that looks like one
                if window.bytes().get(..512.min(window.bytes().len())).is_some_and(is_binary) {
                    return Ok(None);
                }
                return Err(format!(
                    "some lines look like {}'s, but only {mine} of the first {lines}; write the \
                     trace to a file of its own: {} -o FILE",
                    format.name(),
                    format.name()
                ));
            }
            Answer::NeedMore if !window.fill() && !window.at_end() => return Ok(None),
            Answer::NeedMore => {}
        }
    }
}

fn is_binary(head: &[u8]) -> bool {
    head.iter().any(|byte| matches!(byte, 0..=8 | 14..=26 | 28..=31))
}

/// Reads text that is in memory, in segments of about `segment` bytes.
pub fn read_text<S: TraceSink>(
    format: TraceFormat,
    text: &[u8],
    segment: usize,
    gaps: bool,
    sink: &mut S,
) -> TraceFacts {
    let mut stage = Stage::new(format, gaps);
    let mut place = Place::default();
    read(format, text, segment.max(1), |segment| {
        place.clock.begin(segment.lines.iter().map(|line| line.head.time));
        for line in &segment.lines {
            take(&mut stage, line, &segment.joined, &mut place, sink);
        }
        true
    });
    stage.finish(&mut place, sink);
    stage.facts
}

impl<'p> TraceReader<'p> {
    /// Of files that are known to be text of `format`; `gaps`: where no line
    /// tells how long a call took, the time to the thread's next line does.
    #[must_use]
    pub fn new(files: Vec<Window>, format: TraceFormat, watch: Option<&'p Watch<'p>>) -> Self {
        let losses = Losses::default();
        TraceReader { files, format, gaps: false, segment: SEGMENT, watch, losses }
    }

    /// Whether to take the time to a thread's next line for a latency.
    #[must_use]
    pub fn with_gaps(self, gaps: bool) -> Self {
        TraceReader { gaps, ..self }
    }

    /// Bytes that are read at once by one thread; for tests.
    #[must_use]
    pub fn with_segment(self, bytes: usize) -> Self {
        TraceReader { segment: bytes.max(1), ..self }
    }

    /// The files.
    #[must_use]
    pub fn files(&self) -> &[Window] {
        &self.files
    }

    /// What could not be read of their bytes.
    #[must_use]
    pub fn losses(&self) -> &Losses {
        &self.losses
    }

    /// Reads all lines.
    pub fn run<S: TraceSink>(&mut self, sink: &mut S) -> TraceFacts {
        let mut stage = Stage::new(self.format, self.gaps);
        let mut place = Place::default();
        if self.is_set() {
            self.merge(&mut stage, &mut place, sink);
        } else {
            for number in 0..self.files.len() {
                let before = place.clock;
                place = Place::new(number, None);
                place.clock.follow(before);
                if !self.one(number, &mut stage, &mut place, sink) {
                    break;
                }
            }
        }
        stage.finish(&mut place, sink);
        stage.facts
    }

    /// Whether the files are those of `-ff`, one a thread.
    fn is_set(&self) -> bool {
        self.format == TraceFormat::Strace
            && self.files.len() > 1
            && self.files.iter().all(|file| own_thread(file).is_some())
    }

    /// Reads one file; false: reading is to end.
    fn one<S: TraceSink>(
        &mut self,
        number: usize,
        stage: &mut Stage,
        place: &mut Place,
        sink: &mut S,
    ) -> bool {
        let format = self.format;
        let Some(window) = self.files.get_mut(number) else {
            return false;
        };
        loop {
            while window.bytes().len() < STRETCH && window.fill() {}
            let at_hand = window.bytes();
            let stretch = at_hand.get(..at_hand.len().min(STRETCH)).unwrap_or_default();
            let more = at_hand.get(..at_hand.len().min(LONGEST)).unwrap_or_default();
            let end = match last_end(format, stretch).or_else(|| last_end(format, more)) {
                Some(end) => end,
                None if at_hand.len() > LONGEST => {
                    pass_long_line(window, stage, place);
                    continue;
                }
                None if window.fill() => continue,
                None => window.bytes().len(),
            };
            if end == 0 {
                break;
            }
            let text = window.bytes().get(..end).unwrap_or_default();
            read(format, text, self.segment, |segment| {
                place.clock.begin(segment.lines.iter().map(|line| line.head.time));
                for line in &segment.lines {
                    take(stage, line, &segment.joined, place, sink);
                }
                !sink.done()
            });
            if sink.done() {
                return false;
            }
            window.consume(end);
            if let Some(watch) = self.watch
                && watch.reached(Progress {
                    bytes: window.offset(),
                    stored: window.taken(),
                    events: stage.facts.lines.events(),
                })
            {
                let detail = "reading was interrupted here".to_owned();
                let offset = window.offset();
                let kind = LossKind::Interrupted;
                self.losses.add(Loss { kind, file: number, offset, bytes: 0, detail });
                return false;
            }
        }
        self.close(number);
        true
    }

    /// Notes what the source itself could not deliver.
    fn close(&mut self, number: usize) {
        let Some(window) = self.files.get(number) else {
            return;
        };
        let (file, offset) = (number, window.offset());
        if let Some(detail) = window.problem() {
            self.losses.add(Loss { kind: LossKind::Stream, file, offset, bytes: 0, detail });
        }
        let bytes = window.ignored_tail();
        if bytes > 0 {
            let detail = format!("{bytes} bytes after the last gzip member begin no new one");
            self.losses.add(Loss { kind: LossKind::IgnoredTail, file, offset, bytes, detail });
        }
    }

    /// Reads the files of `-ff` by time.
    fn merge<S: TraceSink>(&mut self, stage: &mut Stage, place: &mut Place, sink: &mut S) {
        let tids = self.files.iter().map(own_thread).collect();
        let mut merge = Merge::new(&mut self.files, tids);
        let mut lines = 0u64;
        while merge.next(stage, sink) {
            lines = lines.saturating_add(1);
            if lines.is_multiple_of(1 << 14)
                && self.watch.is_some_and(|watch| {
                    let (bytes, events) = (merge.consumed(), stage.facts.lines.events());
                    watch.reached(Progress { bytes, stored: bytes, events })
                })
            {
                let detail = "reading was interrupted here".to_owned();
                let kind = LossKind::Interrupted;
                self.losses.add(Loss { kind, file: 0, offset: 0, bytes: 0, detail });
                break;
            }
            if sink.done() {
                break;
            }
        }
        *place = merge.into_place();
        for number in 0..self.files.len() {
            self.close(number);
        }
    }
}

/// The thread that a file's name ends in, as `-ff` names files.
fn own_thread(file: &Window) -> Option<u32> {
    thread_of_name(file.name())
}

/// Gives a line to the stage; one that was put together is read first.
pub(super) fn take<S: TraceSink>(
    stage: &mut Stage,
    line: &Line<'_>,
    joined: &[Vec<u8>],
    place: &mut Place,
    sink: &mut S,
) {
    match line.what {
        What::Joined(number) => {
            let whole = joined.get(number).map_or(&b""[..], Vec::as_slice);
            stage.take(&TraceFormat::Strace.parse(whole), place, sink);
        }
        _ => stage.take(line, place, sink),
    }
}

/// Passes over a line that is longer than any may be.
fn pass_long_line(window: &mut Window, stage: &mut Stage, place: &mut Place) {
    let head = window.bytes().get(..200.min(window.bytes().len())).unwrap_or_default().to_vec();
    loop {
        if let Some(end) = memchr::memchr(b'\n', window.bytes()) {
            window.consume(end.saturating_add(1));
            break;
        }
        window.consume(window.bytes().len());
        if !window.fill() {
            break;
        }
    }
    stage.refuse_line(Refusal::TooLong, &head, place);
}
