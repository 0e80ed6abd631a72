//! Goes ahead of the parser over a mapped file and touches its bytes, so that
//! page faults, and reads from a disk, are waited for by a thread that has
//! nothing else to do. Where the page cache holds the file, a third of the
//! parser's time was waiting for memory.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use super::map::Mapped;

/// Smaller files are not worth a thread.
const WORTH: usize = 4 << 20;
/// How far ahead of the parser, in bytes: fits the caches of the processor.
const DISTANCE: usize = 4 << 20;
/// Bytes touched between two looks at how far the parser is.
const CHUNK: usize = 128 << 10;
/// Bytes that come from memory at once.
const LINE: usize = 4096;
/// Longest rest when far enough ahead; the parser wakes the thread earlier.
const REST: Duration = Duration::from_millis(20);

/// The thread; it ends when this is dropped.
pub(super) struct Ahead {
    place: Arc<Place>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Place {
    /// Offset that the parser has reached.
    parser: AtomicUsize,
    over: AtomicBool,
}

impl Ahead {
    /// Starts the thread; `None` where it is not worth it or not possible.
    pub(super) fn start(map: &Arc<Mapped>) -> Option<Ahead> {
        if map.bytes().len() < WORTH {
            return None;
        }
        let place = Arc::new(Place::default());
        let (theirs, map) = (Arc::clone(&place), Arc::clone(map));
        let thread = std::thread::Builder::new().name("ahead".into());
        let thread = thread.spawn(move || touch(&map, &theirs)).ok()?;
        Some(Ahead { place, thread: Some(thread) })
    }

    /// Tells how far the parser is.
    pub(super) fn reached(&self, offset: usize) {
        self.place.parser.store(offset, Ordering::Relaxed);
        if let Some(thread) = &self.thread {
            thread.thread().unpark();
        }
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.place.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // it has nothing to say, not even by a panic
            let _ = thread.join();
        }
    }
}

fn touch(map: &Mapped, place: &Place) {
    let bytes = map.bytes();
    let mut at: usize = 0;
    while at < bytes.len() && !place.over.load(Ordering::Relaxed) {
        let parser = place.parser.load(Ordering::Relaxed);
        at = at.max(parser);
        if at >= parser.saturating_add(DISTANCE) {
            std::thread::park_timeout(REST);
            continue;
        }
        let end = at.saturating_add(CHUNK).min(bytes.len());
        let chunk = bytes.get(at..end).unwrap_or_default();
        black_box(chunk.iter().step_by(LINE).fold(0u8, |all, byte| all ^ byte));
        at = end;
    }
}
