//! Reads a segment from its file, chunk by chunk into one buffer, and walks over
//! it. Each worker has one; so has the joiner, for what was guessed wrong.

use super::Part;
use super::found::Scan;
use super::runs::Runs;
use super::scan::{Tables, Walk};
use crate::format::scap::block::MAX_SMALL;
use crate::format::scap::{Chain, search};
use crate::source::{CHUNK, Extent};

/// Bytes that the rest of a block may take at the begin of the buffer.
const CARRIED: usize = MAX_SMALL as usize;

/// Scans segments.
pub(super) struct Scanner<'t, P> {
    /// Offset of the first byte of extents.
    pub base: u64,
    pub tables: &'t Tables<P>,
    runs: Runs,
    buffer: Vec<u8>,
}

impl<'t, P: Part> Scanner<'t, P> {
    pub(super) fn new(base: u64, tables: &'t Tables<P>) -> Self {
        Scanner { base, tables, runs: Runs::new(), buffer: Vec::new() }
    }

    /// A walk that begins at `offset`, over bytes that the caller has.
    pub(super) fn walk(&mut self, offset: u64) -> Walk<'_, P> {
        Walk::new(offset, self.tables, &mut self.runs, self.tables.log())
    }

    /// Scans the segment of `extent` from a border that is guessed: the first
    /// place at or behind `from` where blocks chain.
    pub(super) fn guess(&mut self, extent: &Extent, from: u64, to: u64) -> Scan<P> {
        let have = self.read(extent, from, 0);
        let bytes = self.buffer.get(..have).unwrap_or_default();
        let border = match search(bytes, 0, from + have as u64 >= extent.len()) {
            _ if from == 0 => 0,
            (at, Chain::Yes) => at,
            _ => return self.walk(self.base + to).finish(), // the joiner will see
        };
        self.scan_from(extent, from, to, border, have, false)
    }

    /// Scans the segment of `extent` from the border `from`.
    pub(super) fn scan(&mut self, extent: &Extent, from: u64, to: u64) -> Scan<P> {
        let have = self.read(extent, from, 0);
        self.scan_from(extent, from, to, 0, have, false)
    }

    /// The same with figures for each run by itself.
    pub(super) fn scan_exactly(&mut self, extent: &Extent, from: u64, to: u64) -> Scan<P> {
        let have = self.read(extent, from, 0);
        self.scan_from(extent, from, to, 0, have, true)
    }

    /// Reads a chunk behind the `kept` bytes at the begin of the buffer; returns
    /// how many bytes are there then. A file that cannot be read ends the scan:
    /// the joiner will meet the same and has the words for it.
    fn read(&mut self, extent: &Extent, at: u64, kept: usize) -> usize {
        self.buffer.resize(CARRIED + CHUNK, 0);
        let room = self.buffer.get_mut(kept..kept + CHUNK).unwrap_or_default();
        kept + extent.read(at, room).unwrap_or(0)
    }

    /// The buffer holds `have` bytes from `from` on; the walk begins `skipped`
    /// bytes behind that.
    fn scan_from(
        &mut self,
        extent: &Extent,
        from: u64,
        to: u64,
        skipped: usize,
        mut have: usize,
        exactly: bool,
    ) -> Scan<P> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let base = self.base;
        let start = base + from + skipped as u64;
        let mut walk = Walk::new(start, self.tables, &mut self.runs, self.tables.log());
        if exactly {
            walk = walk.exactly();
        }
        let mut at = skipped;
        loop {
            let left = (base + to).saturating_sub(walk.offset());
            let bytes = buffer.get(at..have).unwrap_or_default();
            at += walk.feed(bytes, usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len()));
            let kept = have - at;
            // a whole small block would have been walked: it is something else
            if walk.offset() >= base + to || walk.is_full() || kept >= CARRIED {
                break;
            }
            buffer.copy_within(at..have, 0);
            let next = walk.offset() - base + kept as u64;
            let room = buffer.get_mut(kept..kept + CHUNK).unwrap_or_default();
            let read = extent.read(next, room).unwrap_or(0);
            if read == 0 {
                break;
            }
            (at, have) = (0, kept + read);
        }
        let scan = walk.finish();
        self.buffer = buffer;
        scan
    }
}
