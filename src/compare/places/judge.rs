//! Whether a field explains a call's change.

use std::collections::HashMap;

use super::{EvenOver, FieldShare, Half, Places, ValueShare};
use crate::chisel::{Amount, CARRIER_FIELDS, CarrierField, CarrierFieldInfo};

/// Values that may explain a change together.
const FEW: usize = 3;
/// What they must hold of it.
const MOST: f64 = 0.5;
/// By how much that must be more than their share of the calls.
const MORE_TIMES: f64 = 1.5;
const MORE_POINTS: f64 = 0.2;
/// How much more their time must have changed than that of the others.
const APART: f64 = 1.2;
/// The same for fields whose values are chance.
const APART_BY_CHANCE: f64 = 1.5;
/// What a value that changed the other way holds to be told.
const AGAINST: f64 = 0.1;
/// Values of a field that make "evenly over all" worth saying.
const MANY: u64 = 4;
/// Of values that carry the change evenly, the largest hold less than this.
const EVEN_TOP: f64 = 0.3;
/// And so many of the calls are of values that changed the same way.
const EVEN_CALLS: f64 = 0.6;
/// Time on values of one side alone, above which a field's names do not match.
const UNMATCHED: f64 = 0.5;
/// Calls from which on a value's own mean is taken for its cost in the base.
const OWN_MEAN: u64 = 40;
/// A value that holds a change has so many calls on one side.
const FEWEST_CALLS: u64 = 5;

/// A call on both sides.
pub(super) struct Call<'a> {
    pub event: &'a str,
    pub base: Half<'a>,
    pub new: Half<'a>,
    pub threads_match: bool,
}

/// A value on both sides.
#[derive(Clone, Copy, Default)]
struct Pair {
    base: Amount,
    new: Amount,
}

/// A value with its part in the change.
struct Part<'a> {
    value: &'a str,
    pair: Pair,
    /// ns a second.
    delta: f64,
    /// What it would be without its longest call.
    without_longest: f64,
}

impl Call<'_> {
    fn rate(&self, pair: &Pair, ns: impl Fn(&Amount) -> u64) -> f64 {
        ns(&pair.new) as f64 / self.new.units - ns(&pair.base) as f64 / self.base.units
    }

    fn totals(&self) -> Pair {
        Pair { base: self.base.total(), new: self.new.total() }
    }

    fn delta(&self) -> f64 {
        self.rate(&self.totals(), |amount| amount.total_ns)
    }

    /// Change by cost alone: the new calls at what they cost more.
    fn cost(&self, pair: &Pair, new_ns: u64) -> f64 {
        let own = (pair.base.count >= OWN_MEAN).then(|| pair.base.mean_ns()).flatten();
        let mean = own.or_else(|| self.totals().base.mean_ns()).unwrap_or(0.0);
        (new_ns as f64 - pair.new.count as f64 * mean) / self.new.units
    }

    /// By what their time a second changed.
    fn factor(&self, pair: &Pair) -> f64 {
        let base = pair.base.total_ns as f64 / self.base.units;
        let new = pair.new.total_ns as f64 / self.new.units;
        if base > 0.0 { new / base } else { f64::INFINITY }
    }

    fn part<'a>(&self, info: &CarrierFieldInfo, value: &'a str, pair: Pair, up: bool) -> Part<'a> {
        let shorter = |amount: &Amount| amount.total_ns - amount.max_ns.min(amount.total_ns);
        let (delta, without_longest) = if info.by_chance {
            let all = self.cost(&pair, pair.new.total_ns);
            (all, if up { self.cost(&pair, shorter(&pair.new)) } else { all })
        } else {
            let (new_ns, base_ns) = (pair.new.total_ns, pair.base.total_ns);
            let rate =
                |new: u64, base: u64| new as f64 / self.new.units - base as f64 / self.base.units;
            let without = if up {
                rate(shorter(&pair.new), base_ns)
            } else {
                rate(new_ns, shorter(&pair.base))
            };
            (rate(new_ns, base_ns), without)
        };
        Part { value, pair, delta, without_longest }
    }
}

/// Judges all fields of a call.
pub(super) fn judge(call: &Call<'_>) -> Places {
    let delta = call.delta();
    let mut fields: Vec<FieldShare> = Vec::new();
    let mut even = None;
    for info in &CARRIER_FIELDS {
        let Some(values) = Values::of(call, info) else {
            continue;
        };
        match values.explains(call) {
            Some(found) if !fields.iter().any(|known| is_same(known, &found)) => fields.push(found),
            None if even.is_none() && values.is_even(call) => {
                even = Some(EvenOver {
                    field: info.field,
                    distinct: values.distinct,
                    at_least: values.at_least,
                });
            }
            _ => {}
        }
    }
    fields.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    let named = |field: CarrierField| field <= CarrierField::Fd;
    let even =
        even.filter(|even| named(even.field) && !fields.iter().any(|found| named(found.field)));
    Places {
        call: call.event.to_owned(),
        delta_ns_per_unit: delta,
        fields,
        even,
        groups: Vec::new(),
    }
}

