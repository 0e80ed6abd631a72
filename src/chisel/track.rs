//! How a call's figures run through a capture: number and time of its calls by
//! cells of time. Blocks of about equal call count, the longest pause, and a
//! level that changes half-way are read off it.
//!
//! Cells are as wide as a power of two of ns and begin at multiples of it, and
//! the width is the smallest for which first and last call are fewer than
//! [`MOST`] cells apart. So it follows from the calls alone, and pieces of a
//! capture that were counted apart merge to the same track in any order.

use serde::{Deserialize, Serialize};

/// Cells at most: a cell is at most 1/1024 of the time from first to last call.
const MOST: usize = 2048;
/// The narrowest cells: 65 us.
const NARROWEST: u32 = 16;
/// Calls kept one by one before there are cells.
const FEW: usize = 16;

/// Calls that ended in one cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// Calls.
    pub count: u64,
    /// Their time, ns.
    pub total_ns: u64,
}

impl Cell {
    fn add(&mut self, other: Cell) {
        self.count += other.count;
        self.total_ns = self.total_ns.saturating_add(other.total_ns);
    }
}

/// Calls by the time of their end.
#[derive(Clone, Debug, Default)]
pub struct Track {
    /// Time (ns since the epoch) and latency (ns) of calls, while they are few.
    calls: Vec<(u64, u64)>,
    /// Width of a cell: 2^shift ns.
    shift: u32,
    /// Number of the first cell, from the epoch on.
    first: u64,
    cells: Vec<Cell>,
}

impl Track {
    /// Adds a call that ended at `ts_ns` and took `ns`.
    #[inline(always)]
    pub fn add(&mut self, ts_ns: u64, ns: u64) {
        let at = (ts_ns >> (self.shift & 63)).wrapping_sub(self.first);
        match self.cells.get_mut(at as usize) {
            Some(cell) => cell.add(Cell { count: 1, total_ns: ns }),
            None => self.add_slow(ts_ns, ns),
        }
    }

    #[cold]
    #[inline(never)]
    fn add_slow(&mut self, ts_ns: u64, ns: u64) {
        if self.cells.is_empty() && self.calls.len() < FEW {
            self.calls.push((ts_ns, ns));
            return;
        }
        self.make_cells();
        self.put(ts_ns, 0, Cell { count: 1, total_ns: ns });
    }

    fn make_cells(&mut self) {
        for (ts_ns, ns) in std::mem::take(&mut self.calls) {
            self.put(ts_ns, 0, Cell { count: 1, total_ns: ns });
        }
    }

    /// Adds to the cell that holds cell `number` of width 2^`shift`, which is no
    /// wider.
    fn put(&mut self, number: u64, shift: u32, cell: Cell) {
        if self.cells.is_empty() {
            self.shift = NARROWEST.max(shift);
            self.first = number >> (self.shift - shift);
        }
        let mut at = number >> (self.shift - shift);
        while at.max(self.last()) - at.min(self.first) >= MOST as u64 {
            self.widen();
            at = number >> (self.shift - shift);
        }
        if at < self.first {
            let more = (self.first - at) as usize;
            self.cells.splice(0..0, std::iter::repeat_n(Cell::default(), more));
            self.first = at;
        }
        let at = (at - self.first) as usize;
        if at >= self.cells.len() {
            self.cells.resize(at + 1, Cell::default());
        }
        self.cells[at].add(cell);
    }

    fn last(&self) -> u64 {
        self.first + (self.cells.len() as u64).saturating_sub(1)
    }

    /// Makes the cells twice as wide.
    fn widen(&mut self) {
        let old = std::mem::take(&mut self.cells);
        let first = self.first;
        self.shift += 1;
        self.first = first >> 1;
        self.cells = vec![Cell::default(); (((first & 1) as usize) + old.len()).div_ceil(2)];
        for (number, cell) in (first..).zip(old) {
            self.cells[((number >> 1) - self.first) as usize].add(cell);
        }
    }

    /// Adds another's calls.
    pub fn merge(&mut self, other: &Track) {
        if other.cells.is_empty() {
            for (ts_ns, ns) in &other.calls {
                self.add(*ts_ns, *ns);
            }
            return;
        }
        self.make_cells();
        while self.shift < other.shift && !self.cells.is_empty() {
            self.widen();
        }
        for (number, cell) in other.numbered().filter(|(_, cell)| cell.count > 0) {
            self.put(number, other.shift, cell);
        }
        // the other's first and last cells hold calls, so the width is right
    }

