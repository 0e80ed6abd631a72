//! Why the time that a call takes per second changed: more calls, slower calls,
//! or another mix of calls. The three parts sum to the change exactly.
//!
//! On one side let R be the calls a second (count / span), p the share of group
//! g among them (succeeded or failed, or the kinds of what they act on)
//! and m its mean. The time per second is
//!
//! ```text
//! T = R · M,      M = Σ p · m   over the groups
//! ```
//!
//! With x̄ = (x₀ + x₁) / 2 and Δx = x₁ - x₀ of base (0) and new (1), the product
//! rule Δ(x · y) = Δx · ȳ + x̄ · Δy holds exactly, because
//!
//! ```text
//! Δx · ȳ + x̄ · Δy = ½ [(x₁ - x₀)(y₁ + y₀) + (x₁ + x₀)(y₁ - y₀)] = x₁y₁ - x₀y₀
//! ```
//!
//! Used on R · M and then on each p · m of ΔM it gives
//!
//! ```text
//! ΔT = ΔR · M̄          rate part
//!    + R̄ · Σ p̄ · Δm    per-call part
//!    + R̄ · Σ Δp · m̄    mix part
//! ```
//!
//! (the midpoint weights of Marshall 1923 and Edgeworth; Kitagawa 1955 uses
//! them for the same purpose), symmetric in time: swapping the sides changes
//! every sign and nothing else.
//!
//! A group that one side lacks has no mean there. It is given the other side's,
//! so Δm = 0 and all that it brings counts as mix. A call that one side lacks
//! as a whole has no M there; by the same rule M̄ is the other side's, and all of
//! ΔT is the rate part.
//!
//! All is done in rational numbers without bound (`num-rational` on
//! `num-bigint`): the common denominator of one call can exceed 128 bits, and
//! one rounding would break the sum. Rounding is left to the printing.

use std::collections::BTreeMap;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{ToPrimitive, Zero};
use serde::Serialize;

/// The key of a group: what it means is the caller's.
pub type Group = u64;

/// The calls of one group on one side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct GroupTotal {
    /// Number of calls.
    pub count: u64,
    /// Their latencies' sum in ns.
    pub total_ns: u128,
}

/// One call on one side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SideTotals {
    /// Time observed in ns, over all runs of the side.
    pub span_ns: u128,
    /// The call's groups.
    pub groups: BTreeMap<Group, GroupTotal>,
}

/// The change of a call's time per second and its parts, each a pure number:
/// ns per ns, so 1 is a whole second in each second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decomposition {
    /// Because the call is made more or less often.
    pub rate: BigRational,
    /// Because the calls of a group take longer or shorter.
    pub per_call: BigRational,
    /// Because dear and cheap groups have other shares.
    pub mix: BigRational,
}

impl Decomposition {
    /// The whole change: the new side's time per second minus the base side's.
    #[must_use]
    pub fn total(&self) -> BigRational {
        &self.rate + &self.per_call + &self.mix
    }

    /// Nothing changed; where sums over calls begin.
    #[must_use]
    pub fn zero() -> Decomposition {
        let zero = BigRational::zero;
        Decomposition { rate: zero(), per_call: zero(), mix: zero() }
    }

    /// Adds another call's change.
    pub fn add(&mut self, other: &Decomposition) {
        self.rate += &other.rate;
        self.per_call += &other.per_call;
        self.mix += &other.mix;
    }

    /// A part in ns a second, rounded once.
    #[must_use]
    pub fn ns_per_second(part: &BigRational) -> f64 {
        let scaled = part * BigRational::from_integer(BigInt::from(1_000_000_000));
        scaled.to_f64().unwrap_or(f64::NAN)
    }
}

fn ratio(above: impl Into<BigInt>, below: impl Into<BigInt>) -> BigRational {
    BigRational::new(above.into(), below.into())
}

