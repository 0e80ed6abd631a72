//! Courses over the time of a capture in a bounded number of cells, all of one
//! width: when the capture outgrows them, each two become one.

/// Cells of a course at most.
const CELLS: u64 = 1024;
/// Width of the first cells: 2^20 ns, about a millisecond.
const FIRST_SHIFT: u32 = 20;

/// The cells' width and where they begin.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    first_ns: u64,
    shift: u32,
}

impl Clock {
    /// Begins at a time.
    pub fn new(first_ns: u64) -> Clock {
        Clock { first_ns, shift: FIRST_SHIFT }
    }

    /// The cell of a time, and how often all courses must be halved before it is
    /// used.
    pub fn cell(&mut self, ts_ns: u64) -> (usize, u32) {
        let after = ts_ns.saturating_sub(self.first_ns);
        let before = self.shift;
        while after >> self.shift >= CELLS {
            self.shift += 1;
        }
        ((after >> self.shift) as usize, self.shift - before)
    }

    /// Width of a cell, seconds.
    pub fn width_s(&self) -> f64 {
        (1u64 << self.shift) as f64 / 1e9
    }
}

/// Counts by cell.
#[derive(Clone, Debug, Default)]
pub struct Course<const N: usize>(Vec<[u64; N]>);

impl<const N: usize> Course<N> {
    /// Adds to one of the counts of a cell.
    pub fn add(&mut self, cell: usize, which: usize, amount: u64) {
        if self.0.len() <= cell {
            self.0.resize(cell + 1, [0; N]);
        }
        let count = &mut self.0[cell][which];
        *count = count.saturating_add(amount);
    }

    /// Makes one cell of each two.
    pub fn halve(&mut self) {
        let sum = |pair: &[[u64; N]]| {
            let mut all = [0u64; N];
            for cell in pair {
                for (sum, count) in all.iter_mut().zip(cell) {
                    *sum = sum.saturating_add(*count);
                }
            }
            all
        };
        self.0 = self.0.chunks(2).map(sum).collect();
    }

    /// Adds another of the same clock.
    pub fn merge(&mut self, other: &Course<N>) {
        for (cell, counts) in other.0.iter().enumerate() {
            counts.iter().enumerate().for_each(|(which, count)| self.add(cell, which, *count));
        }
    }

    /// Sums over all cells.
    pub fn totals(&self) -> [u64; N] {
        let mut all = [0u64; N];
        for cell in &self.0 {
            for (sum, count) in all.iter_mut().zip(cell) {
                *sum = sum.saturating_add(*count);
            }
        }
        all
    }

    /// Sum over the cells of each count times that of `weights`.
    pub fn weighted<const M: usize>(&self, weights: &Course<M>, which: usize) -> [f64; N] {
        let mut all = [0.0; N];
        for (cell, weight) in self.0.iter().zip(&weights.0) {
            for (sum, count) in all.iter_mut().zip(cell) {
                *sum += *count as f64 * weight[which] as f64;
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn courses_outgrow_their_cells_and_keep_their_sums() {
        let mut clock = Clock::new(1000);
        let mut course = Course::<2>::default();
        for at in 0..10_000u64 {
            let (cell, halvings) = clock.cell(1000 + at * 1_000_000);
            for _ in 0..halvings {
                course.halve();
            }
            course.add(cell, 0, 1);
            course.add(cell, 1, at);
        }
        assert_eq!(course.totals(), [10_000, 9_999 * 5_000]);
        assert!(course.0.len() <= CELLS as usize);
        assert!((clock.width_s() - 0.016_777_216).abs() < 1e-12);
    }

    #[test]
    fn weights_pick_the_cells() {
        let (mut what, mut when) = (Course::<1>::default(), Course::<2>::default());
        for (cell, amount) in [(0, 5), (1, 7), (3, 11)] {
            what.add(cell, 0, amount);
        }
        when.add(1, 0, 2);
        when.add(3, 1, 3);
        assert!((what.weighted(&when, 0)[0] - 14.0).abs() < 1e-12);
        assert!((what.weighted(&when, 1)[0] - 33.0).abs() < 1e-12);
    }
}
