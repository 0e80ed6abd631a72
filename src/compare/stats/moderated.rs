//! Three or more runs a side: a t test on the logs of the runs' means, whose
//! variances are drawn towards each other over the calls, with a band that a
//! change must exceed, and with Holm's correction for asking of every call.
//!
//! For one call with n base and m new runs, d is the difference of the sides'
//! average logs, s² the pooled variance with df = n + m - 2, and s0² the median
//! variance over all calls. Three runs tell little of a variance; the calls of
//! one worker tell of each other's (Smyth 2004, "Linear models and empirical
//! Bayes methods", with his d0 fixed at 4 and s0² taken as a median):
//!
//! ```text
//! v  = max(s², mean variance of a run's own log mean)
//! s̃² = (4 · s0² + df · v) / (4 + df),     s0² = median of v over the calls
//! se = s̃ · √(1 / n + 1 / m),              t on df + 4
//! ```
//!
//! The hypothesis is not "no change" but "a change within the band": |d| ≤ β
//! with β = ln(1 + band). McCarthy and Smyth (2009, "Testing significance
//! relative to a fold-change threshold is a TREAT") add both tails,
//! P(T > (|d| - β) / se) + P(T > (|d| + β) / se). Here the first tail is doubled
//! instead (at most to 1):
//!
//! ```text
//! p = min(1, 2 · P(T > (|d| - β) / se))
//! ```
//!
//! It is never smaller than theirs, the same at β = 0, and says one thing with
//! the interval: p ≤ α exactly where the two-sided interval at confidence 1 - α
//! lies wholly outside the band. What is printed and what is decided agree.
//!
//! Holm (1979) sorts the m p-values and compares the i-th smallest with
//! α / (m - i + 1), up to the first that exceeds it. Each call's interval is
//! given at the level at which its p was compared, and the calls after that
//! first one at its level: so the interval lies outside the band exactly where
//! Holm calls the change real. It is wider than a plain one, which
//! [`Moderated::interval`] gives.

use super::student::{t_quantile, two_sided_p};

/// The chance of naming any call wrongly that is put up with.
pub const ALPHA: f64 = 0.05;
/// Degrees of freedom that all calls together lend to each.
const PRIOR_DF: f64 = 4.0;

/// The runs of one call.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CallRuns {
    /// The log of each base run's mean (or rate).
    pub base: Vec<f64>,
    /// The log of each new run's.
    pub new: Vec<f64>,
    /// Variance of each run's log as known from within that run, both sides;
    /// empty where nothing is known of it.
    pub within: Vec<f64>,
}

/// What the runs say of one call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moderated {
    /// Average log of the new runs minus that of the base runs.
    pub log_ratio: f64,
    /// Its standard error.
    pub se: f64,
    /// Degrees of freedom of its t.
    pub df: f64,
    /// p of the change being within the band.
    pub p: f64,
    /// The same after Holm: real where at most [`ALPHA`].
    pub p_adjusted: f64,
    /// Lower end of the interval that goes with `p_adjusted`, a log.
    pub low: f64,
    /// Upper end, a log.
    pub high: f64,
}

impl Moderated {
    /// The interval for the log ratio at this confidence, of this call alone.
    #[must_use]
    pub fn interval(&self, confidence: f64) -> (f64, f64) {
        let reach = t_quantile(f64::midpoint(1.0, confidence), self.df) * self.se;
        (self.log_ratio - reach, self.log_ratio + reach)
    }
}

