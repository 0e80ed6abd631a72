//! The walk over one file's blocks: events and metadata go to a [`Sink`],
//! what cannot be read is noted and passed over.

use super::block::{BlockKind, EventLayout, Framed, MAX_BLOCK, NoBlock, frame, usual_event};
use super::event::RawEvent;
use super::loss::{Loss, LossKind, Losses};
use super::reject::{NotACapture, check_start};
use super::resync::{Chain, known_type, search};
use crate::source::{Progress, Watch, Window};

/// What a reader gives its blocks to.
pub trait Sink {
    /// An event.
    fn event(&mut self, event: RawEvent<'_>);
    /// Any other block: its kind and body. An error says what is wrong with it.
    ///
    /// # Errors
    /// A sentence for the list of losses.
    fn block(&mut self, kind: BlockKind, body: &[u8]) -> Result<(), String>;
    /// Bytes were lost here: nothing before belongs to anything behind.
    fn gap(&mut self);
    /// Nothing more is wanted.
    fn done(&self) -> bool {
        false
    }
}

/// How a stretch of walking ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The bytes at hand are used up but for an incomplete block.
    NeedMore,
    /// No block begins at the current place.
    Bad(NoBlock),
}

/// Reads one file.
pub struct Reader<'p> {
    window: Window,
    watch: Option<&'p Watch<'p>>,
    counts: Counts,
}

/// What was read and what was not.
#[derive(Default)]
struct Counts {
    /// Event blocks by layout; see [`EventLayout::index`].
    event_blocks: [u64; EventLayout::COUNT],
    losses: Losses,
}

impl Counts {
    /// Counts an event block and gives its event to the sink; false: the event
    /// does not fit its block, nothing was done.
    #[inline(always)]
    fn take<S: Sink>(&mut self, layout: EventLayout, body: &[u8], sink: &mut S) -> bool {
        let Some(event) = RawEvent::parse(body, layout) else {
            return false;
        };
        if let Some(count) = self.event_blocks.get_mut(layout.index()) {
            *count = count.wrapping_add(1);
        }
        sink.event(event);
        true
    }

    /// The block at the start of `rest`, whatever it is: its length.
    #[cold]
    #[inline(never)]
    fn take_any<S: Sink>(&mut self, rest: &[u8], offset: u64, sink: &mut S) -> Result<usize, Step> {
        let block = match frame(rest) {
            Ok(block) => block,
            Err(NoBlock::Incomplete(_)) => return Err(Step::NeedMore),
            Err(why) => return Err(Step::Bad(why)),
        };
        if !block.trailer_ok && !known_type(rest.get(block.length..).unwrap_or_default()) {
            return Err(Step::Bad(NoBlock::BadTrailer));
        }
        if let Some(loss) = self.deliver(&block, sink) {
            self.losses.add(Loss { offset, ..loss });
        }
        Ok(block.length)
    }

    /// Gives one block to the sink; a loss (without its offset) when it is bad.
    fn deliver<S: Sink>(&mut self, block: &Framed<'_>, sink: &mut S) -> Option<Loss> {
        let lost = |kind, detail: String| {
            let bytes = u64::try_from(block.length).unwrap_or(0);
            let bytes = if kind == LossKind::Trailer { 0 } else { bytes };
            Some(Loss { kind, file: 0, offset: 0, bytes, detail })
        };
        let BlockKind::Event(layout) = block.kind else {
            return match sink.block(block.kind, block.body) {
                Ok(()) => None,
                Err(detail) => lost(LossKind::BadList, format!("{}: {detail}", block.kind.name())),
            };
        };
        if !self.take(layout, block.body, sink) {
            return lost(LossKind::BadEvent, "the event's length does not fit its block".into());
        }
        if block.trailer_ok {
            return None;
        }
        let detail = "the closing length of an event block differs from its first";
        lost(LossKind::Trailer, detail.into())
    }
}

/// Bytes walked between two notes of progress.
pub const STRETCH: usize = 512 << 10;

