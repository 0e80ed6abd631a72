//! A call on both sides with all that is said of it.

use super::judge::{Judgement, Verdict, What};
use super::pooled::Pooled;
use crate::compare::run::BETWEEN;
use crate::compare::stats::{
    Decomposition, GroupTotal, Shift, SideTotals, cliffs_delta, decompose, median_ratio,
    shift_function, wasserstein_error_ns, wasserstein_ns,
};
use crate::event::{CallRole, Class, role_of};

/// Where time was added or saved, of a call's mean (ns).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OnOff {
    /// Change on the processor.
    pub on_ns: f64,
    /// Change off it.
    pub off_ns: f64,
}

impl OnOff {
    /// Whether more than half of the change is off the processor.
    #[must_use]
    pub fn is_off(self) -> bool {
        let all = self.on_ns + self.off_ns;
        self.off_ns * all.signum() > all.abs() / 2.0
    }
}

/// What the change of a call's time per unit is made of, ns; each rounded once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parts {
    /// More or fewer calls.
    pub rate_ns: f64,
    /// Slower or quicker ones.
    pub per_call_ns: f64,
    /// Another mix of succeeded and failed ones.
    pub mix_ns: f64,
}

impl Parts {
    pub(super) fn of(base: &Pooled, new: &Pooled) -> Option<Parts> {
        Parts::between(&base.totals(), &new.totals())
    }

    /// By finer groups than success; `None` where they are not the same calls.
    pub(super) fn by((base, new): (&Pooled, &Pooled), groups: &[[GroupTotal; 2]]) -> Option<Parts> {
        let side = |at: usize, pooled: &Pooled| {
            let groups = || groups.iter().map(|group| group[at]);
            let count: u64 = groups().map(|group| group.count).sum();
            let total_ns: u128 = groups().map(|group| group.total_ns).sum();
            let same = count == pooled.calls && total_ns == pooled.total_ns;
            let groups = (0..).zip(groups()).collect();
            same.then_some(SideTotals { span_ns: pooled.billionths, groups })
        };
        Parts::between(&side(0, base)?, &side(1, new)?)
    }

    fn between(base: &SideTotals, new: &SideTotals) -> Option<Parts> {
        let parts = decompose(base, new)?;
        let ns = Decomposition::ns_per_second;
        Some(Parts {
            rate_ns: ns(&parts.rate),
            per_call_ns: ns(&parts.per_call),
            mix_ns: ns(&parts.mix),
        })
    }
}

/// How the latencies of two sides differ beyond their means.
#[derive(Clone, Debug, PartialEq)]
pub struct Distributions {
    /// Median, new over base.
    pub ratio_median: Option<f64>,
    /// Chance that a new call is slower than one of the base, minus that it is
    /// quicker.
    pub cliffs_delta: f64,
    /// How far a call moves on average, ns.
    pub wasserstein_ns: f64,
    /// What that may be off by, for the buckets, ns.
    pub wasserstein_error_ns: f64,
    /// Quantiles of both sides.
    pub shift: Vec<Shift>,
}

impl Distributions {
    pub(super) fn of(base: &Pooled, new: &Pooled) -> Option<Distributions> {
        let (base, new) = (&base.latencies, &new.latencies);
        Some(Distributions {
            ratio_median: median_ratio(base, new),
            cliffs_delta: cliffs_delta(base, new)?,
            wasserstein_ns: wasserstein_ns(base, new)?,
            wasserstein_error_ns: wasserstein_error_ns(base, new),
            shift: shift_function(base, new),
        })
    }
}

