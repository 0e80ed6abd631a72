//! How long a run takes, where captures hold whole runs: the first thing that is
//! reported of them. With three or more runs a side the runs decide: on the logs
//! of their lengths, Student's t interval with the pooled variance of both sides
//! (n₁ + n₂ − 2 degrees of freedom). With fewer, two lengths are stated without an
//! interval, and count as different beyond the band for single runs.

use serde::Serialize;

use super::judge::{Interval, Verdict};
use super::options::Options;
use crate::compare::run::Run;
use crate::compare::stats::{ALPHA, t_quantile};

/// Smallest standard deviation of a log length that is believed: two runs that
/// happen to take equally long are not known to the nanosecond.
const LEAST_SPREAD: f64 = 0.01;

/// Length of a run on both sides.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct RunLength {
    /// Mean of the base, ns.
    pub base_ns: f64,
    /// Mean of the new runs, ns.
    pub new_ns: f64,
    /// Ratio of the geometric means with its 95 % interval, if the runs tell it.
    pub interval: Option<Interval>,
    /// Whether it changed.
    pub verdict: Verdict,
}

impl RunLength {
    /// Of the runs of both sides; `None` if a length is not known.
    pub(super) fn of(base: &[Run], new: &[Run], options: &Options) -> Option<RunLength> {
        let lengths = |runs: &[Run]| {
            let known = runs.iter().map(|run| (run.span_ns > 0).then_some(run.span_ns as f64));
            known.collect::<Option<Vec<f64>>>().filter(|lengths| !lengths.is_empty())
        };
        Some(RunLength::between(&lengths(base)?, &lengths(new)?, options))
    }

    fn between(base: &[f64], new: &[f64], options: &Options) -> RunLength {
        let (base_ns, new_ns) = (mean(base), mean(new));
        if !options.has_many(base.len(), new.len()) {
            let far = (new_ns / base_ns).ln().abs() > options.tolerance_one_run.ln();
            let verdict = if far { Verdict::Changed } else { Verdict::Undecided };
            return RunLength { base_ns, new_ns, interval: None, verdict };
        }
        let logs = |side: &[f64]| side.iter().map(|ns| ns.ln()).collect::<Vec<f64>>();
        let (a, b) = (logs(base), logs(new));
        let df = (a.len() + b.len()) as f64 - 2.0;
        let variance = ((squares(&a) + squares(&b)) / df).max(LEAST_SPREAD.powi(2));
        let error = (variance * (1.0 / a.len() as f64 + 1.0 / b.len() as f64)).sqrt();
        let reach = t_quantile(1.0 - ALPHA / 2.0, df) * error;
        let log = mean(&b) - mean(&a);
        let (low, high) = (log - reach, log + reach);
        let band = options.tolerance.ln();
        let verdict = if low > band || high < -band {
            Verdict::Changed
        } else if low >= -band && high <= band {
            Verdict::Unchanged
        } else {
            Verdict::Undecided
        };
        let interval = Some(Interval { ratio: log.exp(), low: low.exp(), high: high.exp() });
        RunLength { base_ns, new_ns, interval, verdict }
    }

    /// New over base.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        self.interval.map_or(self.new_ns / self.base_ns, |interval| interval.ratio)
    }

    /// What the run takes more, ns.
    #[must_use]
    pub fn delta_ns(&self) -> f64 {
        self.new_ns - self.base_ns
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

fn squares(values: &[f64]) -> f64 {
    let mean = mean(values);
    values.iter().map(|value| (value - mean).powi(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn length(base: &[f64], new: &[f64]) -> RunLength {
        RunLength::between(base, new, &Options::default())
    }

    #[test]
    fn three_runs_a_side_give_the_t_interval_of_the_logs() {
        let found = length(&[100.0, 110.0, 90.0], &[200.0, 220.0, 180.0]);
        let interval = found.interval.unwrap();
        // scipy.stats.ttest_ind of the logs, confidence_interval(0.95), exp
        assert!((interval.ratio - 2.0).abs() < 1e-9, "{interval:?}");
        assert!((interval.low - 1.592_96).abs() < 1e-4, "{interval:?}");
        assert!((interval.high - 2.511_04).abs() < 1e-4, "{interval:?}");
        assert_eq!(found.verdict, Verdict::Changed);
    }

    #[test]
    fn like_runs_have_not_changed_and_unsteady_ones_are_undecided() {
        assert_eq!(
            length(&[100.0, 100.0, 101.0], &[100.0, 101.0, 100.0]).verdict,
            Verdict::Unchanged
        );
        assert_eq!(
            length(&[100.0, 150.0, 80.0], &[120.0, 90.0, 160.0]).verdict,
            Verdict::Undecided
        );
    }

    #[test]
    fn one_run_a_side_has_no_interval() {
        let found = length(&[100.0], &[120.0]);
        assert_eq!((found.interval, found.verdict), (None, Verdict::Undecided));
        assert_eq!(length(&[100.0], &[240.0]).verdict, Verdict::Changed);
    }
}
