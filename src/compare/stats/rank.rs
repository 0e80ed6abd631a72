//! The rank test of Mann and Whitney (1947), exact also with ties: few runs a
//! side leave no room for an approximation.
//!
//! Every way to choose which runs are the new ones is equally likely if nothing
//! differs. The sums of (mid-)ranks that these choices give are counted exactly
//! by their number (a table over size and sum, ranks doubled so that they are
//! whole), and p is the share of the choices whose sum is at least as far from
//! its middle as the observed one. With n against m runs no p is below
//! 2 / C(n + m, n): three against three never reach 0.05, and that is why the
//! test is shown and decides nothing.

/// Runs of both sides together at most: C(120, 60) still fits 128 bits.
const MOST: usize = 120;

/// The exact two-sided p of the two samples; `None` if one is empty, holds what
/// is not a number, or both together have more than 120 values.
#[must_use]
pub fn rank_p(base: &[f64], new: &[f64]) -> Option<f64> {
    let all: Vec<f64> = base.iter().chain(new).copied().collect();
    let unusable = all.len() > MOST || all.iter().any(|value| value.is_nan());
    if base.is_empty() || new.is_empty() || unusable {
        return None;
    }
    let ranks = doubled_ranks(&all);
    let observed: usize = ranks[base.len()..].iter().sum();
    let ways = ways_by_sum(&ranks, new.len());
    // all ranks sum to N (N + 1) when doubled; a sum's middle is its share n / N
    let middle = new.len() * (all.len() + 1);
    let distance = observed.abs_diff(middle);
    let far = |sum: usize| sum.abs_diff(middle) >= distance;
    let (mut extreme, mut total) = (0u128, 0u128);
    for (sum, ways) in ways.into_iter().enumerate() {
        total += ways;
        extreme += if far(sum) { ways } else { 0 };
    }
    Some(extreme as f64 / total as f64)
}

/// The smallest two-sided p that `n` against `m` runs without ties can reach:
/// one if either is 0.
#[must_use]
pub fn smallest_rank_p(n: usize, m: usize) -> f64 {
    let choices = (1..=n).fold(1.0, |ways, k| ways * (m + k) as f64 / k as f64);
    (2.0 / choices).min(1.0)
}

/// Twice each value's rank from 1 up, ties sharing the middle of their places.
fn doubled_ranks(values: &[f64]) -> Vec<usize> {
    let below = |value: &f64| values.iter().filter(|other| *other < value).count();
    let upto = |value: &f64| values.iter().filter(|other| *other <= value).count();
    values.iter().map(|value| below(value) + upto(value) + 1).collect()
}

/// In how many ways `size` of the ranks give each sum.
fn ways_by_sum(ranks: &[usize], size: usize) -> Vec<u128> {
    let highest: usize = ranks.iter().sum();
    let mut ways = vec![vec![0u128; highest + 1]; size + 1];
    ways[0][0] = 1;
    for rank in ranks {
        for taken in (1..=size).rev() {
            for sum in (*rank..=highest).rev() {
                ways[taken][sum] += ways[taken - 1][sum - rank];
            }
        }
    }
    ways.swap_remove(size)
}

#[cfg(test)]
mod tests {
    use super::super::Sampler;
    use super::*;

    /// The same by visiting every choice.
    fn by_enumeration(base: &[f64], new: &[f64]) -> f64 {
        let all: Vec<f64> = base.iter().chain(new).copied().collect();
        let ranks = doubled_ranks(&all);
        let observed: usize = ranks[base.len()..].iter().sum();
        let middle = new.len() * (all.len() + 1);
        let (mut extreme, mut total) = (0u32, 0u32);
        for chosen in 0u32..1 << all.len() {
            if chosen.count_ones() as usize != new.len() {
                continue;
            }
            let taken = (0..all.len()).filter(|at| chosen >> at & 1 == 1);
            let sum: usize = taken.map(|at| ranks[at]).sum();
            total += 1;
            extreme += u32::from(sum.abs_diff(middle) >= observed.abs_diff(middle));
        }
        f64::from(extreme) / f64::from(total)
    }

    #[test]
    fn counting_is_visiting_every_choice_also_with_ties() {
        let mut sampler = Sampler::new(11);
        for _ in 0..60 {
            let (n, m) = (1 + sampler.below(6), 1 + sampler.below(6));
            let kinds = 2 + sampler.below(20);
            let mut drawn =
                |count: usize| (0..count).map(|_| sampler.below(kinds) as f64).collect::<Vec<_>>();
            let (base, new) = (drawn(n), drawn(m));
            let p = rank_p(&base, &new).unwrap();
            assert!((p - by_enumeration(&base, &new)).abs() < 1e-12, "{base:?} {new:?}");
            assert!((p - rank_p(&new, &base).unwrap()).abs() < 1e-12, "sides are alike");
        }
    }

    #[test]
    fn sides_that_do_not_overlap_reach_the_smallest_p() {
        for (n, m, p) in [(3, 3, 0.1), (4, 4, 2.0 / 70.0), (5, 5, 2.0 / 252.0), (1, 1, 1.0)] {
            let base: Vec<f64> = (0..n).map(|k| k as f64).collect();
            let new: Vec<f64> = (0..m).map(|k| 100.0 + k as f64).collect();
            assert!((smallest_rank_p(n, m) - p).abs() < 1e-12);
            assert!((rank_p(&base, &new).unwrap() - p).abs() < 1e-12);
        }
        let ten: Vec<f64> = (0..10).map(f64::from).collect();
        let more: Vec<f64> = (10..20).map(f64::from).collect();
        assert!((rank_p(&ten, &more).unwrap() - 2.0 / 184_756.0).abs() < 1e-15);
    }

    #[test]
    fn what_cannot_be_ranked_has_no_p() {
        assert_eq!(rank_p(&[], &[1.0]), None);
        assert_eq!(rank_p(&[1.0, f64::NAN], &[1.0]), None);
        assert_eq!(rank_p(&[1.0; 60], &[1.0; 61]), None);
        assert!((rank_p(&[1.0; 60], &[1.0; 60]).unwrap() - 1.0).abs() < 1e-12);
        assert!((smallest_rank_p(0, 5) - 1.0).abs() < 1e-12);
    }
}