/// Whether two fields found the same calls.
fn is_same(a: &FieldShare, b: &FieldShare) -> bool {
    let sum = |of: &FieldShare| {
        of.values.iter().fold([0; 4], |sum, value| {
            let ValueShare { base_count, new_count, base_ns, new_ns, .. } = value;
            [sum[0] + base_count, sum[1] + new_count, sum[2] + base_ns, sum[3] + new_ns]
        })
    };
    let near = |(a, b): (&u64, &u64)| a.abs_diff(*b) as f64 <= 0.05 * (*a).max(*b) as f64;
    sum(a).iter().zip(&sum(b)).all(near)
}

/// The values of one field on both sides.
struct Values<'a> {
    info: &'static CarrierFieldInfo,
    parts: Vec<Part<'a>>,
    distinct: u64,
    at_least: bool,
    /// Time per second that all of them changed by, by the same measure.
    delta: f64,
}

impl<'a> Values<'a> {
    fn of(call: &Call<'a>, info: &'static CarrierFieldInfo) -> Option<Values<'a>> {
        if info.field == CarrierField::Outcome
            || info.field == CarrierField::Thread && !call.threads_match
        {
            return None;
        }
        let halves = [call.base, call.new];
        let lists = halves.map(|half| half.carriers.and_then(|c| c.field(info.field)));
        let mut pairs: HashMap<&str, Pair> = HashMap::new();
        for (side, list) in lists.iter().enumerate() {
            for value in list.iter().flat_map(|list| &list.values) {
                let pair = pairs.entry(&value.value).or_default();
                *(if side == 0 { &mut pair.base } else { &mut pair.new }) = value.amount;
            }
        }
        let most = lists.iter().flatten().map(|list| list.distinct).max().unwrap_or(0);
        let distinct = most.max(pairs.len() as u64);
        if distinct < 2 || info.may_differ && !is_matched(&pairs) {
            return None;
        }
        let whole = call.delta();
        let delta = if info.by_chance {
            let totals = call.totals();
            call.cost(&totals, totals.new.total_ns)
        } else {
            whole
        };
        // what changed by number alone is not carried by where it happened
        if delta == 0.0 || delta.signum() != whole.signum() || delta.abs() < MOST * whole.abs() {
            return None;
        }
        let up = delta > 0.0;
        let mut parts: Vec<Part<'a>> =
            pairs.into_iter().map(|(value, pair)| call.part(info, value, pair, up)).collect();
        parts.sort_by(|a, b| {
            let by_delta = (b.delta * delta.signum()).total_cmp(&(a.delta * delta.signum()));
            by_delta.then_with(|| a.value.cmp(b.value))
        });
        let at_least = lists.iter().flatten().any(|list| list.at_least);
        Some(Values { info, parts, distinct, at_least, delta })
    }

    /// The values that explain the change, if any do.
    fn explains(&self, call: &Call<'_>) -> Option<FieldShare> {
        let few = FEW.min(usize::try_from(self.distinct / 2).unwrap_or(FEW));
        let held = |parts: &[Part<'_>]| parts.iter().map(|p| p.delta).sum::<f64>() / self.delta;
        let enough = (1..=few.min(self.parts.len())).find(|n| {
            let (all, last) = (held(&self.parts[..*n]), held(&self.parts[*n - 1..*n]));
            // more values as long as each holds a good part
            let next = self.parts.get(*n).map_or(0.0, |part| part.delta / self.delta);
            all >= MOST && last >= 0.1 && (*n == few || next < 0.1)
        })?;
        let parts = &self.parts[..enough];
        let (share, expected) = (held(parts), self.share_of_calls(call, parts));
        let steady = parts.iter().map(|part| part.without_longest).sum::<f64>() / self.delta;
        let several =
            parts.iter().all(|part| part.pair.base.count.max(part.pair.new.count) >= FEWEST_CALLS);
        let beyond = share >= MORE_TIMES * expected && share >= expected + MORE_POINTS;
        if !beyond || !several || steady < share / 2.0 || !self.is_apart(call, parts) {
            return None;
        }
        Some(FieldShare {
            field: self.info.field,
            label: self.info.one,
            values: parts.iter().map(|part| self.share(call, part)).collect(),
            against: self.against().map(|part| self.share(call, part)).collect(),
            distinct: self.distinct,
            at_least: self.at_least,
            share_of_delta_of_values: share,
            share_of_calls_of_values: expected,
            weight: share.min(1.0) - expected,
        })
    }

    fn share(&self, call: &Call<'_>, part: &Part<'_>) -> ValueShare {
        let Pair { base, new } = part.pair;
        let before = if self.info.by_chance {
            rest(call.totals().new, new).mean_ns()
        } else {
            base.mean_ns()
        };
        let ratio = before.zip(new.mean_ns()).filter(|(before, _)| *before > 0.0);
        ValueShare {
            value: part.value.to_owned(),
            base_count: base.count,
            new_count: new.count,
            base_ns: base.total_ns,
            new_ns: new.total_ns,
            delta_ns_per_unit: part.delta,
            share_of_delta: part.delta / self.delta,
            share_of_calls: self.share_of_calls(call, std::slice::from_ref(part)),
            ratio_mean: ratio.map(|(before, new)| new / before),
        }
    }

    /// The values that changed most the other way.
    fn against(&self) -> impl Iterator<Item = &Part<'a>> {
        let other_way = |part: &&Part<'_>| part.delta / self.delta <= -AGAINST;
        self.parts.iter().rev().take(FEW).filter(other_way)
    }

    /// The part of the calls that these values are: before anything changed, if
    /// there was anything.
    fn share_of_calls(&self, call: &Call<'_>, parts: &[Part<'_>]) -> f64 {
        let totals = call.totals();
        let in_new = self.info.by_chance || totals.base.count == 0;
        let count = |pair: &Pair| if in_new { pair.new.count } else { pair.base.count } as f64;
        parts.iter().map(|part| count(&part.pair)).sum::<f64>() / count(&totals).max(1.0)
    }

    /// Whether the time of these values changed by another factor than that of
    /// all others.
    fn is_apart(&self, call: &Call<'_>, parts: &[Part<'_>]) -> bool {
        let own = parts.iter().fold(Pair::default(), |mut sum, part| {
            sum.base.merge(&part.pair.base);
            sum.new.merge(&part.pair.new);
            sum
        });
        let totals = call.totals();
        let others = Pair { base: rest(totals.base, own.base), new: rest(totals.new, own.new) };
        if others.base.count + others.new.count == 0 {
            return false;
        }
        let (own, other, apart) = if self.info.by_chance {
            let mean = |pair: Pair| pair.new.mean_ns().unwrap_or(0.0);
            (mean(own), mean(others), APART_BY_CHANCE)
        } else {
            (call.factor(&own), call.factor(&others), APART)
        };
        if self.delta > 0.0 { own >= apart * other } else { own * apart <= other }
    }

    /// Whether the change is spread over all values.
    fn is_even(&self, call: &Call<'_>) -> bool {
        if self.distinct < MANY {
            return false;
        }
        let top: f64 = self.parts.iter().take(FEW).map(|part| part.delta).sum();
        let expected = self.share_of_calls(call, &self.parts[..FEW.min(self.parts.len())]);
        let calls = |part: &Part<'_>| (part.pair.base.count + part.pair.new.count) as f64;
        let all: f64 = self.parts.iter().map(calls).sum();
        let along = self.parts.iter().filter(|part| part.delta * self.delta > 0.0);
        let along: f64 = along.map(calls).sum();
        top / self.delta < EVEN_TOP.max(1.3 * expected) && along >= EVEN_CALLS * all
    }
}

/// All but some.
fn rest(all: Amount, some: Amount) -> Amount {
    Amount {
        count: all.count.saturating_sub(some.count),
        total_ns: all.total_ns.saturating_sub(some.total_ns),
        ..all
    }
}

/// Whether the names of both sides are the same things: no values of one side
/// alone hold much on both.
fn is_matched(pairs: &HashMap<&str, Pair>) -> bool {
    let sum = |of: &dyn Fn(&Pair) -> u64| pairs.values().map(of).sum::<u64>() as f64;
    let [base, new] =
        [sum(&|pair: &Pair| pair.base.total_ns), sum(&|pair: &Pair| pair.new.total_ns)];
    let alone_base = sum(&|p: &Pair| if p.new.count == 0 { p.base.total_ns } else { 0 });
    let alone_new = sum(&|p: &Pair| if p.base.count == 0 { p.new.total_ns } else { 0 });
    base == 0.0
        || new == 0.0
        || alone_base < UNMATCHED * base
        || alone_new < UNMATCHED * alone_base.min(new)
}
