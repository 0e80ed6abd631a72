//! Whether the level of a call changes once inside a capture, and when: what
//! began or ended there is found at one time and not smeared over the whole.
//!
//! The cells are merged into about 40 blocks of equal call count, so that busy
//! and quiet times weigh by what they tell. On the logs y of the n blocks'
//! means, the first step of binary segmentation takes the place k with the
//! largest standardised difference of the two sides (CUSUM; Page 1954; Vostrikova
//! 1981), at least 15 % of the blocks on each:
//!
//! ```text
//! S(k) = √(k (n - k) / n) · |mean(y_1..y_k) - mean(y_k+1..y_n)|
//! ```
//!
//! Three guards keep what merely wanders from being called a change:
//!
//! * the means of the two sides differ by ×1.4 at least, as they do for single
//!   runs: within that, like runs differ;
//! * the blocks of the two sides hardly overlap: Cliff's δ of their means is at
//!   least 0.9 in that direction, which one burst inside a side does not reach;
//! * p ≤ 0.005: the share of permutations whose largest S reaches the observed
//!   one (the plus-one rule of Phipson and Smyth 2010). Neighbouring blocks
//!   resemble each other, so they are permuted in threes, not singly.
//!
//! In 250 still runs of each of seven kinds (tasks, rare slow calls, bursts, a
//! level that wanders by 10 or 20 % with blocks correlated by 0.6, a drift of
//! 12 %; 400 and 4,000 calls) it is silent but for the level that wanders by
//! 20 %, 5 of 250. (Of 1,000 on numbers that no guard was chosen by: 19 of those, 3
//! of those with bursts, none of the rest.) A step to twice at 30 % or 50 % of 4,000 calls is found within
//! two blocks in all of 50 still, drifting and 10 %-wandering runs and in nine of
//! ten that wander by 20 %, but in one of three where 1 % of the calls, 50 times
//! longer, or three bursts of four times the level drown it: silence there is no
//! proof that nothing began.

use super::Sampler;

/// Blocks that the cells are merged into.
const BLOCKS: u64 = 40;
/// Fewer blocks than this (all the calls in a few cells) show no time.
const FEWEST: usize = 20;
/// The share of the blocks that each side has at least.
const SIDE: f64 = 0.15;
const RATIO: f64 = 1.4;
const SEPARATION: f64 = 0.9;
const P: f64 = 0.005;
const PERMUTATIONS: usize = 999;
/// Blocks that stay together in a permutation.
const RUN: usize = 3;
const SEED: u64 = 0x6368_616e_6765;

/// The calls that ended in one stretch of time; all stretches are equally long.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cell {
    /// Number of calls.
    pub count: u64,
    /// Their latencies' sum in ns.
    pub sum: f64,
}

/// Where the level changes, and by how much.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChangePoint {
    /// The first cell of the new level.
    pub at_cell: usize,
    /// The mean from there on over the mean before.
    pub ratio: f64,
    /// p of so clear a change in a level that stays.
    pub p: f64,
}

/// Consecutive cells with about a fortieth of the calls.
struct Block {
    from: usize,
    count: u64,
    sum: f64,
}

impl Block {
    fn log_mean(&self) -> f64 {
        (self.sum / self.count as f64).ln()
    }
}

/// The one change of level in the cells of a run; `None` where there is none
/// that all guards let pass, or where fewer than 20 blocks can be made.
#[must_use]
pub fn change_point(cells: &[Cell]) -> Option<ChangePoint> {
    let blocks = merged(cells);
    let logs: Vec<f64> = blocks.iter().map(Block::log_mean).collect();
    if blocks.len() < FEWEST || logs.iter().any(|log| !log.is_finite()) {
        return None;
    }
    let (place, observed) = split(&logs);
    let (before, after) = blocks.split_at(place);
    let ratio = mean(after) / mean(before);
    let separation = separation(&logs[..place], &logs[place..]) * ratio.ln().signum();
    if ratio.max(1.0 / ratio) < RATIO || separation < SEPARATION {
        return None;
    }
    let p = permuted_p(&logs, observed);
    (p <= P).then(|| ChangePoint { at_cell: after[0].from, ratio, p })
}

/// The cells, merged where the calls so far pass the next fortieth.
fn merged(cells: &[Cell]) -> Vec<Block> {
    let total: u64 = cells.iter().map(|cell| cell.count).sum();
    let mut blocks = Vec::new();
    let (mut seen, mut open) = (0, None);
    for (at, cell) in cells.iter().enumerate().filter(|(_, cell)| cell.count > 0) {
        let block = open.get_or_insert(Block { from: at, count: 0, sum: 0.0 });
        block.count += cell.count;
        block.sum += cell.sum;
        seen += cell.count;
        let due = u128::from(total) * (blocks.len() as u128 + 1);
        if u128::from(seen) * u128::from(BLOCKS) >= due {
            blocks.extend(open.take());
        }
    }
    blocks
}

fn mean(blocks: &[Block]) -> f64 {
    let sum: f64 = blocks.iter().map(|block| block.sum).sum();
    sum / blocks.iter().map(|block| block.count).sum::<u64>() as f64
}

/// The place with the largest S, and S there.
fn split(logs: &[f64]) -> (usize, f64) {
    let blocks = logs.len();
    let least = ((SIDE * blocks as f64).ceil() as usize).max(1);
    let total: f64 = logs.iter().sum();
    let (mut before, mut best) = (0.0, (least, -1.0));
    for (k, log) in (1..blocks).zip(logs) {
        before += log;
        if k < least || k + least > blocks {
            continue;
        }
        let (left, right) = (k as f64, (blocks - k) as f64);
        let difference = before / left - (total - before) / right;
        let s = (left * right / blocks as f64).sqrt() * difference.abs();
        if s > best.1 {
            best = (k, s);
        }
    }
    best
}

