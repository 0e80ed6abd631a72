//! The ratio of two means, each known from one recording only, with its
//! t interval.
//!
//! A recording is cut into about 20 blocks of equal call count. Its mean is
//! R = Σ sum / Σ count, a ratio estimator, whose variance follows from how far
//! each block's sum is from R · count (Cochran 1977, "Sampling techniques",
//! section 2.11, with b blocks as the sample):
//!
//! ```text
//! v = b / (b - 1) · Σ (sum - R · count)² / (R · Σ count)²      variance of ln R
//! ln(new / base) ± t(df) · √(v_base + v_new)
//! df = (v_base + v_new)² / (v_base² / (b_base - 1) + v_new² / (b_new - 1))
//! ```
//!
//! The log is taken because what is asked is a factor; its variance is the
//! delta method's. df is Welch's (1947) for two variances that need not be
//! alike: at least the smaller b - 1, at most their sum.
//!
//! This knows the spread inside two recordings and nothing of how runs of one
//! program differ from each other: that is what the wider band for single runs
//! is for.

use super::student::t_quantile;

/// A stretch of consecutive calls.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Blocks {
    /// Number of calls.
    pub count: u64,
    /// Their latencies' sum in ns.
    pub sum: f64,
}

/// A ratio of means, new over base, with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RatioInterval {
    /// The new mean over the base mean.
    pub ratio: f64,
    /// Lower end of the interval for the ratio.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Standard error of the ratio's log.
    pub log_se: f64,
    /// Degrees of freedom.
    pub df: f64,
}

/// The log of a recording's mean and the variance of that log; `None` with
/// fewer than two blocks that hold calls, or without a mean above 0.
#[must_use]
pub fn log_mean_variance(blocks: &[Blocks]) -> Option<(f64, f64)> {
    let used = blocks.iter().filter(|block| block.count > 0);
    let number = used.clone().count() as f64;
    let calls: f64 = used.clone().map(|block| block.count as f64).sum();
    let sum: f64 = used.clone().map(|block| block.sum).sum();
    let mean = sum / calls;
    if number < 2.0 || !mean.is_finite() || mean <= 0.0 {
        return None;
    }
    let squares: f64 = used.map(|block| (block.sum - mean * block.count as f64).powi(2)).sum();
    Some((mean.ln(), number / (number - 1.0) * squares / (sum * sum)))
}

/// Welch's degrees of freedom of a sum of two variances with their own.
fn welch(base: (f64, f64), new: (f64, f64)) -> f64 {
    let own = |(variance, df): (f64, f64)| variance * variance / df;
    let df = (base.0 + new.0).powi(2) / (own(base) + own(new));
    // without any spread on either side it is 0 / 0
    if df.is_finite() { df } else { base.1 + new.1 }
}

/// The interval that holds the ratio of the two recordings' means with
/// probability `confidence`; `None` where a side has fewer than two blocks or
/// no mean above 0.
#[must_use]
pub fn ratio_of_means(base: &[Blocks], new: &[Blocks], confidence: f64) -> Option<RatioInterval> {
    let free = |blocks: &[Blocks]| {
        blocks.iter().filter(|block| block.count > 0).count().saturating_sub(1) as f64
    };
    let (base_log, base_variance) = log_mean_variance(base)?;
    let (new_log, new_variance) = log_mean_variance(new)?;
    let df = welch((base_variance, free(base)), (new_variance, free(new)));
    let log_ratio = new_log - base_log;
    let log_se = (base_variance + new_variance).sqrt();
    let reach = t_quantile(f64::midpoint(1.0, confidence), df) * log_se;
    Some(RatioInterval {
        ratio: log_ratio.exp(),
        low: (log_ratio - reach).exp(),
        high: (log_ratio + reach).exp(),
        log_se,
        df,
    })
}
