//! The statistics that comparing rests on, without captures and without I/O:
//! each file holds one subject, its formula, where that comes from, and the
//! evidence that it does here what it claims.
//!
//! Logarithms are natural, probabilities are of two-sided tests, and times are
//! in ns unless a name says otherwise. Nothing here reads a clock: whatever is
//! drawn at random is drawn from a [`Sampler`] with a seed, so that one input
//! gives one answer.

mod change_point;
mod decompose;
mod effect;
mod interval;
mod moderated;
mod predict;
mod rank;
mod sample;
mod student;

pub use change_point::{Cell, ChangePoint, change_point};
pub use decompose::{Decomposition, Group, GroupTotal, SideTotals, decompose};
pub use effect::{
    SHIFT_QUANTILES, Shift, cliffs_delta, median_ratio, shift_function, wasserstein_error_ns,
    wasserstein_ns,
};
pub use interval::{Blocks, RatioInterval, log_mean_variance, ratio_of_means};
pub use moderated::{ALPHA, CallRuns, Moderated, holm, moderated};
pub use predict::{Prediction, predict};
pub use rank::{rank_p, smallest_rank_p};
pub use sample::Sampler;
pub use student::{t_cdf, t_quantile, two_sided_p};
