//! What somebody outside knows of a capture being read, and can ask of it: how
//! far reading has come, and to stop where it is.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Progress of one capture, and the wish to end it.
#[derive(Debug)]
pub struct Watch<'s> {
    progress: [AtomicU64; 3],
    stop: &'s AtomicBool,
}

/// How far reading has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of the capture, after decompression.
    pub bytes: u64,
    /// Bytes of the files, as they are stored.
    pub stored: u64,
    /// Events.
    pub events: u64,
}

impl<'s> Watch<'s> {
    /// Nothing is read yet; reading ends early once `stop` is true.
    #[must_use]
    pub fn new(stop: &'s AtomicBool) -> Self {
        Watch { progress: Default::default(), stop }
    }

    /// How far reading of the current file has come.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let [bytes, stored, events] =
            self.progress.each_ref().map(|number| number.load(Ordering::Relaxed));
        Progress { bytes, stored, events }
    }

    /// Notes how far reading has come; true: end it here.
    pub fn reached(&self, now: Progress) -> bool {
        let now = [now.bytes, now.stored, now.events];
        for (number, now) in self.progress.iter().zip(now) {
            number.store(now, Ordering::Relaxed);
        }
        self.stop.load(Ordering::Relaxed)
    }
}