/// One call before its variance is moderated.
struct Spread {
    log_ratio: f64,
    /// s², or the runs' own variance where that is larger.
    variance: f64,
    df: f64,
    /// 1 / n + 1 / m.
    share: f64,
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

impl Spread {
    /// `None` for a call that is not there on both sides, or of whose variance
    /// nothing is known.
    fn of(call: &CallRuns) -> Option<Spread> {
        let runs = call.base.len() + call.new.len();
        let finite = call.base.iter().chain(&call.new).all(|log| log.is_finite());
        if call.base.is_empty() || call.new.is_empty() || runs < 3 || !finite {
            return None;
        }
        let squares = |logs: &[f64]| {
            let middle = mean(logs);
            logs.iter().map(|log| (log - middle).powi(2)).sum::<f64>()
        };
        let df = (runs - 2) as f64;
        let pooled = (squares(&call.base) + squares(&call.new)) / df;
        let own = if call.within.is_empty() { 0.0 } else { mean(&call.within) };
        Some(Spread {
            log_ratio: mean(&call.new) - mean(&call.base),
            variance: pooled.max(own),
            df,
            share: 1.0 / call.base.len() as f64 + 1.0 / call.new.len() as f64,
        })
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    if values.len() % 2 == 1 { values[half] } else { f64::midpoint(values[half - 1], values[half]) }
}

/// The moderated test of every call against the band, a log (ln 1.05 for ±5 %),
/// in the order given. A call that is missing on one side, or that has fewer
/// than three runs in all, has NaN for every figure and p 1; it is not counted
/// among the calls asked.
#[must_use]
pub fn moderated(calls: &[CallRuns], band: f64) -> Vec<Moderated> {
    let spreads: Vec<Option<Spread>> = calls.iter().map(Spread::of).collect();
    let variances: Vec<f64> = spreads.iter().flatten().map(|spread| spread.variance).collect();
    if variances.is_empty() {
        return vec![UNKNOWN; calls.len()];
    }
    let prior = median(variances);
    let known: Vec<Moderated> =
        spreads.iter().flatten().map(|spread| tested(spread, prior, band)).collect();
    let mut known = with_holm(known).into_iter();
    spreads
        .iter()
        .map(|spread| spread.as_ref().and_then(|_| known.next()).unwrap_or(UNKNOWN))
        .collect()
}

const UNKNOWN: Moderated = Moderated {
    log_ratio: f64::NAN,
    se: f64::NAN,
    df: f64::NAN,
    p: 1.0,
    p_adjusted: 1.0,
    low: f64::NAN,
    high: f64::NAN,
};

fn tested(spread: &Spread, prior: f64, band: f64) -> Moderated {
    let df = spread.df + PRIOR_DF;
    let variance = (PRIOR_DF * prior + spread.df * spread.variance) / df;
    let se = (variance * spread.share).sqrt();
    let beyond = spread.log_ratio.abs() - band;
    let p = match beyond > 0.0 {
        true if se > 0.0 => two_sided_p(beyond / se, df),
        true => 0.0,
        false => 1.0,
    };
    let log_ratio = spread.log_ratio;
    Moderated { log_ratio, se, df, p, p_adjusted: p, low: f64::NAN, high: f64::NAN }
}

/// Adjusted p and the interval at the level at which each p was compared.
fn with_holm(mut calls: Vec<Moderated>) -> Vec<Moderated> {
    let p: Vec<f64> = calls.iter().map(|call| call.p).collect();
    let adjusted = holm(&p);
    let compared = holm_levels(&p, ALPHA);
    for ((call, p_adjusted), level) in calls.iter_mut().zip(adjusted).zip(compared) {
        (call.low, call.high) = call.interval(1.0 - level);
        call.p_adjusted = p_adjusted;
    }
    calls
}

/// The places of the p-values, smallest first.
fn ascending(p: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    order
}

/// Holm's adjusted p-values, in the order given: each at most α exactly where
/// Holm's procedure at α rejects.
#[must_use]
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut adjusted = vec![1.0; p.len()];
    let mut highest = 0.0f64;
    for (rank, at) in ascending(p).into_iter().enumerate() {
        highest = highest.max((p.len() - rank) as f64 * p[at]).min(1.0);
        adjusted[at] = highest;
    }
    adjusted
}

/// The level at which Holm's procedure compared each p; where it had stopped,
/// the level at which it did.
fn holm_levels(p: &[f64], alpha: f64) -> Vec<f64> {
    let mut levels = vec![alpha; p.len()];
    let mut stopped = None;
    for (rank, at) in ascending(p).into_iter().enumerate() {
        let level = stopped.unwrap_or(alpha / (p.len() - rank) as f64);
        levels[at] = level;
        if p[at] > level {
            stopped = Some(level);
        }
    }
    levels
}