fn half(value: BigRational) -> BigRational {
    value / BigRational::from_integer(BigInt::from(2))
}

/// One side in the formula's terms.
struct Side<'a> {
    totals: &'a SideTotals,
    count: BigInt,
    /// R, calls a ns.
    rate: BigRational,
    /// M, ns; `None` without calls.
    mean: Option<BigRational>,
}

impl Side<'_> {
    fn of(totals: &SideTotals) -> Option<Side<'_>> {
        if totals.span_ns == 0 {
            return None;
        }
        let count: BigInt = totals.groups.values().map(|group| BigInt::from(group.count)).sum();
        let time: BigInt = totals.groups.values().map(|group| BigInt::from(group.total_ns)).sum();
        let rate = ratio(count.clone(), totals.span_ns);
        let mean = (!count.is_zero()).then(|| ratio(time, count.clone()));
        Some(Side { totals, count, rate, mean })
    }

    /// p and m; the mean is `None` where the group has no calls.
    fn group(&self, key: Group) -> (BigRational, Option<BigRational>) {
        let group = self.totals.groups.get(&key).copied().unwrap_or_default();
        let mean = (group.count > 0).then(|| ratio(group.total_ns, group.count));
        (ratio(group.count, self.count.clone()), mean)
    }
}

/// The change from `base` to `new`, in its three exact parts; `None` where a
/// side was not observed for any time.
#[must_use]
pub fn decompose(base: &SideTotals, new: &SideTotals) -> Option<Decomposition> {
    let (base, new) = (Side::of(base)?, Side::of(new)?);
    let rate_change = &new.rate - &base.rate;
    let (Some(base_mean), Some(new_mean)) = (&base.mean, &new.mean) else {
        let mean = base.mean.or(new.mean).unwrap_or_else(BigRational::zero);
        return Some(Decomposition { rate: rate_change * mean, ..Decomposition::zero() });
    };
    let rate = rate_change * half(base_mean + new_mean);
    let rate_middle = half(&base.rate + &new.rate);
    let (mut per_call, mut mix) = (BigRational::zero(), BigRational::zero());
    let mut keys: Vec<Group> = base.totals.groups.keys().copied().collect();
    keys.extend(new.totals.groups.keys().filter(|key| !base.totals.groups.contains_key(key)));
    for key in keys {
        let ((base_share, base_mean), (new_share, new_mean)) = (base.group(key), new.group(key));
        let Some(base_mean) = base_mean.or_else(|| new_mean.clone()) else {
            continue;
        };
        let new_mean = new_mean.unwrap_or_else(|| base_mean.clone());
        per_call += half(&base_share + &new_share) * (&new_mean - &base_mean);
        mix += (new_share - base_share) * half(base_mean + new_mean);
    }
    Some(Decomposition { rate, per_call: &rate_middle * per_call, mix: rate_middle * mix })
}

#[cfg(test)]
mod tests {
    use super::super::Sampler;
    use super::*;

    fn side(span_ns: u128, groups: &[(Group, u64, u128)]) -> SideTotals {
        let groups = groups.iter().map(|(key, count, total_ns)| {
            (*key, GroupTotal { count: *count, total_ns: *total_ns })
        });
        SideTotals { span_ns, groups: groups.collect() }
    }

    fn time_per_ns(side: &SideTotals) -> BigRational {
        let time: BigInt = side.groups.values().map(|group| BigInt::from(group.total_ns)).sum();
        ratio(time, side.span_ns)
    }

    /// Any side: odd spans, groups that are empty or missing, totals up to the
    /// largest.
    fn drawn(sampler: &mut Sampler) -> SideTotals {
        let shift = sampler.below(40);
        let mut groups = BTreeMap::new();
        for key in 0..sampler.below(6) as u64 {
            let count = sampler.bits() >> (20 + sampler.below(44));
            let longest = if count == 0 { 0 } else { u128::from(sampler.bits() >> shift) };
            groups.insert(key * 7 % 5, GroupTotal { count, total_ns: longest });
        }
        SideTotals { span_ns: u128::from(sampler.bits() >> shift) + 1, groups }
    }