impl<'p> Reader<'p> {
    /// Starts reading; `watch` is told the offset now and then, and may end it.
    ///
    /// # Errors
    /// [`NotACapture`] when the bytes do not begin a capture, with what the
    /// source had to say of their end.
    pub fn new(
        mut window: Window,
        watch: Option<&'p Watch<'p>>,
    ) -> Result<Self, (NotACapture, Option<String>)> {
        while window.bytes().len() < 64 && window.fill() {}
        let at_end = window.bytes().len() < 64 || window.at_end();
        check_start(window.bytes(), at_end).map_err(|what| (what, window.problem()))?;
        Ok(Reader { window, watch, counts: Counts::default() })
    }

    /// Reads ahead from now on, for who reads from front to back alone.
    pub fn read_ahead(&mut self) {
        self.window.read_ahead();
    }

    /// The bytes being read.
    #[must_use]
    pub fn window(&self) -> &Window {
        &self.window
    }

    /// What could not be read.
    #[must_use]
    pub fn losses(&self) -> &Losses {
        &self.counts.losses
    }

    /// Event blocks read so far, by the name of their layout.
    pub fn event_blocks(&self) -> impl Iterator<Item = (String, u64)> + '_ {
        let layouts = EventLayout::all().into_iter().zip(self.counts.event_blocks);
        layouts
            .filter(|(_, count)| *count > 0)
            .map(|(layout, count)| (BlockKind::Event(layout).name(), count))
    }

    /// Reads all blocks.
    pub fn run<S: Sink>(&mut self, sink: &mut S) {
        self.run_to(sink, u64::MAX);
    }

    /// Reads up to the first block's border at or behind the offset `target`;
    /// false: the end was reached before, or reading is to end.
    pub fn run_to<S: Sink>(&mut self, sink: &mut S, target: u64) -> bool {
        while self.window.offset() < target {
            let stretch = target.saturating_sub(self.window.offset());
            let stretch = usize::try_from(stretch).unwrap_or(usize::MAX).min(STRETCH);
            let (used, step) = self.walk(sink, stretch);
            self.window.consume(used);
            if sink.done() || self.is_interrupted() {
                return false;
            }
            match step {
                None => {}
                Some(Step::NeedMore) => {
                    let over = !self.window.fill() && self.finish(sink);
                    if over {
                        self.close();
                        return false;
                    }
                }
                Some(Step::Bad(why)) => self.skip(sink, why),
            }
        }
        true
    }

    /// Passes over `bytes` whose blocks, all of them sound events, somebody else
    /// has looked at and counted by layout.
    pub fn passed(&mut self, bytes: u64, event_blocks: &[u64; EventLayout::COUNT]) {
        self.window.skip(bytes);
        for (count, more) in self.counts.event_blocks.iter_mut().zip(event_blocks) {
            *count = count.wrapping_add(*more);
        }
    }

    /// Tells the watch how far reading has come; true: it wants reading to end
    /// here, which is noted.
    pub fn is_interrupted(&mut self) -> bool {
        let offset = self.window.offset();
        let events = self.counts.event_blocks.iter().sum();
        let now = Progress { bytes: offset, stored: self.window.taken(), events };
        let interrupted = self.watch.is_some_and(|watch| watch.reached(now));
        if interrupted {
            self.counts.losses.add(Loss {
                kind: LossKind::Interrupted,
                file: 0,
                offset,
                bytes: 0,
                detail: "reading was interrupted here".to_owned(),
            });
        }
        interrupted
    }

    /// Walks `stretch` bytes or a little more; `None`: that many were walked.
    fn walk<S: Sink>(&mut self, sink: &mut S, stretch: usize) -> (usize, Option<Step>) {
        let bytes = self.window.bytes();
        let mut at: usize = 0;
        while at < stretch {
            let rest = bytes.get(at..).unwrap_or_default();
            let length = match usual_event(rest) {
                Some((layout, body, length)) if self.counts.take(layout, body, sink) => length,
                _ => {
                    let offset = self.window.offset().saturating_add(at as u64);
                    match self.counts.take_any(rest, offset, sink) {
                        Ok(length) => length,
                        Err(step) => return (at, Some(step)),
                    }
                }
            };
            at = at.saturating_add(length);
        }
        (at, None)
    }

    /// The stream has ended: true when nothing is left, else what is left is
    /// either the begin of a block that was cut off or a block whose length
    /// is wrong, with good ones behind it.
    fn finish<S: Sink>(&mut self, sink: &mut S) -> bool {
        let left = self.window.bytes();
        if left.is_empty() {
            return true;
        }
        let (at, found) = search(left, 1, true);
        if found == Chain::Yes {
            self.pass_over(at, sink, "a block length runs beyond the end of the file");
            return false;
        }
        let (have, need) = match frame(left) {
            Err(NoBlock::Incomplete(need)) => (left.len(), need),
            _ => (left.len(), 0),
        };
        let offset = self.window.offset();
        self.counts.losses.add(Loss {
            kind: LossKind::CutOff,
            file: 0,
            offset,
            bytes: u64::try_from(have).unwrap_or(0),
            detail: format!("a block of {need} bytes was expected, {have} are there"),
        });
        self.window.consume(have);
        true
    }

    /// Goes to the next place where blocks chain.
    fn skip<S: Sink>(&mut self, sink: &mut S, why: NoBlock) {
        let start = self.window.offset();
        let mut from = 1;
        loop {
            let at_end = self.window.at_end();
            let (at, found) = search(self.window.bytes(), from, at_end);
            match found {
                Chain::Yes => {
                    let detail = describe(why);
                    self.note_gap(start, at, &detail);
                    self.window.consume(at);
                    sink.gap();
                    return;
                }
                Chain::No => {
                    let all = self.window.bytes().len();
                    self.note_gap(start, all, &describe(why));
                    self.window.consume(all);
                    sink.gap();
                    return;
                }
                Chain::NeedMore => {
                    let too_much = at > usize::try_from(MAX_BLOCK).unwrap_or(usize::MAX);
                    if too_much {
                        self.note_gap(start, at, &describe(why));
                        self.window.consume(at);
                        sink.gap();
                        from = 0;
                    } else {
                        from = at;
                    }
                    if !self.window.fill() && !self.window.at_end() {
                        return;
                    }
                }
            }
        }
    }

    fn pass_over<S: Sink>(&mut self, bytes: usize, sink: &mut S, detail: &str) {
        self.note_gap(self.window.offset(), bytes, detail);
        self.window.consume(bytes);
        sink.gap();
    }

    fn note_gap(&mut self, offset: u64, bytes: usize, detail: &str) {
        let bytes = u64::try_from(bytes).unwrap_or(0);
        let end = self.window.offset().saturating_add(bytes);
        self.counts.losses.add(Loss {
            kind: LossKind::Gap,
            file: 0,
            offset,
            bytes: end.saturating_sub(offset),
            detail: detail.to_owned(),
        });
    }

    /// Notes what the source itself could not deliver.
    fn close(&mut self) {
        let offset = self.window.offset();
        if let Some(detail) = self.window.problem() {
            self.counts.losses.add(Loss {
                kind: LossKind::Stream,
                file: 0,
                offset,
                bytes: 0,
                detail,
            });
        }
        let tail = self.window.ignored_tail();
        if tail > 0 {
            let detail = format!("{tail} bytes after the last gzip member begin no new one");
            self.counts.losses.add(Loss {
                kind: LossKind::IgnoredTail,
                file: 0,
                offset,
                bytes: tail,
                detail,
            });
        }
    }
}

fn describe(why: NoBlock) -> String {
    match why {
        NoBlock::Incomplete(need) => format!("a block of {need} bytes is not complete"),
        NoBlock::BadLength(length) => format!("a block length of {length} cannot be right"),
        NoBlock::BadTrailer => "the closing length of a block differs from its first".into(),
    }
}