/// One call, or the time between calls.
#[derive(Clone, Debug)]
pub struct CallChange {
    /// Name; [`BETWEEN`] for the time between calls.
    pub event: String,
    /// What it is for.
    pub class: Class,
    /// Sleeps, and waits whose time was up.
    pub pacing: bool,
    /// Figures of the base.
    pub base: Pooled,
    /// Figures of the other side.
    pub new: Pooled,
    /// What is known of its latency, rate, failures.
    pub judgements: Vec<Judgement>,
    /// What the change of its time per unit is made of, ns.
    pub parts: Option<Parts>,
    /// How its latencies moved.
    pub distributions: Option<Distributions>,
    /// Whether it holds enough of the time to matter.
    pub matters: bool,
    /// Its part of all that changed, signed as its own change.
    pub share_of_delta: Option<f64>,
    /// Of the change of the time between calls, what the tracer itself costs: more
    /// calls, each with a pause while the tracer looks at it. ns per unit.
    pub tracer_ns: f64,
    /// Whether the run waits here for processes that are in the capture themselves.
    pub child_wait: bool,
}

impl CallChange {
    /// Whether this is the time between calls.
    #[must_use]
    pub fn is_between(&self) -> bool {
        self.event == BETWEEN
    }

    /// What the call is about.
    #[must_use]
    pub fn role(&self) -> Option<CallRole> {
        role_of(&self.event)
    }

    /// What is known of one thing.
    #[must_use]
    pub fn judgement(&self, what: What) -> Option<&Judgement> {
        self.judgements.iter().find(|judgement| judgement.what == what)
    }

    /// Whether it has changed, and matters. Failures matter whatever time they
    /// take.
    #[must_use]
    pub fn changed(&self, what: What) -> bool {
        let changed = |judgement: &Judgement| judgement.verdict == Verdict::Changed;
        (self.matters || what == What::Errors) && self.judgement(what).is_some_and(changed)
    }

    /// Change of time per unit, ns.
    #[must_use]
    pub fn delta_ns(&self) -> f64 {
        self.new.time_ns().unwrap_or(0.0) - self.base.time_ns().unwrap_or(0.0)
    }

    /// Change of time per unit without the tracer's own cost, ns: what rows are
    /// ranked by.
    #[must_use]
    pub fn cost_ns(&self) -> f64 {
        self.delta_ns() - self.tracer_ns
    }

    /// Mean latency, new over base.
    #[must_use]
    pub fn ratio_mean(&self) -> Option<f64> {
        Some(self.new.mean_ns()? / self.base.mean_ns()?)
    }

    /// Calls per unit, new over base.
    #[must_use]
    pub fn ratio_rate(&self) -> Option<f64> {
        let (base, new) = (self.base.rate()?, self.new.rate()?);
        (base > 0.0).then(|| new / base)
    }

    /// Failed calls per unit, new over base.
    #[must_use]
    pub fn ratio_errors(&self) -> Option<f64> {
        let rate = |side: &Pooled| (side.units > 0.0).then(|| side.errors as f64 / side.units);
        let (base, new) = (rate(&self.base)?, rate(&self.new)?);
        (base > 0.0).then(|| new / base)
    }

    /// Bytes per call that succeeded, new over base.
    #[must_use]
    pub fn ratio_bytes(&self) -> Option<f64> {
        Some(self.new.request_bytes()? / self.base.request_bytes()?)
    }

    /// Succeeded calls per unit, new over base.
    #[must_use]
    pub fn ratio_succeeded(&self) -> Option<f64> {
        let rate = |side: &Pooled| (side.units > 0.0).then(|| side.succeeded() as f64 / side.units);
        let (base, new) = (rate(&self.base)?, rate(&self.new)?);
        (base > 0.0).then(|| new / base)
    }

    /// Where the mean grew or shrank, if switches tell it.
    #[must_use]
    pub fn on_off(&self) -> Option<OnOff> {
        let mean = self.new.mean_ns()? - self.base.mean_ns()?;
        let off_ns = self.new.mean_off_ns()? - self.base.mean_off_ns()?;
        Some(OnOff { on_ns: mean - off_ns, off_ns })
    }

    /// Whether it is slower a call, and that is certain.
    #[must_use]
    pub fn is_slower(&self) -> bool {
        self.changed(What::Latency) && self.ratio_mean().is_some_and(|ratio| ratio > 1.0)
    }

    /// Time that its slower calls add per unit, ns.
    #[must_use]
    pub fn added_ns(&self) -> f64 {
        self.parts.as_ref().map_or(0.0, |parts| parts.per_call_ns)
    }
}