    #[test]
    fn the_parts_sum_to_the_change_exactly() {
        let mut sampler = Sampler::new(91);
        for _ in 0..2000 {
            let (base, new) = (drawn(&mut sampler), drawn(&mut sampler));
            let parts = decompose(&base, &new).unwrap();
            assert_eq!(parts.total(), time_per_ns(&new) - time_per_ns(&base), "{base:?} {new:?}");
            let back = decompose(&new, &base).unwrap();
            for (there, here) in [
                (&parts.rate, &back.rate),
                (&parts.per_call, &back.per_call),
                (&parts.mix, &back.mix),
            ] {
                assert_eq!(*there, -here.clone(), "{base:?} {new:?}");
            }
        }
    }

    #[test]
    fn figures_beyond_128_bits_stay_exact() {
        let huge =
            |odd: u128| side(u128::MAX - odd, &[(0, u64::MAX, u128::MAX - 3 * odd), (1, 7, odd)]);
        let (base, new) = (huge(1), huge(12));
        let parts = decompose(&base, &new).unwrap();
        assert_eq!(parts.total(), time_per_ns(&new) - time_per_ns(&base));
        assert!(Decomposition::ns_per_second(&parts.total()).is_finite());
    }

    #[test]
    fn one_cause_fills_one_part() {
        let base = side(1_000_000_000, &[(0, 90, 9000), (1, 10, 5000)]);
        let [rate, per_call, mix] = [
            side(1_000_000_000, &[(0, 180, 18_000), (1, 20, 10_000)]),
            side(1_000_000_000, &[(0, 90, 18_000), (1, 10, 5000)]),
            side(1_000_000_000, &[(0, 50, 5000), (1, 50, 25_000)]),
        ]
        .map(|new| decompose(&base, &new).unwrap());
        let zero = BigRational::zero();
        assert!(rate.per_call == zero && rate.mix == zero && per_call.rate == zero);
        assert!(per_call.mix == zero && mix.rate == zero && mix.per_call == zero);
        let seconds = |part: &BigRational| Decomposition::ns_per_second(part).round();
        assert_eq!(
            [seconds(&rate.rate), seconds(&per_call.per_call), seconds(&mix.mix)]
                .map(|ns| ns as i64),
            [14_000, 9000, 16_000]
        );
    }

    #[test]
    fn a_new_call_is_rate_and_a_new_group_is_mix() {
        let none = side(10, &[(0, 0, 0)]);
        let some = side(20, &[(0, 4, 40), (1, 1, 100)]);
        for (base, new) in [(&none, &some), (&some, &none)] {
            let parts = decompose(base, new).unwrap();
            assert_eq!(parts.total(), parts.rate);
            assert!(parts.per_call.is_zero() && parts.mix.is_zero() && !parts.rate.is_zero());
        }
        let grown = side(20, &[(0, 2, 20), (1, 1, 100), (2, 2, 500)]);
        let parts = decompose(&some, &grown).unwrap();
        assert!(parts.rate.is_zero() && parts.per_call.is_zero() && !parts.mix.is_zero());
        assert_eq!(decompose(&none, &none), Some(Decomposition::zero()));
        assert_eq!(decompose(&side(0, &[]), &some), None);
    }

    #[test]
    fn parts_sum_over_calls() {
        let mut sampler = Sampler::new(97);
        let (mut sum, mut change) = (Decomposition::zero(), BigRational::zero());
        for _ in 0..30 {
            let (base, new) = (drawn(&mut sampler), drawn(&mut sampler));
            sum.add(&decompose(&base, &new).unwrap());
            change += time_per_ns(&new) - time_per_ns(&base);
        }
        assert_eq!(sum.total(), change);
    }
}
