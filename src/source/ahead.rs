//! Reads the next stretches of a plain file in a thread of its own while the last one
//! is parsed: copying a capture out of the page cache takes a third of the time of who
//! reads it alone. Three buffers go round, whatever the size of the file.

use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use super::plain::{CHUNK, Extent};

/// Bytes kept free in front of a stretch for what the parser left over.
const HEADROOM: usize = 64 << 10;
/// Buffers that go round.
const BUFFERS: usize = 3;

/// The parser's side.
pub(super) struct Ahead {
    filled: Receiver<(Vec<u8>, io::Result<usize>)>,
    empty: Sender<Vec<u8>>,
}

impl Ahead {
    /// Starts the thread, which ends when this is dropped.
    pub(super) fn start(extent: Extent) -> io::Result<Ahead> {
        let (empty, empties) = channel();
        let (fill, filled) = channel();
        thread::Builder::new()
            .name("read-ahead".to_owned())
            .spawn(move || produce(&extent, &empties, &fill))?;
        let ahead = Ahead { filled, empty };
        (0..BUFFERS).for_each(|_| ahead.give_back(Vec::new()));
        Ok(ahead)
    }

    /// Waits for the next stretch and puts it behind the bytes from `start` to `end`
    /// of `buffer`, which are kept. Gives its length; 0 at the end.
    pub(super) fn next(
        &self,
        buffer: &mut Vec<u8>,
        (start, end): (&mut usize, &mut usize),
    ) -> io::Result<usize> {
        let ended = |_| io::Error::other("the reading thread stopped");
        let (mut new, read) = self.filled.recv().map_err(ended)?;
        let len = read?;
        let kept = buffer.get(*start..*end).unwrap_or_default();
        let head = HEADROOM.saturating_sub(kept.len());
        if kept.len() <= HEADROOM
            && let Some(room) = new.get_mut(head..HEADROOM)
        {
            room.copy_from_slice(kept);
            (*start, *end) = (head, HEADROOM.saturating_add(len));
            std::mem::swap(buffer, &mut new);
        } else {
            let mut joined = kept.to_vec();
            let more = new.get(HEADROOM..).and_then(|bytes| bytes.get(..len));
            joined.extend_from_slice(more.unwrap_or_default());
            (*start, *end) = (0, joined.len());
            *buffer = joined;
        }
        self.give_back(new);
        Ok(len)
    }

    /// Gives a buffer back to the thread, which may have ended: then it is freed.
    fn give_back(&self, buffer: Vec<u8>) {
        let _ = self.empty.send(buffer);
    }
}

fn produce(
    extent: &Extent,
    empties: &Receiver<Vec<u8>>,
    filled: &Sender<(Vec<u8>, io::Result<usize>)>,
) {
    let mut at: u64 = 0;
    for mut buffer in empties {
        buffer.resize(HEADROOM.saturating_add(CHUNK), 0);
        let read = extent.read(at, buffer.get_mut(HEADROOM..).unwrap_or_default());
        at = at.saturating_add(read.as_ref().map_or(0, |len| *len as u64));
        if filled.send((buffer, read)).is_err() {
            return;
        }
    }
}
