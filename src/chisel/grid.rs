//! Counts by time and latency. Time moves mostly forward, so one row is open
//! at a time: its counts stand side by side, and an event in it costs a
//! comparison and an addition. Rows that are done keep only the columns that
//! were used.

use std::collections::BTreeMap;

/// The time step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interval {
    /// This many ns.
    Fixed(u64),
    /// 1 ms, doubled until at most this many rows are needed.
    AtMost(usize),
}

const START_NS: u64 = 1_000_000;

/// The counts of one row: the columns that were used, ascending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts(Vec<(u16, u32)>);

impl Counts {
    /// Columns and their counts, which are above 0.
    pub fn iter(&self) -> impl Iterator<Item = (usize, u32)> + '_ {
        self.0.iter().map(|(column, count)| (usize::from(*column), *count))
    }

    /// The count of a column.
    #[must_use]
    pub fn get(&self, column: usize) -> u32 {
        let found = self.0.binary_search_by_key(&column, |(known, _)| usize::from(*known));
        found.map_or(0, |at| self.0[at].1)
    }

    fn merge(&mut self, other: Counts) {
        if self.0.is_empty() {
            self.0 = other.0;
            return;
        }
        self.0.extend(other.0);
        self.0.sort_unstable_by_key(|(column, _)| *column);
        self.0.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 = kept.1.saturating_add(next.1);
            }
            same
        });
        self.0.shrink_to_fit();
    }
}

/// Cells by time: row number (time / interval) to counts by column.
#[derive(Clone, Debug)]
pub struct Cells {
    interval_ns: u64,
    limit: Option<usize>,
    rows: BTreeMap<u64, Counts>,
}

impl Cells {
    pub(super) fn new(interval: Interval) -> Cells {
        let (interval_ns, limit) = match interval {
            Interval::Fixed(ns) => (ns.max(1), None),
            Interval::AtMost(rows) => (START_NS, Some(rows.max(2))),
        };
        Cells { interval_ns, limit, rows: BTreeMap::new() }
    }

    /// One row, ns.
    #[must_use]
    pub fn interval_ns(&self) -> u64 {
        self.interval_ns
    }

    /// Rows in order of time: number (time / interval) and counts by column.
    #[must_use]
    pub fn rows(&self) -> &BTreeMap<u64, Counts> {
        &self.rows
    }

    /// Doubles the interval; counts stay exact.
    fn coarsen(&mut self) {
        self.interval_ns = self.interval_ns.saturating_mul(2);
        for (number, counts) in std::mem::take(&mut self.rows) {
            self.rows.entry(number / 2).or_default().merge(counts);
        }
    }

    /// Coarsens to `interval_ns`, if that is a power of two times the own.
    pub fn coarsen_to(&mut self, interval_ns: u64) {
        while self.interval_ns < interval_ns {
            self.coarsen();
        }
    }

    /// Adds other cells; both get the longer interval.
    pub(super) fn merge(&mut self, mut other: Cells) {
        other.coarsen_to(self.interval_ns);
        self.coarsen_to(other.interval_ns);
        for (number, counts) in other.rows {
            self.rows.entry(number).or_default().merge(counts);
        }
        self.keep_limit();
    }

    /// Coarsens until there are not too many rows.
    fn keep_limit(&mut self) {
        while self.limit.is_some_and(|limit| self.rows.len() > limit) {
            self.coarsen();
        }
    }
}

/// Cells being filled, with their open row.
#[derive(Clone, Debug)]
pub(super) struct OpenCells {
    cells: Cells,
    /// Where the open row begins and how long it is, ns; 0: none is open.
    start_ns: u64,
    length_ns: u64,
    /// The open row by column, and which columns are not 0.
    counts: Vec<u32>,
    used: Vec<u16>,
}

impl OpenCells {
    pub(super) fn new(interval: Interval) -> OpenCells {
        OpenCells {
            cells: Cells::new(interval),
            start_ns: 0,
            length_ns: 0,
            counts: Vec::new(),
            used: Vec::new(),
        }
    }

    /// Makes sure that there is a row for this time, and opens it.
    #[inline(always)]
    pub(super) fn touch(&mut self, ts_ns: u64) {
        if ts_ns.wrapping_sub(self.start_ns) >= self.length_ns {
            self.open(ts_ns);
        }
    }

