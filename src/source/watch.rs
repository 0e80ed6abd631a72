//! What somebody outside knows of a capture being read, and can ask of it: how
//! far reading has come, and to stop where it is.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Progress of one capture, and the wish to end it.
#[derive(Debug)]
pub struct Watch<'s> {
    offset: AtomicU64,
    stop: &'s AtomicBool,
}

impl<'s> Watch<'s> {
    /// Nothing is read yet; reading ends early once `stop` is true.
    #[must_use]
    pub fn new(stop: &'s AtomicBool) -> Self {
        Watch { offset: AtomicU64::new(0), stop }
    }

    /// Bytes read so far, after decompression.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset.load(Ordering::Relaxed)
    }

    /// Notes how far reading has come; true: end it here.
    pub fn reached(&self, offset: u64) -> bool {
        self.offset.store(offset, Ordering::Relaxed);
        self.stop.load(Ordering::Relaxed)
    }
}
