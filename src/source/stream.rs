//! Decodes in a thread of its own, so that decoding and parsing overlap. A few
//! large buffers go round between the two sides; memory does not depend on the
//! length of the stream.

use std::io;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;

use super::inflate::{Decoder, Step};

/// Decoded bytes per segment.
pub(super) const SEGMENT: usize = 4 * 1024 * 1024;
/// Bytes kept free in front of a segment for what the parser left over.
pub(super) const HEADROOM: usize = 256 * 1024;
/// Segments waiting between the two sides.
const IN_FLIGHT: usize = 2;
/// Buffers in all: those waiting, one being filled, one being parsed.
const BUFFERS: usize = IN_FLIGHT + 2;

/// A buffer of `HEADROOM + SEGMENT` bytes; the first `len` after the headroom
/// are decoded.
struct Segment {
    buffer: Vec<u8>,
    len: usize,
    /// Raw bytes read so far.
    taken: u64,
}

/// How a stream ended.
#[derive(Debug, Default)]
pub(super) struct Ending {
    /// Why it ended early, if it did.
    pub(super) problem: Option<String>,
    /// Bytes behind the last member or frame that begin no new one.
    pub(super) ignored_tail: u64,
    /// Raw bytes read in all.
    pub(super) input_bytes: u64,
}

enum Message {
    Segment(Segment),
    End(Ending),
}

/// The parser's side of a stream.
pub(super) struct Stream {
    messages: Receiver<Message>,
    empties: Sender<Vec<u8>>,
    current: Vec<u8>,
    /// True if `current` grew beyond a segment and must not be recycled.
    grown: bool,
    start: usize,
    end: usize,
    /// Raw bytes that were read for the segments so far.
    taken: u64,
    ending: Option<Ending>,
}

impl Stream {
    /// Starts the thread. It ends by itself when the `Stream` is dropped (at
    /// its next segment; nobody waits for it, since it may hang in a read).
    pub(super) fn start(decoder: Decoder) -> io::Result<Self> {
        let (send_message, messages) = sync_channel(IN_FLIGHT);
        let (empties, take_empty) = channel();
        thread::Builder::new()
            .name("decode".to_owned())
            .spawn(move || produce(decoder, &send_message, &take_empty))?;
        Ok(Self {
            messages,
            empties,
            current: Vec::new(),
            grown: true,
            start: 0,
            end: 0,
            taken: 0,
            ending: None,
        })
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.current.get(self.start..self.end).unwrap_or_default()
    }

    /// Drops `n` bytes off the front; `n` is at most `bytes().len()`.
    pub(super) fn consume(&mut self, n: usize) {
        self.start = self.start.saturating_add(n).min(self.end);
    }

    /// Raw bytes that were read for what came so far.
    pub(super) fn taken(&self) -> u64 {
        self.taken
    }

    /// How the stream ended, if it did.
    pub(super) fn ending(&self) -> Option<&Ending> {
        self.ending.as_ref()
    }

    /// Waits for the next segment; false at the end of the stream.
    pub(super) fn fill(&mut self) -> bool {
        if self.ending.is_some() {
            return false;
        }
        match self.messages.recv() {
            Ok(Message::Segment(segment)) => {
                self.attach(segment);
                true
            }
            Ok(Message::End(ending)) => {
                self.ending = Some(ending);
                false
            }
            Err(_) => {
                self.ending = Some(Ending {
                    problem: Some("the decoder stopped unexpectedly".to_owned()),
                    ..Ending::default()
                });
                false
            }
        }
    }

    /// Puts a segment behind the bytes that are not consumed yet.
    fn attach(&mut self, segment: Segment) {
        let Segment { mut buffer, len, taken } = segment;
        self.taken = taken;
        let left = self.end.saturating_sub(self.start);
        let head = HEADROOM.saturating_sub(left);
        if left <= HEADROOM
            && let Some(to) = buffer.get_mut(head..HEADROOM)
        {
            to.copy_from_slice(self.bytes());
            self.start = head;
            self.end = HEADROOM.saturating_add(len);
            let old = std::mem::replace(&mut self.current, buffer);
            let recycle = !std::mem::replace(&mut self.grown, false);
            self.give_back(old, recycle);
            return;
        }
        let new =
            HEADROOM.checked_add(len).and_then(|end| buffer.get(HEADROOM..end)).unwrap_or_default();
        if self.grown {
            self.current.truncate(self.end);
            self.current.drain(..self.start.min(self.end));
            self.current.extend_from_slice(new);
        } else {
            let mut joined = Vec::with_capacity(left.saturating_add(len));
            joined.extend_from_slice(self.bytes());
            joined.extend_from_slice(new);
            let old = std::mem::replace(&mut self.current, joined);
            self.grown = true;
            self.give_back(old, true);
        }
        self.start = 0;
        self.end = self.current.len();
        self.give_back(buffer, true);
    }

    /// Returns a buffer to the thread, which may have ended: then it is freed.
    fn give_back(&self, buffer: Vec<u8>, recycle: bool) {
        if recycle {
            let _ = self.empties.send(buffer);
        }
    }
}

/// The thread: fills buffers until the stream ends or nobody listens.
fn produce(mut decoder: Decoder, messages: &SyncSender<Message>, empties: &Receiver<Vec<u8>>) {
    let mut allocated = 0_usize;
    loop {
        let mut buffer = match empties.try_recv() {
            Ok(buffer) => buffer,
            Err(_) if allocated < BUFFERS => {
                allocated = allocated.saturating_add(1);
                vec![0; HEADROOM.saturating_add(SEGMENT)]
            }
            Err(_) => match empties.recv() {
                Ok(buffer) => buffer,
                Err(_) => return,
            },
        };
        let (len, ended) = fill_segment(&mut decoder, &mut buffer);
        let taken = decoder.input_bytes();
        if len > 0 && messages.send(Message::Segment(Segment { buffer, len, taken })).is_err() {
            return;
        }
        if let Some(result) = ended {
            let _ = messages.send(Message::End(Ending {
                problem: result.err(),
                ignored_tail: decoder.ignored_tail(),
                input_bytes: decoder.input_bytes(),
            }));
            return;
        }
    }
}

/// Fills one buffer behind its headroom. Returns the number of bytes and, if
/// the stream ended, how: cleanly or with the reason for an early end.
fn fill_segment(decoder: &mut Decoder, buffer: &mut [u8]) -> (usize, Option<Result<(), String>>) {
    let mut len = 0_usize;
    loop {
        let room = buffer.get_mut(HEADROOM.saturating_add(len)..).unwrap_or_default();
        if room.is_empty() {
            return (len, None);
        }
        match decoder.step(room) {
            Step::Bytes(n) => len = len.saturating_add(n),
            Step::End => return (len, Some(Ok(()))),
            Step::Broken(n, problem) => return (len.saturating_add(n), Some(Err(problem))),
        }
    }
}