    fn numbered(&self) -> impl Iterator<Item = (u64, Cell)> + '_ {
        (self.first..).zip(self.cells.iter().copied())
    }

    /// The cells in order, empty ones among them: the first one's begin (ns
    /// since the epoch), the width (ns) and all from first to last call.
    #[must_use]
    pub fn cells(&self) -> (u64, u64, Vec<Cell>) {
        if self.cells.is_empty() && !self.calls.is_empty() {
            let mut made = self.clone();
            made.make_cells();
            return made.cells();
        }
        (self.first << self.shift, 1 << self.shift, self.cells.clone())
    }

    /// The same with another's calls taken away, which must be among these.
    #[must_use]
    pub fn without(&self, other: &Track) -> Track {
        let mut left = self.clone();
        left.make_cells();
        let mut other = other.clone();
        other.make_cells();
        while other.shift < left.shift && !other.cells.is_empty() {
            other.widen();
        }
        for (number, gone) in other.numbered() {
            if let Some(cell) = left.cells.get_mut(number.wrapping_sub(left.first) as usize) {
                cell.count = cell.count.saturating_sub(gone.count);
                cell.total_ns = cell.total_ns.saturating_sub(gone.total_ns);
            }
        }
        left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls(count: usize, spread_ns: u64) -> Vec<(u64, u64)> {
        let mut seed = 3u64;
        (0..count)
            .map(|_| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (1_790_000_000_000_000_000 + (seed >> 20) % spread_ns, seed >> 50)
            })
            .collect()
    }

    fn of(calls: &[(u64, u64)]) -> Track {
        let mut track = Track::default();
        for (ts, ns) in calls {
            track.add(*ts, *ns);
        }
        track
    }

    #[test]
    fn pieces_merge_to_the_whole_in_any_order() {
        for (count, spread) in [(5, 1_000), (16, 1_000_000_000), (17, 5), (3000, 60_000_000_000)] {
            let calls = calls(count, spread);
            let whole = of(&calls).cells();
            for cut in [0, 1, 8, count / 2, count] {
                let (left, right) = calls.split_at(cut.min(count));
                for (a, b) in [(left, right), (right, left)] {
                    let mut merged = of(a);
                    merged.merge(&of(b));
                    assert_eq!(merged.cells(), whole, "{count} {cut}");
                }
            }
            let mut backwards = calls.clone();
            backwards.sort_unstable_by(|a, b| b.cmp(a));
            assert_eq!(of(&backwards).cells(), whole);
        }
    }

    #[test]
    fn cells_are_few_and_hold_all() {
        let calls = calls(10_000, 3_600_000_000_000);
        let (start, width, cells) = of(&calls).cells();
        assert!(cells.len() <= MOST && cells.len() > MOST / 2 - 2, "{}", cells.len());
        assert_eq!(cells.iter().map(|cell| cell.count).sum::<u64>(), 10_000);
        let total: u64 = calls.iter().map(|(_, ns)| ns).sum();
        assert_eq!(cells.iter().map(|cell| cell.total_ns).sum::<u64>(), total);
        let first = calls.iter().map(|(ts, _)| ts).min().unwrap();
        assert!(start <= *first && first - start < width);
    }

    #[test]
    fn what_is_taken_away_leaves_the_rest() {
        let calls = calls(2000, 5_000_000_000);
        let (few, rest) = calls.split_at(300);
        let left = of(&calls).without(&of(few)).cells().2;
        let count: u64 = left.iter().map(|cell| cell.count).sum();
        let total: u64 = left.iter().map(|cell| cell.total_ns).sum();
        assert_eq!((count, total), (1700, rest.iter().map(|(_, ns)| ns).sum()));
    }

    #[test]
    fn wild_times_do_no_harm() {
        let track = of(&[(0, 1), (u64::MAX, 1), (7, 1)].repeat(20));
        assert_eq!(track.cells().2.iter().map(|cell| cell.count).sum::<u64>(), 60);
    }
}