    /// Counts in the row of this time.
    #[inline(always)]
    pub(super) fn add(&mut self, ts_ns: u64, column: usize) {
        self.touch(ts_ns);
        match self.counts.get_mut(column) {
            Some(count) if *count > 0 => *count = count.saturating_add(1),
            _ => self.first(column),
        }
    }

    /// The first in its column.
    #[cold]
    fn first(&mut self, column: usize) {
        if self.counts.len() <= column {
            self.counts.resize(column + 1, 0);
        }
        self.counts[column] = 1;
        self.used.push(u16::try_from(column).unwrap_or(u16::MAX));
    }

    #[cold]
    #[inline(never)]
    fn open(&mut self, ts_ns: u64) {
        self.close();
        self.cells.rows.entry(ts_ns / self.cells.interval_ns).or_default();
        self.cells.keep_limit();
        self.length_ns = self.cells.interval_ns;
        self.start_ns = ts_ns / self.length_ns * self.length_ns;
    }

    /// Puts the open row where it belongs.
    fn close(&mut self) {
        if self.used.is_empty() {
            return;
        }
        self.used.sort_unstable();
        let take = |column: &u16| (*column, std::mem::take(&mut self.counts[usize::from(*column)]));
        let counts = Counts(self.used.iter().map(take).collect());
        self.used.clear();
        let row = self.cells.rows.entry(self.start_ns / self.cells.interval_ns).or_default();
        row.merge(counts);
    }

    /// Adds all of another's counts.
    pub(super) fn add_all(&mut self, other: OpenCells) {
        self.close();
        self.length_ns = 0;
        self.cells.merge(other.done());
    }

    /// The cells, when all is counted.
    pub(super) fn done(mut self) -> Cells {
        self.close();
        self.cells
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same counts kept the simple way.
    fn plain(samples: &[(u64, usize)], interval_ns: u64) -> BTreeMap<u64, BTreeMap<usize, u32>> {
        let mut rows: BTreeMap<u64, BTreeMap<usize, u32>> = BTreeMap::new();
        for (ts, column) in samples {
            *rows.entry(ts / interval_ns).or_default().entry(*column).or_default() += 1;
        }
        rows
    }

    fn cells(samples: &[(u64, usize)], interval: Interval) -> Cells {
        let mut open = OpenCells::new(interval);
        for (ts, column) in samples {
            open.add(*ts, *column);
        }
        open.done()
    }

    fn listed(cells: &Cells) -> BTreeMap<u64, BTreeMap<usize, u32>> {
        cells.rows().iter().map(|(number, counts)| (*number, counts.iter().collect())).collect()
    }

    #[test]
    fn counts_are_exact_whatever_the_order_of_times() {
        let mut seed = 1u64;
        let mut random = |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) % below
        };
        let sample = |at: u64, jitter: u64, column: u64| (at * 10_000 + jitter, column as usize);
        let samples: Vec<(u64, usize)> =
            (0..20_000).map(|at| sample(at, random(3_000_000), random(880))).collect();
        for interval in [Interval::Fixed(700_000), Interval::AtMost(5), Interval::AtMost(100)] {
            let found = cells(&samples, interval);
            assert_eq!(listed(&found), plain(&samples, found.interval_ns()), "{interval:?}");
        }
        let (front, back) = samples.split_at(300);
        let mut joined = cells(front, Interval::AtMost(50));
        joined.merge(cells(back, Interval::AtMost(50)));
        assert_eq!(listed(&joined), plain(&samples, joined.interval_ns()));
        let (_, row) = joined.rows().first_key_value().unwrap();
        assert!(
            (0..900).all(|at| row.get(at) == row.iter().find(|c| c.0 == at).map_or(0, |c| c.1))
        );
    }

    #[test]
    fn a_row_of_few_columns_is_small() {
        let samples: Vec<(u64, usize)> = (0..10_000).map(|at| (at * 1_000, 879)).collect();
        let cells = cells(&samples, Interval::Fixed(10_000));
        assert_eq!(cells.rows().len(), 1000);
        assert!(cells.rows().values().all(|row| row.0.capacity() == 1));
    }
}