/// Cliff's δ of the two sides' blocks, above 0 where the later are higher.
fn separation(before: &[f64], after: &[f64]) -> f64 {
    let pairs = before.iter().flat_map(|a| after.iter().map(move |b| a.total_cmp(b)));
    let surplus: f64 = pairs.map(|order| -f64::from(order as i8)).sum();
    surplus / (before.len() * after.len()) as f64
}

fn permuted_p(logs: &[f64], observed: f64) -> f64 {
    let mut sampler = Sampler::new(SEED);
    let mut runs: Vec<&[f64]> = logs.chunks(RUN).collect();
    let reached = (0..PERMUTATIONS).filter(|_| {
        sampler.shuffle(&mut runs);
        // equal up to rounding is reached
        split(&runs.concat()).1 >= observed * (1.0 - 1e-12)
    });
    (reached.count() + 1) as f64 / (PERMUTATIONS + 1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const CELLS: usize = 2000;

    /// The level's log over the cells of a stationary run.
    fn levels(kind: &str, sampler: &mut Sampler) -> Vec<f64> {
        let mut levels = vec![0.0; CELLS];
        let deviation = match kind {
            "wanders 10 %" => 0.1,
            "wanders 20 %" => 0.2,
            _ => 0.0,
        };
        // neighbouring blocks correlate by about 0.6
        let mut level = sampler.normal();
        for here in &mut levels {
            level = 0.99 * level + (1.0f64 - 0.99 * 0.99).sqrt() * sampler.normal();
            *here = deviation * level;
        }
        if kind == "bursts" {
            for _ in 0..3 {
                let at = sampler.below(CELLS - CELLS / 30);
                levels[at..at + CELLS / 30].iter_mut().for_each(|level| *level += 4f64.ln());
            }
        }
        if kind == "drifts 12 %" {
            (0..CELLS).for_each(|at| levels[at] = 0.12 * at as f64 / CELLS as f64);
        }
        levels
    }

    /// A run of `calls` calls, twice as slow from cell `change` on.
    fn cells(kind: &str, calls: usize, change: usize, sampler: &mut Sampler) -> Vec<Cell> {
        let levels = levels(kind, sampler);
        let mut cells = vec![Cell::default(); CELLS];
        for call in 0..calls {
            let spread = sampler.below(CELLS);
            // a worker in tasks: all calls of a task at once
            let at = if kind == "tasks" { call * 40 / calls * (CELLS / 40) } else { spread };
            let slow = if kind == "1 % slow" && sampler.unit() < 0.01 { 50.0 } else { 1.0 };
            let factor = if at >= change { 2.0 } else { 1.0 };
            cells[at].count += 1;
            cells[at].sum += (7.0 + 0.7 * sampler.normal() + levels[at]).exp() * slow * factor;
        }
        cells
    }

    const KINDS: [&str; 7] =
        ["still", "tasks", "1 % slow", "bursts", "wanders 10 %", "wanders 20 %", "drifts 12 %"];

    #[test]
    fn a_run_that_stays_is_not_called_changed() {
        let mut sampler = Sampler::new(61);
        let mut table = String::new();
        let mut faults = 0;
        for kind in KINDS {
            for calls in [400, 4000] {
                let mut run = || cells(kind, calls, CELLS, &mut sampler);
                let alarms = (0..250).filter(|_| change_point(&run()).is_some()).count();
                faults += usize::from(alarms > 5);
                table += &format!("{kind:<13} {calls:>5} calls: {alarms} of 250\n");
            }
        }
        println!("{table}");
        assert_eq!(faults, 0, "{table}");
    }

    #[test]
    fn a_change_to_twice_is_found_where_it_is() {
        let mut sampler = Sampler::new(67);
        let mut table = String::new();
        let mut faults = 0;
        for kind in KINDS {
            for change in [600, 1000] {
                let found: Vec<ChangePoint> = (0..50)
                    .filter_map(|_| change_point(&cells(kind, 4000, change, &mut sampler)))
                    .collect();
                // two blocks of 50 cells
                let near = found.iter().filter(|found| found.at_cell.abs_diff(change) <= 100);
                let near = near.count();
                let sized = found.iter().filter(|found| (1.7..2.35).contains(&found.ratio)).count();
                let clear = !["1 % slow", "bursts", "wanders 20 %"].contains(&kind);
                faults += usize::from(clear && (near < 47 || sized < 47));
                table += &format!("{kind:<13} at {change}: {near} near, {sized} near x2, of 50\n");
            }
        }
        println!("{table}");
        assert_eq!(faults, 0, "{table}");
    }

    #[test]
    fn a_change_back_is_the_inverse_and_few_cells_tell_nothing() {
        let mut sampler = Sampler::new(69);
        let mut run = cells("still", 4000, 1000, &mut sampler);
        let up = change_point(&run).unwrap();
        run.reverse();
        let down = change_point(&run).unwrap();
        assert!((up.ratio * down.ratio - 1.0).abs() < 0.1, "{up:?} {down:?}");
        assert_eq!(change_point(&run), Some(down), "the same input, the same answer");
        let few = vec![Cell { count: 100, sum: 100.0 }; 10];
        assert_eq!(change_point(&few), None);
        assert_eq!(change_point(&[]), None);
        assert_eq!(change_point(&[Cell { count: 5, sum: 0.0 }; 100]), None);
    }
}
